export * from "./capture.ts";
export * from "./engine.ts";
export * from "./hosts.ts";
export * from "./packets.ts";
export * from "./ping.ts";
export * from "./platform.ts";
export * from "./rig.ts";
export * from "./sequence.ts";
