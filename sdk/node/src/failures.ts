/** What people see when the author's code fails (spec/sdk.md): a line, the stack, and the packet in a capture; once a second at most. */
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { CaptureWriter, readCapture } from "./captures/index.ts";
import type { Packet } from "./packet.ts";
import { say } from "./say.ts";

const pauseMs = 1000;
const packetsMax = 64;
const bytesMax = 1 << 20;
let quietUntil = 0;
let silenced = 0;

/** Tell the author of an exception and keep the packets that caused it (the core counts them all). */
export function report(error: unknown, packets: readonly Packet[] = []): void {
  const now = performance.now();
  if (now < quietUntil) {
    silenced++;
    return;
  }
  quietUntil = now + pauseMs;
  const more = silenced > 0 ? `; ${silenced} more since the last report` : "";
  silenced = 0;
  const { what, place, stack } = described(error);
  say(`${what}${place && ` at ${place}`}: the packet is dropped${kept(packets)}${more}${stack && `\n${stack}`}`);
}

function described(error: unknown): { what: string; place: string; stack: string } {
  if (!(error instanceof Error)) return { what: `thrown: ${String(error)}`, place: "", stack: "" };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const place = frames.map(placeOf).find((one) => one !== "" && !one.startsWith("node:") && !isOfSdk(one)) ?? "";
  return { what: `${error.name}: ${error.message}`, place, stack: frames.join("\n") };
}

/** `FILE:LINE` of a line of a stack. */
const placeOf = (line: string): string => /\(?((?:file:\/\/)?[^\s()]+:\d+):\d+\)?$/.exec(line)?.[1]?.replace("file://", "") ?? "";

// The SDK's own folder, as the stack of an error of its own shows it: source maps may say where it was before it was bundled.
const own = placeOf((new Error().stack ?? "").split("\n")[1] ?? "").replace(/[^/]*$/, "");
const isOfSdk = (place: string): boolean => own.endsWith("/src/") && place.startsWith(own);

let room: number | undefined;

/** Appends them as far as there is room, and says where. */
function kept(packets: readonly Packet[]): string {
  const folder = process.env.COVEN_FAILURES;
  if (!folder || packets.length === 0) return "";
  const file = join(folder, `${process.env.COVEN_NAME || "component"}.pcap`);
  try {
    room ??= packetsMax - countIn(folder, file);
    const fitting = packets.slice(0, Math.max(0, room)).filter((packet) => packet.length + 16 + sizeOf(file) <= bytesMax);
    if (fitting.length === 0) return `; ${file} is full`;
    const writer = new CaptureWriter(file, existsSync(file));
    for (const packet of fitting) writer.write(packet.data, packet.timeNs);
    writer.close();
    room -= fitting.length;
    return ` and kept in ${file}`;
  } catch (problem) {
    return `; it can't be kept: ${problem instanceof Error ? problem.message : String(problem)}`;
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Packets that a run before this one has left there. What is no capture makes room for one. */
function countIn(folder: string, file: string): number {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) return 0;
  try {
    return [...readCapture(file)].length;
  } catch {
    rmSync(file);
    return 0;
  }
}
