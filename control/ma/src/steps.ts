/** A deployment is a list of steps; rollback is the same list, backwards. */
import type { OperationView } from "@coven/contract";
import { messageOf } from "./problems.ts";

export interface Step {
  name: string;
  run(): Promise<void>;
  /** Also called when `run` failed half way; what is not there any more is no error. */
  undo?(): Promise<void>;
}
export type StepRecord = OperationView["steps"][number];

export interface Course {
  /** Tests: fail once this step is done. */
  failAt: string | undefined;
  /** Called after each change, with all steps so far. */
  record(steps: StepRecord[]): void;
  /** Called once if the undoing begins. */
  rollingBack(): void;
}
export type Outcome = { error?: unknown; /** What could not be undone. */ leftovers: string[] };

/** Run in order; on failure undo in reverse what was begun. */
export async function runSteps(steps: readonly Step[], course: Course): Promise<Outcome> {
  const log = new StepLog(course);
  for (const [index, step] of steps.entries()) {
    const error = await log.timed(step, course.failAt);
    if (error === undefined) continue;
    course.rollingBack();
    return { error, leftovers: await undo(steps.slice(0, index + 1).reverse(), log) };
  }
  return { leftovers: [] };
}

async function undo(steps: readonly Step[], log: StepLog): Promise<string[]> {
  const leftovers: string[] = [];
  for (const step of steps) {
    try {
      await step.undo?.();
      log.mark(step.name, "undone");
    } catch (error) {
      leftovers.push(`${step.name}: ${messageOf(error)}`);
      log.mark(step.name, "undo-failed");
    }
  }
  return leftovers;
}

/** What takes something down has no way back: every step is tried, and the first failure told. */
export async function runAll(steps: readonly Step[], course: Course): Promise<Outcome> {
  const log = new StepLog(course);
  const errors: unknown[] = [];
  for (const step of steps) {
    const error = await log.timed(step, course.failAt);
    if (error !== undefined) errors.push(error);
  }
  return errors.length > 0 ? { error: errors[0], leftovers: errors.map(messageOf) } : { leftovers: [] };
}

class StepLog {
  readonly #course: Course;
  readonly #records: StepRecord[] = [];
  constructor(course: Course) {
    this.#course = course;
  }

  /** The error, if there was one. */
  async timed(step: Step, failAt: string | undefined): Promise<unknown> {
    const began = performance.now();
    const record: StepRecord = { name: step.name, state: "running", ms: 0 };
    this.#records.push(record);
    this.#course.record(this.#records);
    const error = await step.run().then(() => (step.name === failAt ? new Error(`step ${failAt} was told to fail`) : undefined), (reason) => reason ?? new Error("failed"));
    record.ms = Math.round((performance.now() - began) * 100) / 100;
    record.state = error === undefined ? "done" : "failed";
    this.#course.record(this.#records);
    return error;
  }

  /** The step that failed stays marked so, unless it could not be undone. */
  mark(name: string, state: "undone" | "undo-failed"): void {
    const record = this.#records.find((one) => one.name === name);
    if (record && !(record.state === "failed" && state === "undone")) record.state = state;
    this.#course.record(this.#records);
  }
}
