export * from "./common.ts";
export * from "./coven.ts";
export * from "./etsi.ts";
export * from "./nsh.ts";
