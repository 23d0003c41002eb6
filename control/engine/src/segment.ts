/** The memory that everything lies in (spec/channel.md §1): laid out, made, and its edge tables written. */
import { CovenError } from "@coven/contract";
import * as at from "@coven/sdk/channel";
import type { HostAddon } from "@coven/sdk/host";

export interface Shape { frames: number; frame_size: number; slots: number; edge_limit: number }

/** Offsets and sizes, in bytes. */
interface Layout { slots: number; meta: number; own: number; pool: number; rings: number; size: number }

/** An entry of a component's edge table (spec/channel.md §4). */
export interface EdgeEntry { ring: number; capacity: number; id: number; role: number; block: boolean; output: number; peer: number; lane: number; limit: number }

const edgesASlot = 16;
const up = (value: number, unit: number) => Math.ceil(value / unit) * unit;
export const powerAbove = (value: number): number => 2 ** Math.ceil(Math.log2(value));
export const edgeCapacity = (limit: number): number => powerAbove(limit + at.LIMITS_EDGE_SLACK);
const ringBytes = (capacity: number) => up(at.RING_OFF_SLOTS + 8 * capacity, at.CHANNEL_LINE);

function layOut(shape: Shape): Layout {
  const slotCount = shape.slots + 1;
  const page = at.CHANNEL_PAGE;
  const slots = page;
  const meta = slots + page * slotCount;
  const own = meta + up(shape.frames * at.META_SIZE, page);
  const pool = own + up(shape.frames * 8, page);
  const rings = pool + up(shape.frames * shape.frame_size, page);
  const component = ringBytes(powerAbove(shape.frames)) + ringBytes(edgeCapacity(at.LIMITS_ALLOC_LIMIT)) + edgesASlot * ringBytes(edgeCapacity(shape.edge_limit));
  return { slots, meta, own, pool, rings, size: rings + up(slotCount * component, page) };
}

const within = (what: string, value: number, least: number, most: number) => {
  if (!Number.isInteger(value) || value < least || value > most) throw new CovenError("ENGINE_FAILED", ["create the channel", `${what} is ${value}; it has to be from ${least} to ${most}`]);
};

export class Segment {
  readonly fd: number;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
  /** Words that both sides write are read and written through Atomics alone: those of V8 are the processor's on any buffer. */
  readonly words: Uint32Array;
  readonly longs: BigUint64Array;
  readonly #layout: Layout;
  #nextRing: number;

  constructor(addon: HostAddon, shape: Shape) {
    within("frames", shape.frames, 1, at.LIMITS_FRAMES_MAX);
    within("frame_size", shape.frame_size, 512, 65_536);
    within("slots", shape.slots, 0, at.LIMITS_SLOTS_MAX - 1);
    within("edge_limit", shape.edge_limit, 1, 1 << 20);
    const layout = layOut(shape);
    within("its size", layout.size, 1, 0xffffffff);
    const { fd, memory } = addon.segment(layout.size);
    this.fd = fd;
    this.shape = shape;
    this.bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    this.longs = new BigUint64Array(memory);
    this.#layout = layout;
    this.#nextRing = layout.rings;
    this.#writeHeader();
  }

