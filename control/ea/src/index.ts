export * from "./catalogue.ts";
export * from "./client.ts";
