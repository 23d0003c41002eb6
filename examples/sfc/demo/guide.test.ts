/** The guide shows the packages as they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "@coven/testbed";
import { expect, test } from "vitest";

const text = (file: string) => readFileSync(join(root, file), "utf8");
const guide = text("docs/service-function-chaining.md");
const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
/** Without comments, and without what the guide leaves out. */
const bare = (yaml: string) => yaml.split("\n").filter((line) => !line.startsWith("description:")).map((line) => line.replace(/ +#.*$/, "")).join("\n").trimEnd();

test.each([["marker", 0], ["gate", 1]] as const)("%s", (name, index) => expect(bare(blocks[index] ?? "")).toBe(bare(text(`examples/sfc/${name}/vnf.yaml`))));

test("the rules of the switch", () => expect(bare(text("examples/sfc/switch/vnf.yaml"))).toContain(bare(blocks[2] ?? "none")));

test("the flow that classifies is the one of the demonstration", () => {
  const [flow = "none"] = /in_port=1,udp,.*$/m.exec(guide) ?? [];
  const made = text("examples/sfc/demo/switch.ts").replace(/\$\{port\("client"\)\}/g, "1").replace(/\$\{port\("to-marker"\)\}/g, "3").replaceAll("${spi}", "10").replaceAll("${tenant}", "7");
  expect(made).toContain(flow);
});
