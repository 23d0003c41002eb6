/** covend's arguments. */
import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { runtimeFolder } from "@coven/contract";

export interface Address { host: string; port: number }
export interface Arguments {
  folder: string;
  /** Database, packages, logs of instances; `undefined`: where the management agent keeps them by itself. */
  state: string | undefined;
  /** Where to listen besides the unix socket; `null`: nowhere. */
  listen: Address | null;
  /** The user asked for this address, so it is an error if it can't be had. */
  listenAsked: boolean;
  foreground: boolean;
  level: string;
}

export class WrongUse extends Error {}

export const usage = `usage: covend [options]

  --folder DIR           runtime folder; default $COVEN_RUN, $XDG_RUNTIME_DIR/coven or /run/coven
  --state DIR            what outlives a restart of the host; default $COVEN_STATE, $XDG_STATE_HOME/coven or /var/lib/coven
  --listen HOST:PORT     besides the unix socket, listen here, with a token; default 127.0.0.1:8484; off: nowhere
  --no-listen            the same as --listen off
  --foreground           log to standard error, not to covend.log
  --log-level LEVEL      debug, info, warn or error; default info
  --help
`;

const byDefault: Address = { host: "127.0.0.1", port: 8484 };
const levels = ["debug", "info", "warn", "error"];

export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3] ?? -1);
  if (port < 0 || port > 65535 || !(isIP(host) || host === "localhost")) throw new WrongUse(`--listen ${text}: an address and a port are needed, for example 127.0.0.1:8484 or [::1]:8484, or: off`);
  return { host, port };
}

export const isLoopback = ({ host }: Address) => host === "localhost" || host === "::1" || host.startsWith("127.");

const options = {
  folder: { type: "string" },
  state: { type: "string" },
  listen: { type: "string" },
  "no-listen": { type: "boolean" },
  foreground: { type: "boolean" },
  "log-level": { type: "string" },
  help: { type: "boolean" },
} as const;

function read(argv: string[]) {
  try {
    return parseArgs({ args: argv, options }).values;
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
}

/** `undefined`: help was asked for. */
export function parseArguments(argv: string[]): Arguments | undefined {
  const values = read(argv);
  if (values.help) return undefined;
  const level = values["log-level"] ?? "info";
  if (!levels.includes(level)) throw new WrongUse(`--log-level ${level}: one of ${levels.join(", ")}`);
  const asked = values["no-listen"] ? "off" : values.listen;
  const listen = asked === undefined ? byDefault : asked === "off" ? null : parseAddress(asked);
  return { folder: runtimeFolder(values.folder), state: values.state, listen, listenAsked: asked !== undefined, foreground: values.foreground ?? false, level };
}
