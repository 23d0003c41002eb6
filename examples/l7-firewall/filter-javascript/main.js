import { counter, run, Verdict } from "@coven/sdk";

const dropped = counter("dropped", "packets", "marked packets discarded");
const forwarded = counter("forwarded", "packets", "packets passed on");

run((packet) => {
  if (packet.context.u8(0) === 0) {
    forwarded.add(1);
    return Verdict.forward;
  }
  dropped.add(1);
  return Verdict.drop;
});
