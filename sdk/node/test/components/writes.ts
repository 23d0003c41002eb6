import { command, type Packet, run, Verdict } from "@coven/sdk";

const wrong = new Set<string>();
const expect = (name: string, right: boolean) => right || wrong.add(name);
command("wrong", () => [...wrong]);

run((packet) => {
  packet.setU8(0, 0x1ff);
  packet.setU16(1, 0x0203);
  packet.setU32(3, 0xfffefdfc);
  expect("set", packet.data.subarray(0, 7).join() === "255,2,3,255,254,253,252");
  packet.mark = 0xdeadbeef;
  packet.context.setU8(15, packet.context.u8(15) + 1);
  expect("mark", packet.mark === 0xdeadbeef);
  grows(packet);
  return Verdict.forward;
});

function grows(packet: Packet): void {
  const length = packet.length;
  expect("growFront", packet.growFront(14) && packet.length === length + 14 && packet.data.length === length + 14);
  expect("moved", packet.u8(14) === 255 && packet.u16(15) === 0x0203);
  expect("growBack", packet.growBack(-10) && packet.length === length + 4);
  expect("no room", !packet.growFront(1000) && !packet.growBack(2000) && packet.length === length + 4);
  expect("cut", packet.growFront(-14) && packet.u8(0) === 255 && packet.length === length - 10);
}
