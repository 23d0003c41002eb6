/** Where the headers of a packet lie, found once a packet; views are made at the first use and used again for the next one. */
import { META_FLAG_CSUM_PARTIAL, META_OFF_FLAGS } from "../generated/channel.ts";
import { view } from "../memory.ts";
import type { Packet } from "../packet.ts";
import { changed, folded, ofUdp, sumOf } from "./checksum.ts";
import { Ethernet, Vlan } from "./ethernet.ts";
import { Ipv4 } from "./ipv4.ts";
import { Ipv6 } from "./ipv6.ts";
import { Icmp, Tcp, Udp } from "./transport.ts";

export const etherType = { ipv4: 0x0800, ipv6: 0x86dd, tag: 0x8100, qinq: 0x88a8, nsh: 0x894f } as const;
export const protocol = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
const extension = { hopByHop: 0, routing: 43, fragment: 44, destination: 60 } as const;
const segmentRouting = 4;
const extensionsMax = 8;
const tagsMax = 2;
/** Where a transport's checksum stands. */
const checksumAt: Record<number, number> = { [protocol.tcp]: 16, [protocol.udp]: 6, [protocol.icmp]: 2, [protocol.icmp6]: 2 };
const transportLength: Record<number, number> = { [protocol.tcp]: 20, [protocol.udp]: 8, [protocol.icmp]: 8, [protocol.icmp6]: 8 };

export class Headers {
  readonly packet: Packet;
  /** The first EtherType that is no tag, and where it stands; -1: cut short. */
  type = -1;
  typeAt = 12;
  tags = 0;
  /** 4, 6, or 0. */
  version = 0;
  ipAt = 0;
  /** Where the IP packet ends, padding left out. */
  end = 0;
  /** The last header's number, behind extension headers. */
  protocol = -1;
  /** A piece of an IP packet, the first one too. */
  isFragment = false;
  /** The IP packet is longer than what is there of it. */
  isCut = false;
  /** Of TCP, UDP or ICMP; 0 if none is there. */
  transportAt = 0;
  payloadAt = 0;
  /** A routing header with segments left: it holds the destination of the pseudo header (RFC 8200 §8.1). */
  routingAt = 0;
  readonly #views: { ethernet: Ethernet; vlans: Vlan[]; ipv4?: Ipv4; ipv6?: Ipv6; tcp?: Tcp; udp?: Udp; icmp?: Icmp };

  constructor(packet: Packet) {
    this.packet = packet;
    this.#views = { ethernet: new Ethernet(this), vlans: [] };
  }

  get ethernet(): Ethernet {
    return this.#views.ethernet;
  }
  get vlan(): Vlan | undefined {
    return this.tag(0);
  }
  /** Tag `number`, from the outside. */
  tag(number: number): Vlan | undefined {
    if (number >= this.tags) return undefined;
    this.#views.vlans[number] ??= new Vlan(this, number);
    return this.#views.vlans[number];
  }
  get ipv4(): Ipv4 | undefined {
    if (this.version !== 4) return undefined;
    this.#views.ipv4 ??= new Ipv4(this);
    return this.#views.ipv4;
  }
  get ipv6(): Ipv6 | undefined {
    if (this.version !== 6) return undefined;
    this.#views.ipv6 ??= new Ipv6(this);
    return this.#views.ipv6;
  }
  get tcp(): Tcp | undefined {
    if (this.transportAt === 0 || this.protocol !== protocol.tcp) return undefined;
    this.#views.tcp ??= new Tcp(this);
    return this.#views.tcp;
  }
  get udp(): Udp | undefined {
    if (this.transportAt === 0 || this.protocol !== protocol.udp) return undefined;
    this.#views.udp ??= new Udp(this);
    return this.#views.udp;
  }
  get icmp(): Icmp | undefined {
    if (this.transportAt === 0 || (this.protocol !== protocol.icmp && this.protocol !== protocol.icmp6)) return undefined;
    this.#views.icmp ??= new Icmp(this);
    return this.#views.icmp;
  }
  get payload(): Uint8Array | undefined {
    if (this.transportAt === 0) return undefined;
    const stated = this.protocol === protocol.udp ? this.transportAt + this.packet.u16(this.transportAt + 4) : this.end;
    return this.packet.data.subarray(this.payloadAt, stated < this.payloadAt ? this.end : Math.min(stated, this.end));
  }

