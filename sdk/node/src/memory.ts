import { row, rows } from "./native.ts";

// The process's one window on the channel: every packet is read and written through these views (spec/channel.md §1).
export let bytes = new Uint8Array(0);
export let view = new DataView(bytes.buffer);
/** The burst table: a row for each packet, filled by the addon, verdicts written here. */
export let table = new Uint32Array((rows.burst + rows.own) * row.words);

export function look(segment: ArrayBuffer, burstTable: ArrayBuffer): void {
  bytes = new Uint8Array(segment);
  view = new DataView(segment);
  table = new Uint32Array(burstTable);
}
