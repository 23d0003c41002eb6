import type { Vnf } from "@coven/contract";
import { describe, expect, it } from "vitest";
import { addressText, bitsOf, changedVnf, flowOf, flowWords, type NshRoute, pathLayout, servicesOf, valuesOf } from "./index.ts";

const fields = [{ field: "tenant", bits: 24 }, { field: "wide", bits: 64 }, { field: "rest", bits: 40 }];
const vnf: Vnf = {
  vnf: "x",
  version: "1",
  connectionPoints: { lan: { nsh: "classify" }, wan: { nsh: "proxy" }, hop: { nsh: "forward" } },
  components: { a: { framework: "c", context: "tenants" }, b: { framework: "c", context: "opaque" } },
  paths: { web: "lan -> a -> wan", back: "wan -> b -> lan", on: "hop -> wan", plain: "wan -> lan" },
  nsh: { contexts: { tenants: fields }, paths: { web: { spi: 10, si: 200 }, back: { spi: 11 } }, classify: [{ path: "web" }, { path: "web", spi: 12 }, { path: "back", spi: 99 }], forward: [{ spi: 20, path: "on" }, { spi: 20, si: 3, path: "on" }] },
};
const route = (name: string, from: string, ...components: string[]): NshRoute => ({ name, from, components });
const [web, back, on, plain] = [route("web", "lan", "a"), route("back", "wan", "b"), route("on", "hop"), route("plain", "wan")] as const;

describe("a VNF whose NSH was changed", () => {
  it("is the package, but for what was changed", () => {
    expect(changedVnf(vnf, { roles: {} })).toEqual(vnf);
    const changed = changedVnf(vnf, { roles: { wan: "aware" }, classify: [] });
    expect(changed).toEqual({ ...vnf, connectionPoints: { ...vnf.connectionPoints, wan: { nsh: "aware" } }, nsh: { ...vnf.nsh, classify: [] } });
  });

  it("has the service paths of its paths and of its rules", () => {
    expect(servicesOf(vnf, web)).toEqual([{ spi: 10, si: 200 }, { spi: 12, si: 200 }]);
    expect(servicesOf(vnf, back)).toEqual([{ spi: 11 }]);
    expect(servicesOf(vnf, on)).toEqual([{ spi: 20 }]);
    expect(servicesOf(vnf, plain)).toEqual([]);
  });

  it("has a layout for each path, if only as a whole", () => {
    expect(pathLayout(vnf, web)).toEqual({ layout: "tenants", fields });
    expect(pathLayout(vnf, back)).toEqual({ layout: "opaque", fields: [{ field: "context", bits: 128 }] });
    expect(pathLayout(vnf, on)).toEqual({ layout: null, fields: [{ field: "context", bits: 128 }] });
  });
});

describe("fields and bits", () => {
  it("come back as they went, large ones in hex", () => {
    const values = { tenant: 7, wide: "0xfffffffffffffffe", rest: 5 };
    const { mask, value } = bitsOf(values, fields);
    expect(mask).toBe("f".repeat(32));
    expect(value).toBe("000007fffffffffffffffe0000000005");
    expect(valuesOf(value, fields)).toEqual(values);
    expect(bitsOf({ tenant: "0xff" }, fields)).toEqual({ mask: `ffffff${"0".repeat(26)}`, value: `0000ff${"0".repeat(26)}` });
    expect(bitsOf({}, fields).mask).toBe("0".repeat(32));
  });

  it.each([
    [{ tenent: 1 }, "the context has no field tenent; it has tenant, wide, rest"],
    [{ tenant: 1 << 24 }, "tenant is 16777216; it has 24 bits"],
    [{ tenant: -1 }, "tenant is -1"],
    [{ tenant: 1.5 }, "tenant is 1.5; a field is a whole number"],
    [{ tenant: "seven" }, 'tenant is "seven"; a field is a whole number'],
  ])("%j does not fit", (values, message) => expect(() => bitsOf(values, fields)).toThrow(message));
});

describe("flows", () => {
  it.each([
    [{ protocol: 17, source: "10.0.0.1", destination: "10.0.0.255", sourcePort: 1, destinationPort: 65535 }, "0a000001"],
    [{ protocol: 6, source: "2001:db8::1", destination: "::", sourcePort: 0, destinationPort: 0 }, "20010db8000000000000000000000001"],
    [{ protocol: 58, source: "fe80::1:0:0:1", destination: "::1" }, "fe800000000000000001000000000001"],
  ])("%j for the engine and back", (flow, source) => {
    expect(flowWords(flow)).toMatchObject({ source });
    expect(flowOf(flowWords(flow))).toEqual(flow);
  });

  it.each([
    [{ protocol: 17, source: "10.0.0.1", destination: "10.0.0.2" }, "both ports"],
    [{ protocol: 1, source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 1, destinationPort: 2 }, "others none"],
    [{ protocol: 1, source: "10.0.0.0/8", destination: "10.0.0.2" }, "10.0.0.0/8 is no address"],
    [{ protocol: 1, source: "10.0.0.1", destination: "::1" }, "of two families"],
  ])("%j is none", (flow, message) => expect(() => flowWords(flow)).toThrow(message));

  it("addresses are text", () => expect([addressText("0a0000ff"), addressText("20010db8000000000000000000000000")]).toEqual(["10.0.0.255", "2001:db8::"]));
});
