/** Eight packets to try a new package on; three of them go to port 8080, two of these in one flow. */
import { CaptureWriter } from "@coven/engine";

const [client, server] = [Buffer.from("020000000001", "hex"), Buffer.from("020000000002", "hex")];
const [tcp, udp] = [6, 17];
/** 2026-01-01, a millisecond apart. */
const start_ns = 1_767_225_600_000_000_000n;

/** The Internet checksum (RFC 1071). */
function checksum(data: Buffer): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 2) sum += data.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** From 10.0.0.1 to 10.0.0.2. UDP without a checksum, as IPv4 allows; TCP with its own. */
function packet(protocol: number, from: number, to: number): Buffer {
  const transport = Buffer.alloc(protocol === tcp ? 20 : 8);
  transport.writeUInt16BE(from, 0);
  transport.writeUInt16BE(to, 2);
  const addresses = Buffer.from([10, 0, 0, 1, 10, 0, 0, 2]);
  if (protocol === tcp) {
    transport.set([0x50, 0x02, 0xff, 0xff], 12);
    transport.writeUInt16BE(checksum(Buffer.concat([addresses, Buffer.from([0, tcp, 0, 20]), transport])), 16);
  } else transport.writeUInt16BE(transport.length, 4);
  const ip = Buffer.concat([Buffer.from([0x45, 0, 0, 20 + transport.length, 0, 0, 0x40, 0, 64, protocol, 0, 0]), addresses]);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([server, client, Buffer.from([0x08, 0x00]), ip, transport]);
}

const arp = () => Buffer.concat([Buffer.alloc(6, 0xff), client, Buffer.from("08060001080006040001", "hex"), client, Buffer.from([10, 0, 0, 1]), Buffer.alloc(6), Buffer.from([10, 0, 0, 2])]);

export function writeSample(file: string): void {
  const writer = new CaptureWriter(file);
  const packets = [arp(), packet(udp, 5353, 53), packet(tcp, 40_001, 80), packet(tcp, 40_002, 8080), packet(tcp, 40_002, 8080), packet(tcp, 40_003, 443), packet(udp, 5000, 8080), packet(tcp, 40_003, 443)];
  for (const [index, bytes] of packets.entries()) writer.write(bytes, start_ns + BigInt(index) * 1_000_000n);
  writer.close();
}
