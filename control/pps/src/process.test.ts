import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { until } from "./driver.conformance.ts";
import { end, exitOf, factsOf, isAlive, launch } from "./process.ts";
import { UsageReader } from "./usage.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pps-"))));
afterEach(() => rmSync(folder, { recursive: true }));
vi.setConfig({ testTimeout: 60_000 });
const run = (...command: string[]) => launch({ command, cwd: folder, env: {}, log: join(folder, "log") });

test.each([
  ["exit 3", "exit 3"],
  ["kill -SEGV $$", "killed by SIGSEGV"],
])("%s is told as %s", async (script, told) => {
  expect(await exitOf(await run("sh", "-c", script))).toBe(told);
});

test("a program that is not there fails with the system's word", async () => {
  await expect(run(join(folder, "nothing"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("tokens of the daemon's environment are not passed on", async () => {
  process.env.COVEN_TEST_TOKEN = "secret";
  await exitOf(await run("env"));
  delete process.env.COVEN_TEST_TOKEN;
  expect(readFileSync(join(folder, "log"), "utf8")).toMatch(/PATH=/);
  expect(readFileSync(join(folder, "log"), "utf8")).not.toMatch(/secret/);
});

test("a process gets a session of its own, but for one that makes a process group of its own by itself", async () => {
  const launched = (leads: boolean) => launch({ command: ["sleep", "1000"], cwd: folder, env: {}, log: join(folder, "log"), leads });
  const [alone, leader] = [await launched(false), await launched(true)];
  expect([factsOf(alone.pid)?.session, factsOf(leader.pid)?.session]).toEqual([alone.pid, factsOf(process.pid)?.session]);
  await Promise.all([end(alone, 0), end(leader, 0)]);
});

test("ends what the process left in its session, too", async () => {
  const task = await run("sh", "-c", "sleep 1000 & echo $! > child; wait");
  const child = () => Number(readFileSync(join(folder, "child"), "utf8").trim() || 0);
  await until(() => { try { return child() > 0; } catch { return false; } }, () => "no child");
  const handle = { pid: child(), start_ticks: factsOf(child())?.start_ticks ?? 0 };
  await end(task, 5_000);
  await until(() => !isAlive(handle), () => "the grandchild lives");
});

test("a process outlives a daemon that is killed", async () => {
  const script = join(folder, "daemon.mts");
  writeFileSync(script, `
    import { launch } from ${JSON.stringify(new URL("process.ts", import.meta.url).href)};
    const task = await launch({ command: ["sleep", "1000"], cwd: "/", env: {}, log: ${JSON.stringify(join(folder, "log"))} });
    console.log(JSON.stringify(task));
    setInterval(() => {}, 1000);
  `);
  const daemon = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await new Promise<[Buffer]>((resolve) => daemon.stdout.once("data", (data) => resolve([data])));
  const task = JSON.parse(line.toString());
  const closed = new Promise((resolve) => daemon.once("exit", resolve));
  daemon.kill("SIGKILL");
  await closed;
  expect(isAlive(task)).toBe(true);
  await end(task, 5_000);
  expect(isAlive(task)).toBe(false);
});

test("usage: a busy process uses CPU and memory, a gone one nothing", async () => {
  const task = await run("sh", "-c", "while :; do :; done");
  const reader = new UsageReader();
  // The kernel adds a process's pages up now and then, not at once.
  await until(() => { const { cpu_ns, memory_bytes } = reader.read(task); return cpu_ns > 0 && memory_bytes > 10_000; }, () => "no CPU time or no memory seen");
  await end(task, 0);
  expect(reader.read(task)).toEqual({ cpu_percent: 0, cpu_ns: 0, memory_bytes: 0 });
});
