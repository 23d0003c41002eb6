import { HEADER_OFF_FRAME_SIZE, HEADER_OFF_OFF_META, HEADER_OFF_OFF_POOL } from "./generated/channel.ts";
import { row, rows } from "./native.ts";

// The process's one window on the channel: every packet is read and written through these views (spec/channel.md §1).
export let bytes = new Uint8Array(0);
export let view = new DataView(bytes.buffer);
/** The burst table: a row for each packet, filled by the addon, verdicts written here. */
export let table = new Uint32Array((rows.burst + rows.own) * row.words);
/** Where metadata lines and frames begin, and the size of a frame, in bytes. */
export let frames = { meta: 0, pool: 0, size: 0 };

export function look(segment: ArrayBuffer, burstTable: ArrayBuffer): void {
  bytes = new Uint8Array(segment);
  view = new DataView(segment);
  table = new Uint32Array(burstTable);
  const number = (offset: number) => Number(view.getBigUint64(offset, true));
  frames = { meta: number(HEADER_OFF_OFF_META), pool: number(HEADER_OFF_OFF_POOL), size: view.getUint32(HEADER_OFF_FRAME_SIZE, true) };
}
