/** Runs every suite in turn, prints each one's output as it comes, then what was skipped and why, then one line for all of them.
 *
 * A skip is printed by a test as `SKIP name: reason`, in whatever language; vitest's and pytest's own skips are read from their reports.
 * With CI set, a skip that skips.txt does not list counts as a failure. Each suite has a folder for temporary files of its own; what
 * is left in it, or still runs from it, counts as a failure, too. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { judge, readList, skipsIn } from "./skips.ts";

interface Counts { passed: number; failed: number }
interface Suite {
  name: string;
  command: string[];
  folder?: string;
  /** Reads the counts from what the suite printed. */
  count(output: string): Counts;
}

const root = join(import.meta.dirname, "../../..");
const report = join(root, "build/vitest.json");

const sum = (output: string, pattern: RegExp): number => [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
const plain = (output: string): Counts => ({ passed: sum(output, /(\d+) passed/g), failed: sum(output, /(\d+) failed/g) });
const fromReport = (): Counts => {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
  return { passed: numPassedTests ?? 0, failed: Math.max(numFailedTests ?? 0, numFailedTestSuites ? 1 : 0) };
};

const suites: Suite[] = [
  { name: "engine (Rust)", folder: "engine", command: ["cargo", "test", "--profile", "quick", "--locked", "--quiet", "--", "--show-output"], count: plain },
  { name: "channel, model checked (loom)", folder: "engine", command: ["sh", "loom.sh"], count: plain },
  { name: "channel, under Miri", folder: "engine", command: ["sh", "miri.sh"], count: plain },
  { name: "engine, fuzzed", folder: "engine/fuzz", command: ["sh", "run.sh"], count: plain },
  { name: "arm64, under qemu", command: ["sh", "tools/arm64.sh"], count: plain },
  { name: "C SDK", folder: "sdk/c", command: ["make", "--silent", "test"], count: plain },
  { name: "adapters", folder: "sdk/adapters", command: ["make", "--silent", "test"], count: plain },
  { name: "Python SDK", folder: "sdk/python", command: ["make", "--silent", "test"], count: plain },
  { name: "Java SDK", folder: "sdk/java", command: ["make", "--silent", "test"], count: plain },
  { name: "Rust SDK", folder: "sdk/rust", command: ["make", "--silent", "test"], count: plain },
  { name: "TypeScript", command: ["tools/isolate.sh", "npx", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`], count: fromReport },
];

function runSuite(suite: Suite, temporary: string): Promise<{ output: string; status: number }> {
  return new Promise((resolve) => {
    const [program = "", ...words] = suite.command;
    const child = spawn(program, words, { cwd: join(root, suite.folder ?? "."), env: { ...process.env, TMPDIR: temporary }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (target: NodeJS.WriteStream) => (chunk: Buffer) => {
      output += chunk.toString();
      target.write(chunk);
    };
    child.stdout.on("data", keep(process.stdout));
    child.stderr.on("data", keep(process.stderr));
    child.on("error", (problem) => resolve({ output: String(problem), status: 1 }));
    child.on("close", (code) => resolve({ output, status: code ?? 1 }));
  });
}

/** Caches of the tools that tests are run with: theirs to keep. */
const isCache = (name: string): boolean => /^(tsx-\d+|node-compile-cache|pytest-of-\w+|hsperfdata_\w+)$/.test(name);

/** Processes that were started with a path in the folder, by their command line or environment. */
function processesIn(temporary: string): { pid: number; command: string }[] {
  const text = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return ""; // it ended meanwhile, or is another user's
    }
  };
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && (text(name, "cmdline") + text(name, "environ")).includes(temporary));
  return pids.map((pid) => ({ pid: Number(pid), command: text(pid, "cmdline").replaceAll("\0", " ").slice(0, 200) }));
}

/** Ends and removes what the suite left there; what it was. Who is about to end has two seconds for it. */
async function clear(temporary: string): Promise<string[]> {
  for (let turn = 0; turn < 20 && processesIn(temporary).length > 0; turn++) await sleep(100);
  const processes = processesIn(temporary);
  for (const { pid } of processes) spawnSync("kill", ["-KILL", String(pid)]);
  const left = readdirSync(temporary).filter((name) => !isCache(name));
  rmSync(temporary, { recursive: true, force: true });
  return [...left, ...processes.map(({ pid, command }) => `process ${pid} (${command.trim()})`)];
}

function vitestSkips(): string[] {
  if (!existsSync(report)) return [];
  type Report = { testResults: { assertionResults: { status: string; fullName: string }[] }[] };
  const all = (JSON.parse(readFileSync(report, "utf8")) as Report).testResults.flatMap((file) => file.assertionResults);
  return all.filter((test) => test.status !== "passed" && test.status !== "failed").map((test) => test.fullName);
}

rmSync(report, { force: true });
const wanted = process.argv[2];
const total: Counts = { passed: 0, failed: 0 };
const skips: string[] = [];
const rows: string[] = [];
for (const suite of suites.filter((one) => !wanted || one.name.includes(wanted))) {
  console.log(`\n== ${suite.name}: ${suite.command.join(" ")}`);
  const temporary = mkdtempSync(join(tmpdir(), "ct-"));
  chmodSync(temporary, 0o711); // some tests go on as nobody
  const { output, status } = await runSuite(suite, temporary);
  const left = await clear(temporary);
  const counts = suite.count(output);
  // A suite that ended badly without naming a failure (it did not compile, it crashed) counts as one.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  if (left.length) {
    console.log(`\n${suite.name} left behind: ${left.join(", ")}`);
    counts.failed += 1;
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  rows.push(`${suite.name}: ${counts.passed} ok, ${counts.failed} not`);
  skips.push(...skipsIn(suite.name, output));
}
skips.push(...vitestSkips().map((name) => `TypeScript: ${name}`));

const lines = (all: Iterable<string>): string => [...new Set(all)].map((one) => `- ${one}`).join("\n");
console.log(`\n${rows.join("\n")}`);
console.log(skips.length ? `\nSkipped:\n${lines(skips)}` : "\nNothing was skipped.");
if (process.env.CI) {
  const { unlisted, unseen } = judge(skips, readList(readFileSync(join(import.meta.dirname, "../skips.txt"), "utf8")));
  if (unseen.length && !wanted) console.log(`\nListed in tools/house/skips.txt, but not skipped here:\n${lines(unseen.map(({ name }) => name))}`);
  if (unlisted.length) {
    console.log(`\nCI skips nothing that tools/house/skips.txt does not list. Install what is missing (tools/ci.sh), or list with the reason:\n${lines(unlisted)}`);
    total.failed += 1;
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
