import { command, run, Verdict } from "@coven/sdk";

let kept = new Uint8Array(1);
setInterval(() => {}, 1000);
command("leave", (signal) => {
  setTimeout(() => process.kill(process.pid, signal as NodeJS.Signals), 20);
});
run((packet) => {
  kept = packet.data;
  return Verdict.forward;
});
process.on("exit", (code) => process.stderr.write(`exit listener: ${code}, bytes left ${kept.length}\n`));
