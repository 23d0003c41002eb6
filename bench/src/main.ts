/** `coven bench NAME [--json] [--rounds N] …`: one bench, ours and the peers in turn (spec/bench.md). `all`: every one but the soak. `report`: the
 * page of figures, made from results that were saved. */
import { parseArgs } from "node:util";
import { enterOwnNamespace, isolated, namespaceAccess } from "@coven/testbed";
import { resultsFolder, save, writeReport } from "./performance.ts";
import { machine, type Result, type Row, table } from "./report.ts";

export interface Options { rounds?: number; rows?: string[]; captures?: string; truth?: string; seconds?: number }
export interface Bench { run(options: Options): Promise<Row[]>; needsHosts: boolean; summary: string }

const benches: Record<string, () => Promise<Bench>> = {
  detect: async () => (await import("./detect.ts")).default,
  firewall: async () => (await import("./firewall.ts")).default,
  idle: async () => (await import("./idle.ts")).default,
  deploy: async () => (await import("./deploy.ts")).default,
  hop: async () => (await import("./hop.ts")).default,
  threads: async () => (await import("./threads.ts")).default,
  chain: async () => (await import("./chain.ts")).default,
  languages: async () => (await import("./languages.ts")).default,
  netdev: async () => (await import("./netdev.ts")).default,
  rtt: async () => (await import("./rtt.ts")).default,
  wire: async () => (await import("./wire.ts")).default,
  iperf: async () => (await import("./iperf.ts")).default,
  density: async () => (await import("./density.ts")).default,
  nsh: async () => (await import("./nsh.ts")).default,
  soak: async () => (await import("./soak.ts")).default,
};
/** Ten minutes, and no measurement: by itself only. */
const apart = ["soak"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, rounds: { type: "string" }, rows: { type: "string" }, seconds: { type: "string" }, captures: { type: "string" }, truth: { type: "string" }, save: { type: "string" }, from: { type: "string" } },
});
const name = positionals[0] ?? "";
if (name === "report") {
  console.log(`Written: ${writeReport(values.from ?? resultsFolder).join(", ")}`);
  process.exit(0);
}
if (name !== "all" && !(name in benches)) {
  console.error(`coven bench: there is no bench "${name}"; there are ${Object.keys(benches).join(", ")}, all and report`);
  process.exit(2);
}
await enterOwnNamespace(namespaceAccess());

const options: Options = {
  ...(values.rounds ? { rounds: Number(values.rounds) } : {}),
  ...(values.rows ? { rows: values.rows.split(",") } : {}),
  ...(values.seconds ? { seconds: Number(values.seconds) } : {}),
  ...(values.captures ? { captures: values.captures } : {}),
  ...(values.truth ? { truth: values.truth } : {}),
};
let failed = false;
for (const one of name === "all" ? Object.keys(benches).filter((one) => !apart.includes(one)) : [name]) {
  const bench = await benches[one]?.();
  if (!bench) continue;
  if (bench.needsHosts && !isolated) {
    console.error(`coven bench ${one}: needs network namespaces, as root or by user namespaces; neither is allowed here`);
    failed = true;
    continue;
  }
  const result: Result = { bench: one, machine: machine(), rows: await bench.run(options) };
  if (values.save) save(values.save, result, values.rows !== undefined);
  console.log(values.json ? JSON.stringify(result) : `${table(result)}\n`);
}
process.exit(failed ? 1 : 0);
