import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { harness } from "@coven/sdk/testing";
import { filter } from "../filter/main.js";

const sample = fileURLToPath(new URL("../sample.pcap", import.meta.url));
let tested;
beforeEach(() => {
  tested = harness(filter, { outputs: ["out", "watch"], context: "service:16,rest:112" });
});

test("of a flow to the port the first packet is watched, the rest are dropped", () => {
  const results = tested.capture(sample);
  assert.deepEqual(results.map(({ verdict }) => verdict), ["out", "out", "out", "watch", "drop", "out", "watch", "out"]);
  assert.equal(results[1].fields.service, 53);
  assert.equal(tested.item("dropped"), 1);
});

test("the port is a setting", () => {
  tested.set("port", 443);
  const results = tested.capture(sample);
  assert.deepEqual([results.count("out"), results.count("watch"), results.count("drop")], [6, 1, 1]);
});
