/** Reads the EtherType of every packet and counts IPv4, one packet at a time. */
import { counter, run, Verdict } from "@coven/sdk";

const ipv4 = counter("ipv4", "packets", "packets whose EtherType is IPv4");

run((packet) => {
  if (packet.u16(12) === 0x0800) ipv4.add(1);
  return Verdict.forward;
});
