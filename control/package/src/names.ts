/** The names of an archive: what they may be, and that no two of them mean one file on any file system. */
import { CovenError } from "@coven/contract";
import { limits } from "./limits.ts";

/** The words of a name, without those that say nothing (`./a//b`). Names that leave the folder, by any system's reading, are refused. */
export function wordsOf(name: string): string[] {
  const words = name.split("/");
  const strange = name.startsWith("/") || /[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(name) || words.includes("..");
  const kept = words.filter((word) => word !== "" && word !== ".");
  if (strange || kept.length === 0) throw new CovenError("PACKAGE_ESCAPES", [JSON.stringify(name)]);
  refuseLong(name, kept);
  return kept;
}

function refuseLong(name: string, words: string[]): void {
  const shown = `${name.slice(0, 60)}...`;
  if (Buffer.byteLength(name) > limits.nameBytes) throw new CovenError("PACKAGE_BOMB", [`the name ${shown} is longer than ${limits.nameBytes} bytes`]);
  if (words.some((word) => Buffer.byteLength(word) > limits.wordBytes)) throw new CovenError("PACKAGE_BOMB", [`the name ${shown} has a part longer than ${limits.wordBytes} bytes`]);
  if (words.length > limits.depth) throw new CovenError("PACKAGE_BOMB", [`${shown} lies deeper than ${limits.depth} folders`]);
}

type Kind = "file" | "folder" | "folder without an entry";

/** Every name so far, folded as the least exact file system would. */
export class Names {
  private readonly known = new Map<string, { path: string; kind: Kind }>();

  /** Add an entry and the folders above it. The same file twice, in other case or normal form too, or as file and folder, is refused. */
  add(words: string[], folder: boolean): void {
    for (let depth = 1; depth < words.length; depth++) this.put(words.slice(0, depth).join("/"), "folder without an entry");
    this.put(words.join("/"), folder ? "folder" : "file");
  }

  has(path: string): boolean {
    return this.known.get(fold(path))?.path === path;
  }

  private put(path: string, kind: Kind): void {
    const known = this.known.get(fold(path));
    if (known && (known.path !== path || known.kind === "file" || kind === "file" || (kind === "folder" && known.kind === "folder")))
      throw new CovenError("PACKAGE_DUPLICATE", [path], known.path === path ? undefined : `it also names ${known.path}, which is the same file on some systems`);
    if (!known || kind === "folder") this.known.set(fold(path), { path, kind });
  }
}

const fold = (path: string) => path.normalize("NFC").toLowerCase().normalize("NFC");
