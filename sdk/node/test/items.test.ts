import { describe, expect, test } from "vitest";
import { command, counter, gauge, histogram, setting } from "../src/agent.ts";
import { itemNames, serve } from "../src/items.ts";

const operation = { get: 0, set: 1, call: 2 };
const ask = (name: string, what: keyof typeof operation, argument = ""): unknown => {
  const answer = serve(itemNames().indexOf(name), operation[what], argument);
  return answer === "" ? undefined : JSON.parse(answer);
};

describe("items of the extended agent (spec/ea.md)", () => {
  test("a counter only rises, by whole numbers", () => {
    const dropped = counter("dropped", "packets", "help");
    dropped.add(2);
    dropped.add(2 ** 40);
    expect(ask("dropped", "get")).toBe(2 + 2 ** 40);
    for (const bad of [-1, 0.5, Number.NaN]) expect(() => dropped.add(bad)).toThrow(RangeError);
    expect(dropped.value).toBe(2 + 2 ** 40);
    expect(() => ask("dropped", "set", "0")).toThrow("no such operation");
  });

  test("a gauge rises and falls", () => {
    const depth = gauge("depth", "packets");
    depth.set(7);
    depth.set(-2.5);
    expect(ask("depth", "get")).toBe(-2.5);
    expect(() => depth.set(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  test("a histogram's buckets hold the values up to their bounds", () => {
    const sizes = histogram("sizes", [64, 1500], "bytes");
    for (const size of [60, 64, 65, 9000]) sizes.record(size);
    expect(ask("sizes", "get")).toEqual({
      count: 4,
      sum: 9189,
      buckets: [
        [64, 2],
        [1500, 1],
      ],
    });
    expect(() => histogram("falling", [2, 1])).toThrow("each above the one before");
  });

  test("a setting takes values of its type that its author accepts", () => {
    const limit = setting("limit", 3, "flows", "help", { accept: (value) => value > 0 });
    ask("limit", "set", "12");
    expect(limit.value).toBe(12);
    expect(() => ask("limit", "set", "1.5")).toThrow("type integer");
    expect(() => ask("limit", "set", '"4"')).toThrow("type integer");
    expect(() => ask("limit", "set", "-1")).toThrow("does not take -1");
    expect(() => ask("limit", "set", "{")).toThrow(SyntaxError);
    expect(ask("limit", "get")).toBe(12);
  });

  test("a setting's type is that of its initial value", () => {
    const word = setting("word", "a");
    const flag = setting("flag", false);
    const ratio = setting("ratio", 1, "", "", { type: "number" });
    ask("word", "set", '"b"');
    ask("flag", "set", "true");
    ask("ratio", "set", "0.5");
    expect([word.value, flag.value, ratio.value]).toEqual(["b", true, 0.5]);
  });

  test("a command answers at once, in JSON", () => {
    command("echo", (argument) => ({ argument }));
    command("nothing", () => undefined);
    command("later", async () => 1);
    expect(ask("echo", "call", "a b")).toEqual({ argument: "a b" });
    expect(ask("nothing", "call")).toBeNull();
    expect(() => ask("later", "call")).toThrow("at once");
  });

  test("names are well-formed and unique", () => {
    counter("twice");
    expect(() => gauge("twice")).toThrow('"twice" is there already');
    expect(() => counter("Loud")).toThrow("small letter");
    expect(() => counter("x".repeat(64))).toThrow("small letter");
  });
});
