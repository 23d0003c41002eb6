import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checked, Verdict } from "../src/verdict.ts";

beforeEach(() => vi.stubEnv("COVEN_OUTPUTS", "out,suspicious"));
afterEach(() => vi.unstubAllEnvs());

test("a verdict is the number of an output", () => {
  expect(Verdict.forward).toBe(0);
  expect(Verdict.drop).toBe(0xffff);
  expect(Verdict.to("out")).toBe(0);
  expect(Verdict.to("suspicious")).toBe(1);
});

test("an output that is not there drops, and is named once on stderr", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(Verdict.to("nowhere")).toBe(Verdict.drop);
  expect(Verdict.to("nowhere")).toBe(Verdict.drop);
  expect(write.mock.calls).toEqual([[expect.stringContaining('no output "nowhere", what goes there is dropped; this component has: out, suspicious')]]);
  write.mockRestore();
});

test.each([undefined, null, "0", -1, 0.5, 0x10000, Number.NaN])("%s is no verdict", (value) => {
  expect(() => checked(value as number)).toThrow("a verdict must be");
});

test("a promise is no verdict, and the text says what to do", () => {
  expect(() => checked(Promise.resolve(0) as unknown as number)).toThrow("not a promise: the function may not wait");
});
