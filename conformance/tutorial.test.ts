/** docs/tutorial.md, block by block in its order: files are written, commands run, and what they print is compared. `…` matches anything. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { engineBinary, pause, root } from "@coven/testbed";
import { afterAll, describe, expect, it } from "vitest";

interface Block { line: number; language: string; word: string | undefined; text: string }
interface Command { words: string; expected: string }

const page = readFileSync(join(root, "docs/tutorial.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
  ({ index, 1: language = "", 2: word, 3: text = "" }): Block => ({ line: page.slice(0, index).split("\n").length, language, word, text }),
);

/** `$ command`, then what it prints. */
const commandsOf = (text: string): Command[] =>
  text.split(/^\$ /m).slice(1).map((part) => ({ words: part.slice(0, part.indexOf("\n")), expected: part.slice(part.indexOf("\n") + 1) }));

/** A line of its own with `…` is any lines, or none; within a line it is anything. */
function patternOf(expected: string): RegExp {
  const lines = expected.split("\n").map((line) => (line === "…" ? "(?:.*\n)*?" : `${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*")}\n`));
  return new RegExp(`^${lines.join("").replace(/\n$/, "")}$`);
}

describe("the tutorial", () => {
  // A socket's path is short.
  const folder = mkdtempSync(join(tmpdir(), "tut-"));
  const env: NodeJS.ProcessEnv = { PATH: `${join(root, "bin")}${delimiter}${process.env.PATH}`, HOME: folder, NO_COLOR: "1", COVEN_RUN: join(folder, ".r"), COVEN_STATE: join(folder, ".s"), COVEN_ENGINE: engineBinary };
  afterAll(async () => {
    await printed("coven down --all");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Standard output and standard error, in the order of a terminal. */
  function printed(words: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn("sh", ["-c", `${words} 2>&1`], { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"] });
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
      child.once("error", reject);
      child.once("close", () => resolve(said));
    });
  }

  /** A counter is asked for until the packets are through. */
  async function checked({ words, expected }: Command): Promise<void> {
    const pattern = patternOf(expected);
    let said = await printed(words);
    for (const end = Date.now() + 20_000; words.startsWith("coven agent get") && !pattern.test(said) && Date.now() < end; said = await printed(words)) await pause(100);
    if (!pattern.test(said)) expect(said, words).toBe(expected);
  }

  it("has blocks of every kind", () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(["python", "typescript", "yaml", "c", "console"]));
  });

  for (const { line, language, word, text } of blocks) {
    const skipped = word === "engine" && !existsSync(engineBinary);
    if (skipped) console.log(`SKIP line ${line} of the tutorial: the Rust engine is not built, there is no ${engineBinary}`);
    it.runIf(!skipped)(`line ${line}: ${language === "console" ? commandsOf(text).map(({ words }) => words).join("; ") : word}`, async () => {
      if (language === "console") {
        for (const command of commandsOf(text)) await checked(command);
      } else {
        const file = join(folder, word ?? "");
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    });
  }
});
