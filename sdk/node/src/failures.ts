import { say } from "./say.ts";

const kindsMax = 16;
const pauseMs = 1000;
const kinds = new Set<string>();
let quietUntil = 0;
let silenced = 0;

/** Tell the author of an exception: the first of a kind, then at most one a second (the core counts them all). */
export function report(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? String(error)) : `thrown: ${String(error)}`;
  const now = performance.now();
  if (!isNew(kindOf(text)) && now < quietUntil) {
    silenced++;
    return;
  }
  const more = silenced > 0 ? ` (and ${silenced} more since the last report)` : "";
  say(`the function failed, its packets are dropped${more}: ${text}`);
  quietUntil = now + pauseMs;
  silenced = 0;
}

// The message without the numbers that it carries, and where it comes from.
const kindOf = (text: string): string => text.split("\n", 2).join().replaceAll(/\d+/g, "#");

function isNew(kind: string): boolean {
  if (kinds.has(kind) || kinds.size >= kindsMax) return false;
  kinds.add(kind);
  return true;
}
