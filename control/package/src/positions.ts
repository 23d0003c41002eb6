/** Where in the file the words of a descriptor stand. */
import { CovenError, type Fault } from "@coven/contract";
import { type Document, isAlias, isCollection, isMap, isPair, isScalar, type LineCounter, type Node, type Pair } from "yaml";

export interface Position { file: string; line: number; column: number }
type Keys = readonly (string | number)[];

export class Positions {
  private readonly file: string;
  private readonly text: string;
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;

  constructor(file: string, text: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.text = text;
    this.document = document;
    this.lines = lines;
  }

  /** Of the value that the keys lead to, `offset` characters into it; of its key where the value is a map or list; where there is none, of what it would stand in. */
  at(keys: Keys, offset = 0): Position {
    const { key, value } = this.find(keys);
    if (isScalar(value) && value.range) return this.point(value.range[0] + this.inside(value.range, String(value.value), offset));
    return this.point((key ?? value)?.range?.[0] ?? 0);
  }

  /** Of the last key itself. */
  keyAt(keys: Keys): Position {
    const { key, value } = this.find(keys);
    return this.point((key ?? value)?.range?.[0] ?? 0);
  }

  point(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  private find(keys: Keys): { key: Node | undefined; value: Node | undefined } {
    let key: Node | undefined;
    let value = this.document.contents as Node | undefined;
    for (const wanted of keys) {
      const inside = this.enter(value, wanted);
      if (!inside) break;
      ({ key, value } = inside);
    }
    return { key, value };
  }

  private enter(node: Node | undefined, wanted: string | number): { key: Node | undefined; value: Node | undefined } | undefined {
    const collection = isAlias(node) ? node.resolve(this.document) : node;
    if (!isCollection(collection)) return undefined;
    if (!isMap(collection)) {
      const item = collection.items[Number(wanted)] as Node | undefined;
      return item && { key: undefined, value: item };
    }
    const pair = collection.items.find((one): one is Pair<Node, Node | null> => isPair(one) && isScalar(one.key) && String(one.key.value) === String(wanted));
    return pair && { key: pair.key, value: pair.value ?? pair.key };
  }

  /** Characters from the node's beginning to that character of its value; 0 where the text is folded or escaped. */
  private inside([from, to]: [number, number, number], value: string, offset: number): number {
    const source = this.text.slice(from, to);
    if (source === value) return offset;
    return source.slice(1, -1) === value ? offset + 1 : 0;
  }
}

/** A fault with its position. */
export interface Placed { position: Position; reason: Fault["reason"]; values: Fault["values"] }

export const place = (fault: Fault, positions: Positions): Placed => ({ position: positions.at(fault.at, fault.offset), reason: fault.reason, values: fault.values });

const shownMax = 50;

/** Throws what is wrong, if anything is: the first of the file in the message, the others in the detail, a line each. */
export function raise(faults: readonly Placed[]): void {
  const ordered = faults.toSorted((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  const errors = ordered.slice(0, shownMax).map(({ reason, values, position }) => new CovenError(reason, [position.file, position.line, position.column, ...values]));
  const [first, ...rest] = errors.map((error) => error.message);
  if (first === undefined) return;
  if (faults.length > shownMax) rest.push(`and ${faults.length - shownMax} more`);
  const { reason, values, position } = ordered[0] as Placed;
  throw new CovenError(reason, [position.file, position.line, position.column, ...values], rest.length > 0 ? rest.join("\n") : undefined);
}
