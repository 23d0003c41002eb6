/** `vnf.yaml` -> Vnf: syntax and schema; `validateVnf` judges what it means. YAML 1.2, core schema. */
import { CovenError, Vnf } from "@coven/contract";
import { Value } from "@sinclair/typebox/value";
import { type Document, isScalar, LineCounter, parseDocument, type Scalar, visit, type YAMLError, type YAMLMap } from "yaml";
import { limits } from "./limits.ts";
import { type Placed, Positions, raise } from "./positions.ts";
import { schemaFaults } from "./schema.ts";
import { excess } from "./tokens.ts";

export interface ParsedVnf { vnf: Vnf; positions: Positions }

/** As many values as the aliases of an honest descriptor unfold into; more is a bomb. */
const aliasCountMax = 100;

/** Throws CovenError with everything that is wrong: YAML_SYNTAX or SCHEMA, the first problem in the message, the others in the detail. */
export function parseVnf(text: string, fileName: string): ParsedVnf {
  const { document, positions } = readDocument(text, fileName);
  const data = toData(document, positions);
  if (!Value.Check(Vnf, data)) raise(schemaFaults(Vnf, data).map(({ at, isKey, what }) => ({ position: isKey ? positions.keyAt(at) : positions.at(at), reason: "SCHEMA", values: [what] })));
  return { vnf: data as Vnf, positions };
}

/** The document, if its syntax is sound. */
export function readDocument(text: string, fileName: string): { document: Document.Parsed; positions: Positions } {
  if (Buffer.byteLength(text) > limits.descriptorBytes) throw new CovenError("TOO_LARGE", [`${limits.descriptorBytes / 1024} KiB of ${fileName}`]);
  refuseExcess(text, fileName);
  const lineCounter = new LineCounter();
  // the library's own search for keys that are there twice takes quadratic time
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true, uniqueKeys: false });
  const positions = new Positions(fileName, text, document, lineCounter);
  const wrong = [...document.errors, ...document.warnings].map((error) => syntax(positions, error.pos[0], sentence(error)));
  visit(document, {
    Alias: (_, alias) => {
      if (!alias.resolve(document)) wrong.push(syntax(positions, alias.range?.[0] ?? 0, `*${alias.source} has no anchor &${alias.source} before it`));
    },
    Map: (_, map) => {
      for (const key of repeated(map)) wrong.push(syntax(positions, key.range?.[0] ?? 0, `the key ${String(key.value)} is there twice`));
    },
  });
  raise(wrong);
  return { document, positions };
}

function repeated(map: YAMLMap): Scalar[] {
  const seen = new Set<string>();
  const keys = map.items.map((pair) => pair.key).filter(isScalar);
  return keys.filter(({ value }) => seen.size === seen.add(String(value)).size);
}

function refuseExcess(text: string, fileName: string): void {
  const found = excess(text);
  if (!found) return;
  const before = text.slice(0, found.offset).split("\n");
  throw new CovenError("YAML_SYNTAX", [fileName, before.length, (before.at(-1)?.length ?? 0) + 1, found.what]);
}

const syntax = (positions: Positions, offset: number, what: string): Placed => ({ position: positions.point(offset), reason: "YAML_SYNTAX", values: [what] });

const sentence = ({ code, message }: YAMLError): string => (code === "MULTIPLE_DOCS" ? "a second document begins here; there may be one" : (message.split("\n")[0] ?? code));

function toData(document: Document.Parsed, positions: Positions): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasCountMax });
  } catch (error) {
    raise([syntax(positions, 0, (error as Error).message)]); // too many aliases
    throw error;
  }
}
