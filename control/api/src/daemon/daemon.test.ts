/** The daemon's outside, on real sockets, over the fake. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeManagement } from "../testing/fake.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { type Daemon, runDaemon } from "./run.ts";

let folder: string;
const open: Daemon[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "covend-"));
});
afterEach(async () => {
  for (const daemon of open.splice(0)) await daemon.close();
  rmSync(folder, { recursive: true });
});

let closed = 0;
const manage = async () => ({ management: new FakeManagement(), close: async () => void closed++ });
async function daemon(...argv: string[]): Promise<Daemon> {
  const started = await runDaemon(parseArguments(["--folder", folder, "--listen", "127.0.0.1:0", ...argv]) as Arguments, manage);
  open.push(started);
  return started;
}

async function get(target: { socketPath: string } | { port: number }, path: string, headers = {}): Promise<{ status: number; body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => request({ host: "127.0.0.1", ...target, path, headers }, resolve).on("error", reject).end());
  return { status: response.statusCode ?? 0, body: await text(response) };
}
const socket = () => ({ socketPath: join(folder, "covend.sock") });
const mode = (file: string) => statSync(join(folder, file)).mode & 0o777;

test("the unix socket needs no token, the address does; both are private", async () => {
  const { port = 0 } = await daemon();
  expect((await get(socket(), "/coven/v1/daemon")).status).toBe(200);
  expect(JSON.parse((await get({ port }, "/coven/v1/daemon")).body)).toMatchObject({ status: 401, reason: "UNAUTHORIZED" });
  expect((await get({ port }, "/nowhere")).status, "an address is not told either").toBe(401);
  const token = readFileSync(join(folder, "token"), "utf8").trim();
  expect((await get({ port }, "/coven/v1/daemon", { authorization: `Bearer ${token}` })).status).toBe(200);
  expect((await get({ port }, "/coven/v1/daemon", { authorization: `Bearer ${token.slice(1)}0` })).status).toBe(401);
  expect(["covend.sock", "token", "covend.log"].map(mode)).toEqual([0o600, 0o600, 0o600]);
});

test("a folder is left as it was found, but for token and log", async () => {
  await daemon();
  await open.pop()?.close();
  expect(readdirSync(folder).sort()).toEqual(["covend.log", "token"]);
});

test("the token stays the same from start to start", async () => {
  await daemon("--listen", "off");
  const token = readFileSync(join(folder, "token"), "utf8");
  await open.pop()?.close();
  await daemon("--listen", "off");
  expect(readFileSync(join(folder, "token"), "utf8")).toBe(token);
});

test("an address that is taken is an error if asked for; what was begun is undone", async () => {
  const { port } = await daemon();
  const other = mkdtempSync(join(tmpdir(), "covend-"));
  const before = closed;
  await expect(runDaemon(parseArguments(["--folder", other, "--listen", `127.0.0.1:${port}`]) as Arguments, manage)).rejects.toThrow(/EADDRINUSE/);
  expect([closed - before, existsSync(join(other, "covend.sock"))]).toEqual([1, false]);
  rmSync(other, { recursive: true });
});

test("a folder that others can write is refused", async () => {
  chmodSync(folder, 0o777);
  await expect(daemon()).rejects.toThrow("can be written by others");
});

test("what is not HTTP is answered and closed", async () => {
  await daemon();
  const raw = connect(socket().socketPath).end("hello\r\n\r\n");
  expect(await text(raw)).toContain('"status":400');
});

test("requests that only read leave no line in the log", async () => {
  await daemon();
  await get(socket(), "/coven/v1/instances");
  expect(readFileSync(join(folder, "covend.log"), "utf8")).not.toContain("/coven/v1/instances");
});

test.each([["--listen", "nowhere"], ["--listen", "1.2.3.4:99999"], ["--log-level", "loud"], ["--colour"], ["stray"]])("%s %s is wrong use", (...argv) =>
  expect(() => parseArguments(argv.filter(Boolean))).toThrow(),
);
test("IPv6 and off", () => {
  expect(parseArguments(["--listen", "[::1]:80"])?.listen).toEqual({ host: "::1", port: 80 });
  for (const off of [["--listen", "off"], ["--no-listen"]]) expect(parseArguments(off)?.listen).toBeNull();
});
