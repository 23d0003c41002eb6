export * from "./errors.ts";
export * from "./folder.ts";
export * from "./management.ts";
export * from "./nsh.ts";
export * from "./plan.ts";
export * from "./pps.ts";
export * from "./vnf.ts";
