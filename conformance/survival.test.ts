/** What dies, and what must not notice: the daemon under traffic, a component under load. */
import { join } from "node:path";
import type { EngineStatistics } from "@coven/contract";
import { archiveOf, compare, isolated, pause, Platform, readCapture, Rig, root, sequence, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const balance = (s: EngineStatistics) => s.received + s.created - s.transmitted - Object.values(s.dropped).reduce((a, b) => a + b, 0) - s.in_flight;

describe.runIf(isolated)("survival", () => {
  const platform = new Platform();
  const sent = sequence(10_000);
  let rig: Rig;

  beforeAll(async () => {
    rig = new Rig(platform.folder);
    writeCapture(join(platform.folder, "in.pcap"), sent);
    await platform.up();
  });
  afterAll(async () => {
    await platform.remove();
    rig.remove();
  });

  it("covend killed with -9 under traffic loses no packet; restarted, it shows and controls the same instance", async () => {
    const archive = await archiveOf(join(root, "examples/l7-firewall"));
    const { instance } = await platform.deploy(archive, "survivor", rig.ports);
    const receive = join(platform.folder, "survivor.pcap");
    const sink = rig.station("server", { receive });
    await sink.ready();
    const source = rig.station("client", { send: join(platform.folder, "in.pcap"), rate: 5000 });
    await source.ready();
    await pause(400);
    await platform.down("SIGKILL");
    await pause(400);
    await platform.up();
    const recovered = (await platform.call("GET", `/vnflcm/v2/vnf_instances/${instance}`)) as { instantiationState: string; instantiatedVnfInfo: { vnfState: string } };
    await source.sent(30_000);
    await pause(300);
    const [now, agents] = [await platform.statistics(instance), await platform.agents(instance)];
    await Promise.all([source.end(), sink.end()]);

    expect(recovered.instantiatedVnfInfo.vnfState).toBe("STARTED");
    expect(compare(sent, readCapture(receive))).toEqual({ arrived: 10_000, missing: 0, doubled: 0, changed: 0, outOfOrder: 0 });
    expect(now.dropped).toEqual({});
    expect(agents.map((agent) => agent.reachable)).toEqual([true, true]);
    await platform.operation("operate", instance, { changeStateTo: "STOPPED", stopType: "GRACEFUL" });
    await platform.operation("operate", instance, { changeStateTo: "STARTED" });
    await platform.undeploy(instance);
  });

  it.each(["c", "python", "typescript"])("a component in %s, killed under load again and again: every packet is accounted for, and it comes back", async (language) => {
    const archive = await archiveOf(join(root, "conformance/pair"), ["components.a.framework=c", `components.b.framework=${language}`, `components.b.source=pair-${language}/`]);
    const { instance } = await platform.deploy(archive, `killed-${language}`, {
      lan: { backend: "pcap", in: join(platform.folder, "in.pcap"), rate: 2500 },
      wan: { backend: "pcap", out: join(platform.folder, "killed.pcap") },
    });
    for (let kill = 0; kill < 3; kill++) {
      await pause(500);
      const now = await platform.statistics(instance);
      expect(balance(now)).toBe(0);
      const pid = now.components.find((component) => component.name === "b")?.pid;
      if (pid) process.kill(pid, "SIGKILL");
    }
    const end = await platform.replayed(instance, "lan", 30_000);
    await platform.undeploy(instance);
    const received = compare(sent, readCapture(join(platform.folder, "killed.pcap")));

    expect(balance(end)).toBe(0);
    expect(end.received).toBe(10_000);
    expect(end.frames.out).toBe(0);
    const dropped = Object.values(end.dropped).reduce((a, b) => a + b, 0);
    expect(received).toMatchObject({ arrived: 10_000 - dropped, doubled: 0, changed: 0, outOfOrder: 0 });
    expect(end.components.find((component) => component.name === "b")?.restarts).toBe(3);
  });
});
