/** Addresses as text, both ways; what is no address is refused. */

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

export const macText = (bytes: Uint8Array): string => Array.from(bytes, (byte) => hex(byte, 2)).join(":");

export function macOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw new TypeError(`"${text}" is no Ethernet address, which looks like 02:00:00:00:00:01`);
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}

export const ipv4Text = (value: number): string => `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;

export function ipv4Of(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) throw new TypeError(`"${text}" is no IPv4 address, which looks like 192.0.2.1`);
  return parts.reduce((value, part) => value * 256 + part, 0);
}

/** RFC 5952: the longest run of two or more zero groups is `::`, the first of those alike. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index]! << 8) | bytes[2 * index + 1]!) >>> 0).toString(16));
  const runs = [...groups.join(":").matchAll(/\b0(?::0\b)+/g)].map(({ index, 0: run }) => ({ index, run }));
  const best = runs.reduce<(typeof runs)[number] | undefined>((longest, one) => (longest && longest.run.length >= one.run.length ? longest : one), undefined);
  if (!best) return groups.join(":");
  const text = groups.join(":");
  return `${text.slice(0, best.index).replace(/:$/, "")}::${text.slice(best.index + best.run.length).replace(/^:/, "")}`;
}

export function ipv6Of(text: string): Uint8Array {
  const refused = () => new TypeError(`"${text}" is no IPv6 address, which looks like 2001:db8::1`);
  const plain = text.replace(/(\d{1,3}(?:\.\d{1,3}){3})$/, (ipv4) => `${(ipv4Of(ipv4) >>> 16).toString(16)}:${(ipv4Of(ipv4) & 0xffff).toString(16)}`);
  const halves = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [front = [], back = []] = halves;
  const missing = 8 - front.length - back.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) throw refused();
  const groups = [...front, ...Array.from({ length: missing }, () => "0"), ...back];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) throw refused();
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}
