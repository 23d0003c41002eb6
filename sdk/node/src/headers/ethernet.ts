import { macOf, macText } from "./text.ts";
import { fitting, sized, View } from "./view.ts";

const [addressBytes, sourceAt] = [6, 6];

export class Ethernet extends View {
  /** 6 bytes in place. */
  get destination(): Uint8Array {
    return this.part(0, addressBytes);
  }
  set destination(bytes: Uint8Array) {
    this.destination.set(sized("ethernet.destination", bytes, addressBytes));
  }
  get source(): Uint8Array {
    return this.part(sourceAt, addressBytes);
  }
  set source(bytes: Uint8Array) {
    this.source.set(sized("ethernet.source", bytes, addressBytes));
  }
  get destinationText(): string {
    return macText(this.destination);
  }
  set destinationText(text: string) {
    this.destination = macOf(text);
  }
  get sourceText(): string {
    return macText(this.source);
  }
  set sourceText(text: string) {
    this.source = macOf(text);
  }
  /** The first EtherType that is no VLAN tag; -1 where the packet is cut short before it. */
  get type(): number {
    return this.headers.type;
  }
}

const firstTagAt = 12;
const tagBytes = 4;

export class Vlan extends View {
  readonly #number: number;

  constructor(headers: View["headers"], number: number) {
    super(headers);
    this.#number = number;
  }

  get #at(): number {
    return firstTagAt + this.#number * tagBytes + 2;
  }
  get id(): number {
    return this.headers.packet.u16(this.#at) & 0xfff;
  }
  set id(value: number) {
    const { packet } = this.headers;
    packet.setU16(this.#at, (packet.u16(this.#at) & 0xf000) | fitting("vlan.id", value, 0xfff));
  }
  get priority(): number {
    return this.headers.packet.u8(this.#at) >> 5;
  }
  set priority(value: number) {
    const { packet } = this.headers;
    packet.setU8(this.#at, (packet.u8(this.#at) & 0x1f) | (fitting("vlan.priority", value, 7) << 5));
  }
  /** The next tag. */
  get inner(): Vlan | undefined {
    return this.headers.tag(this.#number + 1);
  }
}
