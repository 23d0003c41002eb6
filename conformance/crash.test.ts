/** A component that crashes or hangs under traffic: seen, counted, restarted with a growing pause; meanwhile packets go as onCrash says, and afterwards through the component again. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineStatistics } from "@coven/contract";
import { compare, type Frame, isolated, Platform, readCapture, Rig, sequence, type Station, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coven, oneComponent, packageOf, until } from "./support.ts";

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
const componentOf = ({ components: [component] }: EngineStatistics) => {
  if (!component) throw new Error("there is no component");
  return component;
};

describe.runIf(isolated)("a component that fails under traffic", () => {
  const platform = new Platform();
  /** While this file is there, every start fails. */
  const sick = join(platform.folder, "sick");
  const batch = 300;
  const sent = sequence(3 * batch, 10);
  /** Its payload's first byte, where a sequence has the number of its flow, is that of no flow. */
  const trigger: Frame = { time_ns: 0n, bytes: Buffer.from(sent[0]?.bytes ?? []) };
  let rig: Rig;

  const sources = {
    c: (deed: string) => ({
      "main.c": `#include <coven/nf.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>
static coven_verdict pass(coven_packet *packet, void *state) {
    (void)state;
    if (packet->length > 42 && packet->data[42] == 0xEE) { fputs("met its trigger\\n", stderr); ${deed === "crash" ? "abort();" : "for (;;) pause();"} }
    return COVEN_FORWARD;
}
int main(void) { if (access("${sick}", F_OK) == 0) { fputs("is sick\\n", stderr); return 9; } return coven_run(pass, NULL); }\n`,
    }),
    python: (deed: string) => ({
      "main.py": `import os, sys, time\nfrom coven import Verdict, run
if os.path.exists("${sick}"):
    print("is sick", file=sys.stderr)
    sys.exit(9)
@run
def forward(packet):
    if len(packet.data) > 42 and packet.data[42] == 0xEE:
        print("met its trigger", file=sys.stderr)
        ${deed === "crash" ? "os.abort()" : "while True: time.sleep(1)"}
    return Verdict.FORWARD\n`,
    }),
  };

  beforeAll(async () => {
    trigger.bytes[42] = 0xee;
    rig = new Rig(platform.folder);
    await platform.up();
    for (const part of [0, 1, 2]) writeCapture(join(platform.folder, `${part}.pcap`), sent.slice(part * batch, (part + 1) * batch));
    writeCapture(join(platform.folder, "trigger.pcap"), [trigger]);
  });
  afterAll(async () => {
    await platform.remove();
    rig.remove();
  });

  async function send(name: string): Promise<void> {
    const source: Station = rig.station("client", { send: join(platform.folder, `${name}.pcap`), rate: 3000 });
    await source.sent(30_000);
    await source.end();
  }

  async function deploy(language: keyof typeof sources, deed: string, onCrash: string) {
    const name = `${deed}-${language}-${onCrash}`;
    const { instance } = await platform.deploy(packageOf(oneComponent(`framework: ${language}, onCrash: ${onCrash}`, sources[language](deed))), name, rig.ports);
    const receive = join(platform.folder, `${name}.pcap`);
    const sink = rig.station("server", { receive });
    await sink.ready();
    const arrived = async () => (await sink.statistics()).ports.find((port) => port.name === "wire")?.rx_packets ?? 0;
    return { name, instance, sink, receive, arrived, now: () => platform.statistics(instance) };
  }

  /** Neighbour discovery and the like pass as well: at least as many as were sent. */
  it.each([["bypass", "c"], ["drop", "c"], ["hold", "c"], ["bypass", "python"]] as const)("crash, %s, in %s", async (onCrash, language) => {
    const vnf = await deploy(language, "crash", onCrash);
    await send("0");
    await until(async () => (await vnf.arrived()) >= batch, "the first batch arrives");
    writeFileSync(sick, "");
    await send("trigger");
    await until(async () => (await platform.instance(vnf.instance)).components[0]?.state === "backing-off", "the crash is seen");
    const before = componentOf(await vnf.now()).counters.packets_in ?? 0;
    await send("1");
    await until(async () => (await platform.instance(vnf.instance)).components[0]?.lastExit?.includes("exit 9") === true, "a restart has failed, too");
    const down = await vnf.now();
    const meanwhile = await vnf.arrived();
    if (onCrash === "bypass") expect([meanwhile >= 2 * batch, down.dropped]).toEqual([true, { component_crashed: 1 }]);
    if (onCrash === "drop") expect(down.dropped.component_down).toBeGreaterThanOrEqual(batch);
    if (onCrash === "hold") expect([meanwhile < 2 * batch, down.in_flight >= batch]).toEqual([true, true]);
    expect(componentOf(down).counters.packets_in ?? 0).toBe(before);

    rmSync(sick);
    await until(async () => componentOf(await vnf.now()).state === "running", "it runs again");
    if (onCrash === "hold") await until(async () => (await vnf.arrived()) >= 2 * batch, "what was held arrives");
    await send("2");
    await until(async () => (componentOf(await vnf.now()).counters.packets_in ?? 0) >= before + batch, "packets flow through it again");
    await until(async () => (await vnf.now()).in_flight === 0, "nothing is under way");
    const [end, view] = [await vnf.now(), await platform.instance(vnf.instance)];
    const logs = await coven(platform, ["logs", vnf.name, "a"]);
    await vnf.sink.end();
    await platform.undeploy(vnf.instance);

    const lost = onCrash === "drop" ? batch : 0;
    expect(compare(sent, readCapture(vnf.receive))).toEqual({ arrived: 3 * batch - lost, missing: lost, doubled: 0, changed: 0, outOfOrder: 0 });
    expect(end.dropped.component_crashed).toBe(1);
    expect(end.received).toBe(end.transmitted + sum(end.dropped));
    expect(view.components[0]?.restarts).toBeGreaterThanOrEqual(2);
    expect(logs.stdout).toMatch(/met its trigger[\s\S]*is sick/);
  });

  it.each([["bypass", "c"], ["drop", "c"], ["hold", "python"]] as const)("hang, %s, in %s", async (onCrash, language) => {
    const vnf = await deploy(language, "hang", onCrash);
    await send("0");
    await send("trigger");
    await send("1");
    await until(async () => (await platform.instance(vnf.instance)).components[0]?.lastExit?.startsWith("hung") === true, "the hang is seen");
    await until(async () => componentOf(await vnf.now()).state === "running", "it runs again");
    await send("2");
    await until(async () => (await vnf.now()).in_flight === 0, "nothing is under way");
    const [end, view] = [await vnf.now(), await platform.instance(vnf.instance)];
    await vnf.sink.end();
    await platform.undeploy(vnf.instance);

    const { arrived, ...rest } = compare(sent, readCapture(vnf.receive));
    const lost = sum(end.dropped) - 1;
    expect(view.components[0]).toMatchObject({ restarts: 1, lastExit: expect.stringMatching(/^hung: packets waited and its heartbeat stood still/) });
    expect(end.received).toBe(end.transmitted + sum(end.dropped));
    expect(rest).toMatchObject({ doubled: 0, changed: 0, outOfOrder: 0 });
    expect(arrived).toBe(3 * batch - rest.missing);
    expect(rest.missing).toBeLessThanOrEqual(lost);
    // What it had in its hands is lost in any case; what waited for it only where it is to be dropped.
    if (onCrash !== "drop") expect(Object.keys(end.dropped)).toEqual(["component_crashed"]);
    else expect(end.dropped.component_down).toBeGreaterThan(0);
  });
});
