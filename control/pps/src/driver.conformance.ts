/** What every driver does, whatever its framework: one suite, run by each driver's test. */
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChannelPath, type Component, CovenError, type PpsDriver, type TaskHandle } from "@coven/contract";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { end, isAlive } from "./process.ts";

vi.setConfig({ testTimeout: 60_000 });

type Files = Record<string, string>;
export interface Subject {
  driver: () => PpsDriver;
  component: Component;
  /** Prints its COVEN_NAME, stays until SIGTERM, then prints "bye" and ends with 0. */
  good: Files;
  /** The same, but SIGTERM does not end it. It prints its name once it ignores it. */
  stubborn: Files;
  /** Cannot be prepared; the sentence has to match `where`. */
  broken: Files;
  where: RegExp;
}

export function driverConformance(subject: Subject): void {
  let folder: string;
  let tasks: TaskHandle[];
  const driver = () => subject.driver();
  const log = () => readFileSync(join(folder, "log"), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pps-"));
    tasks = [];
    for (const name of ["source", "prepared"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "segment"), Buffer.alloc(65_536));
  });
  afterEach(async () => {
    for (const task of tasks) await end(task, 0);
    rmSync(folder, { recursive: true });
  });

  function prepare(files: Files) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, "source", name)), { recursive: true });
      writeFileSync(join(folder, "source", name), text);
    }
    return driver().prepare(subject.component, "subject", join(folder, "source"), join(folder, "prepared"));
  }
  async function start(files: Files): Promise<TaskHandle> {
    const channel: ChannelPath = { segment: join(folder, "segment"), slot: 1, bells: folder, agent: join(folder, "agent"), name: "subject", outputs: ["out"], context: [{ field: "tenant", bits: 32 }, { field: "rest", bits: 96 }], log: join(folder, "log") };
    const task = await driver().start(await prepare(files), channel);
    tasks.push(task);
    await until(() => log().includes("subject"), () => `nothing in the log: ${log()}`);
    return task;
  }

  describe(`driver ${driver().name}`, () => {
    test("tells that it is usable here, and its version", async () => {
      expect(await driver().fingerprint()).toEqual({ usable: true, version: expect.any(String), reason: null });
    });

    test("prepares into plain data", async () => {
      const prepared = await prepare(subject.good);
      expect(JSON.parse(JSON.stringify(prepared))).toEqual(prepared);
      expect(prepared.command.length).toBeGreaterThan(0);
    });

    test("a source that cannot be prepared is refused with its file and line", async () => {
      const error = await prepare(subject.broken).then(() => undefined, (reason) => reason);
      expect(error).toBeInstanceOf(CovenError);
      expect(error).toMatchObject({ reason: "COMPILE_FAILED", message: expect.stringMatching(subject.where) });
    });

    test("starts with the segment as descriptor 3 and nothing but files before it", async () => {
      const task = await start(subject.good);
      const descriptors = [0, 1, 2, 3].map((fd) => readlinkSync(`/proc/${task.pid}/fd/${fd}`));
      expect(descriptors).toEqual(["/dev/null", join(folder, "log"), join(folder, "log"), join(folder, "segment")]);
    });

    test("tells it where its channel is and how its context is laid out", async () => {
      const task = await start(subject.good);
      const told = readFileSync(`/proc/${task.pid}/environ`, "utf8").split("\0").filter((line) => line.startsWith("COVEN_"));
      expect(told).toEqual(expect.arrayContaining(["COVEN_SLOT=1", "COVEN_OUTPUTS=out", "COVEN_CONTEXT=tenant:32,rest:96"]));
    });

    test("recovers a running task by its handle, and no other", async () => {
      const task = await start(subject.good);
      expect(await driver().recover({ ...task })).toEqual(task);
      expect(await driver().recover({ ...task, start_ticks: task.start_ticks - 1 })).toBeUndefined();
      await driver().stop(task, 5_000);
      expect(await driver().recover(task)).toBeUndefined();
    });

    test("stops it by SIGTERM and keeps what it wrote", async () => {
      const task = await start(subject.good);
      await driver().stop(task, 30_000);
      expect(isAlive(task)).toBe(false);
      expect(log()).toMatch(/bye/);
    });

    test("stops by SIGKILL what does not end in its time of grace", async () => {
      const task = await start(subject.stubborn);
      await driver().stop(task, 100);
      expect(isAlive(task)).toBe(false);
      expect(log()).not.toMatch(/bye/);
    });
  });
}

export async function until(condition: () => boolean, why: () => string, timeout_ms = 20_000): Promise<void> {
  for (const end = performance.now() + timeout_ms; !condition(); await sleep(10)) if (performance.now() > end) throw new Error(why());
}
