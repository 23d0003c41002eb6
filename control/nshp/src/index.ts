export * from "./context.ts";
export * from "./flow.ts";
export * from "./header.ts";
export * from "./live.ts";
export * from "./rules.ts";
export * from "./tables.ts";
