/** A resolver on one host, a name server on another, the filter between them: deployed by the platform, over interfaces. */
import { existsSync } from "node:fs";
import { Between, engineBinary, isolated } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Answers every question with one address. */
const server = `
import { createSocket } from "node:dgram";
const socket = createSocket("udp4");
socket.on("message", (query, from) => {
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  socket.send(Buffer.concat([head, question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])]), from.port, from.address);
});
socket.bind(53, () => console.log("ready"));
`;
/** What Node's resolver (c-ares) says to each name. */
const client = `
import { Resolver } from "node:dns/promises";
const resolver = new Resolver({ timeout: 2000, tries: 3 });
resolver.setServers([process.argv[2]]);
const said = {};
for (const name of process.argv.slice(3)) said[name] = await resolver.resolve4(name).catch((error) => error.code);
console.log(JSON.stringify(said));
`;

const able = isolated && existsSync(engineBinary);
if (!able) console.log("SKIP the DNS filter between two hosts: it needs namespaces (tools/isolate.sh) and the Rust engine");

describe.runIf(able)("the DNS filter between two hosts", () => {
  let hosts: Between;
  beforeAll(async () => void (hosts = await Between.open("dns-filter", { client, server })));
  afterAll(() => hosts.remove());

  const resolved = (...names: string[]) => hosts.ask<Record<string, unknown>>(...names);
  const call = (command: string, argument: string) => hosts.platform.call("POST", `/coven/v1/instances/${hosts.instance}/agents/filter/${command}`, { argument });

  it("resolves what is not on the list and answers for what is, as it stands then", () =>
    hosts.served(async () => {
      expect(resolved("good.example", "www.bad.example")).toEqual({ "good.example": ["192.0.2.7"], "www.bad.example": ["192.0.2.7"] });
      await call("block", "bad.example");
      expect(resolved("good.example", "www.bad.example")).toEqual({ "good.example": ["192.0.2.7"], "www.bad.example": "ENOTFOUND" });
      await call("allow", "bad.example");
      expect(resolved("www.bad.example")).toEqual({ "www.bad.example": ["192.0.2.7"] });
      const items = (await hosts.platform.agents(hosts.instance)).find(({ component }) => component === "filter")?.items ?? [];
      const value = (name: string) => items.find((item) => item.name === name)?.value;
      expect([Number(value("queries")) >= 5, Number(value("blocked")) >= 1]).toEqual([true, true]);
      expect((await hosts.platform.statistics(hosts.instance)).dropped).toEqual({});
    }));
});
