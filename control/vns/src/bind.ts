import { CovenError, type PortBinding, type Vnf } from "@coven/contract";
import { backendNames, backends } from "./backends.ts";

/** Which port each connection point gets: the one asked for, else the package's default. Every point gets one, and no port serves two. */
export function bindPorts(vnf: Vnf, requested: Record<string, PortBinding>): Record<string, PortBinding> {
  const points = Object.keys(vnf.connectionPoints);
  for (const point of Object.keys(requested)) {
    if (!points.includes(point)) throw new CovenError("POINT_UNKNOWN", [point, points.join(", ")]);
  }
  const bound: Record<string, PortBinding> = {};
  for (const [point, { port }] of Object.entries(vnf.connectionPoints)) {
    const binding = Object.hasOwn(requested, point) ? requested[point] : port;
    if (!binding) throw new CovenError("PORT_UNBOUND", [point, point]);
    bound[point] = binding;
  }
  refuseShared(bound);
  for (const [point, binding] of Object.entries(bound)) refuseThreads(vnf, point, binding);
  return bound;
}

/** What several threads can't have a part of each. */
function refuseThreads({ threads = 1 }: Vnf, point: string, binding: PortBinding): void {
  if (threads === 1) return;
  const refuse = (what: string, todo: string) => new CovenError("PORT_THREADS", [point, what, threads, todo]);
  const good = backendNames.filter((name) => backends[name].divides).join(", ");
  if (!backends[binding.backend].divides) throw refuse(`packets of ${binding.backend} can't be shared out by their flows`, `use threads: 1, or one of ${good}`);
  if (binding.record !== undefined) throw refuse("several threads can't record to one file", "leave out record, or use threads: 1");
  if (binding.backend === "generate" && (binding.flows ?? threads) < threads) throw refuse(`flows: ${binding.flows} are fewer than threads, and a flow is with one thread`, `use flows: ${threads} or more`);
}

/** Two sockets on one interface would each take every packet, and two writers spoil a file. */
function refuseShared(bound: Record<string, PortBinding>): void {
  const owner = new Map<string, string>();
  for (const [point, binding] of Object.entries(bound)) {
    for (const claim of claims(binding)) {
      const other = owner.get(claim);
      if (other !== undefined) throw new CovenError("PORT_TWICE", [other, point, claim]);
      owner.set(claim, point);
    }
  }
}

function claims(binding: PortBinding): string[] {
  const backend = backends[binding.backend];
  const values = binding as Record<string, unknown>;
  const files = backend.writes.flatMap((key) => (typeof values[key] === "string" ? [`file ${values[key]}`] : []));
  return backend.interface ? [...files, `interface ${String(values[backend.interface])}`] : files;
}
