/** A single routine as a component: a function in a source file, without a main and without a project. A file that runs it is written
 * beside a copy of its source, and the driver of its language begins there. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { Component, PpsDriver } from "@coven/contract";
import { compileFailed, entryOf, filesIn, sourceName } from "./source.ts";

interface Language {
  endings: readonly string[];
  /** Name of the file that is written. */
  main: string;
  /** What stands in it: `file` lies beside it, `text` is what it holds. */
  write(routine: string, file: string, text: string): string;
}

const module = (file: string) => basename(file, extname(file));
const ecma: Omit<Language, "endings" | "main"> = {
  write: (routine, file) => `import { run } from "@coven/sdk";\nimport { ${routine} } from ${JSON.stringify(`./${file}`)};\nrun(${routine});\n`,
};

/** C, C++ and Rust take the file in whole, so that the function may be private to it. */
const languages: Partial<Record<string, Language>> = {
  c: { endings: [".c"], main: "routine-main.c", write: (routine, file) => `#include <coven/nf.h>\n#include "${file}"\nint main(void) { return coven_run(${routine}, 0); }\n` },
  cpp: { endings: [".cc", ".cpp", ".cxx"], main: "routine-main.cc", write: (routine, file) => `#include <coven/nf.hpp>\n#include "${file}"\nint main() { return coven::run(${routine}); }\n` },
  rust: { endings: [".rs"], main: "routine-main.rs", write: (routine, file) => `include!("${file}");\nfn main() -> std::process::ExitCode {\n    coven::run(${routine})\n}\n` },
  python: { endings: [".py"], main: "routine_main.py", write: (routine, file) => `from coven import run\nfrom ${module(file)} import ${routine}\n\nrun(${routine})\n` },
  typescript: { endings: [".ts", ".mts"], main: "routine-main.ts", ...ecma },
  javascript: { endings: [".js", ".mjs"], main: "routine-main.js", ...ecma },
  java: {
    endings: [".java"],
    main: "RoutineMain.java",
    write: (routine, file, text) => {
      const declared = /^\s*package\s+([\w.]+)\s*;/m.exec(text)?.[1];
      const name = declared ? `${declared}.${module(file)}` : module(file);
      return `public final class RoutineMain {\n    public static void main(String[] words) {\n        coven.Coven.run(${name}::${routine});\n    }\n}\n`;
    },
  },
};

/** The same driver, which also takes components that name a routine. */
export function withRoutines(driver: PpsDriver): PpsDriver {
  const language = languages[driver.name];
  if (!language) return driver;
  return {
    ...driver,
    async prepare(component, name, source, folder) {
      if (component.routine === undefined) return driver.prepare(component, name, source, folder);
      const copy = join(folder, "routine");
      await cp(source, copy, { recursive: true, dereference: true });
      const file = fileOf(language, component, name, source);
      const text = await readFile(join(copy, file), "utf8");
      if (!new RegExp(`\\b${component.routine}\\b`).test(text)) throw compileFailed(name, `${sourceName(component, source)}/${file}: there is no ${component.routine} in it; "routine" names a function there`);
      await writeFile(join(copy, language.main), language.write(component.routine, file, text));
      const { routine: _, ...rest } = component;
      return driver.prepare({ ...rest, source: sourceName(component, source), entry: language.main }, name, copy, folder);
    },
  };
}

/** The file that `entry` names, or the only one of the language. */
function fileOf(language: Language, component: Component, name: string, source: string): string {
  if (component.entry !== undefined) return entryOf(component, name, source, component.entry);
  const files = language.endings.flatMap((ending) => filesIn(source, ending));
  const [file] = files;
  if (file === undefined || files.length > 1) throw compileFailed(name, `${sourceName(component, source)}/ holds ${files.length === 0 ? "no file" : `${files.length} files`} that may hold the routine ${component.routine}; "entry" names the one`);
  return file;
}
