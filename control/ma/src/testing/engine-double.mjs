#!/usr/bin/env node
// Speaks spec/engine.md as far as the management agent needs it, and moves no packet: a double for unit tests only.
// The channel is a plain file with pages as spec/channel.toml lays them out, so that mock components attach to it.
// Faults: a port on interface "broken" cannot be opened; one on "short" finds no memory; a component that beats no more for 300 ms is hung.
// @ts-check
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const folder = process.argv[process.argv.indexOf("--folder") + 1] ?? ".";
const page = 4096;
const states = ["empty", "attached", "running", "leaving", "failed"];
const at = { state: 128, ack_epoch: 132, pid: 136, heartbeat: 152, want_epoch: 256, stop: 260 };
const hung_ms = 300;

/** @type {any} */
const model = { channel: null, fd: -1, traffic: "off", ports: new Map(), components: new Map(), edges: new Map(), paths: new Map(), exits: new Map() };
const watched = new Map();
const starts = new Map();
/** @type {Set<import("node:net").Socket>} */
const subscribers = new Set();
/** @type {Set<import("node:net").Socket>} */
const clients = new Set();

function word(slot, offset) {
  const buffer = Buffer.alloc(4);
  readSync(model.fd, buffer, 0, 4, page * (slot + 1) + offset);
  return buffer.readUInt32LE();
}
function setWord(slot, offset, value) {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  writeSync(model.fd, buffer, 0, 4, page * (slot + 1) + offset);
}
const isAlive = (pid) => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
};
const emit = (event) => subscribers.forEach((socket) => void socket.write(`${JSON.stringify({ jsonrpc: "2.0", method: "event", params: event })}\n`));
const refuse = (reason, message, data = {}) => Object.assign(new Error(message), { data: { reason, what: message, ...data } });

function createChannel({ frames, frame_size, slots }) {
  if (model.channel) throw refuse("channel-exists", "there is a channel already");
  const path = join(folder, "channel");
  model.fd = openSync(path, "w+", 0o600);
  ftruncateSync(model.fd, page * (slots + 1));
  const header = Buffer.alloc(page);
  header.write("COVENCH1", 0, "latin1");
  header.writeUInt16LE(1, 8);
  header.writeUInt32LE(slots, 72);
  header.writeUInt32LE(page, 76);
  header.writeBigUInt64LE(BigInt(page), 80);
  writeSync(model.fd, header, 0, page, 0);
  for (let slot = 0; slot < slots; slot++) writeFileSync(join(folder, `bell.${slot}`), "", { mode: 0o600 });
  model.channel = { path, frames, frame_size, slots };
}

const actions = {
  "create-channel": createChannel,
  "open-port": (action) => {
    if (action.options.interface === "broken") throw refuse("no-interface", "there is no interface broken");
    model.ports.set(action.port, action);
  },
  "close-port": ({ port }) => remove(model.ports, port, "port"),
  "add-component": (action) => model.components.set(action.slot, action),
  "remove-component": ({ slot }) => {
    if (watched.has(slot)) throw refuse("component-runs", `process ${watched.get(slot).pid} is in slot ${slot}`);
    remove(model.components, slot, "component");
  },
  "add-edge": (action) => model.edges.set(action.edge, action),
  "remove-edge": ({ edge }) => remove(model.edges, edge, "edge"),
  "add-path": (action) => model.paths.set(action.path, action),
  "remove-path": ({ path }) => remove(model.paths, path, "path"),
  "add-exit": (action) => model.exits.set(`${action.edge}/${action.path}`, action),
  "remove-exit": ({ edge, path }) => remove(model.exits, `${edge}/${path}`, "exit"),
};

function remove(map, key, kind) {
  if (!map.delete(key)) throw refuse("unknown", `there is no ${kind} ${key}`);
}

function apply({ actions: list }) {
  const names = ["ports", "components", "edges", "paths", "exits"];
  const before = Object.fromEntries(names.map((name) => [name, new Map(model[name])]));
  list.forEach((action, index) => {
    try {
      const act = actions[action.do];
      if (!act) throw refuse("unknown-action", `unknown action ${action.do}`);
      act(action);
    } catch (error) {
      Object.assign(model, before);
      throw Object.assign(error, { data: { ...error.data, action: index } });
    }
  });
  return {};
}

