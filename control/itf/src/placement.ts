/** Which CPU a VNF has, and how its components wait for packets (design of the channel, section 1): spinning pays only for who has a CPU alone. */
import { CovenError, type Profile, type Vnf } from "@coven/contract";

/** How many CPUs, and which where they are not the first ones. */
export interface Host { cpus: number; allowed?: number[] }
export interface Waits { spin_ns: number; profile: Profile }

/** About a wake-up on another CPU; to spin as long as that costs at most twice the best that could have been done. */
const balancedSpin_ns = 50_000;
/** The most that the channel can say. Such a component polls, and gives way between two looks. */
const never_ns = 0xffffffff;

const spin: Record<Profile, { alone: number; shared: number }> = {
  latency: { alone: never_ns, shared: never_ns },
  balanced: { alone: balancedSpin_ns, shared: 0 },
  power: { alone: 0, shared: 0 },
};

/** Processes of components have a CPU alone each if there are enough for all of them and the engine's threads. */
export const hasOwnCpus = (host: Host, processes: number, threads = 1): boolean => processes + threads <= host.cpus;

export function placement(profile: Profile, host: Host, processes: number, threads = 1): Waits {
  return { spin_ns: spin[profile][hasOwnCpus(host, processes, threads) ? "alone" : "shared"], profile };
}

/** Several threads of an engine have a CPU each where there are so many: none of them waits while two share one. */
export const pinned = (threads: number, host: Host): boolean => threads > 1 && threads <= host.cpus;

/** How long the engine itself may spin. With `latency` it polls without being told. */
export const engineWaits = ({ spin_ns, profile }: Waits): { spin_ns?: number } => (profile === "balanced" && spin_ns > 0 ? { spin_ns } : {});

/** The CPU that `placement.cpu` asks for: with `together` one that its name picks, so that other VNFs are likely to have others. */
export function cpuOf({ vnf, placement: { cpu = "any" } = {} }: Pick<Vnf, "vnf" | "placement">, host: Host): number | undefined {
  const allowed = host.allowed ?? Array.from({ length: host.cpus }, (_, number) => number);
  if (cpu === "any") return undefined;
  const chosen = cpu === "together" ? allowed[[...vnf].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % allowed.length] : cpu;
  if (chosen === undefined || !allowed.includes(chosen)) throw new CovenError("CPU_UNAVAILABLE", [chosen ?? cpu, allowed.join(", ")]);
  return chosen;
}
