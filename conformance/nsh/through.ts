/** Packets through a VNF without components, from capture to capture: planner and engine, nothing else. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineStatistics, PortBinding, Vnf } from "@coven/contract";
import { planVnf } from "@coven/itf";
import { engineBinary, type Frame, readCapture, writeCapture } from "@coven/testbed";
import { onTestFinished } from "vitest";

export interface Passed {
  statistics: EngineStatistics;
  /** Frames that left by a connection point, and the capture that they are in. */
  left(point: string): Buffer[];
  capture(point: string): string;
}

const framed = (frames: readonly Buffer[]): Frame[] => frames.map((bytes, index) => ({ time_ns: BigInt(index) * 1000n, bytes }));

/** The part of a package that counts here. */
export type Wire = Pick<Vnf, "connectionPoints" | "paths" | "nsh">;

/** `arriving`: frames that come in by each connection point. What leaves is there until the test ends. */
export function through(vnf: Wire, arriving: Record<string, readonly Buffer[]>): Passed {
  const folder = mkdtempSync(join(process.env.COVEN_TMP ?? tmpdir(), "cov-nsh-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const capture = (point: string) => join(folder, `${point}.out.pcap`);
  const bindings = Object.keys(vnf.connectionPoints).map((point): [string, PortBinding] => {
    const file = join(folder, `${point}.in.pcap`);
    writeCapture(file, framed(arriving[point] ?? []));
    return [point, { backend: "pcap", in: file, out: capture(point) }];
  });
  const plan = planVnf({ vnf: "wire", version: "1", ...vnf }, Object.fromEntries(bindings), { cpus: 1 });
  writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
  const ran = spawnSync(engineBinary, ["--folder", folder, "--plan", join(folder, "plan.json"), "--until-done"], { encoding: "utf8", timeout: 30_000 });
  if (ran.status !== 0) throw new Error(`the engine failed: ${ran.stderr}`);
  return { statistics: JSON.parse(ran.stdout) as EngineStatistics, capture, left: (point) => readCapture(capture(point)).map(({ bytes }) => bytes) };
}
