/** Addresses and prefixes as ranges of numbers. */
import { isIPv4, isIPv6 } from "node:net";
import type { AddressRange } from "@coven/contract";

/** First and last address of `10.0.0.0/8`, `2001:db8::/32` or of one address, as hex digits; undefined if it is none. */
export function addressRange(text: string): AddressRange | undefined {
  const [address = "", length, ...more] = text.split("/");
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !/[.%]/.test(address) ? 128 : 0;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : bits + 1;
  if (bits === 0 || more.length > 0 || prefix > bits) return undefined;
  const host = (1n << BigInt(bits - prefix)) - 1n;
  const first = (bits === 32 ? ofIpv4(address) : ofIpv6(address)) & ~host;
  const hex = (value: bigint) => value.toString(16).padStart(bits / 4, "0");
  return [hex(first), hex(first | host)];
}

const ofIpv4 = (text: string): bigint => text.split(".").reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function ofIpv6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [front, back] = [groups(head), groups(tail ?? "")];
  const gap = tail === undefined ? [] : new Array<string>(8 - front.length - back.length).fill("0");
  return [...front, ...gap, ...back].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
