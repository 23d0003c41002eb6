/** Queries for names on the list are answered here, with "no such name"; all other packets go on. */
import { command, counter, gauge, type Packet, run, setting, Verdict } from "@coven/sdk";
import { answerNoSuchName, questionOf } from "./dns.ts";
import { Names } from "./names.ts";

const latestMax = 20;
const names = new Names();
const latest: { name: string; client: string; at: string }[] = [];
const answer = Verdict.to("answer");

const queries = counter("queries", "packets", "queries seen");
const blocked = counter("blocked", "packets", "queries answered with: no such name");
gauge("names", "names", "names on the list", () => names.size);
setting("list", "", "", "names that are blocked, comma-separated; setting it replaces the list", {
  accept(list) {
    names.replace(list);
    return true;
  },
});
command("block", (name) => names.add(name), "put a name on the list; those below it are blocked too");
command("allow", (name) => names.remove(name), "take a name off the list");
command("show", () => names.all, "the list");
command("latest", () => latest, `the latest ${latestMax} queries that were blocked, newest first`);

export function filter(packet: Packet): Verdict {
  const name = questionOf(packet);
  if (name === undefined) return Verdict.forward;
  queries.add(1);
  if (!names.blocks(name)) return Verdict.forward;
  remember(name, packet);
  answerNoSuchName(packet);
  blocked.add(1);
  return answer;
}

function remember(name: string, packet: Packet): void {
  const client = packet.ipv4?.sourceText ?? packet.ipv6?.sourceText ?? "";
  latest.unshift({ name, client, at: new Date(Number(packet.timeNs / 1_000_000n)).toISOString() });
  latest.splice(latestMax);
}

run(filter);