function supervise({ slot, pid }) {
  if (watched.has(slot)) throw refuse("slot-in-use", `process ${watched.get(slot).pid} is in slot ${slot}`);
  if (!model.components.has(slot)) throw refuse("unknown-slot", `there is no slot ${slot}`);
  if (!isAlive(pid)) throw refuse("no-process", `there is no process ${pid}`);
  watched.set(slot, { pid, released: false, attached: false, beat: 0, since: Date.now(), told: false, restarts: (starts.get(slot) ?? 0) });
  starts.set(slot, (starts.get(slot) ?? 0) + 1);
  return {};
}

async function release({ slot, timeout_ms }) {
  const one = watched.get(slot);
  if (!one) return { state: "empty" };
  one.released = true;
  setWord(slot, at.stop, 1);
  const until = Date.now() + timeout_ms;
  while (Date.now() < until && isAlive(one.pid) && states[word(slot, at.state)] !== "leaving") await new Promise((resolve) => setTimeout(resolve, 5));
  return { state: states[word(slot, at.state)] };
}

function look() {
  for (const [slot, one] of watched) {
    const running = word(slot, at.pid) === one.pid && word(slot, at.state) === 2;
    if (running && !one.attached) emit({ event: "component-attached", slot });
    one.attached ||= running;
    if (!isAlive(one.pid)) {
      watched.delete(slot);
      for (const word of Object.values(at)) setWord(slot, word, 0);
      if (!one.released) emit({ event: "component-exited", slot, pid: one.pid });
      continue;
    }
    const beat = word(slot, at.heartbeat);
    if (beat !== one.beat) Object.assign(one, { beat, since: Date.now() });
    else if (running && !one.told && Date.now() - one.since > hung_ms) {
      one.told = true;
      emit({ event: "component-hung", slot, heartbeat: beat });
    }
  }
}

const zero = (...names) => Object.fromEntries(names.map((name) => [name, 0]));
function stats() {
  const counters = zero("packets_in", "bytes_in", "packets_out", "bytes_out", "packets_dropped", "errors", "bursts", "busy_ns", "parks", "bells", "edge_full", "bad_descriptors", "alloc_failed", "blocked");
  return {
    time_ns: Math.round(performance.now() * 1e6), traffic: model.traffic,
    frames: { total: model.channel?.frames ?? 0, home: model.channel?.frames ?? 0, out: 0, lent: 0, kernel: 0 },
    received: 0, created: 0, transmitted: 0, in_flight: 0, bad_frames: 0, dropped: {},
    ports: [...model.ports.values()].map(({ port, name, backend }) => ({ port, name, backend, state: "up", done: false, ...zero("rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_missed", "tx_missed") })),
    components: [...model.components.values()].map(({ slot, name }) => ({
      slot, name, state: states[word(slot, at.state)], pid: watched.get(slot)?.pid ?? word(slot, at.pid), heartbeat: word(slot, at.heartbeat),
      restarts: watched.get(slot)?.restarts ?? 0, standing_in: !watched.has(slot), error: "none", queued: 0, counters,
    })),
    edges: [], nsh: [], engine: { cpu_ns: 0, passes: 0, parks: 0 },
  };
}

const methods = {
  hello: () => ({ version: "double", pid: process.pid, channel: model.channel && { path: model.channel.path, major: 1, minor: 0 }, bells: folder, threads: 1, state: "running", traffic: model.traffic }),
  apply,
  supervise,
  release,
  start: () => ((model.traffic = "on"), {}),
  stop: () => ((model.traffic = "off"), {}),
  drain: () => ({ in_flight: 0 }),
  stats,
  subscribe: (_, socket) => (subscribers.add(socket), {}),
  shutdown: () => (setImmediate(end), {}),
};

async function answer(line, socket) {
  const { id, method, params } = JSON.parse(line);
  const reply = (message) => socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...message })}\n`);
  try {
    if (!methods[method]) throw refuse("unknown-method", `unknown method ${method}`);
    reply({ result: await methods[method](params, socket) });
  } catch (error) {
    reply({ error: { code: -32000, message: error.message, data: error.data ?? { reason: "internal" } } });
  }
}

function end() {
  if (model.fd >= 0) closeSync(model.fd);
  rmSync(join(folder, "channel"), { force: true });
  process.exit(0);
}

const path = join(folder, "engine.sock");
if (existsSync(path)) unlinkSync(path);
createServer((socket) => {
  let text = "";
  socket.on("error", () => {});
  clients.add(socket);
  socket.on("close", () => (subscribers.delete(socket), clients.delete(socket)));
  socket.on("data", (chunk) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) void answer(line, socket);
  });
}).listen(path);
// Hang up on everybody, and live on.
process.on("SIGUSR2", () => {
  for (const socket of clients) socket.destroy();
});
process.on("SIGTERM", end);
process.on("SIGINT", end);
setInterval(look, 10);
