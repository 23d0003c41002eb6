/** The names that are blocked, each with all that lie below it. Small letters, no dot at the end. */

const namesMax = 100_000;
const nameRule = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** A name as it stands in the list. Throws what is wrong with it. */
export function nameOf(text: string): string {
  const name = text.trim().toLowerCase().replace(/\.$/, "");
  if (!nameRule.test(name)) throw new RangeError(`"${text}" is no name, which looks like ads.example.com`);
  return name;
}

export class Names {
  readonly #names = new Set<string>();

  get size(): number {
    return this.#names.size;
  }

  /** In order. */
  get all(): string[] {
    return [...this.#names].sort();
  }

  add(text: string): string {
    const name = nameOf(text);
    if (this.#names.size >= namesMax && !this.#names.has(name)) throw new RangeError(`the list is full: ${namesMax} names`);
    this.#names.add(name);
    return name;
  }

  remove(text: string): string {
    const name = nameOf(text);
    if (!this.#names.delete(name)) throw new RangeError(`${name} is not on the list`);
    return name;
  }

  /** All of a comma-separated list, and none besides; nothing changes if one is wrong. */
  replace(list: string): void {
    const names = list.split(",").filter((part) => part.trim() !== "").map(nameOf);
    if (names.length > namesMax) throw new RangeError(`the list has ${names.length} names, at most ${namesMax}`);
    this.#names.clear();
    for (const name of names) this.#names.add(name);
  }

  /** Is it on the list, or below a name that is? */
  blocks(name: string): boolean {
    if (this.#names.size === 0) return false;
    for (let at = 0; at >= 0; at = name.indexOf(".", at) + 1 || -1) if (this.#names.has(name.slice(at))) return true;
    return false;
  }
}
