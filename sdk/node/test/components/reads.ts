import { command, run, Verdict } from "@coven/sdk";
import { wrongIn } from "./expected.ts";

const wrong = new Set<string>();
command("wrong", () => [...wrong]);
run((packet) => {
  for (const name of wrongIn(packet)) wrong.add(name);
  return Verdict.forward;
});
