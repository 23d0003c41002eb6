import { counter, run, Verdict } from "@coven/sdk";
import { seal } from "./rule.ts";

declare module "@coven/sdk" {
  interface ContextFields {
    seal: number;
  }
}

const seen = counter("seen", "packets", "packets that came");
const verdicts = new Map([[4, Verdict.to("away")], [5, Verdict.to("short")]]);

run((packet) => {
  seen.add(1);
  packet.context.seal = seal(packet);
  return verdicts.get(packet.u8(14)) ?? Verdict.forward;
});
setTimeout(() => console.log("mark has a timer"), 50);
