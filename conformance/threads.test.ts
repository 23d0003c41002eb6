/** An engine of two threads between two hosts: both directions of a flow stay with one thread and one process, accounts add up, and what
 * breaks in one thread leaves the other passing. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineStatistics } from "@coven/contract";
import { type Frame, isolated, Platform, readCapture, Rig, type Station, writeCapture } from "@coven/testbed";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";
import { coven, forward, left, look, ofFlow, oneComponent, packageOf, until } from "./support.ts";

/** Each writes the number of its process, and how many packets of the flow it has seen, in whichever direction, into the last two bytes. */
const counting: Record<string, Record<string, string>> = {
  c: { "main.c": '#include <coven/nf.h>\n#include <stdlib.h>\n#include <string.h>\nstatic unsigned char number, seen[256];\nstatic coven_verdict count(coven_packet *packet, void *state) {\n    (void)state;\n    if (packet->length != 64) return COVEN_FORWARD;\n    unsigned char flow = packet->data[packet->length - 3];\n    packet->data[packet->length - 2] = ++seen[flow];\n    packet->data[packet->length - 1] = number;\n    return COVEN_FORWARD;\n}\nint main(void) {\n    number = (unsigned char)atoi(strchr(getenv("COVEN_NAME"), \'.\') + 1);\n    return coven_run(count, NULL);\n}\n' },
  python: { "main.py": 'import os\nfrom coven import Verdict, run\n\nnumber = int(os.environ["COVEN_NAME"].split(".")[1])\nseen = [0] * 256\n\n@run\ndef count(packet):\n    if len(packet) == 64:\n        flow = packet[61]\n        seen[flow] += 1\n        packet[62] = seen[flow]\n        packet[63] = number\n    return Verdict.FORWARD\n' },
};
const usable = (await languages()).filter((language) => language in counting);
const [flows, each] = [40, 5];

/** With the number of its flow in its last byte but two. */
function packet(flow: number, number: number, down: boolean): Buffer {
  const bytes = ofFlow(flow, number, down);
  bytes[61] = flow;
  return bytes;
}
const packets = (down: boolean): Frame[] => Array.from({ length: flows * each }, (_, n) => ({ time_ns: BigInt(n), bytes: packet(n % flows, Math.floor(n / flows), down) }));
/** Hosts say a word of their own now and then. */
const ours = ({ bytes }: Frame) => bytes.length === 64 && bytes.readUInt16BE(12) === 0x0800;

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
function expectExact(now: EngineStatistics): void {
  for (const one of [now, ...(now.shards ?? [])]) expect(one.received + one.created).toBe(one.transmitted + sum(one.dropped) + one.in_flight);
  for (const key of ["received", "transmitted", "in_flight"] as const) expect((now.shards ?? []).reduce((all, shard) => all + shard[key], 0)).toBe(now[key]);
}

