export * from "./engine.ts";
export { readCapture } from "./ports/read.ts";
export { CaptureWriter } from "./ports/write.ts";
