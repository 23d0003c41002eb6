/** The detector between two hosts, deployed by the platform: a client whose connections are answered, then a scan, then one that is blocked. */
import { existsSync } from "node:fs";
import { Between, engineBinary, isolated } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Accepts whoever comes. */
const server = `
import { createServer } from "node:net";
createServer((socket) => socket.end()).listen(80, () => console.log("ready"));
`;
/** How each connection ends: open, refused, or nothing heard. */
const client = `
import { connect } from "node:net";
const [host, from, to, times] = process.argv.slice(2);
const attempt = (port) => new Promise((resolve) => {
  const socket = connect({ host, port: Number(port), timeout: 1000 });
  const end = (how) => { socket.destroy(); resolve(how); };
  socket.on("connect", () => end("open")).on("error", ({ code }) => end(code)).on("timeout", () => end("silence"));
});
const seen = {};
for (let port = Number(from); port <= Number(to); port++) for (let i = 0; i < Number(times); i++) {
  const how = await attempt(port);
  seen[how] = (seen[how] ?? 0) + 1;
  if (how === "silence") break;
}
console.log(JSON.stringify(seen));
`;

const able = isolated && existsSync(engineBinary);
if (!able) console.log("SKIP the port-scan detector between two hosts: it needs namespaces (tools/isolate.sh) and the Rust engine");

describe.runIf(able)("the port-scan detector between two hosts", () => {
  let hosts: Between;
  beforeAll(async () => void (hosts = await Between.open("port-scan", { client, server })));
  afterAll(() => hosts.remove());

  const asked = (from: number, to: number, times = 1) => hosts.ask<Record<string, number>>(from, to, times);
  const agent = () => `/coven/v1/instances/${hosts.instance}/agents/detector`;
  const scanners = () => hosts.platform.call("POST", `${agent()}/scanners`, { argument: "" }) as Promise<{ result: { source: string; scans: number }[] }>;

  it("tells a scan from much traffic, and blocks who scans when told to", () =>
    hosts.served(async () => {
      expect(asked(80, 80, 60)).toEqual({ open: 60 });
      expect((await scanners()).result).toEqual([]);
      expect(asked(1001, 1030)).toEqual({ ECONNREFUSED: 30 });
      expect((await scanners()).result).toMatchObject([{ source: hosts.rig.addresses.client, scans: 1 }]);
      expect(asked(80, 80)).toEqual({ open: 1 });
      await hosts.platform.call("PUT", `${agent()}/block`, { value: true });
      expect(asked(80, 80)).toEqual({ silence: 1 });
      const { dropped } = await hosts.platform.statistics(hosts.instance);
      expect([Object.keys(dropped), (dropped.component ?? 0) >= 1]).toEqual([["component"], true]);
    }));
});
