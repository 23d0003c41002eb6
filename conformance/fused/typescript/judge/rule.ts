import type { Packet } from "@coven/sdk";

export const fits = (packet: Packet): boolean => packet.context.seal === packet.u32(18) + 1;
