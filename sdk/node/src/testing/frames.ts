/** The addon's place taken in a test: frames in plain memory, laid out as in a channel, and packets of one's own (spec/channel.md §1, §8). */
import * as at from "../generated/channel.ts";
import { bytes, frames, look, table, view } from "../memory.ts";
import { type Native, row, rows, standInBy } from "../native.ts";

const count = rows.burst + rows.own;
const { page, size, start } = { page: at.CHANNEL_PAGE, size: at.LIMITS_FRAME_SIZE_DEFAULT, start: at.LIMITS_DATA_OFFSET_DEFAULT };
const metaAt = page;
const poolAt = metaAt + Math.ceil((count * at.META_SIZE) / page) * page;

/** Longest packet. */
export const roomBytes = size - start;
/** What a test's function has sent: row and verdict. */
export interface Sent { bytes: Uint8Array; context: Uint8Array; verdict: number }

const inHand = new Set<number>();
const sent: Sent[] = [];
const wordOf = (rowNumber: number): number => rowNumber * row.words;
const metaOf = (rowNumber: number): number => metaAt + rowNumber * at.META_SIZE;

/** A packet into a row, with so many bytes to grow into in front, and an empty metadata line. */
export function place(rowNumber: number, length: number, headroom = start - at.LIMITS_HEADROOM_MIN): void {
  const word = wordOf(rowNumber);
  table[word + row.at] = frameAt(rowNumber) + at.LIMITS_HEADROOM_MIN + headroom;
  table[word + row.length] = length;
  table[word + row.context] = metaOf(rowNumber) + at.META_OFF_CONTEXT;
  table[word + row.verdict] = 0;
  bytes.fill(0, metaOf(rowNumber), metaOf(rowNumber) + at.META_SIZE);
  inHand.add(rowNumber);
}

export const frameAt = (rowNumber: number): number => poolAt + rowNumber * size;
export const bytesOf = (rowNumber: number): Uint8Array => bytes.slice(table[wordOf(rowNumber)]!, table[wordOf(rowNumber)]! + table[wordOf(rowNumber) + row.length]!);
export const contextOf = (rowNumber: number): Uint8Array => bytes.slice(metaOf(rowNumber) + at.META_OFF_CONTEXT, metaOf(rowNumber) + at.META_OFF_CONTEXT + at.LIMITS_CONTEXT_BYTES);
export const metaWord = (rowNumber: number, offset: number, width: 2 | 4 | 8, value: number | bigint): void => {
  const to = metaOf(rowNumber) + offset;
  if (width === 2) view.setUint16(to, Number(value), true);
  else if (width === 4) view.setUint32(to, Number(value), true);
  else view.setBigUint64(to, BigInt(value), true);
};
export const setContext = (rowNumber: number, context: Uint8Array): void => bytes.set(context, metaOf(rowNumber) + at.META_OFF_CONTEXT);

/** The packet of the row is gone; what was sent since is handed over. */
export function settle(rowNumber: number): Sent[] {
  inHand.delete(rowNumber);
  return sent.splice(0);
}

function grow(rowNumber: number, front: boolean, by: number): boolean {
  if (!inHand.has(rowNumber)) return false;
  const word = wordOf(rowNumber);
  const frame = frameAt(rowNumber);
  const from = table[word + row.at]! - (front ? by : 0);
  const length = table[word + row.length]! + by;
  if (length < 0 || from < frame + at.LIMITS_HEADROOM_MIN || from + length > frame + size) return false;
  table[word + row.at] = from;
  table[word + row.length] = length;
  return true;
}

function freeRow(): number {
  for (let rowNumber: number = rows.burst; rowNumber < count; rowNumber++) if (!inHand.has(rowNumber)) return rowNumber;
  return -1;
}

function create(length: number): number {
  const rowNumber = freeRow();
  if (rowNumber < 0 || length > roomBytes) return -1;
  place(rowNumber, length);
  return rowNumber;
}

function clone(of: number): number {
  if (!inHand.has(of)) return -1;
  const rowNumber = create(table[wordOf(of) + row.length]!);
  if (rowNumber < 0) return -1;
  bytes.set(bytesOf(of), table[wordOf(rowNumber)]!);
  setContext(rowNumber, contextOf(of));
  return rowNumber;
}

function send(rowNumber: number, verdict: number): boolean {
  if (rowNumber < rows.burst || !inHand.delete(rowNumber)) return false;
  sent.push({ bytes: bytesOf(rowNumber), context: contextOf(rowNumber), verdict });
  return true;
}

const standIn: Native = {
  attach: () => ({ segment: bytes.buffer, table: table.buffer }),
  next: () => 0,
  leave() {},
  publish() {},
  grow,
  create,
  clone,
  send,
  reportFailure: () => false,
};

/** From here on this process is a test: nothing is attached, no addon is loaded. */
export function standInHere(): void {
  const segment = new ArrayBuffer(poolAt + count * size);
  const header = new DataView(segment);
  header.setBigUint64(at.HEADER_OFF_OFF_META, BigInt(metaAt), true);
  header.setBigUint64(at.HEADER_OFF_OFF_POOL, BigInt(poolAt), true);
  header.setUint32(at.HEADER_OFF_FRAME_SIZE, size, true);
  look(segment, new ArrayBuffer(count * row.words * 4));
  standInBy(standIn);
  if (frames.size !== size) throw new Error("the harness's frames are not as the channel says");
}
