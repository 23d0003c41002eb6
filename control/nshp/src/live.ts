/** The NSH of a running VNF: changes on top of its package, and contexts between fields and bits. */
import type { ClassifyRule, ContextField, ContextValues, ForwardRule, NshMode, Vnf } from "@coven/contract";
import { type Field, layoutOf, readContext, writeContext } from "./context.ts";
import { layoutName, type NshRoute } from "./rules.ts";

export interface NshChanges { roles: Record<string, NshMode>; classify?: ClassifyRule[]; forward?: ForwardRule[] }

/** The package as if it said what was changed. */
export function changedVnf(vnf: Vnf, { roles, classify, forward }: NshChanges): Vnf {
  const points = Object.entries(vnf.connectionPoints).map(([name, point]) => [name, roles[name] === undefined ? point : { ...point, nsh: roles[name] }]);
  return { ...vnf, connectionPoints: Object.fromEntries(points), nsh: { ...vnf.nsh, ...(classify && { classify }), ...(forward && { forward }) } };
}

/** The service paths of a path: its own SPI, and those that rules give it; with the SI that its packets come with, as far as it is known. */
export function servicesOf(vnf: Vnf, route: NshRoute): { spi: number; si?: number }[] {
  const own = vnf.nsh?.paths?.[route.name];
  const role = vnf.connectionPoints[route.from]?.nsh;
  const rules = role === "classify" ? (vnf.nsh?.classify ?? []) : role === "forward" ? (vnf.nsh?.forward ?? []) : [];
  const ruled = rules.filter(({ path }) => path === route.name).map(({ spi = own?.spi, si = own?.si }) => ({ spi, ...(si !== undefined && { si }) }));
  const all = [...(own ? [{ spi: own.spi, ...(own.si !== undefined && { si: own.si }) }] : []), ...ruled];
  const bySpi = new Map(all.flatMap(({ spi, ...rest }) => (spi === undefined ? [] : [[spi, { spi, ...rest }] as const])).toReversed());
  return [...bySpi.values()].toReversed();
}

/** Layout of a path's context by name, and its fields; one field, `context`, where it is not described. */
export function pathLayout(vnf: Vnf, route: NshRoute): { layout: string | null; fields: ContextField[] } {
  const described = layoutName(vnf, route);
  const layout = described ?? vnf.nsh?.paths?.[route.name]?.context ?? (route.components.some((name) => vnf.components?.[name]?.context !== undefined) ? "opaque" : null);
  const fields = described === undefined ? undefined : layoutOf(vnf, described);
  return { layout, fields: fields === undefined || fields === "opaque" ? whole : fields.map(({ name, bits }) => ({ field: name, bits })) };
}

const whole: ContextField[] = [{ field: "context", bits: 128 }];

/** Fields as they lie in a context. */
function placed(fields: readonly ContextField[]): Field[] {
  let offset = 0;
  return fields.map(({ field, bits }) => {
    const place = { name: field, offset, bits };
    offset += bits;
    return place;
  });
}

/** The fields of a context in hex. */
export function valuesOf(hex: string, fields: readonly ContextField[]): ContextValues {
  const read = readContext(Buffer.from(hex, "hex"), placed(fields));
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, value <= Number.MAX_SAFE_INTEGER ? Number(value) : `0x${value.toString(16)}`]));
}

/** The bits that these fields take, and what they are to be, in hex. A RangeError says what does not fit. */
export function bitsOf(values: ContextValues, fields: readonly ContextField[]): { mask: string; value: string } {
  const layout = placed(fields);
  const wanted = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numberOf(name, value)]));
  const all = Object.fromEntries(layout.filter(({ name }) => Object.hasOwn(values, name)).map(({ name, bits }) => [name, (1n << BigInt(bits)) - 1n]));
  const hex = (numbers: Record<string, bigint>) => Buffer.from(writeContext(numbers, layout)).toString("hex");
  return { value: hex(wanted), mask: hex(all) };
}

function numberOf(name: string, value: number | string): bigint {
  if (typeof value === "number" ? Number.isSafeInteger(value) : /^(\d{1,39}|0x[0-9a-fA-F]{1,32})$/.test(value)) return BigInt(value);
  throw new RangeError(`${name} is ${JSON.stringify(value)}; a field is a whole number, such as 7 or "0xff"`);
}
