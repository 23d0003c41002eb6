import { expect, test, vi } from "vitest";
import { run, runBurst, Verdict } from "../src/index.ts";

test("async functions and generators are refused before anything starts", () => {
  const waits = (async () => Verdict.forward) as unknown as () => Verdict;
  expect(() => run(waits)).toThrow("run() takes a plain function, not an async one");
  expect(() => runBurst(function* () {} as unknown as () => void)).toThrow("runBurst() takes a plain function");
  expect(() => run(undefined as unknown as () => Verdict)).toThrow("run() takes the function");
});

test("a missing addon is said with what to do", async () => {
  vi.stubEnv("COVEN_NODE_ADDON", "/nowhere/coven.node");
  const { native } = await import("../src/native.ts");
  expect(() => native()).toThrow("build it with `make -C sdk/node`, or set COVEN_NODE_ADDON");
  vi.unstubAllEnvs();
});
