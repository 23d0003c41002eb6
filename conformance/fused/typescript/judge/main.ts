import { command, counter, run, setting, Verdict } from "@coven/sdk";
import { fits } from "./rule.ts";

const seen = counter("seen", "packets", "packets that came");
const matched = counter("matched", "packets", "packets with the seal that they should have");
setting("level", 1, "", "a setting");
command("echo", (argument) => argument, "gives back its argument");
const verdicts = new Map([[1, Verdict.drop], [2, Verdict.to("side")]]);

// Late: the next one waits for it.
await new Promise((resolve) => setTimeout(resolve, 20));
run((packet) => {
  seen.add(1);
  matched.add(fits(packet) ? 1 : 0);
  if (packet.u8(14) === 3) throw new TypeError("a packet that judge fails on");
  return verdicts.get(packet.u8(14)) ?? Verdict.forward;
});
setTimeout(() => console.log("judge has a timer"), 50);
