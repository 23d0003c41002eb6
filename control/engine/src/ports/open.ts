import { type Action, CovenError } from "@coven/contract";
import type { HostAddon } from "@coven/sdk/host";
import { AfPacket } from "./af-packet.ts";
import { Loopback } from "./loopback.ts";
import { Pcap, type PcapOptions } from "./pcap.ts";
import type { Port } from "./port.ts";

type OpenPort = Extract<Action, { do: "open-port" }>;

const known: Partial<Record<OpenPort["backend"], { options: readonly string[]; open: (options: Record<string, unknown>, addon: HostAddon) => Port }>> = {
  pcap: { options: ["in", "out", "rate"], open: (options) => new Pcap(options as PcapOptions) },
  af_packet: { options: ["interface"], open: (options, addon) => new AfPacket(addon, options) },
  loopback: { options: [], open: () => new Loopback() },
};

/** Everything else is the Rust engine's alone. */
export function openPort({ name, backend, options, nsh }: OpenPort, addon: HostAddon): Port {
  const refuse = (why: string) => new CovenError("ENGINE_FAILED", [`open port ${name}`, why]);
  const found = known[backend];
  if (!found) throw refuse(`this engine has ${Object.keys(known).join(", ")}, not ${backend}`);
  const other = Object.keys(options).find((key) => !found.options.includes(key));
  if (other) throw refuse(`this engine has no option ${other} for ${backend}`);
  if (nsh !== "none") throw refuse("this engine does not speak NSH");
  try {
    return found.open(options, addon);
  } catch (error) {
    throw refuse((error as Error).message);
  }
}
