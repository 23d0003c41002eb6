/** NSH packets of every kind, made by hand: what the engine gets and is compared with. */
import { nsh, udp } from "@coven/testbed";

const a = { mac: "02:00:00:00:00:01", ip: "10.0.0.1", port: 4000 };
const b = { mac: "02:00:00:00:00:02", ip: "10.0.0.2", port: 80 };

export const plain = (port = 80, text = "hello"): Buffer => udp(a, { ...b, port }, Buffer.from(text));
export const chained = (spi: number, si: number, context = Buffer.alloc(16, 0xc7), inner = plain()): Buffer => nsh(inner, spi, si, context);

/** MD type 2 with these TLVs. */
export function chained2(spi: number, si: number, tlvs: Buffer, inner = plain()): Buffer {
  const header = Buffer.from("0fc0020300000000", "hex");
  header.writeUInt8(0xc0 | (2 + tlvs.length / 4), 1);
  header.writeUInt32BE(((spi << 8) | si) >>> 0, 4);
  return Buffer.concat([inner.subarray(0, 12), Buffer.from("894f", "hex"), header, tlvs, inner]);
}

const ethernet = Buffer.from("020000000002020000000001", "hex");
const of = (hex: string) => Buffer.from(hex, "hex");

/** The Internet checksum (RFC 1071). */
function checksum(...parts: Buffer[]): number {
  const all = Buffer.concat([...parts, Buffer.alloc(parts.reduce((sum, part) => sum + part.length, 0) % 2)]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum += all.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Complete a UDP header between these addresses. */
function completed(addresses: Buffer, protocol: number, body: Buffer): Buffer {
  if (protocol !== 17) return body;
  const whole = Buffer.from(body);
  whole.writeUInt16BE(checksum(addresses, Buffer.from([0, 17, body.length >> 8, body.length & 255]), body) || 0xffff, 6);
  return whole;
}

function ipv4(protocol: number, body: Buffer): Buffer {
  const header = of("4500000000010000400000000a0000010a000002");
  header.writeUInt16BE(20 + body.length, 2);
  header[9] = protocol;
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([ethernet, of("0800"), header, completed(header.subarray(12), protocol, body)]);
}

function ipv6(protocol: number, body: Buffer): Buffer {
  const header = of(`60000000000000402001${"0db8".padEnd(26, "0")}012001${"0db8".padEnd(26, "0")}02`);
  header.writeUInt16BE(body.length, 4);
  header[6] = protocol;
  return Buffer.concat([ethernet, of("86dd"), header, completed(header.subarray(8), protocol, body)]);
}

function overUdp(port: number, body: Buffer): Buffer {
  const header = of("c350000000000000");
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + body.length, 4);
  return Buffer.concat([header, body]);
}

/** An Ethernet frame with an NSH, in every transport that carries one. */
export function transports(frame: Buffer): Record<string, Buffer> {
  const bare = frame.subarray(14);
  const gpe = overUdp(4790, Buffer.concat([of("0c00000400000100"), bare]));
  const geneve = overUdp(6081, Buffer.concat([of("0000894f00000100"), bare]));
  const gre = Buffer.concat([of("2000894f00000007"), bare]);
  return {
    "VXLAN-GPE over IPv4": ipv4(17, gpe), "VXLAN-GPE over IPv6": ipv6(17, gpe), "Geneve over IPv4": ipv4(17, geneve), "Geneve over IPv6": ipv6(17, geneve),
    "GRE over IPv4": ipv4(47, gre), "GRE over IPv6": ipv6(47, gre),
    "two VLAN tags": Buffer.concat([frame.subarray(0, 12), of("88a8000a81000064"), frame.subarray(12)]),
  };
}
