/** Port bindings as people write them: `af_packet:veth0`, `pcap:in.pcap,out=o.pcap,rate=full`, `loopback,record=r.pcap`. */
import { CovenError, PortBinding } from "@coven/contract";
import { Value } from "@sinclair/typebox/value";
import { backendNames, backends, type BackendName, formOf, forms, type Option, optionsOf } from "./backends.ts";

type Values = Record<string, string | number>;

/** Reads `BACKEND[:ARG][,KEY=VALUE]*`. A value holds no comma; a package's `port:` takes what this can't say. */
export function parsePortBinding(text: string): PortBinding {
  const [head = "", ...pairs] = text.split(",");
  const colon = head.indexOf(":");
  const name = colon < 0 ? head : head.slice(0, colon);
  if (!isBackend(name)) throw new CovenError("PORT_SYNTAX", [text, `there is no backend ${name || "without a name"}; there are ${backendNames.join(", ")}`, forms()]);
  const refuse = (what: string) => new CovenError("PORT_SYNTAX", [text, what, formOf(name)]);
  const values: Values = {};
  if (colon >= 0) add(values, name, argumentOf(name, refuse), head.slice(colon + 1), refuse);
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 0) throw refuse(`${pair || "an empty word"} is not KEY=VALUE`);
    add(values, name, pair.slice(0, at), pair.slice(at + 1), refuse);
  }
  return checked(nest(name, values), refuse);
}

const isBackend = (name: string): name is BackendName => Object.hasOwn(backends, name);

type Refuse = (what: string) => CovenError;

function argumentOf(name: BackendName, refuse: Refuse): string {
  const { argument } = backends[name];
  if (argument === undefined) throw refuse(`${name} takes no argument`);
  return argument;
}

function add(values: Values, name: BackendName, key: string, text: string, refuse: Refuse): void {
  const options = optionsOf(name);
  const option = Object.hasOwn(options, key) ? options[key] : undefined;
  if (!option) throw refuse(`${name} has no option ${key}`);
  if (Object.hasOwn(values, key)) throw refuse(`${key} is given twice`);
  if (text === "") throw refuse(`${key} is empty`);
  values[key] = readValue(option, key, text, refuse);
}

function readValue(option: Option, key: string, text: string, refuse: Refuse): string | number {
  if (option.kind === "text" || (option.kind === "rate" && (text === "full" || text === "recorded"))) return text;
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw refuse(`${key} is ${text}, but has to be ${option.value}`);
  return number;
}

/** `faults.drop` becomes `{ faults: { drop } }`. */
function nest(backend: BackendName, values: Values): Record<string, unknown> {
  const made: Record<string, unknown> = { backend };
  const faults: Values = {};
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith("faults.")) faults[key.slice("faults.".length)] = value;
    else made[key] = value;
  }
  return Object.keys(faults).length > 0 ? { ...made, faults } : made;
}

/** The schema has the last word on ranges and on what may not be missing. */
function checked(made: Record<string, unknown>, refuse: Refuse): PortBinding {
  if (Value.Check(PortBinding, made)) return made;
  const variant = PortBinding.anyOf.find((one) => one.properties.backend.const === made.backend) ?? PortBinding;
  const first = Value.Errors(variant, made).First();
  const key = first?.path.slice(1).replaceAll("/", ".") ?? "";
  const value = key.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], made);
  throw refuse(value === undefined ? `${key} is missing` : `${key} is ${String(value)}: ${first?.message.toLowerCase()}`);
}

/** The other way: a binding in the form that people write. */
export function formatPortBinding(binding: PortBinding): string {
  const { backend, faults, ...rest } = binding as PortBinding & Record<string, unknown>;
  const { argument } = backends[backend];
  const pairs = Object.entries({ ...rest, ...Object.fromEntries(Object.entries(faults ?? {}).map(([key, value]) => [`faults.${key}`, value])) });
  const head = pairs.find(([key]) => key === argument);
  const tail = pairs.filter(([key, value]) => key !== argument && value !== undefined).map(([key, value]) => `,${key}=${String(value)}`);
  return `${backend}${head ? `:${String(head[1])}` : ""}${tail.join("")}`;
}
