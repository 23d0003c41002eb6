/** Where the application is reached: a unix socket, whose mode is the credential, and perhaps an address, with a token. */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { CovenError } from "@coven/contract";
import type { FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { problemDetails } from "../problem.ts";
import type { Address } from "./arguments.ts";
import { isToken } from "./folder.ts";

const connectionsMax = 256;
/** ms in which a request, an upload included, must have come. */
const request_ms_max = 600_000;
const close_ms_max = 5_000;

/** Sockets that came by the unix socket. The server marks them: a property of the socket itself would change once its peer is gone. */
const local = new WeakSet<Socket>();

export function authorizeBy(token: string): (request: FastifyRequest) => void {
  return (request) => {
    if (local.has(request.raw.socket) || isToken(request.headers.authorization, token)) return;
    throw new CovenError("UNAUTHORIZED", ["send `Authorization: Bearer …` with what is in the file `token` of the daemon's runtime folder"]);
  };
}

function serverOf(app: App): Server {
  const server = createServer({ requestTimeout: request_ms_max }, (request, response) => app.routing(request, response));
  server.maxConnections = connectionsMax;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return socket.destroy();
    const problem = new CovenError(error.code === "HPE_HEADER_OVERFLOW" ? "TOO_LARGE" : "QUERY_MALFORMED", [error.code === "HPE_HEADER_OVERFLOW" ? "16 KiB of headers" : "this is not HTTP"]);
    const body = JSON.stringify(problemDetails(problem, ""));
    socket.end(`HTTP/1.1 ${problem.status} Refused\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return undefined;
  });
  return server;
}

function listening(server: Server, on: { path: string } | Address): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(on, () => resolve(server.off("error", reject)));
  });
}

/** The management holds the folder's lock, so a socket that lies there is nobody's. The folder and the umask (0700) keep others out until the mode is set. */
export async function listenLocally(app: App, folder: string): Promise<Server> {
  const path = join(folder, "covend.sock");
  rmSync(path, { force: true });
  const server = serverOf(app);
  server.on("connection", (socket) => local.add(socket));
  await listening(server, { path });
  chmodSync(path, 0o600);
  return server;
}

export async function listenAt(app: App, address: Address): Promise<{ server: Server; port: number }> {
  const server = await listening(serverOf(app), address);
  return { server, port: (server.address() as AddressInfo).port };
}

/** No new requests; those under way get some seconds. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), close_ms_max);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
