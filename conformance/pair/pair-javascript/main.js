/** Writes the context of a packet that has none, else checks it: byte i is payload byte i + i, byte 15 is 1. */
import { counter, run, Verdict } from "@coven/sdk";

const written = counter("written", "packets", "contexts written");
const matched = counter("matched", "packets", "contexts as the other component wrote them");
const mismatched = counter("mismatched", "packets", "contexts that are not");

const expected = (packet, i) => (i === 15 ? 1 : (packet.u8(14 + i) + i) & 255);

run((packet) => {
  const first = packet.context.u8(15) === 0;
  let same = true;
  for (let i = 0; i < 16; i++) {
    if (first) packet.context.setU8(i, expected(packet, i));
    else same &&= packet.context.u8(i) === expected(packet, i);
  }
  (first ? written : same ? matched : mismatched).add(1);
  return Verdict.forward;
});
