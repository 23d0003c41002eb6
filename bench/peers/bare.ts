/** The peer `bare` in TypeScript: the same loop over rings with what Node has, shared array buffers and Atomics. Source and sink on
 * CPU 0, a forwarder on CPU 1 that reads the EtherType of every packet and counts it; bursts of 32, 64-byte packets, no checks, no
 * ledger, no owners. Usage: node --import tsx bare.ts SECONDS. Prints million packets a second. */
import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const [capacity, frames, frame, data, burst, line] = [1024, 4096, 2048, 320, 32, 32];
const SPINS = 200;
/** Words of the control block, a cache line pair each. */
const [HEAD_OUT, TAIL_OUT, HEAD_BACK, TAIL_BACK, PARK_0, PARK_1, OVER] = [0, 1, 2, 3, 4, 5, 6].map((n) => n * line) as [number, number, number, number, number, number, number];

const memory: SharedArrayBuffer = isMainThread ? new SharedArrayBuffer(4096 + 2 * capacity * 8 + frames * frame) : workerData;
const words = new Int32Array(memory, 0, 1024);
const ringOut = new Uint32Array(memory, 4096, capacity * 2);
const ringBack = new Uint32Array(memory, 4096 + capacity * 8, capacity * 2);
const pool = new DataView(memory, 4096 + capacity * 16);
const own = new Uint32Array(burst * 2);

interface End { ring: Uint32Array; head: number; tail: number; own: number; peer: number }

function take(end: End): number {
  let there = (end.peer - end.own) | 0;
  if (there < burst) there = ((end.peer = Atomics.load(words, end.head)) - end.own) | 0;
  const n = Math.min(there, burst);
  for (let i = 0; i < n; i++) {
    const at = ((end.own + i) & (capacity - 1)) * 2;
    own[2 * i] = end.ring[at]!;
    own[2 * i + 1] = end.ring[at + 1]!;
  }
  if (n > 0) Atomics.store(words, end.tail, (end.own = (end.own + n) | 0));
  return n;
}

function post(end: End, count: number, park: number): boolean {
  if (capacity - ((end.own - end.peer) | 0) < count) end.peer = Atomics.load(words, end.tail);
  if (capacity - ((end.own - end.peer) | 0) < count) return false;
  for (let i = 0; i < count; i++) {
    const at = ((end.own + i) & (capacity - 1)) * 2;
    end.ring[at] = own[2 * i]!;
    end.ring[at + 1] = own[2 * i + 1]!;
  }
  Atomics.store(words, end.head, (end.own = (end.own + count) | 0));
  if (Atomics.load(words, park) === 1 && Atomics.exchange(words, park, 0) === 1) Atomics.notify(words, park);
  return true;
}

let spins = 0;
function rest(park: number, end: End): void {
  if (++spins < SPINS) return;
  spins = 0;
  Atomics.store(words, park, 1);
  if (Atomics.load(words, end.head) === end.own && Atomics.load(words, OVER) === 0) Atomics.wait(words, park, 1, 100);
  Atomics.exchange(words, park, 0);
}

function pin(cpu: number): void {
  execFileSync("taskset", ["-p", "-c", String(cpu), readlinkSync("/proc/thread-self").split("/").at(-1) ?? ""]);
}

function forward(): void {
  const from: End = { ring: ringOut, head: HEAD_OUT, tail: TAIL_OUT, own: 0, peer: 0 };
  const to: End = { ring: ringBack, head: HEAD_BACK, tail: TAIL_BACK, own: 0, peer: 0 };
  let counted = 0;
  while (Atomics.load(words, OVER) === 0) {
    const n = take(from);
    if (n === 0) {
      rest(PARK_1, from);
      continue;
    }
    for (let i = 0; i < n; i++) if (pool.getUint16(own[2 * i]! * frame + (own[2 * i + 1]! & 0xffff) + 12) === 0x0800) counted++;
    while (!post(to, n, PARK_0) && Atomics.load(words, OVER) === 0);
  }
  if (counted === 0) throw new Error("bare: no packet was seen");
}

function feed(seconds: number): number {
  const to: End = { ring: ringOut, head: HEAD_OUT, tail: TAIL_OUT, own: 0, peer: 0 };
  const from: End = { ring: ringBack, head: HEAD_BACK, tail: TAIL_BACK, own: 0, peer: 0 };
  const home = new Uint32Array(frames).map((_, i) => i);
  let [free, packets, began, at] = [frames, 0, performance.now(), performance.now()];
  let end = began + seconds * 1000;
  // Code that is not compiled yet does not count.
  for (let pass = 0, warm = true; at < end; pass++) {
    if (pass % 64 === 0) at = performance.now();
    if (warm && at - began > 300) [warm, packets, began, end] = [false, 0, at, at + seconds * 1000];
    let sent = false;
    if (free >= burst) {
      for (let i = 0; i < burst; i++) {
        const one = home[free - 1 - i]!;
        pool.setUint32(one * frame + data + 24, packets + i);
        own[2 * i] = one;
        own[2 * i + 1] = data | (64 << 16);
      }
      sent = post(to, burst, PARK_1);
      if (sent) free -= burst;
    }
    const back = take(from);
    for (let i = 0; i < back; i++) home[free++] = own[2 * i]!;
    packets += back;
    if (!sent && back === 0) rest(PARK_0, from);
  }
  return packets / (at - began) / 1e3;
}

if (isMainThread) {
  for (let i = 0; i < frames; i++) pool.setUint16(i * frame + data + 12, 0x0800);
  const worker = new Worker(new URL(import.meta.url), { workerData: memory });
  await new Promise((resolve) => worker.once("online", resolve));
  pin(0);
  console.log(feed(Number(process.argv[2] ?? 1)).toFixed(2));
  Atomics.store(words, OVER, 1);
  Atomics.notify(words, PARK_1);
} else {
  pin(1);
  forward();
}
