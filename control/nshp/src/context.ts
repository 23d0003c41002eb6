/** Context layouts: what the 16 bytes of an MD type 1 context mean (RFC 8300 §2.4). */
import type { ContextField, Vnf } from "@coven/contract";

export const contextBits = 128;
const contextBytes = contextBits / 8;

/** A field: `offset` counts bits from the first, most significant bit of the context. */
export interface Field { name: string; offset: number; bits: number }
export type Layout = readonly Field[] | "opaque";

/** The layout of that name, or nothing if the package does not describe it. `opaque` needs no description. */
export function layoutOf(vnf: Vnf, name: string): Layout | undefined {
  const contexts = vnf.nsh?.contexts ?? {};
  const described = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (described === undefined) return name === "opaque" ? "opaque" : undefined;
  if (described === "opaque") return "opaque";
  const before = (index: number) => described.slice(0, index).reduce((sum, field) => sum + field.bits, 0);
  return described.map(({ field, bits }, index) => ({ name: field, offset: before(index), bits }));
}

/** The layouts by which components read and write the context (COVEN_CONTEXT, spec/channel.md §1): none for one that names none, or `opaque`. */
export function componentContexts(vnf: Vnf): Record<string, ContextField[]> {
  return Object.fromEntries(
    Object.entries(vnf.components ?? {}).flatMap(([name, { context }]): [string, ContextField[]][] => {
      const layout = context === undefined ? undefined : layoutOf(vnf, context);
      return Array.isArray(layout) ? [[name, layout.map((field: Field) => ({ field: field.name, bits: field.bits }))]] : [];
    }),
  );
}

const shiftOf = (field: Field) => BigInt(contextBits - field.offset - field.bits);
const maskOf = (field: Field) => (1n << BigInt(field.bits)) - 1n;

/** The fields of a context, by name. Values are `bigint`, since a field has up to 128 bits. */
export function readContext(bytes: Uint8Array, layout: readonly Field[]): Record<string, bigint> {
  const whole = toNumber(bytes);
  return Object.fromEntries(layout.map((field) => [field.name, (whole >> shiftOf(field)) & maskOf(field)]));
}

/** A context with these fields set and the others as in `bytes` (zero if there are none). A RangeError names what does not fit. */
export function writeContext(values: Record<string, bigint | number>, layout: readonly Field[], bytes: Uint8Array = new Uint8Array(contextBytes)): Uint8Array {
  let whole = toNumber(bytes);
  for (const [name, value] of Object.entries(values)) {
    const field = layout.find((one) => one.name === name);
    if (!field) throw new RangeError(`the context has no field ${name}; it has ${layout.map((one) => one.name).join(", ")}`);
    const wanted = BigInt(value);
    if (wanted < 0n || wanted > maskOf(field)) throw new RangeError(`${name} is ${value}; it has ${field.bits} bits`);
    whole = (whole & ~(maskOf(field) << shiftOf(field))) | (wanted << shiftOf(field));
  }
  return toBytes(whole);
}

function toNumber(bytes: Uint8Array): bigint {
  if (bytes.length !== contextBytes) throw new RangeError(`a context has ${contextBytes} bytes, not ${bytes.length}`);
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

const toBytes = (whole: bigint): Uint8Array => Uint8Array.from(Buffer.from(whole.toString(16).padStart(2 * contextBytes, "0"), "hex"));
