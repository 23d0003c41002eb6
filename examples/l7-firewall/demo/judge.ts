/** What came through, conversation by conversation: judged from what the hosts received, not from what the firewall says. */
import { type Frame, readNsh } from "@coven/testbed";
import { type Conversation, paths } from "./traffic.ts";

export interface Outcome {
  name: string;
  flows: number;
  behindNsh: number;
  blocked: number;
  /** Packets that came through with other bytes than were sent, or with a wrong NSH. */
  changed: number;
  right: boolean;
}

/** The packet as it was sent, from what arrived: behind an NSH, which must carry the path's SPI, SI stepped once and TTL as sent. */
function arrived(frames: readonly Frame[], sender: "client" | "server"): { packets: Set<string>; wrongNsh: number } {
  const packets = new Set<string>();
  let wrongNsh = 0;
  for (const { bytes } of frames) {
    const nsh = readNsh(bytes);
    if (nsh && (nsh.spi !== paths[sender].spi || nsh.si !== paths[sender].si - 1 || nsh.ttl !== 63)) wrongNsh++;
    packets.add(`${nsh ? "nsh" : "plain"} ${(nsh?.inner ?? bytes).toString("latin1")}`);
  }
  return { packets, wrongNsh };
}

export function judge(all: readonly Conversation[], atServer: readonly Frame[], atClient: readonly Frame[]): Outcome[] {
  const fromClient = arrived(atServer, "client");
  const fromServer = arrived(atClient, "server");
  const through = (c: Conversation) => c.packets.filter((p) => (p.from === "client" ? fromClient : fromServer).packets.has(`${c.nsh ? "nsh" : "plain"} ${p.bytes.toString("latin1")}`)).length;
  const outcomes = new Map<string, Outcome>();
  for (const c of all) {
    const o = outcomes.get(c.name) ?? { name: c.name, flows: 0, behindNsh: 0, blocked: 0, changed: 0, right: true };
    const complete = through(c) === c.packets.length;
    // A blocked flow shows its handshake at most: the packet that gave it away and all after it are gone.
    const blocked = !complete && through(c) <= 3;
    o.flows++;
    o.behindNsh += Number(c.nsh);
    o.blocked += Number(blocked);
    o.right &&= c.expect === "block" ? blocked : complete;
    outcomes.set(c.name, o);
  }
  const list = [...outcomes.values()];
  const first = list[0];
  if (first && fromClient.wrongNsh + fromServer.wrongNsh > 0) Object.assign(first, { changed: fromClient.wrongNsh + fromServer.wrongNsh, right: false });
  return list;
}
