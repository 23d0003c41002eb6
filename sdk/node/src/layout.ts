/** The layout of the context (spec/sdk.md): `tenant:24,mark:8,reserved:96`, most significant bit first, as properties by name. */
import { LIMITS_CONTEXT_BYTES } from "./generated/channel.ts";
import { bytes } from "./memory.ts";

export interface Field {
  readonly name: string;
  /** First bit, and how many. */
  readonly from: number;
  readonly bits: number;
}

const bits_all = LIMITS_CONTEXT_BYTES * 8;
const number_bits = 53;
const bigint_bits = 64;

/** Fields in order; throws what is wrong with the text. */
export function layoutOf(text: string): Field[] {
  const fields: Field[] = [];
  let from = 0;
  for (const part of text === "" ? [] : text.split(",")) {
    const [, name = "", width = ""] = /^([A-Za-z_][A-Za-z0-9_-]*):([1-9][0-9]{0,2})$/.exec(part.trim()) ?? [];
    if (name === "") throw wrong(text, `"${part}" is not NAME:BITS`);
    if (fields.some((field) => field.name === name)) throw wrong(text, `${name} is there twice`);
    fields.push({ name, from, bits: Number(width) });
    from += Number(width);
  }
  if (from !== 0 && from !== bits_all) throw wrong(text, `its fields have ${from} bits, the context has ${bits_all}`);
  return fields;
}

const wrong = (text: string, why: string) => new Error(`the context's layout "${text}" (COVEN_CONTEXT): ${why}`);

/** What a field's property does; `at` is where the context lies in the segment. */
interface Access { get(at: number): unknown; set(at: number, value: unknown): void }

function accessOf(field: Field): Access {
  if (field.bits <= number_bits) return numberAccess(field);
  return field.bits <= bigint_bits ? bigintAccess(field) : bytesAccess(field);
}

function numberAccess(field: Field): Access {
  const most = 2 ** field.bits - 1;
  return {
    get: (at) => readNumber(at, field.from, field.bits),
    set(at, value) {
      if (typeof value !== "number" || !(value >= 0 && value <= most) || !Number.isInteger(value)) throw misfit(field, value, `a whole number from 0 to ${most}`);
      writeNumber(at, field.from, field.bits, value);
    },
  };
}

const half = 32;
function bigintAccess(field: Field): Access {
  const most = (1n << BigInt(field.bits)) - 1n;
  const high = field.bits - half;
  return {
    get: (at) => (BigInt(readNumber(at, field.from, high)) << 32n) | BigInt(readNumber(at, field.from + high, half)),
    set(at, value) {
      const whole = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
      if (typeof whole !== "bigint" || whole < 0n || whole > most) throw misfit(field, value, `a bigint from 0 to ${most}`);
      writeNumber(at, field.from, high, Number(whole >> 32n));
      writeNumber(at, field.from + high, half, Number(whole & 0xffffffffn));
    },
  };
}

/** Big-endian; the first byte has fewer bits where the width is no multiple of 8. */
function bytesAccess(field: Field): Access {
  const size = Math.ceil(field.bits / 8);
  const first = field.bits - 8 * (size - 1);
  const widthOf = (index: number) => (index === 0 ? first : 8);
  const fromOf = (index: number) => field.from + (index === 0 ? 0 : first + 8 * (index - 1));
  return {
    get: (at) => Uint8Array.from({ length: size }, (_, index) => readNumber(at, fromOf(index), widthOf(index))),
    set(at, value) {
      if (!(value instanceof Uint8Array) || value.length !== size || value[0]! >= 2 ** first) throw misfit(field, value, `${size} bytes, in which ${field.bits} bits lie`);
      for (const [index, byte] of value.entries()) writeNumber(at, fromOf(index), widthOf(index), byte);
    },
  };
}

const misfit = ({ name, bits }: Field, value: unknown, takes: string) => new RangeError(`context field ${name} has ${bits} bits: it takes ${takes}, not ${value instanceof Uint8Array ? `${value.length} bytes` : String(value)}`);

function readNumber(at: number, from: number, bits: number): number {
  let value = 0;
  for (let left = bits; left > 0; ) {
    const taken = Math.min(8 - (from & 7), left);
    value = value * (1 << taken) + ((bytes[at + (from >> 3)]! >> (8 - (from & 7) - taken)) & ((1 << taken) - 1));
    from += taken;
    left -= taken;
  }
  return value;
}

/** From the last bit to the first. */
function writeNumber(at: number, from: number, bits: number, value: number): void {
  for (let end = from + bits, left = bits; left > 0; ) {
    const taken = Math.min(((end - 1) & 7) + 1, left);
    const index = at + ((end - 1) >> 3);
    const shift = (8 - (end & 7)) & 7;
    const mask = ((1 << taken) - 1) << shift;
    bytes[index] = (bytes[index]! & ~mask) | ((value % (1 << taken)) << shift);
    value = Math.floor(value / (1 << taken));
    end -= taken;
    left -= taken;
  }
}

let defined: string[] = [];
const ofObjects = new Set<string | symbol>([...Object.getOwnPropertyNames(Object.prototype), "then", "toJSON", "asymmetricMatch", "nodeType", "$$typeof"]);

/** Properties on the prototype of contexts, and an error that names them for every other name. */
export function defineFields(prototype: object, fields: readonly Field[]): void {
  for (const name of defined) Reflect.deleteProperty(prototype, name);
  defined = [];
  for (const field of fields) {
    if (Object.hasOwn(prototype, field.name)) throw new Error(`context field ${field.name}: a context has something else by this name; it can be reached by bytes alone`);
    const { get, set } = accessOf(field);
    Object.defineProperty(prototype, field.name, {
      configurable: true,
      get(this: { at: number }) {
        return get(this.at);
      },
      set(this: { at: number }, value: unknown) {
        set(this.at, value);
      },
    });
    defined.push(field.name);
  }
  if (Object.getPrototypeOf(prototype) === Object.prototype) Object.setPrototypeOf(prototype, new Proxy(Object.prototype, { get: missing, set: unsettable }));
}

const unsettable = (_: object, name: string | symbol): boolean => missing(_, name) !== undefined && false;

// Reached for names alone that neither a context nor the layout has.
function missing(_: object, name: string | symbol): never | undefined {
  if (typeof name === "symbol" || ofObjects.has(name)) return Reflect.get(Object.prototype, name);
  throw new TypeError(`no context field "${name}"; ${defined.length > 0 ? `the layout has: ${defined.join(", ")}` : "the package states no layout for this component (context, spec/vnf-package.md)"}`);
}
