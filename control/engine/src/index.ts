export * from "./engine.ts";
export { CaptureWriter, readCapture } from "@coven/sdk/captures";
