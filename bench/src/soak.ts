/** Endurance: the L7 firewall (python and c, both directions, NSH on what one side sends) at twice what it can take, for minutes, while
 * a component is killed now and then. At every sample the accounts are exact; memory and file descriptors stay; nothing is left at the end. */
import { setPriority } from "node:os";
import { join } from "node:path";
import { diff, type Snapshot, snapshot } from "@coven/ma/testing/snapshot";
import { archiveOf, type Deployed, Platform, pause, Rig, root } from "@coven/testbed";
import type { Bench, Options } from "./main.ts";
import { type Row, row } from "./report.ts";
import { Accounts, dropped } from "./soak_accounts.ts";
import { Footprint } from "./soak_footprint.ts";
import { Source, type Stream } from "./source.ts";

const usual_s = 600;
/** Seconds between two deaths: after 30 the platform takes a component for healthy, and starts it anew without a growing pause. */
const death_s = 31;
/** NSH packets of the firewall's path `up`, and some of a path that it does not know, so that packets are also dropped inside. */
const known = 10;
const unknown = 99;

interface Soak { platform: Platform; rig: Rig; vnf: Deployed; sources: Source[]; accounts: Accounts; footprint: Footprint }

/** The client has a CPU for itself; the server's source takes from the firewall's, and so lessens what it can do while it offers more. */
function sourcesOf(rig: Rig, folder: string, back: number | "full"): Source[] {
  const on = (cpu: number) => ["taskset", "-c", String(cpu)];
  const up: Stream[] = [{ rate: "full", flows: 256, spi: known }, { rate: 500, spi: unknown }];
  return [new Source(rig.client, folder, up, on(0)), new Source(rig.server, folder, [{ rate: back, flows: 256 }], on(1))];
}

const offeredBy = async (sources: readonly Source[]) => (await Promise.all(sources.map((one) => one.sent()))).reduce((a, b) => a + b, 0);

/** Starts sources that offer at least twice of what comes out. */
async function overload(soak: Soak): Promise<void> {
  const { platform, rig, vnf } = soak;
  for (const back of [100_000, 200_000, 300_000, 400_000, 500_000, "full"] as const) {
    soak.sources = sourcesOf(rig, platform.folder, back);
    await Promise.all(soak.sources.map((one) => one.warmUp()));
    await Promise.all(soak.sources.map((one) => one.start()));
    await pause(500);
    const [sent, before] = [await offeredBy(soak.sources), await platform.statistics(vnf.instance)];
    await pause(1000);
    const [offered, passed] = [(await offeredBy(soak.sources)) - sent, (await platform.statistics(vnf.instance)).transmitted - before.transmitted];
    if (offered >= 2.2 * passed || back === "full") return;
    await Promise.all(soak.sources.map((one) => one.remove()));
  }
}

/** Ends a component's process, the one that ended the longest ago, and waits until it runs again. */
async function kill({ platform, vnf }: Soak, nth: number): Promise<void> {
  const runs = async () => (await platform.statistics(vnf.instance)).components;
  const victim = (await runs())[nth % 2];
  if (!victim?.pid) throw new Error("there is no component to kill");
  process.kill(victim.pid, "SIGKILL");
  for (let tries = 0; tries < 600; tries++) {
    const now = (await runs()).find(({ slot }) => slot === victim.slot);
    if (now?.state === "running" && now.pid !== victim.pid && !now.standing_in) return;
    await pause(50);
  }
  throw new Error(`${victim.name} does not run again after it was killed`);
}

/** Samples until the time is over; the number of components killed meanwhile. */
async function watch(soak: Soak, seconds: number): Promise<number> {
  const { platform, vnf, accounts, footprint } = soak;
  const [step_s, every_s] = [Math.min(1, seconds / 20), Math.min(death_s, seconds / 3)];
  const began = performance.now();
  const passed_s = () => (performance.now() - began) / 1000;
  let deaths = 0;
  while (passed_s() < seconds) {
    accounts.look(await platform.statistics(vnf.instance));
    await footprint.look(passed_s());
    if (passed_s() > (deaths + 1) * every_s) await kill(soak, deaths++);
    await pause(step_s * 1000);
  }
  return deaths;
}

