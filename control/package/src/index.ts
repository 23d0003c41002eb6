export * from "./limits.ts";
export * from "./overrides.ts";
export * from "./pack.ts";
export * from "./source.ts";
export * from "./unpack.ts";
export * from "./validate.ts";
export * from "./yaml.ts";