  parse(): void {
    const { packet } = this;
    this.version = this.transportAt = this.routingAt = this.tags = 0;
    this.protocol = this.type = -1;
    this.isFragment = false;
    this.typeAt = 12;
    for (; packet.length >= this.typeAt + 2; this.typeAt += 4) {
      this.type = packet.u16(this.typeAt);
      if ((this.type !== etherType.tag && this.type !== etherType.qinq) || this.tags === tagsMax) break;
      if (packet.length < this.typeAt + 6) break;
      this.tags++;
    }
    this.ipAt = this.typeAt + 2;
    if (this.type === etherType.ipv4) this.#parseIpv4();
    else if (this.type === etherType.ipv6) this.#parseIpv6();
  }

  #parseIpv4(): void {
    const { packet, ipAt } = this;
    if (packet.length < ipAt + 20) return;
    const length = (packet.u8(ipAt) & 15) * 4;
    if (packet.u8(ipAt) >> 4 !== 4 || length < 20 || packet.length < ipAt + length) return;
    this.version = 4;
    const stated = ipAt + packet.u16(ipAt + 2);
    this.#endsAt(stated);
    this.protocol = packet.u8(ipAt + 9);
    const fragment = packet.u16(ipAt + 6);
    this.isFragment = (fragment & 0x3fff) !== 0;
    if ((fragment & 0x1fff) === 0 && stated >= ipAt + length) this.#parseTransport(ipAt + length);
  }

  #endsAt(stated: number): void {
    this.isCut = stated > this.packet.length;
    this.end = Math.min(stated, this.packet.length);
  }

  #parseIpv6(): void {
    const { packet, ipAt } = this;
    if (packet.length < ipAt + 40 || packet.u8(ipAt) >> 4 !== 6) return;
    this.version = 6;
    this.#endsAt(ipAt + 40 + packet.u16(ipAt + 4));
    this.protocol = packet.u8(ipAt + 6);
    let at = ipAt + 40;
    for (let seen = 0; seen < extensionsMax; seen++) {
      if (!isExtension(this.protocol)) {
        this.#parseTransport(at);
        return;
      }
      if (this.end < at + 8) return;
      if (this.protocol === extension.fragment) {
        // One that is whole has such a header, too (RFC 6946).
        this.isFragment = (packet.u16(at + 2) & 0xfff9) !== 0;
        const later = packet.u16(at + 2) >> 3 !== 0;
        this.protocol = packet.u8(at);
        at += 8;
        if (later) return;
      } else {
        if (this.protocol === extension.routing && packet.u8(at + 3) !== 0) this.routingAt = at;
        this.protocol = packet.u8(at);
        at += (packet.u8(at + 1) + 1) * 8;
      }
    }
  }

  #parseTransport(at: number): void {
    const { packet } = this;
    const least = transportLength[this.protocol];
    if (least === undefined || this.end < at + least || this.protocol === (this.version === 4 ? protocol.icmp6 : protocol.icmp)) return;
    const length = this.protocol === protocol.tcp ? (packet.u8(at + 12) >> 4) * 4 : least;
    if (length < least || this.end < at + length) return;
    this.transportAt = at;
    this.payloadAt = at + length;
  }

  /** Write a number of one, two or four bytes in the IP header. `pseudo`: it is part of the pseudo header, too. */
  putIp(at: number, size: 1 | 2 | 4, value: number, pseudo = false): void {
    const difference = this.put(at, size, value);
    if (this.version === 4) this.#changeAt(this.ipAt + 10, difference);
    if (pseudo) this.changePseudo(difference);
  }

  /** The same in the header of the transport. */
  putTransport(at: number, size: 1 | 2 | 4, value: number): void {
    this.#changeTransport(this.put(at, size, value), false);
  }

  changePseudo(difference: number): void {
    if (this.transportAt !== 0 && this.protocol !== protocol.icmp) this.#changeTransport(difference, true);
  }

  /** Sum of the new words less the old ones (RFC 1624). */
  put(at: number, size: 1 | 2 | 4, value: number): number {
    const { packet } = this;
    // Words are counted from the start of their header, which is even.
    const first = size === 1 ? at - ((at - this.ipAt) & 1) : at;
    const before = size === 4 ? packet.u32(at) : packet.u16(first);
    if (size === 1) packet.setU8(at, value);
    else if (size === 2) packet.setU16(at, value);
    else packet.setU32(at, value);
    const after = size === 4 ? packet.u32(at) : packet.u16(first);
    if (before === after) return 0;
    return size === 4 ? (~before >>> 16) + (~before & 0xffff) + (after >>> 16) + (after & 0xffff) : (~before & 0xffff) + after;
  }

  #changeAt(at: number, difference: number): void {
    if (difference !== 0) this.packet.setU16(at, changed(this.packet.u16(at), difference));
  }

  #changeTransport(difference: number, pseudo: boolean): void {
    const at = this.transportAt + (checksumAt[this.protocol] ?? 0);
    if (difference === 0) return;
    if (this.#isPartial) {
      // The sum of the pseudo header, not complemented; the rest comes when the packet leaves (spec/sdk.md).
      if (pseudo) this.packet.setU16(at, folded(this.packet.u16(at) + difference));
      return;
    }
    const isUdp = this.protocol === protocol.udp;
    const before = this.packet.u16(at);
    if (isUdp && before === 0 && this.version === 4) return;
    const after = changed(before, difference);
    this.packet.setU16(at, isUdp ? ofUdp(after) : after);
  }

  get #isPartial(): boolean {
    return (view.getUint16(this.packet.meta + META_OFF_FLAGS, true) & META_FLAG_CSUM_PARTIAL) !== 0;
  }

  /** False: there is a transport, or no IP, that it can't be done for: a fragment, or cut short. */
  updateChecksums(): boolean {
    const { packet, ipAt } = this;
    if (this.version === 4) {
      packet.setU16(ipAt + 10, 0);
      packet.setU16(ipAt + 10, ~folded(sumOf(packet.data, ipAt, ipAt + (packet.u8(ipAt) & 15) * 4)) & 0xffff);
    }
    if (this.transportAt === 0 || this.isFragment || this.isCut) return false;
    this.#updateTransport();
    return true;
  }

  #updateTransport(): void {
    const { packet, transportAt } = this;
    const at = transportAt + checksumAt[this.protocol]!;
    const isUdp = this.protocol === protocol.udp;
    if (this.#isPartial) {
      packet.setU16(at, folded(this.#pseudoSum()));
      return;
    }
    if (isUdp && this.version === 4 && packet.u16(at) === 0) return;
    packet.setU16(at, 0);
    const checksum = ~folded((this.protocol === protocol.icmp ? 0 : this.#pseudoSum()) + sumOf(packet.data, transportAt, this.end)) & 0xffff;
    packet.setU16(at, isUdp ? ofUdp(checksum) : checksum);
  }

  /** Segment routing (RFC 8754) lists the last one first. */
  get #lastSegmentAt(): number {
    const { packet, routingAt } = this;
    return packet.u8(routingAt + 2) === segmentRouting ? routingAt + 8 : routingAt + packet.u8(routingAt + 1) * 8 + 8 - 16;
  }

  #pseudoSum(): number {
    const { data } = this.packet;
    const rest = this.protocol + (this.end - this.transportAt);
    if (this.version === 4) return sumOf(data, this.ipAt + 12, this.ipAt + 20) + rest;
    const last = this.routingAt === 0 ? this.ipAt + 24 : this.#lastSegmentAt;
    return sumOf(data, this.ipAt + 8, this.ipAt + 24) + sumOf(data, last, last + 16) + rest;
  }
}

const isExtension = (number: number): boolean => number === extension.hopByHop || number === extension.routing || number === extension.fragment || number === extension.destination;
