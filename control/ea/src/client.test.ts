import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CovenError } from "@coven/contract";
import { catalogue } from "./catalogue.ts";
import { Agent, line_max } from "./client.ts";

let folder: string;
let server: Server;
let asked: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ea-"));
  asked = [];
});
afterEach(async () => {
  await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
  rmSync(folder, { recursive: true });
});

/** An agent that answers each line by `answer`, which may also misbehave. */
async function agent(answer: (line: string, socket: Socket) => string | undefined, timeout_ms = 20_000): Promise<Agent> {
  const path = join(folder, "agent");
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const line = data.toString().replace(/\n$/, "");
      asked.push(line);
      const reply = answer(line, socket);
      if (reply !== undefined) socket.write(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return new Agent("filter", path, timeout_ms);
}
const json = (value: unknown) => `${JSON.stringify(value)}\n`;
const item = { name: "dropped", kind: "counter", type: "integer", unit: "packets", help: "marked", value: 7 };

test("says the words of spec/ea.md", async () => {
  const client = await agent((line) => json(line === "list" ? { items: [item] } : { name: "x", value: 5, result: "done", alive: true, state: "running" }));
  expect(await client.list()).toEqual([item]);
  expect(await client.get("dropped")).toBe(5);
  expect(await client.set("word", 'a "b"\nc')).toBe(5);
  expect(await client.call("flush", "all of it")).toBe("done");
  expect(await client.call("flush")).toBe("done");
  expect(await client.check()).toMatchObject({ alive: true, state: "running" });
  expect(asked).toEqual(["list", "get dropped", 'set word "a \\"b\\"\\nc"', "call flush all of it", "call flush", "check"]);
});

test("an answer may come in pieces", async () => {
  const client = await agent((_, socket) => {
    socket.write('{"name":"x",');
    setTimeout(() => socket.write('"value":"é"}\n'), 20);
    return undefined;
  });
  expect(await client.get("x")).toBe("é");
});

test("what the agent refuses keeps its reason", async () => {
  const client = await agent((line) => json({ error: line.startsWith("get") ? { reason: "unknown-item", text: "no" } : { reason: "bad-value", text: "limit is at most 10" } }));
  await expect(client.set("limit", 11)).rejects.toMatchObject({ reason: "AGENT_REFUSED", detail: "bad-value", message: "the agent of filter says: limit is at most 10" });
  await expect(client.get("nothing")).rejects.toMatchObject({ reason: "NOT_FOUND", message: "there is no agent item filter.nothing" });
});

test.each([
  ["does not answer", () => undefined, /no answer within 0.1 s/],
  ["hangs up", (_: string, socket: Socket) => void socket.destroy(), /it hung up/],
  ["answers without end", (_: string, socket: Socket) => void socket.write("x".repeat(line_max + 1)), /longer than 65536 bytes/],
  ["answers no JSON", () => "hello\n", /not JSON: hello/],
  ["lists what is no item", () => json({ items: [{ name: "UPPER" }] }), /list is not as spec/],
])("an agent that %s is silent for us", async (_, answer, why) => {
  const client = await agent(answer as (line: string, socket: Socket) => string | undefined, 100);
  await expect(client.list()).rejects.toMatchObject({ reason: "AGENT_SILENT", message: expect.stringMatching(why as RegExp) });
});

test("nothing but words reaches the agent", async () => {
  const client = await agent(() => json({}));
  await expect(client.get("a b\nset c 1")).rejects.toMatchObject({ reason: "NOT_FOUND" });
  await expect(client.call("flush", "a\nb")).rejects.toMatchObject({ reason: "BODY_MALFORMED" });
  await expect(client.set("limit", { a: 1 })).rejects.toMatchObject({ reason: "BODY_MALFORMED" });
  await expect(client.call("flush", "x".repeat(line_max))).rejects.toMatchObject({ reason: "TOO_LARGE" });
  expect(asked).toEqual([]);
});

test("the catalogue tells of all, also of one that is away", async () => {
  const client = await agent(() => json({ items: [item] }));
  expect(await catalogue([client, new Agent("analyzer", join(folder, "absent"))])).toEqual([
    { component: "filter", reachable: true, items: [item] },
    { component: "analyzer", reachable: false, problem: "the agent of analyzer does not answer: nobody listens there", items: [] },
  ]);
});

/** The same each time. */
function* random(): Generator<number, never> {
  for (let state = 42; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield state >>> 8;
  }
}

test("whatever an agent answers is an answer or an error of the catalogue", async () => {
  const numbers = random();
  const any = (below: number): number => numbers.next().value % below;
  const scraps = ['{"error":', '{"items":[', '{"value":', '"reason":', '"unknown-item"', '"text":', '{"toString":1,"valueOf":1}', "null", "[]", "7", '"x"', "true", ",", ":", "{", "}", "]", JSON.stringify(item), '"alive":', '"state":', "\u0000", "\ufffd"];
  const whole = ['{"error":{"reason":{"toString":1},"text":{"toString":1}}}', '{"error":null}', '{"error":5}', "[]", '{"items":[null]}', '{"alive":1,"state":2}', '{"__proto__":{"error":1}}'];
  let line = "";
  const client = await agent(() => `${line}\n`);
  const asks = [() => client.list(), () => client.get("dropped"), () => client.set("level", 1), () => client.call("reset"), () => client.check()];
  for (let round = 0; round < 2_000; round++) {
    line = whole[round] ?? Array.from({ length: 1 + any(8) }, () => scraps[any(scraps.length)]).join("");
    for (const ask of round < whole.length ? asks : [asks[any(asks.length)] as () => Promise<unknown>]) {
      const problem = await ask().then(() => undefined, (error: unknown) => error);
      if (problem !== undefined) expect(problem, line).toBeInstanceOf(CovenError);
    }
  }
});
