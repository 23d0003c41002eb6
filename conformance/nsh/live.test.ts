/** What an operator does to the NSH of a running VNF, by `coven nsh`, while a capture flows through: nothing is lost, and each packet meets one state or the other. */
import { join } from "node:path";
import { Platform, readCapture, readNsh, root, writeCapture } from "@coven/testbed";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coven, forward, packageOf, until } from "../support.ts";
import { chained, plain } from "./packets.ts";

const built = existsSync(join(root, "sdk/c/build"));
if (!built) console.log("SKIP live NSH: the SDK for C is not built");

const descriptor = (lan: string, nsh: string) => `vnf: live
version: 1.0.0
connectionPoints: { lan: { nsh: ${lan} }, wan: { nsh: proxy } }
components: { a: { framework: c, context: tenants } }
paths: { up: lan -> a -> wan }
nsh:
  contexts: { tenants: [ { field: tenant, bits: 32 }, { field: class, bits: 8 }, { field: rest, bits: 88 } ] }
  paths: { up: { spi: 10, si: 255 } }
${nsh}`;

const count = 12_000;
const rate = 1_500;
const came = Buffer.from(`00000007${"c7".repeat(12)}`, "hex");

describe.runIf(built)("coven nsh on a running VNF", () => {
  const platform = new Platform();
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  const file = (name: string) => join(platform.folder, name);
  async function begin(name: string, yaml: string, packets: Buffer[]): Promise<string> {
    writeCapture(file(`${name}.in`), packets.map((bytes, index) => ({ time_ns: BigInt(index), bytes })));
    const archive = packageOf({ "vnf.yaml": yaml, "a/main.c": forward.c["main.c"] });
    const ports = { lan: { backend: "pcap", in: file(`${name}.in`), rate }, wan: { backend: "pcap", out: file(`${name}.out`) } } as const;
    return (await platform.deploy(archive, name, ports)).instance;
  }
  async function nsh<T = unknown>(...words: string[]): Promise<T> {
    const { code, stdout, stderr } = await coven(platform, ["nsh", ...words, "--json"]);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as T;
  }
  /** Packets as they left, once all have. */
  async function left(name: string, instance: string): Promise<Buffer[]> {
    const { dropped } = await platform.replayed(instance, "lan", 60_000);
    await platform.undeploy(instance);
    expect(dropped).toEqual({});
    return readCapture(file(`${name}.out`)).map(({ bytes }) => bytes);
  }
  const some = (instance: string, more = 200) => {
    let from: number | undefined;
    return until(async () => {
      const { transmitted } = await platform.statistics(instance);
      return transmitted > (from ??= transmitted) + more;
    }, "packets go on");
  };
  const contexts = (frames: Buffer[]) => new Set(frames.map((frame) => readNsh(frame)?.context.toString("hex")));

  it("sets fields of a path and of a flow, and takes them back", async () => {
    const packets = Array.from({ length: count }, (_, index) => chained(10, 255, came, plain(index % 2 ? 53 : 80)));
    const instance = await begin("set", descriptor("proxy", ""), packets);
    await some(instance);
    const seen = await nsh<{ paths: object[]; flows: object[] }>("show", "set");
    expect(seen.paths).toMatchObject([{ path: "up", spi: 10, si: 255, layout: "tenants", came: { tenant: 7, class: 0xc7 }, left: { tenant: 7 }, components: [{ name: "a", context: "tenants" }] }]);
    expect(seen.flows).toHaveLength(2);
    await nsh("set", "set", "up", "tenant=9");
    await nsh("set", "set", "up", "class=1", "--flow", "udp:10.0.0.1:4000>10.0.0.2:53");
    await some(instance);
    const { stdout } = await coven(platform, ["nsh", "show", "set"]);
    expect(stdout).toMatch(/up +10 +255 +proxy +tenants[\s\S]*udp:10\.0\.0\.1:4000>10\.0\.0\.2:53 +up[^\n]*tenant=9 class=1[\s\S]*set for/);
    await nsh("set", "set", "up", "--flow", "udp:10.0.0.1:4000>10.0.0.2:53");
    expect(await nsh("set", "set", "up")).toEqual([]);
    await some(instance);
    const frames = await left("set", instance);
    expect(frames).toHaveLength(count);
    const other = (hex: string) => `${hex}${came.toString("hex").slice(hex.length)}`;
    expect(contexts(frames.filter((frame) => readNsh(frame)?.inner.readUInt16BE(36) === 80))).toEqual(new Set([other("00000007"), other("00000009")]));
    expect(contexts(frames.filter((frame) => readNsh(frame)?.inner.readUInt16BE(36) === 53))).toEqual(new Set([other("00000007"), other("00000009"), other("0000000901")]));
    expect(readNsh(frames.at(-1) as Buffer)?.context.toString("hex")).toBe(came.toString("hex"));
    expect(frames.every((frame, index) => readNsh(frame)?.inner.equals(readNsh(packets[index] as Buffer)?.inner as Buffer))).toBe(true);
  });

  it("changes rules: added, changed, removed, and every flow is classified anew", async () => {
    const packets = Array.from({ length: count }, (_, index) => plain(index % 2 ? 53 : 80));
    const rules = "  classify: [ { path: up, context: { tenant: 1 } } ]\n";
    const instance = await begin("rules", descriptor("classify", rules), packets);
    await some(instance);
    expect(await nsh("rules", "rules", "--add", "path=up,protocol=udp,destinationPort=53,context.tenant=2", "--at", "1")).toMatchObject({ revision: 1, classify: [{ destinationPort: 53 }, { context: { tenant: 1 } }] });
    await some(instance);
    await nsh("rules", "rules", "--change", "2=path=up,context.tenant=3");
    await some(instance);
    await nsh("rules", "rules", "--remove", "1");
    await some(instance);
    const wrong = await coven(platform, ["nsh", "rules", "rules", "--add", "path=up,destinationPort=99999"]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("99999 is no range within 0-65535")]);
    const frames = await left("rules", instance);
    expect(frames).toHaveLength(count);
    const tenants = (port: number) => frames.map((frame) => readNsh(frame)).filter((one) => one?.inner.readUInt16BE(36) === port).map((one) => one?.context.readUInt32BE(0));
    const order = (all: (number | undefined)[]) => all.filter((one, index) => one !== all[index - 1]);
    expect([order(tenants(80)), order(tenants(53))]).toEqual([[1, 3], [1, 2, 3]]);
  });

  it("changes roles, and each packet is treated by one of them", async () => {
    const packets = Array.from({ length: count }, (_, index) => chained(10, 255, came, plain(80, `packet ${index}`)));
    const instance = await begin("roles", descriptor("proxy", ""), packets);
    for (const role of ["aware", "none", "proxy", "none", "aware"]) {
      await some(instance, 100);
      expect(await nsh("role", "roles", `lan=${role}`, `wan=${role}`)).toMatchObject({ roles: { lan: role, wan: role } });
    }
    const refused = await coven(platform, ["nsh", "role", "roles", "lan=classify"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("no rule under nsh.classify takes a path from it")]);
    const frames = await left("roles", instance);
    expect(frames).toHaveLength(count);
    const kinds = frames.map((frame, index) => (frame.equals(packets[index] as Buffer) ? "none" : frame.equals(chained(10, 254, came, plain(80, `packet ${index}`))) ? "stepped" : "wrong"));
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual(["stepped", "none", "stepped", "none", "stepped"]);
  });
});
