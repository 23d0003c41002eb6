import { CovenError, PortBinding } from "@coven/contract";
import { Value } from "@sinclair/typebox/value";
import { describe, expect, it } from "vitest";
import { backendNames, backends, formatPortBinding, formOf, optionsOf, parsePortBinding } from "./index.ts";

const refusal = (text: string): CovenError => {
  try {
    parsePortBinding(text);
  } catch (error) {
    if (error instanceof CovenError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
};

describe("a port binding", () => {
  it.each([
    ["af_packet:veth0", { backend: "af_packet", interface: "veth0" }],
    ["af_packet,interface=veth0", { backend: "af_packet", interface: "veth0" }],
    ["af_packet:eth1.100,record=a/b.pcap", { backend: "af_packet", interface: "eth1.100", record: "a/b.pcap" }],
    ["af_xdp:eth1", { backend: "af_xdp", interface: "eth1" }],
    ["pcap:in.pcap,out=o.pcap,rate=full", { backend: "pcap", in: "in.pcap", out: "o.pcap", rate: "full" }],
    ["pcap:C:in=1.pcap,rate=2.5e3", { backend: "pcap", in: "C:in=1.pcap", rate: 2500 }],
    ["pcap,out=o.pcap,rate=recorded", { backend: "pcap", out: "o.pcap", rate: "recorded" }],
    ["loopback", { backend: "loopback" }],
    ["tap:vnf0,mtu=1400", { backend: "tap", interface: "vnf0", mtu: 1400 }],
    ["memif:/run/vpp/memif.sock,role=client,id=3", { backend: "memif", socket: "/run/vpp/memif.sock", role: "client", id: 3 }],
    ["libpcap:zc:eth1@0", { backend: "libpcap", interface: "zc:eth1@0" }],
    ["plugin:udp.so,arguments=10.0.0.1:4000 10.0.0.2:4000", { backend: "plugin", file: "udp.so", arguments: "10.0.0.1:4000 10.0.0.2:4000" }],
    ["generate", { backend: "generate" }],
    ["generate,size=1514,rate=1e5,count=10,flows=16,spi=7", { backend: "generate", size: 1514, rate: 100_000, count: 10, flows: 16, spi: 7 }],
    ["loopback,faults.drop=0.1,faults.seed=3,faults.delay_us=10", { backend: "loopback", faults: { drop: 0.1, seed: 3, delay_us: 10 } }],
  ])("%s", (text, expected) => {
    const parsed = parsePortBinding(text);
    expect(parsed).toEqual(expected);
    expect(Value.Check(PortBinding, parsed)).toBe(true);
    expect(parsePortBinding(formatPortBinding(parsed))).toEqual(parsed);
  });

  it.each([
    ["", "there is no backend without a name"],
    ["ethernet:eth0", "there is no backend ethernet; there are af_packet, af_xdp, pcap, loopback, generate, tap, memif, libpcap, plugin"],
    ["constructor", "there is no backend constructor"],
    ["af_packet", "interface is missing"],
    ["af_packet:", "interface is empty"],
    ["af_packet:a-name-of-more-than-15", "interface is a-name-of-more-than-15: expected string length less or equal to 15"],
    ["af_packet:eth0,interface=eth1", "interface is given twice"],
    ["af_packet:eth0,in=a", "af_packet has no option in"],
    ["af_packet:eth0,toString=a", "af_packet has no option toString"],
    ["af_packet:eth0,", "an empty word is not KEY=VALUE"],
    ["af_packet:eth0,record", "record is not KEY=VALUE"],
    ["loopback:x", "loopback takes no argument"],
    ["pcap:a,rate=quick", "rate is quick, but has to be full|recorded|N"],
    ["pcap:a,rate=-1", "rate is -1"],
    ["generate,rate=recorded", "rate is recorded"],
    ["plugin:../udp.so", "file is ../udp.so"],
    ["memif:a.sock", "role is missing"],
    ["memif:a.sock,role=master", "role is master"],
    ["generate,size=59", "size is 59"],
    ["loopback,faults.drop=2", "faults.drop is 2: expected number to be less or equal to 1"],
    ["loopback,faults.seed=0.5", "faults.seed is 0.5: expected integer"],
  ])("%s is refused with the reason and the form", (text, what) => {
    const error = refusal(text);
    expect(error.reason).toBe("PORT_SYNTAX");
    expect(error.message).toContain(what);
    expect(error.message).toContain("the form is ");
  });
});

describe("the table of backends", () => {
  it("has exactly the backends and options of the contract's schema", () => {
    for (const variant of PortBinding.anyOf) {
      const name = variant.properties.backend.const;
      const { faults, backend: _, ...plain } = variant.properties as Record<string, { properties?: object }>;
      const expected = [...Object.keys(plain), ...Object.keys(faults?.properties ?? {}).map((key) => `faults.${key}`)];
      expect(Object.keys(optionsOf(name)).sort()).toEqual(expected.sort());
    }
    expect(backendNames).toEqual(PortBinding.anyOf.map((variant) => variant.properties.backend.const));
  });

  it("names only options that exist", () => {
    for (const name of backendNames) {
      const { argument, interface: nic, reads, writes } = backends[name];
      for (const key of [argument, nic, reads, ...writes]) if (key !== undefined) expect(optionsOf(name)).toHaveProperty([key]);
    }
  });

  it("says the form", () => {
    expect(formOf("pcap")).toBe("pcap:FILE[,out=FILE][,rate=full|recorded|N][,record=FILE][,faults.seed=N][,faults.drop=0..1][,faults.corrupt=0..1][,faults.delay_us=N]");
  });
});
