/** `make demo`: two hosts joined only by the L7 firewall, first with its filter in Python, then in C (docs/case-study.md). */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf, relative } from "node:path";
import { archiveOf, engineBinary, enterOwnNamespace, namespaceAccess, Platform, pause, pings, readCapture, root, Station, writeCapture } from "@coven/testbed";
import { conversations, framesFrom } from "./traffic.ts";
import { type Outcome, judge } from "./judge.ts";
import { LiveTable } from "./live.ts";
import { type Network, makeNetwork } from "./network.ts";

/** COVEN_DEMO_FILES: no hosts, also where they could be had. */
const access = process.env.COVEN_DEMO_FILES ? "none" : namespaceAccess();
await enterOwnNamespace(access);
/** Where the captures go. */
const out = outputFolder();
const filters = ["python", "c"] as const;
type Filter = (typeof filters)[number];
const languages: Record<Filter, string> = { python: "Python", c: "C" };

interface Run { filter: Filter; rtt_us: number | undefined; outcomes: Outcome[]; lost: number }

const say = (line = "") => console.log(line);

/** Empty, and ours: a checkout may belong to somebody else. */
function outputFolder(): string {
  const usual = pathOf(root, "build/demo");
  try {
    rmSync(usual, { recursive: true, force: true });
    mkdirSync(usual, { recursive: true });
    return usual;
  } catch {
    return mkdtempSync(pathOf(tmpdir(), "coven-demo-"));
  }
}

async function main(): Promise<number> {
  const all = conversations();
  writeCapture(pathOf(out, "client.pcap"), framesFrom("client", all));
  writeCapture(pathOf(out, "server.pcap"), framesFrom("server", all));

  const platform = new Platform();
  let network: Network | undefined;
  const leave = async () => {
    await platform.remove();
    network?.remove();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void leave().then(() => process.exit(130)));
  try {
    if (access === "none") say(`1/4  ${process.env.COVEN_DEMO_FILES ? "COVEN_DEMO_FILES is set" : "no network namespaces here (the kernel allows neither root's nor a user's, or ip or ping is missing)"}: the firewall runs on capture files instead of hosts`);
    else {
      network = makeNetwork();
      say(`1/4  two hosts, client (${network.client.address}) and server (${network.server.address}), joined only by COVEN${access === "user" ? " (in a user namespace: you are not root)" : ""}`);
    }
    await platform.up();
    say("2/4  covend is up");
    const runs: Run[] = [];
    for (const filter of filters) runs.push(await demonstrate(platform, network, filter));
    return summary(runs);
  } finally {
    await leave();
  }
}

async function demonstrate(platform: Platform, network: Network | undefined, filter: Filter): Promise<Run> {
  const archive = await archiveOf(pathOf(root, "examples/l7-firewall"), [`components.filter.framework=${filter}`]);
  const began = Date.now();
  const files = { before: pathOf(out, `before-${filter}.pcap`), after: pathOf(out, `after-${filter}.pcap`) };
  const received = { client: pathOf(out, `client-received-${filter}.pcap`), server: pathOf(out, `server-received-${filter}.pcap`) };
  const ports = network
    ? { lan: { backend: "af_packet" as const, interface: network.lan, record: files.before }, wan: { backend: "af_packet" as const, interface: network.wan, record: files.after } }
    : {
        lan: { backend: "pcap" as const, in: pathOf(out, "client.pcap"), out: received.client, rate: "recorded" as const, record: files.before },
        wan: { backend: "pcap" as const, in: pathOf(out, "server.pcap"), out: received.server, rate: "recorded" as const, record: files.after },
      };
  const { instance } = await platform.deploy(archive, `l7-firewall-${filter}`, ports);
  say(`\n${filter === "python" ? "3" : "4"}/4  L7 firewall, analyzer in Python, filter in ${languages[filter]}: deployed and running after ${Date.now() - began} ms`);
  const rtt = network ? pings(network.client.host, network.server.address, 100, 5) : [];
  const rtt_us = rtt.sort((a, b) => a - b)[rtt.length >> 1];
  if (rtt_us !== undefined) say(`     round-trip time client - firewall - server - firewall - client: ${rtt_us.toFixed(0)} µs (median of ${rtt.length} pings)`);

  const live = new LiveTable(platform, instance, rtt_us);
  live.start();
  if (network) await throughStations(network, filter, received);
  else await platform.replayed(instance, "wan", 30_000);
  await pause(300);
  await live.end();
  const now = await platform.statistics(instance);
  await platform.undeploy(instance);
  return { filter, rtt_us, outcomes: judge(conversations(), readCapture(received.server), readCapture(received.client)), lost: now.ports.reduce((sum, port) => sum + port.rx_missed + port.tx_missed, 0) };
}

/** The client's station begins, the server's follows: nobody is answered before he asked. */
async function throughStations(network: Network, filter: Filter, received: Record<"client" | "server", string>): Promise<void> {
  const station = (side: "client" | "server") =>
    new Station(network[side].host, { folder: pathOf(out, `${side}-${filter}`), engine: engineBinary, interface: network[side].interface, send: pathOf(out, `${side}.pcap`), receive: received[side] });
  const client = station("client");
  const server = station("server");
  try {
    await Promise.all([client.sent(30_000), server.sent(30_000)]);
    await pause(200);
  } finally {
    await Promise.all([client.end(), server.end()]);
  }
}

function summary(runs: Run[]): number {
  let right = true;
  for (const { filter, outcomes, rtt_us, lost } of runs) {
    say(`\nFilter in ${languages[filter]}${rtt_us === undefined ? "" : `, round-trip time ${rtt_us.toFixed(0)} µs`}`);
    for (const o of outcomes) {
      const done = o.blocked === o.flows ? "blocked" : o.blocked === 0 ? "passed" : `${o.blocked} of ${o.flows} blocked`;
      say(`  ${done.padEnd(8)} ${o.name.padEnd(26)} ${String(o.flows).padStart(2)} flows (${o.behindNsh} behind NSH)${o.changed ? `, ${o.changed} packets CHANGED` : ""}${o.right ? "" : "   <- NOT as expected"}`);
      right &&= o.right;
    }
    if (lost) say(`  the kernel lost ${lost} packets`);
  }
  say(`\nCaptures before and after the firewall: ${filters.map((f) => `before-${f}.pcap, after-${f}.pcap`).join("; ")}, in ${out.startsWith(root) ? relative(root, out) : out}`);
  say(right ? "Skype was blocked, everything else passed unchanged, NSH and all. Everything has been removed again." : "NOT everything went as it should.");
  return right ? 0 : 1;
}

process.exitCode = await main();
