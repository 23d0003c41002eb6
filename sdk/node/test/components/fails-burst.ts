import { runBurst, Verdict } from "@coven/sdk";

let failures = 0;
runBurst((burst) => {
  burst.setVerdict(0, Verdict.drop);
  if (failures++ < 3) burst.packet(burst.length);
});
