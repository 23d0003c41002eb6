import type { Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { bindPorts, parsePortBinding } from "./index.ts";

const vnf = (lan: string | null, wan: string | null): Vnf => ({
  vnf: "x",
  version: "1",
  connectionPoints: { lan: lan ? { port: parsePortBinding(lan) } : {}, wan: wan ? { port: parsePortBinding(wan) } : {} },
  paths: { up: "lan -> wan" },
});

describe("bindPorts", () => {
  it("takes what is asked for, else the package's default", () => {
    const bound = bindPorts(vnf("af_packet:eth1", "loopback"), { wan: parsePortBinding("af_packet:eth2") });
    expect(bound).toEqual({ lan: { backend: "af_packet", interface: "eth1" }, wan: { backend: "af_packet", interface: "eth2" } });
  });

  it("gives several threads only what they can have a part of each", () => {
    const of = (lan: string) => bindPorts({ ...vnf(lan, "loopback"), threads: 3 }, {});
    for (const good of ["af_packet:eth1", "af_xdp:eth1", "generate", "generate,flows=3", "loopback"]) expect(of(good)).toHaveProperty("lan");
    for (const bad of ["pcap:a.pcap", "tap:t0", "memif:/tmp/x,role=server", "libpcap:eth1", "plugin:a.so"]) expect(() => of(bad)).toThrow("connection point lan: packets of");
    expect(() => of("generate,flows=2")).toThrow("connection point lan: flows: 2 are fewer than threads, and a flow is with one thread, but the package has threads: 3; use flows: 3 or more");
    expect(() => of("af_packet:eth1,record=a.pcap")).toThrow("several threads can't record to one file");
  });

  it("names the point that has no port", () => {
    expect(() => bindPorts(vnf("loopback", null), {})).toThrow("connection point wan is bound to no port: say which, for example --port wan=af_packet:eth1");
  });

  it("names a point that does not exist", () => {
    expect(() => bindPorts(vnf("loopback", "loopback"), { wann: { backend: "loopback" } })).toThrow("there is no connection point wann; there are lan, wan");
  });

  it("gives no interface and no output file to two", () => {
    expect(() => bindPorts(vnf("af_packet:eth1", "af_packet:eth1"), {})).toThrow("lan and wan are both bound to interface eth1");
    expect(() => bindPorts(vnf("pcap,out=a.pcap", "loopback,record=a.pcap"), {})).toThrow("lan and wan are both bound to file a.pcap");
    expect(bindPorts(vnf("pcap:a.pcap", "pcap:a.pcap"), {})).toHaveProperty("wan");
  });
});
