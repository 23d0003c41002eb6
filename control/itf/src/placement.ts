/** How components wait for packets (design of the channel, section 1): spinning pays only for who has a CPU alone. */
import type { Profile } from "@coven/contract";

export interface Host { cpus: number }

/** About a wake-up on another CPU; to spin as long as that costs at most twice the best that could have been done. */
const balancedSpin_ns = 50_000;
/** The most that the channel can say: such a component does not park. */
const never_ns = 0xffffffff;

const spin: Record<Profile, { alone: number; shared: number }> = {
  latency: { alone: never_ns, shared: 0 },
  balanced: { alone: balancedSpin_ns, shared: 0 },
  power: { alone: 0, shared: 0 },
};

/** A component has a CPU alone if there are enough for all of them and the engine's threads. */
export function placement(profile: Profile, host: Host, components: number, threads = 1): { spin_ns: number; profile: Profile } {
  const alone = components + threads <= host.cpus;
  return { spin_ns: spin[profile][alone ? "alone" : "shared"], profile };
}

/** Several threads of an engine have a CPU each where there are so many: none of them waits while two share one. */
export const pinned = (threads: number, host: Host): boolean => threads > 1 && threads <= host.cpus;
