import { run, Verdict } from "@coven/sdk";
import { numberOf } from "./expected.ts";

const promise = (async () => Verdict.forward)();
run((packet) => {
  const number = numberOf(packet);
  if (number % 10 === 1) return packet.u16(packet.length - 1);
  if (number % 10 === 2) return undefined as unknown as number;
  if (number % 10 === 3) return promise as unknown as number;
  if (number % 10 === 4) throw "plain text";
  return Verdict.forward;
});
