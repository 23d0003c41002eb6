/** The hop by language: every function reads the EtherType of every packet and counts it. The bare limit of a language is the same
 * loop over two rings with that runtime's means and nothing else (bench/peers/bare.*). */
import type { Framework } from "@coven/contract";
import type { Bench } from "./main.ts";
import { type BareLanguage, bare } from "./peers.ts";
import { chainOf, flowOfWindow, Plane } from "./plane.ts";
import { type Row, withRatios } from "./report.ts";
import { type Entrant, inTurn } from "./rounds.ts";

const unit = "M packets/s";
const window_ms = 1000;

interface Form { name: string; framework: Framework; source: string; limit: string }
const forms: Form[] = [
  { name: "coven-c", framework: "c", source: "count-c", limit: "bare-c" },
  { name: "coven-rust", framework: "rust", source: "count-rust", limit: "bare-rust" },
  { name: "coven-java", framework: "java", source: "count-java", limit: "bare-java" },
  { name: "coven-java-packet", framework: "java", source: "count-java-packet", limit: "bare-java" },
  { name: "coven-ts", framework: "typescript", source: "count-ts", limit: "bare-ts" },
  { name: "coven-ts-packet", framework: "typescript", source: "count-ts-packet", limit: "bare-ts" },
  { name: "coven-python", framework: "python", source: "count-python", limit: "bare-python" },
  { name: "coven-python-packet", framework: "python", source: "count-python-packet", limit: "bare-python" },
];
const notes: Record<BareLanguage, string> = {
  c: "no checks, no ledger, no owners",
  rust: "source and sink in C",
  java: "var handles; source and sink in C",
  ts: "Atomics; source and sink in TypeScript too",
  python: "memoryviews; source and sink in C; never parks",
};

const limits = (Object.keys(notes) as BareLanguage[]).map((language): Entrant => ({ name: `bare-${language}`, unit, peer: true, note: notes[language], round: async () => bare(language, window_ms) }));

async function run({ rounds = 5 }: { rounds?: number }): Promise<Row[]> {
  const planes: Plane[] = [];
  try {
    const entrants: Entrant[] = [];
    for (const { name, framework, source } of forms) {
      const plane = await Plane.open({ ...chainOf(framework, source, 1), cpus: { engine: 0, components: 1 } });
      planes.push(plane);
      entrants.push({ name, unit, note: source.endsWith("packet") ? "one packet a call" : "one burst a call", round: async () => flowOfWindow(await plane.window(window_ms)).mpps });
    }
    const rows = await inTurn(rounds, [...entrants, ...limits], 1);
    return withRatios(rows, Object.fromEntries(forms.map(({ name, limit }) => [name, limit])));
  } finally {
    for (const plane of planes) await plane.remove();
  }
}

export default { run, needsHosts: false, summary: "packets a second through one component, by language" } satisfies Bench;
