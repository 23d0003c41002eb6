/** The case study deployed with each of its analyzers, on the demo's conversations: what Skype says is blocked, all else passes unchanged. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { archiveOf, Platform, readCapture, root, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judge } from "./judge.ts";
import { conversations, framesFrom } from "./traffic.ts";

const analyzers = ["analyzer/"];
if (spawnSync(process.env.COVEN_PYTHON ?? "python3", ["-c", "import scapy.all"]).status === 0) analyzers.push("analyzer-scapy/");
else console.log("SKIP l7-firewall with the Scapy analyzer: Scapy is not installed (Debian: python3-scapy)");

describe("the L7 firewall", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  const all = conversations();
  const sides = ["client", "server"] as const;

  beforeAll(async () => {
    await platform.up();
    for (const side of sides) writeCapture(file(`${side}.pcap`), framesFrom(side, all));
  });
  afterAll(() => platform.remove());

  it.each(analyzers)("with %s blocks Skype and nothing else", async (analyzer) => {
    const port = (side: string) => ({ backend: "pcap", in: file(`${side}.pcap`), out: file(`${side}-received.pcap`), rate: "recorded" }) as const;
    const archive = await archiveOf(join(root, "examples/l7-firewall"), [`components.analyzer.source=${analyzer}`]);
    const { instance } = await platform.deploy(archive, `firewall-${analyzers.indexOf(analyzer)}`, { lan: port("client"), wan: port("server") });
    for (const point of ["lan", "wan"]) await platform.replayed(instance, point, 30_000);
    const { dropped } = await platform.statistics(instance);
    const items = (await platform.agents(instance)).flatMap((agent) => agent.items.map((item) => [`${agent.component}.${item.name}`, item.value]));
    await platform.undeploy(instance);
    const outcomes = judge(all, readCapture(file("server-received.pcap")), readCapture(file("client-received.pcap")));
    expect(outcomes.filter(({ right }) => !right)).toEqual([]);
    const { "analyzer.skype_flows": flows, "analyzer.marked": marked, "filter.dropped": filtered } = Object.fromEntries(items);
    expect([flows, filtered, dropped]).toEqual([all.filter(({ expect }) => expect === "block").length, marked, { component: marked }]);
  });
});
