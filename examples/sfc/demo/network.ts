/** The demonstration's network: two hosts, and the links between the switch and the two VNFs. All of it is here, in namespaces. */
import { Host, join, run } from "@coven/testbed";

/** Links, each from the switch to what stands at its other end. */
export const links = { client: "sw-client", server: "sw-server", "to-marker": "sw-marker-in", "from-marker": "sw-marker-out", "to-gate": "sw-gate-in", "from-gate": "sw-gate-out" } as const;
export type Link = keyof typeof links;
/** Where the VNFs have them. */
export const ends = { marker: { lan: "marker-lan", wan: "marker-wan" }, gate: { lan: "gate-lan", wan: "gate-wan" } } as const;

/** An Ethernet header and an NSH of MD type 1 on top of 1,500 bytes, with room to spare. */
const chainMtu = "1600";

export interface Network { client: Host; server: Host; remove(): void }

export function makeNetwork(): Network {
  const [client, server] = [new Host("client"), new Host("server")];
  join(client, links.client, "eth0", "10.97.0.1/24");
  join(server, links.server, "eth0", "10.97.0.2/24");
  const cables = [[links["to-marker"], ends.marker.lan], [links["from-marker"], ends.marker.wan], [links["to-gate"], ends.gate.lan], [links["from-gate"], ends.gate.wan]] as const;
  for (const [one, other] of cables) {
    run("ip", ["link", "add", one, "type", "veth", "peer", "name", other]);
    for (const end of [one, other]) run("ip", ["link", "set", end, "up", "mtu", chainMtu]);
  }
  return {
    client,
    server,
    remove() {
      for (const host of [client, server]) host.remove();
      for (const [one] of cables) run("ip", ["link", "delete", one]);
    },
  };
}
