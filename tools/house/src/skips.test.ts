import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { judge, readList, skipsIn } from "./skips.ts";

it("finds skips in what suites print, in colour and not, and in what pytest says", () => {
  const output = "ok\n\u001b[22m\u001b[39mSKIP driver click: there is no Click\n    SKIP tap: no /dev/net/tun\nSKIPPED [2] test_docs.py:33: no mypy\nnothing to SKIP here\n";
  expect(skipsIn("all", output)).toEqual(["all: driver click: there is no Click", "all: tap: no /dev/net/tun", "all: [2] test_docs.py:33: no mypy"]);
});

it("accepts a listed skip with everything that begins like it, tells one that did not happen, and no other passes", () => {
  const list = readList("# why\n\ndriver click: in no registry\ntap: no device\n");
  const skips = ["TypeScript: driver click: there is none", "TypeScript: driver click starts", "TypeScript: driver clickhouse: no", "engine (Rust): af_xdp: no"];
  expect(judge(skips, list)).toEqual({ unlisted: ["TypeScript: driver clickhouse: no", "engine (Rust): af_xdp: no"], unseen: [{ name: "tap", why: "no device" }] });
});

it("a line without a reason is refused", () => {
  expect(() => readList("driver click\n")).toThrow('skips.txt: "driver click" has to be "name: why"');
});

it("the committed list can be read", () => {
  expect(readList(readFileSync(join(import.meta.dirname, "../skips.txt"), "utf8")).length).toBeGreaterThan(0);
});
