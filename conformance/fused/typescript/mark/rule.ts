import type { Packet } from "@coven/sdk";

export const seal = (packet: Packet): number => packet.u32(18) + 1;
