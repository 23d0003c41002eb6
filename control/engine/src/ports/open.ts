import { type Action, CovenError } from "@coven/contract";
import { Loopback } from "./loopback.ts";
import { Pcap, type PcapOptions } from "./pcap.ts";
import type { Port } from "./port.ts";

type OpenPort = Extract<Action, { do: "open-port" }>;

const known: Partial<Record<OpenPort["backend"], { options: readonly string[]; open: (options: Record<string, unknown>) => Port }>> = {
  pcap: { options: ["in", "out", "rate"], open: (options) => new Pcap(options as PcapOptions) },
  loopback: { options: [], open: () => new Loopback() },
};

/** Everything else is the Rust engine's alone. */
export function openPort({ name, backend, options, nsh }: OpenPort): Port {
  const refuse = (why: string) => new CovenError("ENGINE_FAILED", [`open port ${name}`, why]);
  const found = known[backend];
  if (!found) throw refuse(`this engine has ${Object.keys(known).join(" and ")}, not ${backend}`);
  const other = Object.keys(options).find((key) => !found.options.includes(key));
  if (other) throw refuse(`this engine has no option ${other} for ${backend}`);
  if (nsh !== "none") throw refuse("this engine does not speak NSH");
  try {
    return found.open(options);
  } catch (error) {
    throw refuse((error as Error).message);
  }
}
