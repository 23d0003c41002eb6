/** The Internet checksum (RFC 1071), and what a change does to it (RFC 1624). Sums are of 16-bit words in network order. */

export function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

/** Not folded; an odd last byte is the high one of a word. */
export function sumOf(bytes: Uint8Array, from = 0, end = bytes.length): number {
  let sum = 0;
  let at = from;
  for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return at < end ? sum + (bytes[at]! << 8) : sum;
}

/** RFC 1624, equation 3: `difference` is the sum of the new words and of the complements of the old ones. */
export const changed = (checksum: number, difference: number): number => ~folded((~checksum & 0xffff) + difference) & 0xffff;

/** UDP says by 0 that there is none (RFC 768). */
export const ofUdp = (checksum: number): number => checksum || 0xffff;
