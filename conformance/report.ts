/** Writes docs/conformance.md from vitest's JSON report of frameworks.test.ts and languages.test.ts: `make conformance`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, release } from "node:os";
import { join } from "node:path";
import { type Fingerprint, languageFrameworks } from "@coven/contract";
import { root } from "@coven/testbed";
import { driverOf, points, type Subject, subjects } from "./frameworks.ts";

/** Where each kind of component meets a peer that writes garbage into the channel. */
const hostile: Record<string, string> = {
  "c, cpp, and what stands on them (netdev, click, memif, lua)": "sdk/c/test/run.sh",
  python: "sdk/python/tests/test_run.py",
  "typescript, javascript": "sdk/node/test/component.test.ts",
  java: "sdk/java/src/test/java/coven/ComponentTest.java",
  rust: "sdk/rust/tests/components.rs",
  "the engine itself": "engine/itf/tests/hostile.rs",
};

type Report = { testResults: { assertionResults: { fullName: string; status: string }[] }[] };
const tests = (JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Report).testResults.flatMap((file) => file.assertionResults);
const statuses = new Map(tests.map((test) => [test.fullName, test.status]));
const words: Record<string, string> = { passed: "yes", failed: "**no**" };
const result = (name: string) => words[statuses.get(name) ?? ""] ?? "not run";

const reasons: string[] = [];
function noteOf(reason: string): number {
  if (!reasons.includes(reason)) reasons.push(reason);
  return reasons.indexOf(reason) + 1;
}
const cell = ({ name, not }: Subject, point: (typeof points)[number]) => (not[point] ? `– (${noteOf(not[point])})` : isHere(name) ? result(`framework ${name} ${point}`) : (earlier(point, name) ?? "not run"));
const table = (head: string[], rows: string[][]) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

const found = await Promise.all(subjects.map(async ({ name }) => [name, await driverOf(name).fingerprint()] as const));
const isHere = (name: string) => found.some(([one, { usable }]) => one === name && usable);

/** The page as it stands: it keeps what another run got of a framework that this host lacks. */
const page = join(root, "docs/conformance.md");
const rows = existsSync(page) ? readFileSync(page, "utf8").split("\n").filter((line) => line.startsWith("| ")).map((line) => line.slice(2, -2).split(" | ")) : [];
const rowOf = (name: string) => rows.find(([head]) => head === name);
const earlier = (point: string, name: string) => rowOf(point)?.[rows[0]?.indexOf(`\`${name}\``) ?? -1];
const keptFrom = ", in an earlier run; there is none here";
function versionOf(name: string, { usable, version, reason }: Fingerprint): string {
  const before = rowOf(`\`${name}\``)?.[1];
  if (usable) return version ?? "without a version";
  return before === undefined || before.startsWith("not here") ? `not here: ${reason}` : before.replace(keptFrom, "") + keptFrom;
}
const versions = found.map(([name, fingerprint]) => [`\`${name}\``, versionOf(name, fingerprint)]);
const byPoint = table(["", ...subjects.map(({ name }) => `\`${name}\``)], points.map((point) => [point, ...subjects.map((subject) => cell(subject, point))]));
const pairs = table(["", ...languageFrameworks], languageFrameworks.map((a) => [`**${a}**`, ...languageFrameworks.map((b) => result(`every pair of languages ${a} and ${b}`))]));
for (const file of Object.values(hostile)) if (!existsSync(join(root, file))) throw new Error(`there is no ${file}`);
const peers = table(["component in", "test"], Object.entries(hostile).map(([what, file]) => [what, `[${file}](../${file})`]));

writeFileSync(page, `<!-- Written by make conformance; do not edit. -->
# Conformance

One component, written in every framework ([conformance/suite](../conformance/suite/README.md)), through one suite on the real platform; [frameworks.test.ts](../conformance/frameworks.test.ts) says what each point asks.
As run on Linux ${release()}, ${arch() === "x64" ? "x86-64" : arch()}, ${cpus().length} cores, Node ${process.versions.node}.

${byPoint}

${reasons.map((reason, n) => `(${n + 1}) ${reason}.`).join(" ")}

Memif's program is DPDK's testpmd, which forwards all that it gets; Click is in no package registry: where none is installed its column is kept from a run that had one ([versions](#versions)). A named output of theirs is an interface. The context: \`netdev\` reads and writes it in the NSH before each packet ([netdev.md](netdev.md#the-context)); with \`click\` and \`memif\` it stays with packets whose program does not look at it.

## Every pair of languages

1,000 packets of 60 to 1514 bytes each way at once; the first component on the way writes the context, the second reads it, every byte is compared ([languages.test.ts](../conformance/languages.test.ts)).

${pairs}

## Bad descriptors

A peer that writes garbage into the shared memory stops no component and gets no frame that is not its own. It needs a peer that breaks the contract on purpose, so each SDK has the test beside its code.

${peers}

## Versions

${table(["framework", "what ran"], versions)}
`);
