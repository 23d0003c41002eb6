import { command, counter, packetNew, run, Verdict } from "@coven/sdk";

const cloned = counter("cloned");
const made = counter("made");
const wrong = new Set<string>();
command("wrong", () => [...wrong]);

run((packet) => {
  const copy = made.value > 0 ? packet.clone() : undefined;
  if (!copy) return Verdict.forward;
  cloned.add(1);
  if (copy.length !== packet.length || copy.u32(0) !== packet.u32(0) || copy.context.u8(3) !== packet.context.u8(3)) wrong.add("clone");
  copy.send(Verdict.drop);
  if (throws(() => copy.send(Verdict.drop)) === undefined) wrong.add("sent twice");
  if (throws(() => packet.send(Verdict.forward)) === undefined) wrong.add("sent what is not one's own");
  return Verdict.forward;
});

/** From a timer, with no packet in hand. */
const timer = setInterval(() => {
  const packet = packetNew(60);
  if (!packet) return;
  packet.data.fill(7);
  if (packet.length !== 60 || packet.context.bytes.some((byte) => byte !== 0)) wrong.add("packetNew");
  packet.send(Verdict.drop);
  made.add(1);
  clearInterval(timer);
}, 1);

function throws(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
