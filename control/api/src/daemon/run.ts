/** The daemon: folder, log, management, sockets; and all of it back on SIGTERM. Data planes and components go on without it. */
import { renameSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Management } from "@coven/contract";
import { type Logger, pino } from "pino";
import { type App, createApp } from "../app.ts";
import { type Arguments, isLoopback } from "./arguments.ts";
import { openFolder, readToken } from "./folder.ts";
import { authorizeBy, closeServer, listenAt, listenLocally } from "./listen.ts";

/** Makes the management, which locks its folders, so that there is one daemon a folder; `close` leaves running instances alone. */
export type Manage = (folders: { run: string; state: string | undefined }, log: Logger) => Promise<{ management: Management; close: () => Promise<void> }>;

export interface Daemon { port: number | undefined; close: () => Promise<void> }

const log_bytes_max = 16 * 1024 * 1024;

/** To standard error or to covend.log, of which one older part is kept. */
function openLog({ foreground, level }: Arguments, folder: string): Logger {
  const file = join(folder, "covend.log");
  if (!foreground && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > log_bytes_max) renameSync(file, `${file}.1`);
  return pino({ level, base: { pid: process.pid } }, pino.destination(foreground ? { fd: 2, sync: true } : { dest: file, sync: true, mode: 0o600 }));
}

/** The address besides the unix socket. The default one may be taken: then there is none. */
async function listenBesides(app: App, { listen, listenAsked }: Arguments, log: Logger): Promise<{ server: Server; port: number } | undefined> {
  if (!listen) return undefined;
  if (!isLoopback(listen)) log.warn({ listen }, "listening on an address that others on the network can reach; the token goes over it unencrypted");
  try {
    return await listenAt(app, listen);
  } catch (error) {
    if (listenAsked) throw error;
    log.warn({ listen, reason: (error as Error).message }, "the default address is not to be had; only the unix socket is served");
    return undefined;
  }
}

type Undo = () => void | Promise<void>;

async function unwind(undos: Undo[]): Promise<void> {
  for (const undo of undos.splice(0).reverse()) await undo();
}

export async function runDaemon(args: Arguments, manage: Manage): Promise<Daemon> {
  process.umask(0o077);
  const folder = openFolder(args.folder);
  const undos: Undo[] = [];
  try {
    const log = openLog(args, folder);
    const { management, close } = await manage({ run: folder, state: args.state }, log);
    undos.push(close);
    const app = await createApp({ management, logger: log, authorize: authorizeBy(readToken(folder)) });
    await app.ready();
    undos.push(() => app.close());
    const besides = await listenBesides(app, args, log);
    if (besides) undos.push(() => closeServer(besides.server));
    const server = await listenLocally(app, folder);
    undos.push(() => closeServer(server).then(() => rmSync(join(folder, "covend.sock"), { force: true })));
    log.info({ folder, listen: besides ? { ...args.listen, port: besides.port } : null }, "covend is ready");
    return { port: besides?.port, close: () => unwind(undos).then(() => log.info("covend has ended")) };
  } catch (error) {
    await unwind(undos);
    throw error;
  }
}
