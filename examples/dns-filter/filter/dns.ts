/** As much of DNS (RFC 1035) as it takes to read a question and to answer that there is no such name. */
import type { Packet } from "@coven/sdk";

const headerBytes = 12;
const port = 53;
const nameMax = 255;
const labelMax = 63;
const at = { flags: 2, questions: 4, answers: 6, authorities: 8, additional: 10 } as const;
const flag = { response: 0x8000, opcode: 0x7800, recursionDesired: 0x0100, recursionAvailable: 0x0080 } as const;
const noSuchName = 3;
const firstTtl = 64;

const u16 = (bytes: Uint8Array, offset: number): number => (bytes[offset]! << 8) | bytes[offset + 1]!;

/** The name of a standard query with one question, in small letters; undefined for everything else. */
export function questionOf(packet: Packet): string | undefined {
  if (packet.udp?.destinationPort !== port) return undefined;
  const message = packet.payload;
  if (message === undefined || message.length < headerBytes) return undefined;
  if ((u16(message, at.flags) & (flag.response | flag.opcode)) !== 0 || u16(message, at.questions) !== 1) return undefined;
  return nameAt(message, headerBytes);
}

function nameAt(message: Uint8Array, from: number): string | undefined {
  let name = "";
  for (let offset = from; offset < message.length; ) {
    const length = message[offset]!;
    if (length === 0) return offset + 5 <= message.length ? name.toLowerCase() : undefined;
    // A question has no pointers: there is nothing before it to point to.
    if (length > labelMax || offset + 1 + length > message.length) return undefined;
    name += (name && ".") + String.fromCharCode(...message.subarray(offset + 1, offset + 1 + length));
    if (name.length > nameMax) return undefined;
    offset += 1 + length;
  }
  return undefined;
}

/** Turn a query into the answer to it, in place. The question and what came with it (EDNS) go back as they are. */
export function answerNoSuchName(packet: Packet): void {
  turnAround(packet);
  const message = packet.payload!;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  view.setUint16(at.flags, flag.response | (view.getUint16(at.flags) & flag.recursionDesired) | flag.recursionAvailable | noSuchName);
  view.setUint16(at.answers, 0);
  view.setUint16(at.authorities, 0);
  packet.updateChecksums();
}

function turnAround({ ethernet, ipv4, ipv6, udp }: Packet): void {
  const source = ethernet.source.slice();
  ethernet.source = ethernet.destination;
  ethernet.destination = source;
  if (ipv4) {
    [ipv4.source, ipv4.destination] = [ipv4.destination, ipv4.source];
    ipv4.ttl = firstTtl;
  }
  if (ipv6) {
    [ipv6.source, ipv6.destination] = [ipv6.destination, ipv6.source];
    ipv6.hopLimit = firstTtl;
  }
  if (udp) [udp.sourcePort, udp.destinationPort] = [udp.destinationPort, udp.sourcePort];
}