  #writeHeader(): void {
    const { shape } = this;
    const layout = this.#layout;
    const word = (offset: number, value: number) => (this.words[offset / 4] = value);
    const long = (offset: number, value: number) => (this.longs[offset / 8] = BigInt(value));
    word(at.HEADER_OFF_MAJOR, at.CHANNEL_MAJOR | (at.CHANNEL_MINOR << 16));
    word(at.HEADER_OFF_HEADER_LEN, at.HEADER_OFF_ENGINE_PID + 4);
    long(at.HEADER_OFF_SEGMENT_SIZE, layout.size);
    word(at.HEADER_OFF_FRAME_COUNT, shape.frames);
    word(at.HEADER_OFF_FRAME_SIZE, shape.frame_size);
    word(at.HEADER_OFF_DATA_OFFSET, at.LIMITS_DATA_OFFSET_DEFAULT);
    word(at.HEADER_OFF_EDGE_LIMIT, shape.edge_limit);
    word(at.HEADER_OFF_SLOT_COUNT, shape.slots + 1);
    word(at.HEADER_OFF_SLOT_STRIDE, at.CHANNEL_PAGE);
    long(at.HEADER_OFF_OFF_SLOTS, layout.slots);
    long(at.HEADER_OFF_OFF_META, layout.meta);
    long(at.HEADER_OFF_OFF_OWN, layout.own);
    long(at.HEADER_OFF_OFF_POOL, layout.pool);
    long(at.HEADER_OFF_OFF_RINGS, layout.rings);
    long(at.HEADER_OFF_RINGS_LEN, layout.size - layout.rings);
    word(at.HEADER_OFF_INCARNATION, 1);
    word(at.HEADER_OFF_ENGINE_PID, process.pid);
    this.longs[at.HEADER_OFF_MAGIC / 8] = at.CHANNEL_MAGIC;
  }

  /** Byte offset of a new ring. A plan only grows, so none is given back. */
  takeRing(capacity: number): number {
    const start = this.#nextRing;
    if (start + ringBytes(capacity) > this.#layout.size) throw new CovenError("ENGINE_FAILED", ["add an edge", "the channel has no room for another ring"]);
    this.#nextRing += ringBytes(capacity);
    return start;
  }

  /** Index into `words` of a word of a slot. */
  slotWord = (slot: number, offset: number): number => (this.#layout.slots + slot * at.CHANNEL_PAGE + offset) / 4;
  metaOf = (frame: number): number => this.#layout.meta + frame * at.META_SIZE;
  /** Index into `words` of a frame's owner word, low half first. */
  ownerWord = (frame: number): number => this.#layout.own / 4 + 2 * frame;
  /** In place: who keeps it copies it, for the frame is used again. */
  partOf = (frame: number, offset: number, length: number): Uint8Array => this.bytes.subarray(this.frameAt(frame) + offset, this.frameAt(frame) + offset + length);
  frameAt = (frame: number): number => this.#layout.pool + frame * this.shape.frame_size;

  /** Write the table of the next epoch and order it. */
  publish(slot: number, entries: readonly EdgeEntry[]): void {
    if (entries.length > at.LIMITS_EDGES_MAX) throw new CovenError("ENGINE_FAILED", ["add an edge", `slot ${slot} would have ${entries.length} edges; at most ${at.LIMITS_EDGES_MAX}`]);
    const want = this.slotWord(slot, at.SLOT_OFF_WANT_EPOCH);
    const epoch = Atomics.load(this.words, want) + 1;
    const table = this.slotWord(slot, at.SLOT_OFF_EDGES) * 4 + (epoch & 1) * at.LIMITS_EDGES_MAX * at.EDGE_SIZE;
    this.bytes.fill(0, table, table + at.LIMITS_EDGES_MAX * at.EDGE_SIZE);
    for (const [index, entry] of entries.entries()) this.#writeEntry(table + index * at.EDGE_SIZE, entry);
    Atomics.store(this.words, want, epoch);
  }

  #writeEntry(to: number, entry: EdgeEntry): void {
    const view = new DataView(this.bytes.buffer, to, at.EDGE_SIZE);
    view.setUint32(at.EDGE_OFF_RING, entry.ring / at.CHANNEL_RING_UNIT, true);
    view.setUint16(at.EDGE_OFF_ID, entry.id, true);
    view.setUint8(at.EDGE_OFF_ROLE, entry.role);
    view.setUint8(at.EDGE_OFF_FLAGS, entry.block ? at.EDGE_FLAG_BLOCK : 0);
    view.setUint16(at.EDGE_OFF_OUTPUT, entry.output, true);
    view.setUint16(at.EDGE_OFF_PEER, entry.peer, true);
    view.setUint8(at.EDGE_OFF_CAP_LOG2, Math.log2(entry.capacity));
    view.setUint8(at.EDGE_OFF_LANE, entry.lane);
    view.setUint32(at.EDGE_OFF_LIMIT, entry.limit, true);
    view.setUint32(at.EDGE_OFF_SEED, entry.id, true);
    view.setUint32(at.EDGE_OFF_WEIGHT, 1, true);
  }
}
