import { fitting, View } from "./view.ts";

/** What TCP, UDP and ICMP have in common. Writing a field keeps the checksum right. */
class Transport extends View {
  protected u8(offset: number): number {
    return this.headers.packet.u8(this.headers.transportAt + offset);
  }
  protected u16(offset: number): number {
    return this.headers.packet.u16(this.headers.transportAt + offset);
  }
  protected u32(offset: number): number {
    return this.headers.packet.u32(this.headers.transportAt + offset);
  }
  protected put(offset: number, size: 1 | 2 | 4, value: number): void {
    this.headers.putTransport(this.headers.transportAt + offset, size, value);
  }
}

class WithPorts extends Transport {
  get sourcePort(): number {
    return this.u16(0);
  }
  set sourcePort(value: number) {
    this.put(0, 2, fitting("sourcePort", value, 0xffff));
  }
  get destinationPort(): number {
    return this.u16(2);
  }
  set destinationPort(value: number) {
    this.put(2, 2, fitting("destinationPort", value, 0xffff));
  }
}

const bit = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export class Tcp extends WithPorts {
  get sequence(): number {
    return this.u32(4);
  }
  set sequence(value: number) {
    this.put(4, 4, fitting("tcp.sequence", value, 0xffffffff));
  }
  get acknowledgment(): number {
    return this.u32(8);
  }
  set acknowledgment(value: number) {
    this.put(8, 4, fitting("tcp.acknowledgment", value, 0xffffffff));
  }
  /** 8 bits. */
  get flags(): number {
    return this.u8(13);
  }
  set flags(value: number) {
    this.put(13, 1, fitting("tcp.flags", value, 0xff));
  }
  get syn(): boolean {
    return (this.flags & bit.syn) !== 0;
  }
  get ack(): boolean {
    return (this.flags & bit.ack) !== 0;
  }
  get fin(): boolean {
    return (this.flags & bit.fin) !== 0;
  }
  get rst(): boolean {
    return (this.flags & bit.rst) !== 0;
  }
  get psh(): boolean {
    return (this.flags & bit.psh) !== 0;
  }
  get urg(): boolean {
    return (this.flags & bit.urg) !== 0;
  }
  get window(): number {
    return this.u16(14);
  }
  set window(value: number) {
    this.put(14, 2, fitting("tcp.window", value, 0xffff));
  }
  get headerLength(): number {
    return (this.u8(12) >> 4) * 4;
  }
}

export class Udp extends WithPorts {
  /** Bytes, header included, as the header says. */
  get length(): number {
    return this.u16(4);
  }
}

/** ICMP and ICMPv6. */
export class Icmp extends Transport {
  get type(): number {
    return this.u8(0);
  }
  set type(value: number) {
    this.put(0, 1, fitting("icmp.type", value, 0xff));
  }
  get code(): number {
    return this.u8(1);
  }
  set code(value: number) {
    this.put(1, 1, fitting("icmp.code", value, 0xff));
  }
}
