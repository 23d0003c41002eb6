/** Interfaces that vanish under traffic and come back, that two instances share, and packets that arrive cut off. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare, type Frame, isolated, join as joinHosts, pause, Platform, readCapture, Rig, run, sequence, writeCapture } from "@coven/testbed";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forward, left, look, oneComponent, packageOf, until } from "./support.ts";

const archive = packageOf(oneComponent("framework: c", forward.c));

describe.runIf(isolated)("interfaces", () => {
  const platform = new Platform();
  const sent = sequence(1000, 10);
  let packageId: string;
  let rig: Rig;
  beforeAll(async () => {
    await platform.up();
    packageId = await platform.onboard(archive);
    writeCapture(join(platform.folder, "in.pcap"), sent);
  });
  afterAll(() => platform.remove());
  beforeEach(() => void (rig = new Rig(platform.folder)));
  afterEach(() => rig.remove());

  const portOf = async (instance: string, name: string) => (await platform.statistics(instance)).ports.find((port) => port.name === name);
  const source = (rate: number) => rig.station("client", { send: join(platform.folder, "in.pcap"), rate });

  it("one vanishes under traffic: its port is down, with the reason; it comes back, and packets flow again", async () => {
    const instance = await platform.instantiate(packageId, "vanishing", rig.ports);
    const before = source(500);
    await until(async () => ((await portOf(instance, "lan"))?.rx_packets ?? 0) > 100, "packets flow");
    run("ip", ["link", "del", rig.lan]);
    await until(async () => (await portOf(instance, "lan"))?.state === "down", "the port is down");
    const down = await platform.statistics(instance);
    await before.end();
    expect(down.ports.find((port) => port.name === "lan")).toMatchObject({ state: "down", reason: `interface ${rig.lan} is gone` });
    expect(down.ports.find((port) => port.name === "wan")).toMatchObject({ state: "up" });
    expect(await platform.instance(instance)).toMatchObject({ state: "running", components: [{ state: "running", restarts: 0 }] });

    joinHosts(rig.client, rig.lan, "eth0");
    await until(async () => (await portOf(instance, "lan"))?.state === "up", "the port is up again");
    const receive = join(platform.folder, "vanished.pcap");
    const sink = rig.station("server", { receive });
    await sink.ready();
    const again = source(2000);
    await again.sent(30_000);
    await until(async () => ((await sink.statistics()).ports.find((port) => port.name === "wire")?.rx_packets ?? 0) >= sent.length, "all arrive");
    await pause(300); // hosts' own packets count as well
    await Promise.all([again.end(), sink.end()]);
    const end = await platform.statistics(instance);
    await platform.undeploy(instance);
    expect(compare(sent, readCapture(receive))).toEqual({ arrived: sent.length, missing: 0, doubled: 0, changed: 0, outOfOrder: 0 });
    expect(end.received).toBe(end.transmitted + Object.values(end.dropped).reduce((a, b) => a + b, 0));
  });

  it("the one that packets leave by vanishes: they are counted as dropped, port_down, and the instance can be removed while it is away", async () => {
    const before = await look(platform);
    const instance = await platform.instantiate(packageId, "one-way", rig.ports);
    const traffic = source(500);
    await until(async () => ((await portOf(instance, "wan"))?.tx_packets ?? 0) > 100, "packets flow");
    run("ip", ["link", "del", rig.wan]);
    await until(async () => ((await platform.statistics(instance)).dropped.port_down ?? 0) > 50, "packets are counted as dropped");
    expect(await portOf(instance, "wan")).toMatchObject({ state: "down", reason: `interface ${rig.wan} is gone` });
    await traffic.end();
    await platform.undeploy(instance);
    expect(await left(platform, before, new RegExp(`^-links ${rig.wan} `))).toEqual([]);
  });

  it("two instances on the same two interfaces do not feed each other", async () => {
    const both = [await platform.instantiate(packageId, "left", rig.ports), await platform.instantiate(packageId, "right", rig.ports)];
    const receive = join(platform.folder, "shared.pcap");
    const sink = rig.station("server", { receive });
    await sink.ready();
    const traffic = source(2000);
    await traffic.sent(30_000);
    await until(async () => ((await sink.statistics()).ports.find((port) => port.name === "wire")?.rx_packets ?? 0) >= 2 * sent.length, "all arrive");
    await pause(300); // hosts' own packets count as well
    await until(async () => (await Promise.all(both.map((id) => platform.statistics(id)))).every(({ in_flight }) => in_flight === 0), "nothing is under way");
    const ends = await Promise.all(both.map((id) => platform.statistics(id)));
    await Promise.all([traffic.end(), sink.end()]);
    for (const id of both) await platform.undeploy(id);
    // Each hands on each packet once: what the other sends does not come in again, by either port.
    const arrived = readCapture(receive);
    expect(compare(sent, arrived)).toMatchObject({ arrived: 2 * sent.length, missing: 0, doubled: sent.length, changed: 0 });
    const spoken = 100; // neighbour discovery and the like
    for (const { ports } of ends) {
      expect(ports.find((port) => port.name === "lan")?.rx_packets).toBeLessThan(sent.length + spoken);
      expect(ports.find((port) => port.name === "wan")?.rx_packets).toBeLessThan(spoken);
    }
  });
});

describe("packets that are cut off", () => {
  const platform = new Platform();
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  it("are dropped as truncated, and the others pass", async () => {
    const [input, output] = [join(platform.folder, "cut.pcap"), join(platform.folder, "whole.pcap")];
    const frames: Frame[] = sequence(100, 10);
    writeCapture(input, frames);
    const bytes = readFileSync(input);
    // Every tenth says that there was more of it on the wire than the capture holds.
    for (let at = 24, n = 0; at < bytes.length; n++) {
      const length = bytes.readUInt32LE(at + 8);
      if (n % 10 === 0) bytes.writeUInt32LE(length + 100, at + 12);
      at += 16 + length;
    }
    writeFileSync(input, bytes);
    const { instance } = await platform.deploy(archive, "cut", { lan: { backend: "pcap", in: input, rate: 5000 }, wan: { backend: "pcap", out: output } });
    const end = await platform.replayed(instance, "lan", 20_000);
    await platform.undeploy(instance);
    expect([end.received, end.transmitted, end.dropped]).toEqual([100, 90, { truncated: 10 }]);
    expect(compare(frames, readCapture(output))).toEqual({ arrived: 90, missing: 10, doubled: 0, changed: 0, outOfOrder: 0 });
  });
});
