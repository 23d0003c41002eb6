import { command, run, Verdict } from "@coven/sdk";

let kept: Uint8Array = new Uint8Array(1);
setInterval(() => {}, 1000);
command("leave", (signal) => {
  setTimeout(() => process.kill(process.pid, signal as NodeJS.Signals), 20);
});
run((packet) => {
  kept = packet.data;
  return Verdict.forward;
});
try {
  run(() => Verdict.drop);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
}
process.on("exit", (code) => process.stderr.write(`exit listener: ${code}, bytes left ${kept.length}\n`));
