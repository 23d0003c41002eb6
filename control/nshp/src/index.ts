export * from "./context.ts";
export * from "./header.ts";
export * from "./rules.ts";
export * from "./tables.ts";
