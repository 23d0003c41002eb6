import { connect, createServer } from "node:net";
import { command, run, Verdict } from "@coven/sdk";
import { numberOf } from "./expected.ts";

let promises = 0;
let timers = 0;
let answers = 0;
command("lives", () => ({ promises, timers, answers }));

const server = createServer((socket) => socket.on("data", (data) => socket.end(data)));
server.listen(0, "127.0.0.1");
setInterval(() => timers++, 5);

run((packet) => {
  const number = numberOf(packet);
  if (number % 100 === 0) Promise.resolve().then(() => promises++);
  if (number % 10000 === 0) ask();
  return Verdict.forward;
});

// Opened between two packets: libuv has to hear of the socket before the thread sleeps.
function ask(): void {
  const address = server.address();
  if (address === null || typeof address === "string") return;
  const socket = connect(address.port, "127.0.0.1", () => socket.write("x"));
  socket.on("data", () => answers++);
}
