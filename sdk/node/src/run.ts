import { Burst } from "./burst.ts";
import { report } from "./failures.ts";
import { publishAll, serve } from "./items.ts";
import { look, table } from "./memory.ts";
import { failedVerdict, type Native, native, row, rows } from "./native.ts";
import { Packet } from "./packet.ts";
import { say } from "./say.ts";
import { checked, type Verdict } from "./verdict.ts";

/** Run the component: `decide` is asked about every packet, one at a time, and answers at once. Returns when the loop is set up. */
export function run(decide: (packet: Packet) => Verdict): void {
  start("run", decide, eachPacket(decide));
}

/** The same, a burst at a time: set verdicts in place. */
export function runBurst(work: (burst: Burst) => void): void {
  start("runBurst", work, eachBurst(work));
}

type Work = (count: number) => void;

function eachPacket(decide: (packet: Packet) => Verdict): Work {
  const packets = Array.from({ length: rows.burst }, (_, index) => new Packet(index));
  return (count) => {
    let index = 0;
    // The try stands outside the hot loop, which goes on behind a packet that failed.
    while (index < count) {
      try {
        for (; index < count; index++) {
          table[index * row.words + row.verdict] = checked(decide(packets[index]!.refresh()));
        }
      } catch (error) {
        fail(index++, error);
      }
    }
  };
}

function eachBurst(work: (burst: Burst) => void): Work {
  const burst = new Burst();
  return (count) => {
    burst.length = count;
    try {
      const result: unknown = work(burst);
      if (result instanceof Promise) throw new TypeError("runBurst's function may not wait: it must have decided when it returns");
    } catch (error) {
      for (let index = 0; index < count; index++) table[index * row.words + row.verdict] = failedVerdict;
      report(error);
    }
  };
}

function fail(index: number, error: unknown): void {
  table[index * row.words + row.verdict] = failedVerdict;
  report(error);
}

let started = false;

function start(name: string, author: unknown, work: Work): void {
  refuseUnfit(name, author);
  if (started) throw new Error("a component runs one function: run() or runBurst() was called before");
  started = true;
  attach(work);
  publishAll();
  process.on("exit", () => native().leave());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
}

function refuseUnfit(name: string, author: unknown): void {
  if (typeof author !== "function") throw new TypeError(`${name}() takes the function that decides about packets`);
  const kind = Object.prototype.toString.call(author);
  if (kind === "[object Function]") return;
  throw new TypeError(`${name}() takes a plain function, not an async one or a generator: a verdict must be a number, at once`);
}

function attach(work: Work): void {
  try {
    const addon = native();
    const { segment, table: burstTable } = addon.attach(() => turn(addon, work), serve);
    look(segment, burstTable);
  } catch (error) {
    // spec/channel.md §1: one line, before it says `attached`.
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

function turn(addon: Native, work: Work): void {
  let count = addon.next();
  for (; count > 0; count = addon.next()) work(count);
  if (count < 0) end(count);
}

function end(count: number): never {
  if (count === -1) process.exit(0);
  say("the channel does not follow spec/channel.md, this component cannot go on");
  process.exit(1);
}
