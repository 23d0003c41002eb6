/** A program that knows only interfaces (bench/peers/sleeping.c) as a component, and the same program between two plain veth pairs; testpmd as a component by
 * memif, and two of them directly. Source and sink are the engine's own, but for two testpmds: what differs is how packets come to the program and back.
 * Engine and adapter on CPU 0, the program on CPU 1. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { pause } from "@coven/testbed";
import type { Bench, Options } from "./main.ts";
import { componentRound, directRound } from "./memif.ts";
import { peer } from "./peers.ts";
import { flowOfWindow, Plane } from "./plane.ts";
import { type Row, withRatios } from "./report.ts";
import { absent, chosen, type Entrant, inTurn } from "./rounds.ts";
import { testpmdMissing } from "./testpmd.ts";

const unit = "M packets/s";
const window_ms = 1000;
const sizes = [64, 1500] as const;
const cpus = { engine: 0, components: 0 };
const program = (...interfaces: string[]) => ["taskset", "-c", "1", peer("sleeping"), ...interfaces];

const inside = (size: number) =>
  Plane.open({ components: { x: { framework: "netdev", source: ".", command: program("in", "out") } }, ports: { wire: { backend: "generate", size } }, paths: { through: "wire -> x -> wire" }, cpus });

/** `a0` and `b0` are the engine's ends, `a1` and `b1` the program's. */
class Cables {
  readonly #program: ChildProcess;
  private constructor(child: ChildProcess) {
    this.#program = child;
  }
  static async lay(): Promise<Cables> {
    const ip = (...words: string[]) => void execFileSync("ip", words);
    for (const end of ["a", "b"]) {
      ip("link", "add", `${end}0`, "type", "veth", "peer", "name", `${end}1`);
      for (const side of [0, 1]) {
        execFileSync("sysctl", ["-qw", `net.ipv6.conf.${end}${side}.disable_ipv6=1`]);
        ip("link", "set", `${end}${side}`, "up");
      }
    }
    const [command = "", ...words] = program("a1", "b1");
    const child = spawn(command, words, { stdio: "inherit" });
    await pause(100);
    return new Cables(child);
  }
  async remove(): Promise<void> {
    const gone = once(this.#program, "exit");
    this.#program.kill();
    await gone;
    for (const end of ["a0", "b0"]) execFileSync("ip", ["link", "delete", end]);
  }
}

const between = (size: number) =>
  Plane.open({
    components: {},
    ports: { wire: { backend: "generate", size }, a: { backend: "af_packet", interface: "a0" }, b: { backend: "af_packet", interface: "b0" } },
    paths: { out: "wire -> a", back: "b -> wire", other: "a -> wire" },
    cpus,
  });

/** What came back from the program, at `b`. */
async function returned(plane: Plane): Promise<number> {
  const { before, after } = await plane.window(window_ms);
  const received = ({ ports }: typeof after) => ports.find(({ name }) => name === "b")?.rx_packets ?? 0;
  return ((received(after) - received(before)) / (after.time_ns - before.time_ns)) * 1e3;
}

/** Ours and its peer, ready to be measured. */
interface Pair { entrants: [ours: Entrant, peer: Entrant]; remove(): Promise<void> }
interface Subject { name: string; peer: string; missing: string | undefined; open(): Promise<Pair> }

const missingDriver = async (framework: "netdev" | "memif") => {
  const { usable, reason } = await drivers(platformPaths())[framework].fingerprint();
  return usable ? undefined : (reason ?? "it can't be used here");
};

async function interfaces(name: string, peerName: string, size: number): Promise<Pair> {
  const cables = await Cables.lay();
  const [ours, plain] = [await inside(size), await between(size)];
  return {
    entrants: [
      { name, unit, note: "nothing is lost", round: async () => flowOfWindow(await ours.window(window_ms)).mpps },
      { name: peerName, unit, peer: true, note: "what is too much is lost", round: () => returned(plain) },
    ],
    remove: async () => {
      for (const plane of [ours, plain]) await plane.remove();
      await cables.remove();
    },
  };
}

async function memif(name: string, peerName: string, size: number): Promise<Pair> {
  const folder = mkdtempSync(join(process.env.COVEN_TMP ?? tmpdir(), "memif-"));
  return {
    entrants: [
      { name, unit, note: "nothing is lost", round: () => componentRound(size) },
      { name: peerName, unit, peer: true, note: "the same 512 packets again and again", round: () => directRound(folder, size) },
    ],
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function run({ rounds = 5, rows }: Options): Promise<Row[]> {
  const [noNetdev, noMemif] = [await missingDriver("netdev"), (await missingDriver("memif")) ?? testpmdMissing()];
  const subjects = sizes.flatMap((size): Subject[] => {
    const [netdev, testpmd] = [{ name: `coven-netdev-${size}`, peer: `veth-${size}` }, { name: `coven-memif-${size}`, peer: `testpmd-${size}` }];
    return [
      { ...netdev, missing: noNetdev, open: () => interfaces(netdev.name, netdev.peer, size) },
      { ...testpmd, missing: noMemif, open: () => memif(testpmd.name, testpmd.peer, size) },
    ];
  });
  const measured: Row[] = [];
  for (const { name, peer: against, missing, open } of chosen(subjects, rows)) {
    const both = missing ? await inTurn(0, [absent(name, unit, missing)]) : await inPairs(rounds, await open());
    measured.push(...withRatios(both, { [name]: against }));
  }
  return measured;
}

async function inPairs(rounds: number, { entrants, remove }: Pair): Promise<Row[]> {
  try {
    return await inTurn(rounds, entrants, 1);
  } finally {
    await remove();
  }
}

export default { run, needsHosts: true, summary: "a program behind interfaces or memif as a component, and without COVEN" } satisfies Bench;
