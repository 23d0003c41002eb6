import type { Burst } from "@coven/sdk";

export const isForTwo = (burst: Burst, index: number): boolean => burst.u8(index, 14) === 6;
