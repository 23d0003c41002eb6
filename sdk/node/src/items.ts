import { native } from "./native.ts";

/** What the extended agent shows of this component (spec/ea.md). */
export interface Item {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram" | "setting" | "command";
  readonly type: "integer" | "number" | "string" | "boolean" | "command";
  readonly unit: string;
  readonly help: string;
  get?(): unknown;
  /** Takes a value of the item's type; throws with the reason of a refusal. */
  set?(value: unknown): void;
  call?(argument: string): unknown;
  /** As it was at first: a test begins anew. */
  reset?(): unknown;
}

const itemsMax = 256;
const operation = { get: 0, set: 1, call: 2 } as const;
const items: Item[] = [];
let running = false;

/** Names are unique; `name` must be [a-z][a-z0-9_-]{0,62}. */
export function publish<T extends Item>(item: T): T {
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(item.name)) {
    throw new Error(`item "${item.name}": a name is a small letter, then up to 62 of a-z, 0-9, _ and -`);
  }
  if (items.some((other) => other.name === item.name)) throw new Error(`item "${item.name}" is there already`);
  if (items.length === itemsMax) throw new Error(`item "${item.name}": a component shows at most ${itemsMax}`);
  items.push(item);
  if (running) announce(item, items.length - 1);
  return item;
}

/** @internal For tests. */
export function itemCalled(name: string): Item {
  const item = items.find((one) => one.name === name);
  if (!item) throw new Error(`no item "${name}"; there are: ${itemNames().join(", ")}`);
  return item;
}

/** @internal */
export const resetItems = (): void => {
  for (const item of items) item.reset?.();
};

export const itemNames = (): string[] => items.map((item) => item.name);

export function publishAll(): void {
  running = true;
  items.forEach(announce);
}

function announce(item: Item, id: number): void {
  native().publish(id, item.name, item.kind, item.type, item.unit, item.help);
}

/** Called by the addon between bursts. */
export function serve(id: number, what: number, argument: string): string {
  const item = items[id];
  if (what === operation.get && item?.get) return JSON.stringify(item.get());
  if (what === operation.set && item?.set) {
    item.set(JSON.parse(argument));
    return "";
  }
  if (what === operation.call && item?.call) return answer(item.call(argument));
  throw new Error("no such operation");
}

function answer(result: unknown): string {
  if (result instanceof Promise) throw new TypeError("a command must answer at once, not by a promise");
  return JSON.stringify(result) ?? "null";
}
