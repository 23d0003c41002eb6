/** Where a packet goes: the number of an output, or `Verdict.drop`. */
export type Verdict = number;

const drop = 0xffff;
/** Numbers from here on stand for names that are no output: what is sent there fails, and is told. */
const nowhere = 0x8000;
const nowhereMax = 1024;
const unknown: string[] = [];

// spec/channel.md §1: comma-separated, in the order of their numbers; the first is the default.
let outputs = (process.env.COVEN_OUTPUTS || "out").split(",");
let count = outputs.length;

/** @internal For the test harness. */
export function useOutputs(names: readonly string[]): void {
  outputs = [...names];
  count = outputs.length;
}

/** @internal */
export const outputName = (verdict: Verdict): string | undefined => outputs[verdict];

/** The verdict that sends a packet to the output `name`. Where there is none, using the verdict is an error that names those there are. */
function to(name: string): Verdict {
  const found = outputs.indexOf(name);
  if (found >= 0) return found;
  const known = unknown.indexOf(name);
  if (known >= 0) return nowhere + known;
  if (unknown.length === nowhereMax) throw new RangeError(`Verdict.to("${name}"): look an output up once, not per packet`);
  return nowhere + unknown.push(name) - 1;
}

export const Verdict = { forward: 0, drop, to } as const;

/** What the author's code returned, if it is a verdict at all. */
export function checked(verdict: Verdict): Verdict {
  if (verdict >>> 0 === verdict && (verdict < count || verdict === drop)) return verdict;
  return resolved(verdict);
}

function resolved(verdict: Verdict): Verdict {
  const name = typeof verdict === "number" ? unknown[verdict - nowhere] : undefined;
  if (name === undefined) throw notAVerdict(verdict);
  const found = outputs.indexOf(name);
  if (found < 0) throw new RangeError(`no output "${name}"; this component has: ${outputs.join(", ")}`);
  return found;
}

function notAVerdict(value: unknown): TypeError {
  const isPromise = value instanceof Promise;
  const got = isPromise ? "a promise" : typeof value === "number" ? String(value) : typeof value;
  const hint = isPromise ? ": the function may not wait, decide at once and do slow work aside" : "";
  return new TypeError(`a verdict must be Verdict.forward, Verdict.drop or Verdict.to(name), not ${got}${hint}; the outputs are: ${outputs.join(", ")}`);
}
