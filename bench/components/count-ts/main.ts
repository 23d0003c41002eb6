/** Reads the EtherType of every packet and counts IPv4, a burst at a time. */
import { counter, runBurst } from "@coven/sdk";

const ipv4 = counter("ipv4", "packets", "packets whose EtherType is IPv4");

runBurst((burst) => {
  let seen = 0;
  for (let i = 0; i < burst.length; i++) if (burst.u16(i, 12) === 0x0800) seen++;
  ipv4.add(seen);
});
