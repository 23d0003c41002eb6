import { say } from "./say.ts";

/** Where a packet goes: the number of an output, or `Verdict.drop`. */
export type Verdict = number;

const drop = 0xffff;
const numbers = new Map<string, Verdict>();

/** The verdict that sends a packet to the output `name`; without such an output, `Verdict.drop` and a line on stderr. */
function to(name: string): Verdict {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  const outputs = outputNames();
  const found = outputs.indexOf(name);
  if (found < 0) {
    say(`no output "${name}", what goes there is dropped; this component has: ${outputs.join(", ")}`);
  }
  const verdict = found < 0 ? drop : found;
  numbers.set(name, verdict);
  return verdict;
}

// spec/channel.md §1: comma-separated, in the order of their numbers; the first is the default.
const outputNames = (): string[] => (process.env.COVEN_OUTPUTS || "out").split(",");

export const Verdict = { forward: 0, drop, to } as const;

/** What the author's code returned, if it is a verdict at all. */
export function checked(verdict: Verdict): Verdict {
  if ((verdict & 0xffff) !== verdict) throw notAVerdict(verdict);
  return verdict;
}

function notAVerdict(value: unknown): TypeError {
  const isPromise = value instanceof Promise;
  const got = isPromise ? "a promise" : typeof value === "number" ? String(value) : typeof value;
  const hint = isPromise ? ": the function may not wait, decide at once and do slow work aside" : "";
  return new TypeError(`a verdict must be Verdict.forward, Verdict.drop or Verdict.to(name), not ${got}${hint}`);
}
