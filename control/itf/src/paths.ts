/** The grammar of paths (spec/vnf-package.md): `lan -> analyzer -> filter -> wan`, and branches, `analyzer.suspicious -> logger -> filter`. */
import type { Fault, Vnf } from "@coven/contract";

/** A path, read: where it begins, the components that stand in it, and the connection point or component that it ends at. */
export interface Path {
  name: string;
  start: { point: string } | { component: string; output: string };
  via: string[];
  end: { point: string } | { joins: string };
}
export type Branch = Path & { start: { component: string; output: string } };
export type Root = Path & { start: { point: string }; end: { point: string } };

export const isBranch = (path: Path): path is Branch => "component" in path.start;
export const isRoot = (path: Path): path is Root => "point" in path.start;

interface Word { text: string; offset: number }

/** Names of a component's outputs in the order of their numbers. */
export const outputsOf = (vnf: Vnf, component: string): string[] => ["out", ...(vnf.components?.[component]?.outputs ?? []).filter((name) => name !== "out")];

/** Reads every path of a package, and says what is wrong with each word. */
export function readPaths(vnf: Vnf): { paths: Path[]; faults: Fault[] } {
  const paths: Path[] = [];
  const faults: Fault[] = [];
  for (const [name, text] of Object.entries(vnf.paths)) {
    const reader = new Reader(vnf, name, text);
    const path = reader.read();
    faults.push(...reader.faults);
    if (path && reader.faults.length === 0) paths.push(path);
  }
  return { paths, faults };
}

class Reader {
  readonly faults: Fault[] = [];
  private readonly words: Word[];
  private readonly vnf: Vnf;
  private readonly name: string;

  constructor(vnf: Vnf, name: string, text: string) {
    this.vnf = vnf;
    this.name = name;
    this.words = split(text);
  }

  read(): Path | undefined {
    const [first, ...rest] = this.words;
    const last = rest.pop();
    if (!first || !last) {
      this.syntax(first, "needs at least two words, such as lan -> wan");
      return undefined;
    }
    const start = this.start(first);
    for (const word of rest) this.middle(word);
    const end = this.end(last, start);
    this.findTwice(start, [...rest, ...(end && "joins" in end ? [last] : [])]);
    return start && end && { name: this.name, start, via: rest.map((word) => word.text), end };
  }

  private start(word: Word): Path["start"] | undefined {
    const [component = "", output, ...more] = word.text.split(".");
    if (output === undefined && this.isPoint(component)) return { point: component };
    if (!this.isComponent(component)) return this.unknown(word, component);
    const outputs = outputsOf(this.vnf, component);
    if (output === undefined) return this.syntax(word, `begins at component ${component}; begin at a connection point, or at a named output as in ${component}.${outputs[1] ?? "NAME"}`);
    if (output === "out") return this.syntax(word, `begins at ${component}.out, but out continues the path that comes to ${component}; only named outputs begin a branch`);
    if (more.length > 0 || !outputs.includes(output)) return this.syntax(word, `component ${component} has no output ${[output, ...more].join(".")}; it has ${outputs.join(", ")}`);
    return { component, output };
  }

  private middle(word: Word): void {
    if (this.hasOutput(word) || this.isComponent(word.text)) return;
    if (this.isPoint(word.text)) this.syntax(word, `goes on after connection point ${word.text}; only the first and the last word may be connection points`);
    else this.unknown(word, word.text);
  }

  private end(word: Word, start: Path["start"] | undefined): Path["end"] | undefined {
    if (this.hasOutput(word)) return undefined;
    if (this.isPoint(word.text)) return { point: word.text };
    if (!this.isComponent(word.text)) return this.unknown(word, word.text);
    if (start && "point" in start) return this.syntax(word, `ends at component ${word.text}; a path that begins at a connection point also ends at one`);
    return { joins: word.text };
  }

  private hasOutput(word: Word): boolean {
    if (!word.text.includes(".")) return false;
    this.syntax(word, `names an output, ${word.text}, after its first word; a branch is a path of its own`);
    return true;
  }

  private findTwice(start: Path["start"] | undefined, words: Word[]): void {
    const seen = new Set(start && "component" in start ? [start.component] : []);
    for (const { text, offset } of words) {
      if (seen.has(text)) this.faults.push({ reason: "PATH_CYCLE", values: [this.name, text], at: ["paths", this.name], offset });
      seen.add(text);
    }
  }

  private isPoint(name: string): boolean {
    return Object.hasOwn(this.vnf.connectionPoints, name);
  }

  private isComponent(name: string): boolean {
    return Object.hasOwn(this.vnf.components ?? {}, name);
  }

  private unknown(word: Word, name: string): undefined {
    if (name === "") return this.syntax(word, "lacks a word at an arrow");
    if (!/^[\w.-]+$/.test(name)) return this.syntax(word, `"${name}" is not a name; words are joined by ->`);
    this.faults.push({ reason: "NAME_UNKNOWN", values: [this.name, name], at: ["paths", this.name], offset: word.offset });
    return undefined;
  }

  private syntax(word: Word | undefined, what: string): undefined {
    this.faults.push({ reason: "PATH_SYNTAX", values: [this.name, what], at: ["paths", this.name], offset: word?.offset ?? 0 });
    return undefined;
  }
}

function split(text: string): Word[] {
  let offset = 0;
  return text.split("->").map((piece) => {
    const word = { text: piece.trim(), offset: offset + piece.length - piece.trimStart().length };
    offset += piece.length + "->".length;
    return word;
  });
}
