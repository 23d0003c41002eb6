import { expect, test } from "vitest";
import { flowText, readFields, readFlow, readRoles, readRule, ruleText } from "./nsh.ts";

test.each([
  ["udp:10.0.0.1:4000>10.0.0.2:53", { protocol: 17, source: "10.0.0.1", destination: "10.0.0.2", sourcePort: 4000, destinationPort: 53 }],
  ["tcp:[2001:db8::1]:1>[2001:db8::2]:443", { protocol: 6, source: "2001:db8::1", destination: "2001:db8::2", sourcePort: 1, destinationPort: 443 }],
  ["icmp:10.0.0.1>10.0.0.2", { protocol: 1, source: "10.0.0.1", destination: "10.0.0.2" }],
  ["89:10.0.0.1>10.0.0.2", { protocol: 89, source: "10.0.0.1", destination: "10.0.0.2" }],
])("the flow %s is read as it is written", (text, flow) => {
  expect(readFlow(text)).toEqual(flow);
  expect(flowText(flow)).toBe(text);
});

test("what is no flow, field, rule or role says so", () => {
  for (const text of ["", "udp", "pigeon:1.2.3.4>1.2.3.5"]) expect(() => readFlow(text)).toThrow("is no flow; the form is udp:");
  for (const text of ["tenant", "tenant=", "=7", "ten ant=7"]) expect(() => readFields([text])).toThrow("is no field");
  expect(() => readRule("protocol=tcp")).toThrow("names no path");
  for (const text of ["", "path", "path=web,context=1", "path=web,spi.x=1"]) expect(() => readRule(text)).toThrow("is no part of a rule");
  for (const text of ["lan", "lan=", "lan=a=b"]) expect(() => readRoles([text])).toThrow("is no role");
});

test("fields and rules keep numbers numbers and text text", () => {
  expect(readFields(["tenant=7", "wide=0xffffffffffffffff", "big=99999999999999999999"])).toEqual({ tenant: 7, wide: "0xffffffffffffffff", big: "99999999999999999999" });
  const text = "path=web,source=10.0.0.0/8,protocol=tcp,destinationPort=443,sourcePort=1024-65535,payload=1603,context.mark=1,context.kind=2,to=02:00:00:00:00:01";
  const rule = { path: "web", source: "10.0.0.0/8", protocol: "tcp", destinationPort: 443, sourcePort: "1024-65535", payload: "1603", context: { mark: 1, kind: 2 }, to: "02:00:00:00:00:01" };
  expect(readRule(text)).toEqual(rule);
  expect(ruleText(rule)).toBe(text);
});
