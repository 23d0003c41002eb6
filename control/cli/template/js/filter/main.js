/** Keeps packets away from one port. */
import { counter, flowTable, run, setting, Verdict } from "@coven/sdk";

const port = setting("port", 8080, "", "packets to this port are kept away");
const dropped = counter("dropped", "packets", "packets to the port, but for the first of each flow");
const knocks = flowTable("knocks", 4096, 60); // flows to the port; one is forgotten after 60 s without a packet
const watch = Verdict.to("watch");

export function filter(packet) {
  const transport = packet.tcp ?? packet.udp;
  if (transport === undefined) return Verdict.forward;
  packet.context.service = transport.destinationPort;
  if (transport.destinationPort !== port.value) return Verdict.forward;
  if (knocks.get(packet) === undefined) {
    knocks.put(packet, true);
    return watch;
  }
  dropped.add(1);
  return Verdict.drop;
}

run(filter);