describe.runIf(isolated)("an engine of two threads", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  let rig: Rig;
  beforeAll(async () => {
    await platform.up();
    for (const down of [false, true]) writeCapture(file(`in-${down}.pcap`), packets(down));
  });
  afterAll(() => platform.remove());
  beforeEach(() => void (rig = new Rig(platform.folder)));
  afterEach(() => rig.remove());

  /** Send one direction through the VNF; what arrives on the other side. */
  async function through(down: boolean, name: string): Promise<Buffer[]> {
    const receive = file(`${name}-${down}.pcap`);
    const sink: Station = rig.station(down ? "client" : "server", { receive });
    await sink.ready();
    const source = rig.station(down ? "server" : "client", { send: file(`in-${down}.pcap`), rate: 2000 });
    await source.sent(30_000);
    await until(() => existsSync(receive) && readCapture(receive).filter(ours).length >= flows * each, "all arrive");
    await Promise.all([source.end(), sink.end()]);
    return readCapture(receive).filter(ours).map(({ bytes }) => bytes);
  }

  it.each(usable)("%s: sees both directions of a flow in one process, of either thread, and in order", async (language) => {
    const files = oneComponent(`framework: ${language}, replicas: 4`, counting[language]);
    const before = await look(platform);
    const { instance, package: id } = await platform.deploy(packageOf({ ...files, "vnf.yaml": `${files["vnf.yaml"]}threads: 2\n` }), `threads-${language}`, rig.ports);
    const up = await through(false, language);
    const down = await through(true, language);
    const now = await platform.statistics(instance);
    expectExact(now);
    expect(now.dropped).toEqual({});
    expect(now.components.map(({ name, shard, slot }) => [name, shard, slot])).toEqual([["a.1", 0, 1], ["a.3", 0, 2], ["a.2", 1, 1], ["a.4", 1, 2]]);
    const status = await coven(platform, ["status", `threads-${language}`]);
    expect(status.stdout).toMatch(/engine thread +received +transmitted[^\n]*\n0 [^\n]*\n1 /);
    await platform.undeploy(instance);
    await platform.call("DELETE", `/vnfpkgm/v2/vnf_packages/${id}`);

    expect([up.length, down.length]).toEqual([flows * each, flows * each]);
    const processes = new Map<number, Set<number>>();
    for (let flow = 0; flow < flows; flow++) {
      const its = [...up, ...down].filter((bytes) => bytes[61] === flow);
      expect(its.map((bytes) => bytes[62])).toEqual(its.map((_, index) => index + 1));
      processes.set(flow, new Set(its.map((bytes) => bytes[63] ?? 0)));
    }
    expect([...processes.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...processes.values()].flatMap((one) => [...one]))).toEqual(new Set([1, 2, 3, 4]));
    expect(await left(platform, before)).toEqual([]);
  });

  it("a process that is killed is started again, and the other thread passes packets meanwhile", async () => {
    const files = oneComponent("framework: c, onCrash: drop", forward.c);
    const ports = { lan: { backend: "generate" as const, rate: 20_000, flows: 16 }, wan: { backend: "generate" as const, count: 0 } };
    const { instance } = await platform.deploy(packageOf({ ...files, "vnf.yaml": `${files["vnf.yaml"]}threads: 2\n` }), "killed", ports);
    const passed = async (shard: number) => (await platform.statistics(instance)).shards?.[shard]?.transmitted ?? 0;
    for (let round = 0; round < 3; round++) {
      const victim = (await platform.instance(instance)).components.find(({ name }) => name === "a.2");
      const other = (await platform.instance(instance)).components.find(({ name }) => name === "a.1");
      expect(victim).toMatchObject({ state: "running", restarts: round });
      process.kill(victim?.pid ?? 0, "SIGKILL");
      const first = await passed(0);
      await until(async () => (await passed(0)) > first + 500, "the first thread passes packets");
      await until(async () => (await platform.instance(instance)).components.some(({ name, state, restarts }) => name === "a.2" && state === "running" && restarts === round + 1), "it runs again");
      const second = await passed(1);
      await until(async () => (await passed(1)) > second + 500, "the second thread passes packets again");
      expect((await platform.instance(instance)).components.find(({ name }) => name === "a.1")).toMatchObject({ pid: other?.pid, restarts: 0 });
      expectExact(await platform.statistics(instance));
    }
    await platform.undeploy(instance);
  });

  it("a daemon that was killed takes it up again", async () => {
    const files = oneComponent("framework: c", forward.c);
    const ports = { lan: { backend: "generate" as const, rate: 2000 }, wan: { backend: "generate" as const, count: 0 } };
    const { instance } = await platform.deploy(packageOf({ ...files, "vnf.yaml": `${files["vnf.yaml"]}threads: 2\n` }), "taken-up", ports);
    const before = (await platform.instance(instance)).components.map(({ pid }) => pid);
    await platform.down("SIGKILL");
    await platform.up();
    expect((await platform.instance(instance)).components.map(({ pid }) => pid)).toEqual(before);
    process.kill(before[1] ?? 0, "SIGKILL");
    await until(async () => (await platform.instance(instance)).components.some(({ name, state, restarts }) => name === "a.2" && state === "running" && restarts === 1), "it runs again");
    await platform.undeploy(instance);
  });

  it("what threads can't have is refused, and more of them than CPUs are warned of", async () => {
    const files = oneComponent("framework: c", forward.c);
    const of = (threads: string | number, more = "") => packageOf({ ...files, "vnf.yaml": `${String(files["vnf.yaml"]).replace("framework: c", `framework: c${more}`)}threads: ${threads}\n` });
    for (const [archive, sentence] of [
      [of(0), /vnf\.yaml:7:10: threads must be .*1/],
      [of(17), /vnf\.yaml:7:10: threads may be at most 16/],
      [of("two"), /vnf\.yaml:7:10: threads must be a whole number/],
      [of(2, ", replicas: 3"), /vnf\.yaml:5:\d+: component a has replicas: 3, which threads: 2 can't share evenly/],
    ] as const) {
      await expect(platform.onboard(archive)).rejects.toThrow(sentence);
    }
    const packageId = await platform.onboard(of(2));
    const on = (lan: object) => platform.instantiate(packageId, "refused", { lan } as never);
    await expect(on({ backend: "pcap", in: file("in-false.pcap") })).rejects.toThrow("connection point lan: packets of pcap can't be shared out by their flows, but the package has threads: 2; use threads: 1, or one of af_packet, af_xdp, loopback, generate");
    await expect(on({ backend: "loopback", record: file("r.pcap") })).rejects.toThrow("several threads can't record to one file");
    await expect(on({ backend: "generate", flows: 1 })).rejects.toThrow("use flows: 2 or more");
    writeFileSync(file("many.zip"), of(16));
    const said = await coven(platform, ["validate", file("many.zip")]);
    expect(said.code).toBe(0);
    expect(said.stdout).toMatch(/note: threads: 16, but this host has \d+ CPUs?: /);
  });
});
