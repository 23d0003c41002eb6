import { expect, test } from "vitest";
import type { Context } from "./context.ts";
import { type Deployment, deploy, type Step } from "./deployment.ts";

function story() {
  const told: string[] = [];
  const step = (name: string, fails?: () => void, undoFails = false): Step => ({
    name,
    run: async () => {
      told.push(name);
      fails?.();
    },
    undo: async () => {
      told.push(`undo ${name}`);
      if (undoFails) throw new Error("stuck");
    },
  });
  const teller = { done: () => undefined, failed: ({ name }: Step) => told.push(`${name} failed`), undone: ({ name }: Step, problem?: Error) => problem && told.push(`${name} left: ${problem.message}`) };
  const control = new AbortController();
  const deployment = { context: { signal: control.signal } } as unknown as Deployment;
  return { told, step, control, run: (steps: Step[]) => deploy(deployment, steps, {} as Context, teller) };
}
const boom = () => {
  throw new Error("boom");
};

test("all steps in order, nothing taken back", async () => {
  const { told, step, run } = story();
  await run([step("a"), step("b")]);
  expect(told).toEqual(["a", "b"]);
});

test("a failure takes back in reverse, itself included, and goes on where that fails", async () => {
  const { told, step, run } = story();
  await expect(run([step("a"), step("b", undefined, true), step("c", boom), step("d")])).rejects.toThrow("boom");
  expect(told).toEqual(["a", "b", "c", "c failed", "undo c", "undo b", "b left: stuck", "undo a"]);
});

test("an interruption is seen before the next step", async () => {
  const { told, step, control, run } = story();
  await expect(run([step("a", () => control.abort()), step("b")])).rejects.toThrow("interrupted");
  expect(told).toEqual(["a", "undo a"]);
});
