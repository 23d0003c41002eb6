/** A program that knows only interfaces (bench/peers/sleeping.c) as a component, and the same program between two plain veth pairs. Source and sink are
 * the engine's own both times: what differs is how packets come to the program's interfaces and back. Engine and adapter on CPU 0, the program on CPU 1. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { drivers, platformPaths } from "@coven/pps";
import { pause } from "@coven/testbed";
import type { Bench } from "./main.ts";
import { peer } from "./peers.ts";
import { flowOfWindow, Plane } from "./plane.ts";
import { type Row, withRatios } from "./report.ts";
import { absent, type Entrant, inTurn } from "./rounds.ts";

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

async function run({ rounds = 5 }: { rounds?: number }): Promise<Row[]> {
  const { usable, reason } = await drivers(platformPaths()).netdev.fingerprint();
  if (!usable) return inTurn(0, [absent("netdev", unit, reason ?? "it can't be used here")]);
  const cables = await Cables.lay();
  const planes: Plane[] = [];
  try {
    const entrants: Entrant[] = [];
    for (const size of sizes) {
      const [ours, plain] = [await inside(size), await between(size)];
      planes.push(ours, plain);
      entrants.push({ name: `coven-netdev-${size}`, unit, note: "nothing is lost", round: async () => flowOfWindow(await ours.window(window_ms)).mpps });
      entrants.push({ name: `veth-${size}`, unit, peer: true, note: "what is too much is lost", round: () => returned(plain) });
    }
    return withRatios(await inTurn(rounds, entrants, 1), Object.fromEntries(sizes.map((size) => [`coven-netdev-${size}`, `veth-${size}`])));
  } finally {
    for (const plane of planes) await plane.remove();
    await cables.remove();
  }
}

export default { run, needsHosts: true, summary: "a program behind interfaces as a component, and between plain veth pairs" } satisfies Bench;
