/**
 * Framework `mock`, for tests: a component that fails as `mock.json` in its source folder, or its settings, say.
 * `prepare_error: TEXT`, `exit_code: N` or `signal: NAME` (at once, or after `fail_after_ms`), `connect: false` (never attaches),
 * `hang_after_ms: N` (lives, does nothing), `ignore_sigterm: true`, `refuse: NAME` (of a setting). Nothing said: it attaches and idles.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, refuseArtifact, sourceName } from "../../source.ts";
import { processTasks } from "../../tasks.ts";

export function mockDriver(paths: PlatformPaths): PpsDriver {
  return {
    name: "mock",
    async fingerprint() {
      const there = existsSync(paths.mock);
      return { usable: there, version: there ? "1" : null, reason: there ? null : `there is no ${paths.mock}` };
    },
    async prepare(component, name, source, folder) {
      refuseArtifact(component, name);
      const file = component.entry ?? "mock.json";
      const place = `${sourceName(component, source)}/${file}`;
      const wishes = { ...(await readWishes(join(source, file), name, place)), ...component.settings };
      if (wishes.prepare_error !== undefined) throw compileFailed(name, `${place}:1:1: ${wishes.prepare_error}`);
      const stored = join(folder, "mock.json");
      await writeFile(stored, JSON.stringify(wishes));
      return { command: [process.execPath, paths.mock, stored], cwd: folder, env: {} };
    },
    ...processTasks,
  };
}

async function readWishes(file: string, name: string, place: string): Promise<Record<string, unknown>> {
  if (!existsSync(file)) return {};
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message;
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, position).split("\n");
    throw compileFailed(name, `${place}:${before.length}:${(before.at(-1) ?? "").length + 1}: ${message}`);
  }
}
