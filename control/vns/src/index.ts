export * from "./backends.ts";
export * from "./bind.ts";
export * from "./binding.ts";
