/** Round-trip times as people measure them: ping from one host. */
import type { Host } from "./hosts.ts";

/** Round-trip times in microseconds of `count` pings, `interval_ms` apart; the first few, which wait for ARP and warm caches, left out. `prefix`: such as ["taskset", "-c", "0"]. */
export function pings(host: Host, address: string, count: number, interval_ms: number, prefix: string[] = []): number[] {
  const [program = "ping", ...words] = [...prefix, "ping", "-n", "-i", String(interval_ms / 1000), "-c", String(count + 5), "-w", String(Math.ceil((count * interval_ms) / 1000) + 5), address];
  const output = host.output(program, words);
  return [...output.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)].filter((match) => Number(match[1]) > 5).map((match) => Number(match[2]) * 1000);
}
