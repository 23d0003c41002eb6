// biome-ignore-all assist/source/organizeImports: the contract's example, letter by letter
import { run, counter, Verdict } from "@coven/sdk";
const dropped = counter("dropped", "packets", "marked packets discarded");
run((packet) => {
  if (packet.context.u8(0) === 0) return Verdict.forward;
  dropped.add(1);
  return Verdict.drop;
});
