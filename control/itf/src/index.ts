export * from "./describe.ts";
export * from "./graph.ts";
export * from "./lanes.ts";
export * from "./paths.ts";
export * from "./placement.ts";
export * from "./plan.ts";
export * from "./pool.ts";
export * from "./undo.ts";
