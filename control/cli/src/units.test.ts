import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { closest } from "./closest.ts";
import { scalar } from "./commands/agent-set.ts";
import { newLines } from "./commands/logs.ts";
import { eachPacket } from "./commands/status.ts";
import { toFailure } from "./exit.ts";
import { choose, type Instance } from "./find.ts";
import { bytes, duration, reasons, table } from "./text.ts";

const instances = [
  { name: "edge", id: "aaaa1111" },
  { name: "core", id: "aaaa2222" },
] as Instance[];

test("an instance is chosen by name, id or the beginning of an id", () => {
  expect(choose(instances, "core").id).toBe("aaaa2222");
  expect(choose(instances, "aaaa1").name).toBe("edge");
  expect(() => choose(instances, "aaaa")).toThrow("begins the ids of 2 instances");
  expect(() => choose(instances, "aaa")).toThrow("there is no instance aaa");
  expect(() => choose(instances, "cor")).toThrow("did you mean core?");
  expect(() => choose([], "x")).toThrow("nothing is deployed");
});

test("the closest word, if one is close", () => {
  expect(closest("analyser", ["filter", "analyzer"])).toBe("analyzer");
  expect(closest("qqqqqq", ["filter", "analyzer"])).toBeUndefined();
});

test.each([
  [["a", "b"], ["a", "b", "c"], ["c"]],
  [["a", "b", "c"], ["b", "c", "d"], ["d"]],
  [["a"], ["x", "y"], ["x", "y"]],
  [["a", "a"], ["a", "a", "a"], ["a"]],
  [["a", "b"], ["a", "b"], []],
  [[], ["a"], ["a"]],
])("log lines %j then %j: new are %j", (before, now, expected) => expect(newLines(before, now)).toEqual(expected));

test("a table aligns, to the right where asked", () => {
  expect(stripVTControlCharacters(table(["name", ">n"], [["a", "1"], ["long", "100"]]))).toBe("name    n\na       1\nlong  100");
});

test("sizes, times, reasons", () => {
  expect([0, 1023, 1024, 5 * 2 ** 20, 300 * 2 ** 30].map(bytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "5.0 MiB", "300 GiB"]);
  expect([0.4, 999, 1500].map(duration)).toEqual(["0 ms", "999 ms", "1.5 s"]);
  expect(reasons({ verdict: 3, edge_full: 0, no_route: 9 })).toBe("no_route 9, verdict 3");
});

test("a setting's value keeps the type that it looks like", () => expect(["5", "true", "abc", '"5"', "[1]", "1e3"].map(scalar)).toEqual([5, true, "abc", "5", "[1]", 1000]));

test("whatever is thrown becomes an exit code and a line", () => {
  expect(toFailure(Object.assign(new Error("x"), { name: "Unreachable" }))).toMatchObject({ code: 3, reason: "NO_DAEMON" });
  expect(toFailure(Object.assign(new Error("x"), { problem: { detail: "y", reason: "NOT_FOUND" } }))).toMatchObject({ code: 1, message: "y", reason: "NOT_FOUND" });
  expect(toFailure(new Error("z"))).toMatchObject({ code: 1, message: "z" });
});

test("the time that each packet takes is in units that fit", () => {
  expect([{ busy_ns: 0, packets_in: 0 }, { busy_ns: 1230, packets_in: 10 }, { busy_ns: 45_000, packets_in: 10 }, { busy_ns: 7_200_000, packets_in: 2 }].map(eachPacket)).toEqual(["-", "123 ns", "4.5 µs", "3.6 ms"]);
});
