/** The demo's two hosts and the two interfaces between which the firewall stands. */
import { Host, join } from "@coven/testbed";

interface Side { host: Host; interface: string; address: string }
export interface Network { client: Side; server: Side; lan: string; wan: string; remove(): void }

export function makeNetwork(): Network {
  const client = { host: new Host("client"), interface: "eth0", address: "10.99.0.1" };
  const server = { host: new Host("server"), interface: "eth0", address: "10.99.0.2" };
  join(client.host, "lan0", client.interface, `${client.address}/24`);
  join(server.host, "wan0", server.interface, `${server.address}/24`);
  return {
    client, server, lan: "lan0", wan: "wan0",
    remove() {
      client.host.remove();
      server.host.remove();
    },
  };
}
