/** What people see when the author's code fails (spec/sdk.md): the core keeps the packet and tells the line, here are error, place and stack. */
import { native } from "./native.ts";
import type { Packet } from "./packet.ts";

/** The core tells once a second: until then nobody reads the stack, which is costly to have. */
const pauseMs = 990;
let quietUntil = 0;

/** Tell the author of an exception, and keep the packet that caused it; the core counts it when the verdict is settled. */
export function report(error: unknown, packet: Packet): void {
  const now = performance.now();
  const isQuiet = now < quietUntil;
  const { what, place, stack } = isQuiet ? nothing : described(error);
  if (!native().reportFailure(packet.rowNumber, place ? `${what} (${place})` : what)) return;
  if (stack) process.stderr.write(`${stack}\n`);
  quietUntil = now + pauseMs;
}

const nothing = { what: "", place: "", stack: "" };

function described(error: unknown): typeof nothing {
  if (!(error instanceof Error)) return { ...nothing, what: `thrown: ${String(error)}` };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const place = frames.map(placeOf).find((one) => one !== "" && !one.startsWith("node:") && !isOfSdk(one)) ?? "";
  return { what: `${error.name}: ${error.message}`, place, stack: frames.join("\n") };
}

/** `FILE:LINE` of a line of a stack. */
const placeOf = (line: string): string => /\(?((?:file:\/\/)?[^\s()]+:\d+):\d+\)?$/.exec(line)?.[1]?.replace("file://", "") ?? "";

// The SDK's own folder, as the stack of an error of its own shows it: source maps may say where it was before it was bundled.
const own = placeOf((new Error().stack ?? "").split("\n")[1] ?? "").replace(/[^/]*$/, "");
const isOfSdk = (place: string): boolean => own.endsWith("/src/") && place.startsWith(own);
