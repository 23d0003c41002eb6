/** Flows between people's words and the engine's (spec/engine.md, Contexts). */
import type { NshFlow } from "@coven/contract";
import { addressRange } from "./address.ts";

export interface FlowWords { protocol: number; source: string; destination: string; source_port?: number; destination_port?: number }

const portProtocols = [6, 17];

/** For the engine; a RangeError says what is wrong. */
export function flowWords({ protocol, source, destination, sourcePort, destinationPort }: NshFlow): FlowWords {
  const [from, to] = [source, destination].map((text) => (text.includes("/") ? undefined : addressRange(text)?.[0]) ?? refuse(`${text} is no address`)) as [string, string];
  if (from.length !== to.length) refuse(`${source} and ${destination} are of two families; no packet has both`);
  const ports = sourcePort !== undefined && destinationPort !== undefined;
  if (portProtocols.includes(protocol) !== ports || (!ports && (sourcePort ?? destinationPort) !== undefined)) refuse("flows of TCP (6) and UDP (17) have both ports, others none");
  return { protocol, source: from, destination: to, ...(ports && { source_port: sourcePort, destination_port: destinationPort }) };
}

function refuse(what: string): never {
  throw new RangeError(what);
}

export function flowOf({ protocol, source, destination, source_port, destination_port }: FlowWords): NshFlow {
  const ports = source_port !== undefined && destination_port !== undefined && { sourcePort: source_port, destinationPort: destination_port };
  return { protocol, source: addressText(source), destination: addressText(destination), ...ports };
}

/** From 8 or 32 hex digits; IPv6 as RFC 5952 wants it. */
export function addressText(hex: string): string {
  if (hex.length === 8) return [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => Number.parseInt(hex.slice(4 * at, 4 * at + 4), 16).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
