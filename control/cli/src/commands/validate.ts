import type { PortBinding, Vnf } from "@coven/contract";
import { describePlan, planVnf, thisHost } from "@coven/itf";
import type { Context } from "../context.ts";
import { openPackage } from "../local.ts";

/** A point that is bound to nothing yet gets a loopback, so that everything else can be planned. */
function anyPorts(vnf: Vnf): Record<string, PortBinding> {
  return Object.fromEntries(Object.entries(vnf.connectionPoints).map(([point, { port }]) => [point, port ?? { backend: "loopback" }]));
}

export async function run(context: Context, [path = ""]: string[]): Promise<void> {
  const { vnf, close } = await openPackage(path);
  await close();
  const plan = planVnf(vnf, anyPorts(vnf), thisHost());
  const open = Object.entries(vnf.connectionPoints).filter(([, { port }]) => !port).map(([point]) => point);
  const toBind = open.length > 0 ? [`to be bound at deployment: ${open.join(", ")}`] : [];
  context.print({ valid: true, vnf: vnf.vnf, version: vnf.version, unbound: open, plan }, () => [`${vnf.vnf} ${vnf.version} is sound`, ...toBind, "", ...describePlan(plan)].join("\n"));
}
