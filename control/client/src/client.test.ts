import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, connect, ProblemError, Unreachable } from "./index.ts";

let folder: string;
let server: Server;
let client: Client;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const listen = (on: object) => new Promise<void>((resolve) => server.listen(on, resolve));
const json = (response: ServerResponse, status: number, body: unknown, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "client-"));
  server = createServer((request, response) => answer(request, response));
});
afterEach(async () => {
  await client.close();
  server.close();
  rmSync(folder, { recursive: true });
});

test("over the unix socket, without a token", async () => {
  answer = (request, response) => json(response, 200, { pid: 1, version: `${request.url} ${request.headers.authorization}` });
  await listen({ path: join(folder, "covend.sock") });
  client = connect({ folder });
  expect(await client.call(client.rest.GET("/coven/v1/daemon"))).toEqual({ pid: 1, version: "/coven/v1/daemon undefined" });
});

test("over HTTP, with a token; what was created says where it is", async () => {
  answer = (request, response) => json(response, 201, { id: request.headers.authorization }, { location: "http://elsewhere/a/b" });
  await listen({ host: "127.0.0.1", port: 0 });
  client = connect({ folder, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "secret" });
  const created = await client.created(client.rest.POST("/vnfpkgm/v2/vnf_packages", { body: {} }));
  expect(created).toMatchObject({ data: { id: "Bearer secret" }, location: "/a/b" });
});

test("a problem is thrown with its detail, and anything else with its status", async () => {
  answer = (_request, response) => json(response, 404, { status: 404, detail: "there is no instance x", reason: "NOT_FOUND" }, { "content-type": "application/problem+json" });
  await listen({ path: join(folder, "covend.sock") });
  client = connect({ folder });
  const get = () => client.call(client.rest.GET("/coven/v1/instances/{id}", { params: { path: { id: "x" } } }));
  await expect(get()).rejects.toMatchObject({ message: "there is no instance x", problem: { reason: "NOT_FOUND" } });
  answer = (_request, response) => response.writeHead(502).end();
  await expect(get()).rejects.toThrow(ProblemError);
  await expect(get()).rejects.toThrow("502");
});

test("an archive is streamed", async () => {
  let got = "";
  answer = async (request, response) => {
    got = `${request.method} ${request.url} ${request.headers["content-type"]} ${request.headers["transfer-encoding"]} ${await text(request)}`;
    response.writeHead(202).end();
  };
  await listen({ path: join(folder, "covend.sock") });
  client = connect({ folder });
  await client.upload("7", Readable.from([Buffer.from("P"), Buffer.from("K")]));
  expect(got).toBe("PUT /vnfpkgm/v2/vnf_packages/7/package_content application/zip chunked PK");
});

test("no daemon is an error of its own", async () => {
  client = connect({ folder });
  await expect(client.call(client.rest.GET("/coven/v1/daemon"))).rejects.toThrow(Unreachable);
  await listen({ path: join(folder, "covend.sock") }); // so that there is something to close
});
