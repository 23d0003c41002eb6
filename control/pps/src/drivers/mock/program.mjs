// A component that fails on demand (driver.ts lists how), else attaches to its channel, answers as an extended agent and takes no packet.
// Plain JavaScript on purpose: it runs as it stands. Shared memory is reached by reads and writes on descriptor 3.
// @ts-check
import { constants, openSync, readFileSync, readSync, unlinkSync, writeSync } from "node:fs";
import { createServer } from "node:net";

/** spec/channel.toml, [header] and [slot]; driver.test.ts compares them. */
export const offset = { slot_stride: 76, off_slots: 80, state: 128, ack_epoch: 132, pid: 136, heartbeat: 152, want_epoch: 256, stop: 260 };
const state = { attached: 1, running: 2, leaving: 3 };

const env = /** @type {Record<string, string>} */ (process.env);
const wish = JSON.parse(readFileSync(process.argv[2] ?? "/dev/null", "utf8") || "{}");
const settings = { ...wish };
const say = (/** @type {string} */ text) => writeSync(1, `mock ${env.COVEN_NAME}: ${text}\n`);

function read(/** @type {number} */ at, bytes = 4) {
  const buffer = Buffer.alloc(8);
  readSync(3, buffer, 0, bytes, at);
  return Number(buffer.readBigUInt64LE());
}
function write(/** @type {number} */ at, /** @type {number} */ value) {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  writeSync(3, buffer, 0, 4, at);
}

let slot = 0;
let heartbeat = 0;
let hung = false;

function ringEngine() {
  try {
    writeSync(openSync(`${env.COVEN_BELLS}/bell.0`, constants.O_RDWR | constants.O_NONBLOCK), "\0");
  } catch {
    // No bell, or it is rung already.
  }
}

function attach() {
  slot = read(offset.off_slots, 8) + Number(env.COVEN_SLOT) * read(offset.slot_stride);
  write(slot + offset.pid, process.pid);
  write(slot + offset.ack_epoch, read(slot + offset.want_epoch));
  write(slot + offset.state, state.attached);
  ringEngine();
  write(slot + offset.state, state.running);
  say("attached");
}

function pass() {
  if (hung) return;
  write(slot + offset.heartbeat, ++heartbeat);
  const epoch = read(slot + offset.want_epoch);
  if (epoch !== read(slot + offset.ack_epoch)) {
    write(slot + offset.ack_epoch, epoch);
    ringEngine();
  }
  if (read(slot + offset.stop) !== 0 && !wish.ignore_sigterm) leave();
}

function leave() {
  if (slot !== 0) {
    write(slot + offset.state, state.leaving);
    ringEngine();
  }
  say("bye");
  process.exit(0);
}

/** spec/ea.md */
function answer(/** @type {string} */ line) {
  const [verb, name = "", value = ""] = line.split(" ", 3);
  const item = (/** @type {string} */ key) => ({ name: key, kind: "setting", type: typeof settings[key] === "number" ? "number" : typeof settings[key], unit: "", help: "", value: settings[key] });
  if (verb === "list") return { items: Object.keys(settings).map(item) };
  if (verb === "check") return { alive: true, state: "running", packets_in: 0, packets_out: 0, packets_dropped: 0, errors: 0, heartbeat };
  if (verb === "call") return { error: { reason: "wrong-kind", text: `${name} is no command` } };
  if (verb !== "get" && verb !== "set") return { error: { reason: "bad-request", text: `unknown request ${verb}` } };
  if (!(name in settings)) return { error: { reason: "unknown-item", text: `no item ${name}` } };
  if (verb === "set" && name === wish.refuse) return { error: { reason: "bad-value", text: `${name} cannot be ${value}` } };
  if (verb === "set") settings[name] = JSON.parse(value);
  return { name, value: settings[name] };
}

function serve() {
  const path = env.COVEN_AGENT;
  if (!path) return;
  try {
    unlinkSync(path);
  } catch {
    // There was none.
  }
  createServer((socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) if (!hung) socket.write(`${JSON.stringify(answer(line))}\n`);
    });
  }).listen(path);
}

function fail() {
  if (wish.signal) process.kill(process.pid, wish.signal);
  else process.exit(wish.exit_code ?? 1);
}

for (const name of /** @type {const} */ (["SIGTERM", "SIGINT"])) process.on(name, () => (wish.ignore_sigterm ? say(`ignores ${name}`) : leave()));
const fails = wish.exit_code !== undefined || wish.signal !== undefined;
say(`starts as ${process.pid}`);
if (fails && !wish.fail_after_ms) fail();
if (fails) setTimeout(fail, wish.fail_after_ms);
if (wish.hang_after_ms !== undefined) setTimeout(() => (hung = true), wish.hang_after_ms);
setInterval(() => {}, 1 << 30);
if (wish.connect !== false) {
  serve();
  attach();
  setInterval(pass, 20);
}
