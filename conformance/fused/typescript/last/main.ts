import { counter, runBurst, Verdict } from "@coven/sdk";
import { isForTwo } from "./rule.ts";

const seen = counter("seen", "packets", "packets that came");

runBurst((burst) => {
  seen.add(burst.length);
  for (let index = 0; index < burst.length; index++) {
    if (!isForTwo(burst, index)) continue;
    const copy = burst.packet(index).clone();
    copy?.setU8(15, 1);
    copy?.send(Verdict.forward);
  }
});
setTimeout(() => console.log("last has a timer"), 50);
