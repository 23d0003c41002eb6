import type { TaskHandle } from "@coven/contract";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Supervised, Supervisor } from "./supervisor.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Handles that belong to no process: nothing but the calls tells how they end. */
function target(fails = 0) {
  const seen = { started: [] as number[], killed: [] as number[], atOnce: 0, most: 0 };
  let pid = 1;
  const self: Supervised = {
    async restart() {
      seen.most = Math.max(seen.most, ++seen.atOnce);
      seen.started.push(Math.round(performance.now()));
      await new Promise((resolve) => setTimeout(resolve, 10));
      seen.atOnce--;
      if (fails-- > 0) throw new Error("exit 1");
      return handle(++pid);
    },
    kill: async (task) => void seen.killed.push(task.pid),
    changed: () => {},
  };
  return { self, seen };
}
const handle = (pid: number): TaskHandle => ({ pid: -pid, start_ticks: 0 });

test("starts again after 100 ms, and counts", async () => {
  const { self, seen } = target();
  const supervisor = new Supervisor(self, handle(1));
  supervisor.exited(-1, "killed by SIGSEGV");
  expect(supervisor.view).toMatchObject({ state: "backing-off", task: undefined, lastExit: "killed by SIGSEGV" });
  await vi.advanceTimersByTimeAsync(99);
  expect(seen.started).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(11);
  expect(supervisor.view).toMatchObject({ state: "running", task: handle(2), restarts: 1, lastExit: "killed by SIGSEGV" });
});

test("doubles the pause up to 10 s while starts fail", async () => {
  const { self, seen } = target(9);
  const begin = performance.now();
  new Supervisor(self, handle(1)).exited(-1, "exit 1");
  await vi.advanceTimersByTimeAsync(60_000);
  const times = seen.started.map((time) => time - begin);
  const pauses = times.map((time, index) => Math.round(time - (index === 0 ? 0 : (times[index - 1] as number) + 10)));
  expect(pauses.slice(0, 9)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test("30 s of health begin the pauses anew; less does not", async () => {
  const { self } = target();
  const supervisor = new Supervisor(self, handle(1));
  for (const [pid, health_ms, pause] of [[-1, 0, 100], [-2, 1000, 200], [-3, 30_000, 100]] as const) {
    await vi.advanceTimersByTimeAsync(health_ms);
    supervisor.exited(pid, "exit 1");
    await vi.advanceTimersByTimeAsync(pause - 1);
    expect(supervisor.view.state).toBe("backing-off");
    await vi.advanceTimersByTimeAsync(11);
    expect(supervisor.view.state).toBe("running");
  }
});

test("an end told twice, or of an older process, restarts once; never two at a time", async () => {
  const { self, seen } = target();
  const supervisor = new Supervisor(self, handle(1));
  supervisor.exited(-1, "exit 1");
  supervisor.exited(-1, "exit 1");
  await vi.advanceTimersByTimeAsync(105);
  supervisor.exited(-1, "exit 1");
  await vi.advanceTimersByTimeAsync(1000);
  supervisor.exited(-1, "exit 1");
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen).toMatchObject({ started: [expect.any(Number)], most: 1 });
});

test("a hung one is killed, then started again", async () => {
  const { self, seen } = target();
  const supervisor = new Supervisor(self, handle(1));
  supervisor.hung();
  supervisor.hung();
  await vi.advanceTimersByTimeAsync(200);
  expect(seen.killed).toEqual([-1]);
  expect(supervisor.view).toMatchObject({ state: "running", restarts: 1, lastExit: expect.stringMatching(/^hung/) });
});

test("stop cancels a pending start", async () => {
  const { self, seen } = target();
  const supervisor = new Supervisor(self, handle(1));
  supervisor.exited(-1, "exit 1");
  await supervisor.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.started).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("stop waits for a start that is under way, and no other follows", async () => {
  const { self, seen } = target(5);
  const supervisor = new Supervisor(self, handle(1));
  supervisor.exited(-1, "exit 1");
  await vi.advanceTimersByTimeAsync(101);
  const stopped = supervisor.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  expect(seen.started).toHaveLength(1);
  expect(supervisor.view.state).toBe("down");
});
