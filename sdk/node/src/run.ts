import type { Burst } from "./burst.ts";
import { publishAll, serve } from "./items.ts";
import { eachBurst, eachPacket, type Work } from "./loops.ts";
import { look } from "./memory.ts";
import { group } from "./group.ts";
import { countBits, isStandIn, type Native, native } from "./native.ts";
import type { Packet } from "./packet.ts";
import { say } from "./say.ts";
import type { Verdict } from "./verdict.ts";

/** Run the component: `decide` is asked about every packet, one at a time, and answers at once. Returns when the loop is set up. */
export function run(decide: (packet: Packet) => Verdict): void {
  start("run", decide, () => eachPacket(decide));
}

/** The same, a burst at a time: set verdicts in place. */
export function runBurst(work: (burst: Burst) => void): void {
  start("runBurst", work, () => eachBurst(work));
}

let started = false;

function start(name: string, author: unknown, work: () => Work): void {
  refuseUnfit(name, author);
  // A test has imported the component: its harness asks the function.
  if (isStandIn()) return;
  if (started) throw new Error("a component runs one function: run() or runBurst() was called before");
  started = true;
  attach(work());
  publishAll();
  group.began?.();
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
    const member = group.works.push(work) - 1;
    const { segment, table: burstTable } = addon.attach(() => turn(addon), (...request) => inTurn(member, () => serve(...request)), group.isLast);
    look(segment, burstTable);
  } catch (error) {
    // spec/channel.md §1: one line, before it says `attached`.
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

/** Bursts of whatever component of the process has some. */
function turn(addon: Native): void {
  let next = addon.next();
  for (; next > 0; next = addon.next()) {
    group.turn = next >> countBits;
    group.works[group.turn]!(next & ((1 << countBits) - 1));
  }
  group.turn = undefined;
  if (next < 0) end(next);
}

function inTurn<T>(member: number, act: () => T): T {
  const before = group.turn;
  group.turn = member;
  try {
    return act();
  } finally {
    group.turn = before;
  }
}

function end(count: number): never {
  if (count === -1) process.exit(0);
  say("the channel does not follow spec/channel.md, this component cannot go on");
  process.exit(1);
}
