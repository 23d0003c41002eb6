import { beforeEach, expect, test } from "vitest";
import { checked, useOutputs, Verdict } from "../src/verdict.ts";

beforeEach(() => useOutputs(["out", "suspicious"]));

test("a verdict is the number of an output", () => {
  expect(Verdict.forward).toBe(0);
  expect(Verdict.drop).toBe(0xffff);
  expect(Verdict.to("out")).toBe(0);
  expect(Verdict.to("suspicious")).toBe(1);
});

test("an output that is not there is an error that names those there are, when it is used", () => {
  const nowhere = Verdict.to("nowhere");
  expect(Verdict.to("nowhere")).toBe(nowhere);
  expect(() => checked(nowhere)).toThrow('no output "nowhere"; this component has: out, suspicious');
  expect(() => checked(2)).toThrow("the outputs are: out, suspicious");
  useOutputs(["out", "nowhere"]);
  expect(checked(nowhere)).toBe(1);
});

test.each([undefined, null, "0", -1, 0.5, 0x10000, Number.NaN])("%s is no verdict", (value) => {
  expect(() => checked(value as number)).toThrow("a verdict must be");
});

test("a promise is no verdict, and the text says what to do", () => {
  expect(() => checked(Promise.resolve(0) as unknown as number)).toThrow("not a promise: the function may not wait");
});
