/** The load balancer, deployed by the platform on captures. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { drivers, platformPaths } from "@coven/pps";
import { archiveOf, type Frame, Platform, readCapture, root, udp, writeCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const rust = await drivers(platformPaths()).rust.fingerprint();
if (!rust.usable) console.log(`SKIP the load balancer: ${rust.reason}`);

const flows = 1000;
const router = { mac: "02:00:00:00:00:01", port: 0 };
const servers = [1, 2, 3, 4].map((n) => `02:00:00:00:01:0${n}`);

/** Three packets of every flow, in turn; then one that is for another address. */
function clients(): Frame[] {
  const to = { mac: "02:00:00:00:00:02", ip: "192.0.2.10", port: 443 };
  const frames = [0, 1, 2].flatMap((round) => Array.from({ length: flows }, (_, flow) => udp({ ...router, ip: `10.1.${flow >> 8}.${flow & 255}`, port: 1000 + flow }, to, Buffer.from([round]))));
  return [...frames, udp({ ...router, ip: "10.1.0.1", port: 9 }, { ...to, ip: "192.0.2.11" }, Buffer.from("other"))].map((bytes) => ({ time_ns: 1n, bytes }));
}

describe.runIf(rust.usable)("the load balancer", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  beforeAll(async () => {
    await platform.up();
    writeCapture(file("in.pcap"), clients());
  });
  afterAll(() => platform.remove());

  /** The server of each flow, and what else came out. */
  async function balance(list: readonly string[]) {
    const changes = ["components.balancer.onFull=block", ...(list.length > 0 ? [`components.balancer.settings.servers=${list.join(",")}`] : [])];
    const { instance } = await platform.deploy(await archiveOf(join(root, "examples/load-balancer"), changes), `lb${list.length}`, { clients: { backend: "pcap", in: file("in.pcap") }, servers: { backend: "pcap", out: file("out.pcap") } });
    await platform.replayed(instance, "clients", 30_000);
    const items = (await platform.agents(instance)).find(({ component }) => component === "balancer")?.items ?? [];
    const called = (await platform.call("POST", `/coven/v1/instances/${instance}/agents/balancer/shares`, { argument: "" })) as { result: string };
    await platform.undeploy(instance);
    const out = readCapture(file("out.pcap")).map(({ bytes }) => bytes);
    const of = new Map<number, string>();
    for (const bytes of out.filter((one) => one[33] === 10)) {
      const [flow, mac] = [bytes.readUInt16BE(34) - 1000, bytes.subarray(0, 6).toString("hex").replace(/(..)(?=.)/g, "$1:")];
      expect(of.get(flow) ?? mac, `flow ${flow} stays at its server`).toBe(mac);
      of.set(flow, mac);
    }
    return { of, out, shares: called.result, value: (name: string) => Number(items.find((item) => item.name === name)?.value) };
  }

  it("shares flows evenly, keeps each at its server, changes nothing but the Ethernet address", async () => {
    const { of, out, shares, value } = await balance(servers);
    expect(of.size).toBe(flows);
    for (const server of servers) expect([...of.values()].filter((mac) => mac === server).length).toBeGreaterThan(flows / 4 / 1.4);
    expect(out.map((bytes) => bytes.subarray(6).toString("hex"))).toEqual(clients().map(({ bytes }) => bytes.subarray(6).toString("hex")));
    expect(out.at(-1)?.subarray(0, 6).toString("hex")).toBe("020000000002");
    expect(value("balanced")).toBe(3 * flows);
    expect(shares).toMatch(/^(02:00:00:00:01:0\d 16[34]\d\d(, |$)){4}$/);
  });

  it("moves few flows but those of a server that went", async () => {
    const [before, after] = [(await balance(servers)).of, (await balance(servers.slice(1))).of];
    const others = [...before].filter(([, mac]) => mac !== servers[0]);
    expect(others.filter(([flow, mac]) => after.get(flow) !== mac).length).toBeLessThan(others.length * 0.1);
    expect([...after.values()]).not.toContain(servers[0]);
  });

  it("drops while there is no server", async () => {
    const { out, value } = await balance([]);
    expect([out.length, value("no_server")]).toEqual([1, 3 * flows]);
  });

  it("has a table that keeps its promises", () => {
    const program = file("maglev");
    execFileSync(process.env.RUSTC ?? "rustc", ["--edition", "2021", "-O", "--test", "-o", program, join(root, "examples/load-balancer/balancer/maglev.rs")]);
    expect(execFileSync(program, { encoding: "utf8" })).toMatch(/4 passed; 0 failed/);
  });
});
