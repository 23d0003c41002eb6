export * from "./drivers/index.ts";
export * from "./outside.ts";
export * from "./paths.ts";
export * from "./process.ts";
export * from "./supervisor.ts";
export * from "./usage.ts";
