/** The 5-tuple of a packet: what all packets of one direction of a conversation have in common. */
import { type Headers, protocol } from "./headers/headers.ts";
import { ipv4Text, ipv6Text } from "./headers/text.ts";
import type { Packet } from "./packet.ts";

/** A flow in 32-bit words: source, destination, both ports, protocol and IP version. */
export const flowWords = 10;
const [sourceAt, destinationAt, portsAt, kindAt] = [0, 4, 8, 9];
const addressWords = 4;

const names: Record<number, string> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6" };

export class Flow {
  /** @internal */
  readonly words: Uint32Array;

  /** @internal */
  constructor(words: Uint32Array) {
    this.words = words;
  }

  get protocol(): number {
    return this.words[kindAt]! & 0xff;
  }
  /** As text. */
  get source(): string {
    return this.#address(sourceAt);
  }
  get destination(): string {
    return this.#address(destinationAt);
  }
  /** 0 where there are none: neither TCP nor UDP, or a fragment. */
  get sourcePort(): number {
    return this.words[portsAt]! >>> 16;
  }
  get destinationPort(): number {
    return this.words[portsAt]! & 0xffff;
  }
  /** The other direction. */
  get reversed(): Flow {
    return new Flow(turned(this.words));
  }
  /** Equal for equal flows: for maps and sets. */
  get key(): string {
    return String.fromCharCode(...new Uint16Array(this.words.buffer, this.words.byteOffset, 2 * flowWords));
  }
  equals(other: Flow): boolean {
    return this.words.every((word, index) => word === other.words[index]);
  }
  toString(): string {
    const end = (address: string, port: number) => (port === 0 ? address : `${this.#isIpv6 ? `[${address}]` : address}:${port}`);
    return `${names[this.protocol] ?? this.protocol} ${end(this.source, this.sourcePort)} > ${end(this.destination, this.destinationPort)}`;
  }

  get #isIpv6(): boolean {
    return this.words[kindAt]! >>> 8 === 6;
  }
  #address(at: number): string {
    if (!this.#isIpv6) return ipv4Text(this.words[at]!);
    const bytes = new DataView(new ArrayBuffer(16));
    for (let word = 0; word < addressWords; word++) bytes.setUint32(4 * word, this.words[at + word]!);
    return ipv6Text(new Uint8Array(bytes.buffer));
  }
}

/** Into `words`; false where there is no IP. */
export function fillFlow(words: Uint32Array, packet: Packet, headers: Headers): boolean {
  const { version, ipAt } = headers;
  if (version === 0) return false;
  for (let word = 0; word < addressWords; word++) {
    words[sourceAt + word] = version === 6 ? packet.u32(ipAt + 8 + 4 * word) : word === 0 ? packet.u32(ipAt + 12) : 0;
    words[destinationAt + word] = version === 6 ? packet.u32(ipAt + 24 + 4 * word) : word === 0 ? packet.u32(ipAt + 16) : 0;
  }
  const hasPorts = headers.transportAt !== 0 && !headers.isFragment && (headers.protocol === protocol.tcp || headers.protocol === protocol.udp);
  words[portsAt] = hasPorts ? packet.u32(headers.transportAt) : 0;
  words[kindAt] = (version << 8) | headers.protocol;
  return true;
}

export function flowOf(packet: Packet, headers: Headers): Flow | undefined {
  const words = new Uint32Array(flowWords);
  return fillFlow(words, packet, headers) ? new Flow(words) : undefined;
}

/** Source and destination changed about. */
export function turned(words: Uint32Array): Uint32Array {
  const other = words.slice();
  turn(other);
  return other;
}

export function turn(words: Uint32Array): void {
  for (let word = 0; word < addressWords; word++) {
    const source = words[sourceAt + word]!;
    words[sourceAt + word] = words[destinationAt + word]!;
    words[destinationAt + word] = source;
  }
  const ports = words[portsAt]!;
  words[portsAt] = (ports >>> 16) | (ports << 16);
}

/** Is the source behind the destination? One of two directions is, unless both ends are the same. */
export function isBackward(words: Uint32Array): boolean {
  for (let word = 0; word < addressWords; word++) {
    const difference = words[sourceAt + word]! - words[destinationAt + word]!;
    if (difference !== 0) return difference > 0;
  }
  return words[portsAt]! >>> 16 > (words[portsAt]! & 0xffff);
}
