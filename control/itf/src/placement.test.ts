import { describe, expect, it } from "vitest";
import { cpusIn, cpusOfProcess, thisHost } from "./host.ts";
import { cpuOf } from "./placement.ts";

describe("the CPU of a VNF", () => {
  const host = { cpus: 3, allowed: [2, 3, 7] };

  it("is left to the system unless the package asks", () => {
    expect(cpuOf({ vnf: "a" }, host)).toBeUndefined();
    expect(cpuOf({ vnf: "a", placement: { cpu: "any" } }, host)).toBeUndefined();
  });

  it("is the one that it names, or with together one of the host's by the VNF's name", () => {
    expect(cpuOf({ vnf: "a", placement: { cpu: 7 } }, host)).toBe(7);
    expect(["a", "b", "c", "d"].map((vnf) => cpuOf({ vnf, placement: { cpu: "together" } }, host))).toEqual([3, 7, 2, 3]);
  });

  it("is refused where the platform may not use it", () => {
    expect(() => cpuOf({ vnf: "a", placement: { cpu: 1 } }, host)).toThrow("placement.cpu: the platform may not use CPU 1 on this host; it may use 2, 3, 7");
    expect(() => cpuOf({ vnf: "a", placement: { cpu: 2 } }, { cpus: 2 })).toThrow("it may use 0, 1");
  });

  it("is of the kernel's list", () => {
    expect(cpusIn("0-2,5,8-9")).toEqual([0, 1, 2, 5, 8, 9]);
    expect(thisHost().allowed).toEqual(cpusOfProcess(process.pid));
  });
});