/** No packet comes any more: the engine has what the interfaces have, and hands out all that it has. */
async function rest({ platform, vnf, sources, accounts }: Soak): Promise<number> {
  await Promise.all(sources.map((one) => one.stop()));
  await pause(300);
  const offered = await offeredBy(sources);
  for (let tries = 0; tries < 200; tries++) {
    const now = await platform.statistics(vnf.instance);
    accounts.look(now);
    if (now.in_flight === 0) break;
    await pause(50);
  }
  accounts.close(await platform.statistics(vnf.instance));
  return offered;
}

async function measured(soak: Soak, seconds: number): Promise<Row[]> {
  const { platform, vnf, accounts, footprint } = soak;
  await overload(soak);
  const [sent, started] = [await offeredBy(soak.sources), await platform.statistics(vnf.instance)];
  const deaths = await watch(soak, seconds);
  const offered = (await rest(soak)) - sent;
  const ended = await platform.statistics(vnf.instance);
  const span_s = (ended.time_ns - started.time_ns) / 1e9;
  const passed = ended.transmitted - started.transmitted;
  const lost = Object.entries(dropped(started, ended)).map(([reason, count]) => `${reason} ${count}`).join(", ");
  return [
    row("offered", "packets/s", [offered / span_s], { note: `${(offered / passed).toFixed(2)} times what comes out` }),
    row("forwarded", "packets/s", [passed / span_s], { note: `${passed} packets in ${Math.round(span_s)} s; dropped inside: ${lost || "none"}` }),
    row("unaccounted", "packets", [0], { note: `at each of ${accounts.looks} samples, by interface as well; ${accounts.missed} missed in front of the ports` }),
    row("killed", "components", [deaths], { note: "each runs again" }),
    ...footprint.rows(),
  ];
}

const held = async (platform: Platform): Promise<Snapshot> => {
  const [packages, instances] = (await Promise.all(["/vnfpkgm/v2/vnf_packages", "/coven/v1/instances"].map((path) => platform.call("GET", path)))) as unknown[][];
  return snapshot({ runFolder: platform.runFolder, stateFolder: platform.stateFolder, rows: () => ({ packages: packages ?? [], instances: instances ?? [] }) });
};

/** Takes the VNF off; throws if there is anything that was not there before. */
async function leftOf({ platform, vnf, sources }: Soak, before: Snapshot): Promise<number> {
  for (const one of sources) await one.remove();
  await platform.undeploy(vnf.instance);
  await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${vnf.package}`);
  const left = diff(before, await held(platform));
  if (left.length > 0) throw new Error(`something is left: ${left.join("; ")}`);
  return left.length;
}

async function run({ seconds = usual_s }: Options): Promise<Row[]> {
  setPriority(10);
  const platform = new Platform(["taskset", "-c", "1"]);
  const rig = new Rig(platform.folder);
  try {
    await platform.up();
    const before = await held(platform);
    const vnf = await platform.deploy(await archiveOf(join(root, "examples/l7-firewall"), ["components.filter.framework=c"]), "soak", rig.ports);
    const footprint = new Footprint(platform, vnf.instance);
    const soak: Soak = { platform, rig, vnf, sources: [], accounts: new Accounts(rig, await platform.statistics(vnf.instance)), footprint };
    try {
      const rows = await measured(soak, seconds);
      return [...rows, row("left", "things", [await leftOf(soak, before)], { note: "processes, interfaces, namespaces, cgroups, mounts, files" })];
    } finally {
      for (const one of soak.sources) await one.remove();
    }
  } finally {
    await platform.remove();
    rig.remove();
  }
}

export default { run, needsHosts: true, summary: "minutes at twice saturation" } satisfies Bench;
