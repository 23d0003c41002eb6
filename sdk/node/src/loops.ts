/** What is done with a burst that lies in the table: the author's function is asked, verdicts are written. */
import { Burst } from "./burst.ts";
import { report } from "./failures.ts";
import { table } from "./memory.ts";
import { failedVerdict, row, rows } from "./native.ts";
import { nextTurn, Packet } from "./packet.ts";
import { checked, type Verdict } from "./verdict.ts";

/** Works on the first `count` rows of the table. */
export type Work = (count: number) => void;
/** Told of an exception, and of the packet in whose time it came. */
export type Failed = (error: unknown, packet: Packet) => void;

export function eachPacket(decide: (packet: Packet) => Verdict, failed: Failed = report): Work {
  const packets = Array.from({ length: rows.burst }, (_, index) => new Packet(index));
  return (count) => {
    nextTurn();
    let index = 0;
    // The try stands outside the hot loop, which goes on behind a packet that failed.
    while (index < count) {
      try {
        for (; index < count; index++) {
          const packet = packets[index]!.refresh();
          table[index * row.words + row.verdict] = checked(decide(packet));
          packet.length = -1;
        }
      } catch (error) {
        const packet = packets[index]!;
        table[index * row.words + row.verdict] = failedVerdict;
        failed(error, packet.refresh());
        packet.length = -1;
        index++;
      }
    }
  };
}

export function eachBurst(work: (burst: Burst) => void, failed: Failed = report): Work {
  const burst = new Burst();
  return (count) => {
    nextTurn();
    burst.length = count;
    try {
      const result: unknown = work(burst);
      if (result instanceof Promise) throw new TypeError("runBurst's function may not wait: it must have decided when it returns");
    } catch (error) {
      for (let index = 0; index < count; index++) table[index * row.words + row.verdict] = failedVerdict;
      failed(error, burst.latest);
    }
    burst.release();
  };
}
