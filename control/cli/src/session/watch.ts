/** A component that has packets and does not move will not move any more. */
import type { EngineStatistics } from "@coven/contract";
import { exit, Failure } from "../exit.ts";

const still_ms_max = 10_000;

export class Watch {
  readonly #seen = new Map<string, { heartbeat: number; since_ms: number }>();

  /** Throws once one stands still for too long. */
  look({ components }: EngineStatistics): void {
    const now = performance.now();
    for (const { name, heartbeat, queued, standing_in } of components) {
      const before = this.#seen.get(name);
      if (!before || before.heartbeat !== heartbeat || queued === 0 || standing_in) this.#seen.set(name, { heartbeat, since_ms: now });
      else if (now - before.since_ms > still_ms_max) throw new Failure(exit.failed, `component ${name} has not come back from its function for ${still_ms_max / 1000} s: ${queued} packets wait for it; it must not wait or loop`, { reason: "COMPONENT_HUNG" });
    }
  }
}
