/** The chain of four languages on a capture: taken together by the command line from the folders beside it, and by the daemon from onboarded packages. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, type Frame, Platform, readCapture, Refused, root, TCP, tcp, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const example = (name: string) => join(root, "examples", name);
const all = drivers(platformPaths());
const missing = (await Promise.all([all.python, all.c, all.java, all.typescript].map((driver) => driver.fingerprint()))).find(({ usable }) => !usable);
if (missing) console.log(`SKIP the chain of four languages: ${missing.reason}`);

const from = (host: number, port = 4000) => ({ mac: "02:00:00:00:00:01", ip: `10.0.0.${host}`, port });
const to = (port: number) => ({ mac: "02:00:00:00:00:02", ip: "192.0.2.1", port });

/** A query for an address. */
const query = (name: string) => Buffer.concat([Buffer.from("123401000001000000000000", "hex"), ...name.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)), Buffer.from("0000010001", "hex")]);

describe.runIf(!missing)("the chain of four languages", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);

  beforeAll(async () => {
    await platform.up();
    // Host 1 scans 50 ports, host 2 sends more than its burst at once, host 3 asks for two names.
    const scan = Array.from({ length: 50 }, (_, port) => tcp(from(1), to(port + 1), 1, 0, TCP.SYN));
    const flood = Array.from({ length: 30 }, () => udp(from(2), to(9), Buffer.alloc(958)));
    const asks = ["good.example", "www.bad.example"].map((name) => udp(from(3), to(53), query(name)));
    writeCapture(file("in.pcap"), [...scan, ...flood, ...asks].map((bytes): Frame => ({ time_ns: 1_700_000_000_000_000_000n, bytes })));
  });
  afterAll(() => platform.remove());

  const ports = () => ({ lan: { backend: "pcap", in: file("in.pcap"), out: file("back.pcap"), rate: 2000 }, wan: { backend: "pcap", out: file("out.pcap") } }) as const;

  async function judge(instance: string): Promise<void> {
    await platform.replayed(instance, "lan", 30_000);
    const statistics = await platform.statistics(instance);
    await platform.undeploy(instance);
    const out = readCapture(file("out.pcap")).map(({ bytes }) => bytes);
    const of = (host: number) => out.filter((bytes) => bytes[29] === host);
    expect([of(1).length, of(2).length, of(3).length]).toEqual([20, 15, 1]);
    expect(statistics.dropped).toEqual({ component: 30 + 15 });
    const answers = readCapture(file("back.pcap")).map(({ bytes }) => bytes);
    expect(answers.map((bytes) => bytes.includes(Buffer.from("bad")) && (bytes[45] ?? 0) & 15)).toEqual([3]);
  }

  it("is taken together from the folders beside it", async () => {
    const words = ["deploy", example("four-languages"), "--name", "chain", "--port", `lan=pcap:${file("in.pcap")},out=${file("back.pcap")},rate=2000`, "--port", `wan=pcap,out=${file("out.pcap")}`];
    execFileSync(join(root, "bin/coven"), words, { env: platform.environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const instances = (await platform.call("GET", "/coven/v1/instances")) as { id: string; name: string }[];
    await judge(instances.find(({ name }) => name === "chain")?.id ?? "");
  });

  it("is taken together from onboarded packages, which have to be there", async () => {
    const archive = await archiveOf(example("four-languages"));
    const refused = await platform.onboard(archive).then(() => undefined, (problem: unknown) => problem);
    expect(refused).toBeInstanceOf(Refused);
    expect((refused as Error).message).toMatch(/^vnf\.yaml:13:10: component filter uses l7-firewall\/1\.0\/filter: there is no package l7-firewall among the onboarded packages/);
    for (const name of ["l7-firewall", "rate-limiter", "dns-filter"]) await platform.onboard(await archiveOf(example(name)));
    const { instance } = await platform.deploy(archive, "chain2", ports());
    await judge(instance);
  });
});
