export { createManagement, type ClosableManagement } from "./daemon.ts";
export { allowedFrom, type LifecycleAction } from "./lifecycle.ts";
export type { ManagementOptions } from "./options.ts";
export { problemOf } from "./problems.ts";
