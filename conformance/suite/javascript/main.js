import { command, counter, run, setting, Verdict } from "@coven/sdk";

const seen = counter("seen", "packets", "packets that came");
const mark = setting("mark", 7, "", "what is added to the context");
command("echo", (argument) => argument, "gives back its argument");
const verdicts = [Verdict.forward, Verdict.drop, Verdict.to("side"), Verdict.to("nowhere")];

run((packet) => {
  seen.add(1);
  packet.context.setU8(1, (packet.context.u8(0) + mark.value) & 255);
  return verdicts[packet.u8(14) & 3] ?? Verdict.drop;
});
