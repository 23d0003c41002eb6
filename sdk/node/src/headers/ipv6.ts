import { folded, sumOf } from "./checksum.ts";
import { ipv6Of, ipv6Text } from "./text.ts";
import { fitting, sized, View } from "./view.ts";

const at = { payload: 4, hopLimit: 7, source: 8, destination: 24 } as const;
const addressBytes = 16;

/** Writing an address keeps the checksum of what is carried right; IPv6 itself has none. */
export class Ipv6 extends View {
  get #first(): number {
    return this.headers.packet.u32(this.headers.ipAt);
  }
  set #first(value: number) {
    this.headers.packet.setU32(this.headers.ipAt, value);
  }

  /** 16 bytes: a copy, so that every change goes by the property. */
  get source(): Uint8Array {
    return this.part(this.headers.ipAt + at.source, addressBytes).slice();
  }
  set source(bytes: Uint8Array) {
    this.#address(at.source, sized("ipv6.source", bytes, addressBytes));
  }
  get destination(): Uint8Array {
    return this.part(this.headers.ipAt + at.destination, addressBytes).slice();
  }
  set destination(bytes: Uint8Array) {
    this.#address(at.destination, sized("ipv6.destination", bytes, addressBytes));
  }
  #address(offset: number, bytes: Uint8Array): void {
    const place = this.part(this.headers.ipAt + offset, addressBytes);
    if (place.every((byte, index) => byte === bytes[index])) return;
    const before = folded(sumOf(place));
    place.set(bytes);
    // A routing header holds the one that counts.
    if (offset === at.destination && this.headers.routingAt !== 0) return;
    this.headers.changePseudo((~before & 0xffff) + folded(sumOf(place)));
  }
  get sourceText(): string {
    return ipv6Text(this.source);
  }
  set sourceText(text: string) {
    this.source = ipv6Of(text);
  }
  get destinationText(): string {
    return ipv6Text(this.destination);
  }
  set destinationText(text: string) {
    this.destination = ipv6Of(text);
  }
  /** Of the last header, behind extension headers. */
  get nextHeader(): number {
    return this.headers.protocol;
  }
  get hopLimit(): number {
    return this.headers.packet.u8(this.headers.ipAt + at.hopLimit);
  }
  set hopLimit(value: number) {
    this.headers.packet.setU8(this.headers.ipAt + at.hopLimit, fitting("ipv6.hopLimit", value, 0xff));
  }
  get dscp(): number {
    return (this.#first >>> 22) & 63;
  }
  set dscp(value: number) {
    this.#first = ((this.#first & ~(63 << 22)) | (fitting("ipv6.dscp", value, 63) << 22)) >>> 0;
  }
  get ecn(): number {
    return (this.#first >>> 20) & 3;
  }
  set ecn(value: number) {
    this.#first = ((this.#first & ~(3 << 20)) | (fitting("ipv6.ecn", value, 3) << 20)) >>> 0;
  }
  get flowLabel(): number {
    return this.#first & 0xfffff;
  }
  set flowLabel(value: number) {
    this.#first = ((this.#first & ~0xfffff) | fitting("ipv6.flowLabel", value, 0xfffff)) >>> 0;
  }
  /** Bytes behind the fixed header, as it says. */
  get payloadLength(): number {
    return this.headers.packet.u16(this.headers.ipAt + at.payload);
  }
}
