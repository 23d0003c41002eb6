/** What `run` and `dev` share: a folder for the time of a run, ports, context, and the run itself. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PortBinding, Vnf } from "@coven/contract";
import { planVnf, thisHost } from "@coven/itf";
import { type PlatformPaths, platformPaths } from "@coven/pps";
import { exit, Failure } from "../exit.ts";
import { home } from "../place.ts";
import type { Built } from "./build.ts";
import { type Order, Session } from "./session.ts";

/** `--context 01ff`: up to 16 bytes. */
export function contextOf(text: string | undefined): Uint8Array {
  if (text === undefined) return new Uint8Array(0);
  if (!/^([0-9a-f]{2}){1,16}$/i.test(text)) throw new Failure(exit.wrongUse, `--context ${text}: it should be 1 to 16 bytes in hexadecimal, for example 01`);
  return Buffer.from(text, "hex");
}

/** Only a run's own: removed when it is over, whatever happens. */
export async function inFolder<T>(work: (folder: string, paths: PlatformPaths) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "coven-run-"));
  try {
    return await work(folder, platformPaths(home()));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const capture = (file: string | undefined, out: string | undefined): PortBinding => ({ backend: "pcap", ...(file !== undefined && { in: resolve(file) }), ...(out !== undefined && { out: resolve(out) }) });

export const sessionOf = (vnf: Vnf, ports: Record<string, PortBinding>, built: Record<string, Built>, rest: Omit<Order, "vnf" | "plan" | "built">): Session =>
  new Session({ ...rest, vnf, built, plan: planVnf(single(vnf), ports, thisHost()) });

/** One process of each component, anywhere: the session's engine has one thread, hands a flow to no other, and keeps no CPU. */
const single = ({ threads: _, placement: __, ...vnf }: Vnf): Vnf => ({ ...vnf, components: Object.fromEntries(Object.entries(vnf.components ?? {}).map(([name, { replicas: _, ...component }]) => [name, component])) });
