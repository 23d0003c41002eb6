import { ipv4Of, ipv4Text } from "./text.ts";
import { fitting, View } from "./view.ts";

const at = { tos: 1, length: 2, identification: 4, fragment: 6, ttl: 8, source: 12, destination: 16 } as const;

/** Writing a field keeps the checksums right. */
export class Ipv4 extends View {
  #u8(offset: number): number {
    return this.headers.packet.u8(this.headers.ipAt + offset);
  }
  #u16(offset: number): number {
    return this.headers.packet.u16(this.headers.ipAt + offset);
  }
  #put(offset: number, size: 1 | 2 | 4, value: number, pseudo = false): void {
    this.headers.putIp(this.headers.ipAt + offset, size, value, pseudo);
  }

  /** 32 bits. */
  get source(): number {
    return this.headers.packet.u32(this.headers.ipAt + at.source);
  }
  set source(value: number) {
    this.#put(at.source, 4, fitting("ipv4.source", value, 0xffffffff), true);
  }
  get destination(): number {
    return this.headers.packet.u32(this.headers.ipAt + at.destination);
  }
  set destination(value: number) {
    this.#put(at.destination, 4, fitting("ipv4.destination", value, 0xffffffff), true);
  }
  get sourceText(): string {
    return ipv4Text(this.source);
  }
  set sourceText(text: string) {
    this.source = ipv4Of(text);
  }
  get destinationText(): string {
    return ipv4Text(this.destination);
  }
  set destinationText(text: string) {
    this.destination = ipv4Of(text);
  }
  get protocol(): number {
    return this.headers.protocol;
  }
  get ttl(): number {
    return this.#u8(at.ttl);
  }
  set ttl(value: number) {
    this.#put(at.ttl, 1, fitting("ipv4.ttl", value, 0xff));
  }
  get dscp(): number {
    return this.#u8(at.tos) >> 2;
  }
  set dscp(value: number) {
    this.#put(at.tos, 1, (fitting("ipv4.dscp", value, 63) << 2) | this.ecn);
  }
  get ecn(): number {
    return this.#u8(at.tos) & 3;
  }
  set ecn(value: number) {
    this.#put(at.tos, 1, (this.dscp << 2) | fitting("ipv4.ecn", value, 3));
  }
  get identification(): number {
    return this.#u16(at.identification);
  }
  set identification(value: number) {
    this.#put(at.identification, 2, fitting("ipv4.identification", value, 0xffff));
  }
  /** Bytes, header included, as the header says. */
  get totalLength(): number {
    return this.#u16(at.length);
  }
  get headerLength(): number {
    return (this.#u8(0) & 15) * 4;
  }
  get dontFragment(): boolean {
    return (this.#u16(at.fragment) & 0x4000) !== 0;
  }
  get moreFragments(): boolean {
    return (this.#u16(at.fragment) & 0x2000) !== 0;
  }
  /** In units of 8 bytes. */
  get fragmentOffset(): number {
    return this.#u16(at.fragment) & 0x1fff;
  }
}
