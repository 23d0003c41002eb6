import type { Packet } from "@coven/sdk";

/** What sdk/c/test/peer/content.c puts into packet `number` at `offset`. */
export const byteOf = (number: number, offset: number): number => (number * 31 + offset * 7 + Math.floor(number / 256)) & 0xff;

export const numberOf = (packet: Packet): number => Number(packet.timeNs - 1_700_000_000_000_000_000n);

/** Names of what is not as the peer made it. */
export function wrongIn(packet: Packet): string[] {
  const number = numberOf(packet);
  const byte = (offset: number) => byteOf(number, offset);
  const last = packet.length - 1;
  const right = {
    u8: packet.u8(last) === byte(last),
    u16: packet.u16(12) === byte(12) * 256 + byte(13),
    u32: packet.u32(9) === ((byte(9) << 24) | (byte(10) << 16) | (byte(11) << 8) | byte(12)) >>> 0,
    data: packet.data.length === packet.length && packet.data[last] === byte(last),
    context: packet.context.u8(3) === ((number + 3) & 0xff) && packet.context.bytes[15] === ((number + 15) & 0xff),
    servicePath: packet.servicePath === ((10 << 8) | 255),
    mark: packet.mark === 0,
    flowHash: packet.flowHash === flowHashOf(number),
  };
  return Object.entries(right).flatMap(([name, is]) => (is ? [] : [name]));
}

function flowHashOf(number: number): number {
  const mask = (1n << 64n) - 1n;
  let x = BigInt((number % 1024) + 1);
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & mask;
  return Number((x ^ (x >> 31n)) & 0xffffffffn);
}
