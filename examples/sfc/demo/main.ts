/** `coven demo sfc`: a service function chain of an aware and an unaware VNF between two hosts (docs/service-function-chaining.md). */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { archiveOf, engineBinary, enterOwnNamespace, namespaceAccess, Platform, pause, readCapture, root, Station, writeCapture } from "@coven/testbed";
import { ends, makeNetwork, type Network } from "./network.ts";
import { kinds, packets, type Seen, seenIn, stages, wrongAt } from "./stages.ts";
import { covenSwitch, hasOpenVswitch, type Middle, openVswitch, tenant } from "./switch.ts";

const otherTenant = 42;
const limit_ms = 30_000;
const say = (line = "") => console.log(line);

const access = namespaceAccess();
if (access === "none") {
  say("SKIP the service function chain: no network namespaces here (the kernel allows neither root's nor a user's, or ip or ping is missing)");
  process.exit(0);
}
await enterOwnNamespace(access);
const out = outputFolder();
const file = (name: string) => join(out, name);

/** Empty, and ours: a checkout may belong to somebody else. */
function outputFolder(): string {
  const usual = join(root, "build/demo-sfc");
  try {
    rmSync(usual, { recursive: true, force: true });
    mkdirSync(usual, { recursive: true });
    return usual;
  } catch {
    return mkdtempSync(join(tmpdir(), "coven-demo-sfc-"));
  }
}

async function main(): Promise<number> {
  const platform = new Platform();
  let network: Network | undefined;
  let middle: Middle | undefined;
  const leave = async () => {
    await middle?.remove();
    await platform.remove();
    network?.remove();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void leave().then(() => process.exit(130)));
  try {
    network = makeNetwork();
    say(`1/5  two hosts, client and server, each a network namespace${access === "user" ? " (in a user namespace: you are not root)" : ""}`);
    await platform.up();
    await deployAll(platform);
    say("2/5  two VNFs: marker (in Python, aware of the NSH) and gate (in C, knows nothing of it)");
    middle = hasOpenVswitch() ? await openVswitch(join(platform.folder, "ovs")) : await covenSwitch(platform);
    say(`3/5  ${middle.name} between them: classifies, forwards, ends the chain${hasOpenVswitch() ? "" : " (Open vSwitch is not installed, so a COVEN VNF does it)"}`);
    return await chain(platform, network);
  } finally {
    await leave();
  }
}

async function deployAll(platform: Platform): Promise<void> {
  for (const name of ["marker", "gate"] as const) {
    const port = (side: "lan" | "wan") => ({ backend: "af_packet" as const, interface: ends[name][side], record: file(`${name}-${side}.pcap`) });
    await platform.deploy(await archiveOf(join(root, `examples/sfc/${name}`)), name, { lan: port("lan"), wan: port("wan") });
  }
}

async function chain(platform: Platform, network: Network): Promise<number> {
  say(`4/5  the client sends ${packets().length} packets: ${kinds.map(({ name, port }) => `${name} (UDP ${port})`).join(", ")}\n`);
  coven(platform, "nsh", "show", "marker"); // from now on contexts are watched
  const first = await travel(network, "first");
  const right = tell(first, tenant);
  say("What marker's packets carry, as `coven nsh show marker` tells it:\n");
  say(indented(coven(platform, "nsh", "show", "marker")));
  say(`\n5/5  an operator says otherwise, while all runs: coven nsh set marker chain tenant=${otherTenant}\n`);
  say(indented(coven(platform, "nsh", "set", "marker", "chain", `tenant=${otherTenant}`)));
  const second = await travel(network, "second");
  const after = second.at(-2)?.filter((seen) => seen.tenant === otherTenant).length ?? 0;
  say(`\n     of ${second.at(-2)?.length} packets behind the gate ${after} carry tenant ${otherTenant}`);
  coven(platform, "nsh", "set", "marker", "chain");
  const all = right && after > 0 && after === second.at(-2)?.length;
  say(`\nCaptures of every link are in ${out.startsWith(root) ? relative(root, out) : out}.`);
  say(all ? "Each packet took its way, and its context came through. Everything has been removed again." : "NOT everything went as it should.");
  return all ? 0 : 1;
}

const coven = (platform: Platform, ...words: string[]): string => execFileSync(join(root, "bin/coven"), words, { encoding: "utf8", env: platform.environment });
const indented = (text: string) => text.trimEnd().split("\n").map((line) => `     ${line}`.trimEnd()).join("\n");

/** What was on each link while the client's packets went their way. */
async function travel(network: Network, name: string): Promise<Seen[][]> {
  writeCapture(file("client.pcap"), packets());
  const received = file(`server-${name}.pcap`);
  const before = recorded();
  const station = (host: "client" | "server", more: { send?: string; receive?: string }) => new Station(network[host], { folder: file(`${host}-${name}`), engine: engineBinary, interface: "eth0", ...more });
  const server = station("server", { receive: received });
  await server.ready();
  const client = station("client", { send: file("client.pcap") });
  try {
    await client.sent(limit_ms);
    await arrived(before);
  } finally {
    await Promise.all([client.end(), server.end()]);
  }
  const links = recorded().map((frames, index) => frames.slice(before[index]?.length));
  return [packets(), ...links, readCapture(received)].map((frames) => seenIn(frames, packets()));
}

const recorded = () => ["marker-lan", "marker-wan", "gate-lan", "gate-wan"].map((name) => readCapture(file(`${name}.pcap`)));

/** Until the last link has what should come, or the time is over: then the table tells. */
async function arrived(before: ReturnType<typeof recorded>): Promise<void> {
  const wanted = packets().filter((_, index) => kinds[index % kinds.length]?.passes).length;
  const came = () => seenIn((recorded().at(-1) ?? []).slice(before.at(-1)?.length), packets()).length;
  for (const end = Date.now() + limit_ms / 3; Date.now() < end && came() < wanted; ) await pause(50);
  await pause(300);
}

function tell(seen: readonly Seen[][], tenant: number): boolean {
  const wrong = stages.flatMap((stage, index) => {
    const its = seen[index] ?? [];
    say(`  ${stage.title}: ${stage.says}`);
    for (const kind of kinds) say(`      ${line(kind.name, its.filter((one) => one.kind === kind))}`);
    const found = wrongAt(stage, its, tenant);
    for (const what of found) say(`      <- NOT as expected: ${what}`);
    say();
    return found;
  });
  return wrong.length === 0;
}

function line(name: string, seen: readonly Seen[]): string {
  const [one] = seen;
  const header = !one ? "nothing" : one.spi === undefined ? "no NSH" : `SPI ${one.spi}  SI ${one.si}  TTL ${one.ttl}  context tenant=${one.tenant} class=${one.class}`;
  return `${name.padEnd(7)} ${String(seen.length).padStart(2)} packets  ${header}`;
}

process.exitCode = await main();
