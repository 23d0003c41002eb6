/** The TypeScript engine with one C component between two interfaces, in a process of its own. Usage: ts-engine.ts LAN WAN.
 * Prints the component's process id when packets move; ends with SIGTERM. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PortBinding, Vnf } from "@coven/contract";
import { Engine } from "@coven/engine";
import { planVnf } from "@coven/itf";
import { drivers, platformPaths } from "@coven/pps";
import { pause } from "@coven/testbed";
import { betweenOf, componentsFolder } from "./plane.ts";

const [lan = "", wan = ""] = process.argv.slice(2);
const port = (name: string) => ({ backend: "af_packet", interface: name }) as PortBinding;
const { components, ports, paths } = betweenOf(port(lan), port(wan));
const vnf: Vnf = { vnf: "bench", version: "1.0.0", connectionPoints: { lan: {}, wan: {} }, components, paths };
const plan = planVnf(vnf, ports, { cpus: 1 });
const platform = platformPaths();
const { c: driver } = drivers(platform);
const folder = mkdtempSync(join(tmpdir(), "ts-engine-"));
mkdirSync(join(folder, "build"));
const prepared = await driver.prepare(components.c1!, "c1", join(componentsFolder, "count-c"), join(folder, "build"));
const engine = new Engine({ folder, addon: join(platform.sdkNode, "build/coven.node") }, plan.actions);
const task = await driver.start(prepared, { segment: engine.channel, slot: plan.slots.c1!, bells: folder, agent: join(folder, "agent"), name: "c1", outputs: ["out"], log: join(folder, "log") });

async function end(): Promise<void> {
  await driver.stop(task, 0);
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
process.on("SIGTERM", () => void end());
for (let tries = 0; engine.stats().components[0]?.state !== "running"; tries++) {
  if (tries > 500) throw new Error("the component does not run");
  await pause(20);
}
engine.start();
console.log(task.pid);
