/** The demo's traffic, all of our own making: web, DNS, TLS, and flows with the fingerprints of old Skype (docs/case-study.md).
 * Every flow is a conversation; a part of them travels behind an NSH. */
import { type Endpoint, type Frame, nsh, TCP, tcp, udp } from "@coven/testbed";

export interface Conversation {
  name: string;
  /** What the firewall should do with it. */
  expect: "pass" | "block";
  nsh: boolean;
  client: Endpoint;
  server: Endpoint;
  packets: { from: "client" | "server"; at_ms: number; bytes: Buffer }[];
}

const hex = (text: string) => Buffer.from(text, "hex");

/** The ring x' = (205x + 113) mod 256 whose windows are the challenges of the fake SSLv2 hello. */
function challenge(seed: number): Buffer {
  const bytes = Buffer.alloc(16);
  let x = seed & 255;
  for (let i = 0; i < 16; i++) {
    bytes[i] = x;
    x = (205 * x + 113) & 255;
  }
  return bytes;
}

const fakeHello = (seed: number) =>
  Buffer.concat([hex("8046010301002d0000001000000500000400000a0000090000640000620000080000030000060100800700c0030080060040020080040080"), challenge(seed)]);

const tlsHello = (name: string) => {
  const host = Buffer.from(name);
  const sni = Buffer.concat([hex("0000"), u16(host.length + 5), u16(host.length + 3), hex("00"), u16(host.length), host]);
  const body = Buffer.concat([hex("0303"), Buffer.alloc(32, 7), hex("00"), hex("0004c02fc030"), hex("0100"), u16(sni.length), sni]);
  return record(Buffer.concat([hex("0100"), u16(body.length), body]));
};
const record = (body: Buffer) => Buffer.concat([hex("160301"), u16(body.length), body]);
const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);

const text = (lines: string[], body = "") => Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
const page = (bytes: number) => text(["HTTP/1.1 200 OK", "Content-Type: text/html", `Content-Length: ${bytes}`], "x".repeat(bytes));

type Line = ["client" | "server", Buffer];

/** A TCP connection: handshake, the lines in turn, an end from the client. `step_ms` lies between two packets. */
function connection(start: { name: string; expect: Conversation["expect"]; nsh: boolean; client: Endpoint; server: Endpoint; at_ms: number }, lines: Line[]): Conversation {
  const { client, server, at_ms, ...rest } = start;
  const step_ms = 60;
  const seq = { client: 1000, server: 9000 };
  const packets: Conversation["packets"] = [];
  const say = (from: "client" | "server", flags: number, payload?: Buffer) => {
    const to = from === "client" ? "server" : "client";
    const [source, target] = from === "client" ? [client, server] : [server, client];
    packets.push({ from, at_ms: at_ms + packets.length * step_ms, bytes: tcp(source, target, seq[from], flags & TCP.ACK ? seq[to] : 0, flags, payload) });
    seq[from] += (payload?.length ?? 0) + (flags & (TCP.SYN | TCP.FIN) ? 1 : 0);
  };
  say("client", TCP.SYN);
  say("server", TCP.SYN | TCP.ACK);
  say("client", TCP.ACK);
  for (const [from, payload] of lines) say(from, TCP.PSH | TCP.ACK, payload);
  say("client", TCP.FIN | TCP.ACK);
  say("server", TCP.FIN | TCP.ACK);
  return { ...rest, client, server, packets };
}

/** Conversations between 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737): no host here has these addresses, so that nobody else answers. */
export function conversations(): Conversation[] {
  const made: Conversation[] = [];
  const add = (name: string, expect: Conversation["expect"], port: number, lines: (seed: number) => Line[], count: number) => {
    for (let i = 0; i < count; i++) {
      const n = made.length;
      const start = {
        name, expect,
        nsh: i % 2 === 1,
        at_ms: 100 + (n % 12) * 90,
        client: { mac: "02:00:00:00:01:01", ip: `198.51.100.${10 + (n % 200)}`, port: 40_000 + n },
        server: { mac: "02:00:00:00:02:01", ip: `203.0.113.${1 + (n % 20)}`, port },
      };
      made.push(connection(start, lines(n)));
    }
  };
  add("web page", "pass", 80, () => [["client", text(["GET /index.html HTTP/1.1", "Host: example.org"])], ["server", page(900)], ["server", page(1200)]], 8);
  add("web over TLS", "pass", 443, (n) => [["client", tlsHello(`host-${n}.example.org`)], ["server", record(Buffer.alloc(600, 2))], ["client", record(Buffer.alloc(80, 3))], ["server", record(Buffer.alloc(1100, 4))]], 8);
  add("mail over TLS", "pass", 993, (n) => [["client", tlsHello(`mail-${n}.example.org`)], ["server", record(Buffer.alloc(700, 5))]], 4);
  add("Skype, fake SSLv2 hello", "block", 443, (n) => [["client", fakeHello(n * 37)], ["server", record(Buffer.alloc(74, 6))], ["client", Buffer.alloc(50, 8)]], 6);
  add("Skype, empty TLS records", "block", 443, () => [["client", hex("1603010000")], ["server", hex("1703010000")], ["client", Buffer.alloc(40, 9)]], 4);
  add("Skype, version query", "block", 80, () => [["client", text(["GET /ui/0/7.5.0.102/en/getlatestversion?ver=7.5.0.102 HTTP/1.1", "Host: ui.skype.com"])], ["server", page(64)]], 2);
  for (let i = 0; i < 6; i++) made.push(dns(made.length, i % 2 === 1));
  return made;
}

function dns(n: number, behindNsh: boolean): Conversation {
  const client = { mac: "02:00:00:00:01:01", ip: `198.51.100.${10 + n}`, port: 50_000 + n };
  const server = { mac: "02:00:00:00:02:01", ip: "203.0.113.53", port: 53 };
  const question = Buffer.concat([Buffer.from("\x07example\x03org\x00", "latin1"), hex("00010001")]);
  const query = Buffer.concat([u16(n), hex("01000001000000000000"), question]);
  const answer = Buffer.concat([u16(n), hex("81800001000100000000"), question, hex("c00c000100010000003c0004cb007102")]);
  const at_ms = 100 + (n % 12) * 90;
  return {
    name: "name look-up", expect: "pass", nsh: behindNsh, client, server,
    packets: [
      { from: "client", at_ms, bytes: udp(client, server, query) },
      { from: "server", at_ms: at_ms + 60, bytes: udp(server, client, answer) },
    ],
  };
}

/** Service path identifiers of the package: one a direction. */
export const paths = { client: { spi: 10, si: 255 }, server: { spi: 11, si: 255 } } as const;

/** What one side sends, in order of time, NSH where the conversation has one. */
export function framesFrom(side: "client" | "server", all: readonly Conversation[]): Frame[] {
  const base = 1_700_000_000_000_000_000n;
  const { spi, si } = paths[side];
  // A replay begins with its first frame: one at the common zero keeps both sides in step.
  const zero: Frame = { time_ns: base, bytes: Buffer.concat([hex("ffffffffffff02000000010188b5"), Buffer.alloc(46)]) };
  const said = all
    .flatMap((c) => c.packets.filter((p) => p.from === side).map((p) => ({ time_ns: base + BigInt(p.at_ms) * 1_000_000n, bytes: c.nsh ? nsh(p.bytes, spi, si) : p.bytes })))
    .sort((a, b) => Number(a.time_ns - b.time_ns));
  return [zero, ...said];
}
