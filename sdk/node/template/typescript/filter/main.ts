import { counter, run, setting, Verdict } from "@coven/sdk";
import { destinationPort } from "./rule.ts";

const port = setting("port", 8080, "", "packets to this port are dropped");
const dropped = counter("dropped", "packets", "packets to the port");

run((packet) => {
  if (destinationPort(packet.data) !== port.value) return Verdict.forward;
  dropped.add(1);
  return Verdict.drop;
});
