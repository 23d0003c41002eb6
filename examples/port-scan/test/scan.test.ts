/** The detector between two hosts, deployed by the platform: a client whose connections are answered, then a scan, then one that is blocked. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf, engineBinary, isolated, Platform, pause, Rig, root } from "@coven/testbed";
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
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  let rig: Rig;
  let instance: string;

  beforeAll(async () => {
    rig = new Rig(platform.folder);
    writeFileSync(file("server.mjs"), server);
    writeFileSync(file("client.mjs"), client);
    await platform.up();
    ({ instance } = await platform.deploy(await archiveOf(join(root, "examples/port-scan")), "scan", rig.ports));
  });
  afterAll(async () => {
    await platform.remove();
    rig.remove();
  });

  const asked = (from: number, to: number, times = 1): Record<string, number> => JSON.parse(rig.client.output(process.execPath, [file("client.mjs"), rig.addresses.server, `${from}`, `${to}`, `${times}`]));
  const scanners = () => platform.call("POST", `/coven/v1/instances/${instance}/agents/detector/scanners`, { argument: "" }) as Promise<{ result: { source: string; scans: number }[] }>;

  it("tells a scan from much traffic, and blocks who scans when told to", async () => {
    const named = rig.server.spawn(process.execPath, [file("server.mjs")], file("server.log"));
    try {
      await pause(500);
      expect(asked(80, 80, 60)).toEqual({ open: 60 });
      expect((await scanners()).result).toEqual([]);
      expect(asked(1001, 1030)).toEqual({ ECONNREFUSED: 30 });
      expect((await scanners()).result).toMatchObject([{ source: rig.addresses.client, scans: 1 }]);
      expect(asked(80, 80)).toEqual({ open: 1 });
      await platform.call("PUT", `/coven/v1/instances/${instance}/agents/detector/block`, { value: true });
      expect(asked(80, 80)).toEqual({ silence: 1 });
      const { dropped } = await platform.statistics(instance);
      expect([Object.keys(dropped), (dropped.component ?? 0) >= 1]).toEqual([["component"], true]);
    } finally {
      named.kill("SIGKILL");
    }
  });
});
