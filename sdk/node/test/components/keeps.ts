import { counter, type Packet, run, Verdict } from "@coven/sdk";

const refused = counter("refused");
const read = counter("read");
let kept: Packet | undefined;
run((packet) => {
  if (kept) {
    try {
      kept.u8(0);
      read.add(1);
    } catch (error) {
      if (String(error).includes("not in hand any more")) refused.add(1);
    }
  }
  kept = packet;
  return Verdict.forward;
});
