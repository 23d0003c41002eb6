/** What a role costs a packet in the real hop: the same packets, each with an NSH, through one component, by ports that have a part in
 * NSH and by ports that do not, in turn. Source, sink and NSHP on CPU 0, the component on CPU 1. */
import type { NshMode } from "@coven/contract";
import { componentOf, flowOfWindow, Plane } from "./plane.ts";
import { type Row, row } from "./report.ts";

const window_ms = 500;
const spi = 10;
const sizes = [64, 1400];

const open = (role: NshMode, size: number): Promise<Plane> =>
  Plane.open({
    components: { c1: componentOf("c", "count-c") },
    ports: { wire: { backend: "generate", size, spi }, away: { backend: "generate", count: 0 } },
    paths: { through: "wire -> c1 -> away" },
    roles: { wire: role, away: role },
    ...(role === "none" ? {} : { nsh: { paths: { through: { spi, context: "opaque" } } } }),
    cpus: { engine: 0, components: 1 },
  });

async function mpps(plane: Plane): Promise<number> {
  const flow = flowOfWindow(await plane.window(window_ms));
  if (flow.lost > 0) throw new Error(`${flow.lost} packets were lost in the hop`);
  return flow.mpps;
}

async function ofSize(size: number, rounds: number): Promise<Row[]> {
  const planes = { none: await open("none", size), proxy: await open("proxy", size) };
  try {
    const figures: Record<"none" | "proxy", number[]> = { none: [], proxy: [] };
    for (let round = 0; round < rounds; round++) for (const role of ["none", "proxy"] as const) figures[role].push(await mpps(planes[role]));
    const overhead = figures.proxy.map((proxy, round) => 1e3 / proxy - 1e3 / (figures.none[round] ?? Number.NaN));
    const note = `packets of ${size} bytes in an NSH, through a component in C`;
    const hops = (["none", "proxy"] as const).map((role) => row(`hop-${role}-${size}`, "M packets/s", figures[role], { note }));
    const [plain, proxied] = hops.map(({ median }) => median);
    const ratio = (proxied ?? Number.NaN) / (plain ?? Number.NaN);
    return [row(`proxy-overhead-${size}`, "ns/packet", overhead, { note: "what the hop takes longer, round by round" }), hops[0], { ...hops[1], ratioTo: `hop-none-${size}`, ratio }] as Row[];
  } finally {
    for (const plane of Object.values(planes)) await plane.remove();
  }
}

export async function hopRows(rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of sizes) rows.push(...(await ofSize(size, rounds)));
  return rows;
}
