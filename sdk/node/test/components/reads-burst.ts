import { command, runBurst, Verdict } from "@coven/sdk";
import { numberOf, wrongIn } from "./expected.ts";

const wrong = new Set<string>();
command("wrong", () => [...wrong]);
runBurst((burst) => {
  for (let index = 0; index < burst.length; index++) {
    const packet = burst.packet(index);
    for (const name of wrongIn(packet)) wrong.add(name);
    if (burst.u16(index, 12) !== packet.u16(12) || burst.u8(index, 7) !== packet.u8(7)) wrong.add("burst");
    if (burst.u32(index, 4) !== packet.u32(4) || burst.lengthOf(index) !== packet.length) wrong.add("burst");
    if (numberOf(packet) % 4 === 1) burst.setVerdict(index, Verdict.drop);
  }
  for (const packet of burst) if (numberOf(packet) % 4 === 2) packet.verdict = Verdict.drop;
});
