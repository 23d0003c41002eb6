import type { Vnf } from "@coven/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { componentContexts, type Field, layoutOf, readContext, writeContext } from "./index.ts";

type Contexts = NonNullable<NonNullable<Vnf["nsh"]>["contexts"]>;
const vnf = (contexts: Contexts): Vnf => ({ vnf: "x", version: "1", connectionPoints: { lan: {} }, paths: { up: "lan -> lan" }, nsh: { contexts } });
const fields = (layout: ReturnType<typeof layoutOf>): readonly Field[] => {
  if (layout === undefined || layout === "opaque") throw new Error("no fields");
  return layout;
};

describe("a context layout", () => {
  const mark = vnf({ "skype-mark": [{ field: "mark", bits: 8 }, { field: "reserved", bits: 120 }], raw: "opaque" });

  it("counts bits from the first byte's most significant one", () => {
    expect(layoutOf(mark, "skype-mark")).toEqual([{ name: "mark", offset: 0, bits: 8 }, { name: "reserved", offset: 8, bits: 120 }]);
    const bytes = writeContext({ mark: 1 }, fields(layoutOf(mark, "skype-mark")));
    expect([...bytes]).toEqual([1, ...new Array(15).fill(0)]);
  });

  it("may be opaque, or unknown", () => {
    expect(layoutOf(mark, "raw")).toBe("opaque");
    expect(layoutOf(mark, "opaque")).toBe("opaque");
    expect(layoutOf(mark, "other")).toBeUndefined();
    expect(layoutOf(mark, "constructor")).toBeUndefined();
  });

  it("is for components that name one", () => {
    const components = { a: { framework: "c", context: "skype-mark" }, b: { framework: "c", context: "raw" }, c: { framework: "c", context: "opaque" }, d: { framework: "c" } };
    expect(componentContexts({ ...mark, components })).toEqual({ a: [{ field: "mark", bits: 8 }, { field: "reserved", bits: 120 }] });
    expect(componentContexts(mark)).toEqual({});
  });

  it("refuses what does not fit", () => {
    const layout = fields(layoutOf(mark, "skype-mark"));
    expect(() => writeContext({ mark: 256 }, layout)).toThrow("mark is 256; it has 8 bits");
    expect(() => writeContext({ mark: -1 }, layout)).toThrow("mark is -1");
    expect(() => writeContext({ marc: 1 }, layout)).toThrow("the context has no field marc; it has mark, reserved");
    expect(() => readContext(new Uint8Array(15), layout)).toThrow("16 bytes, not 15");
  });

  /** Widths that make 128 bits. */
  const widths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }).map((wanted) => {
    const kept: number[] = [];
    for (const bits of wanted) if (kept.reduce((a, b) => a + b, 0) + bits < 128) kept.push(bits);
    return [...kept, 128 - kept.reduce((a, b) => a + b, 0)];
  });

  it("gives back what was written, and leaves the other fields alone", () => {
    fc.assert(
      fc.property(widths, fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (bits, bytes, pick, value) => {
        const layout = fields(layoutOf(vnf({ l: bits.map((width, i) => ({ field: `f${i}`, bits: width })) }), "l"));
        const before = readContext(bytes, layout);
        expect(writeContext(before, layout)).toEqual(bytes);
        const field = layout[pick % layout.length] as Field;
        const wanted = value & ((1n << BigInt(field.bits)) - 1n);
        expect(readContext(writeContext({ [field.name]: wanted }, layout, bytes), layout)).toEqual({ ...before, [field.name]: wanted });
      }),
    );
  });
});
