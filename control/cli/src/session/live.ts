/** A package that serves interfaces until it is interrupted: figures in place, and new code swapped in when it is saved. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toFailure } from "../exit.ts";
import { colors, duration } from "../text.ts";
import type { Built } from "./build.ts";
import { Changes } from "./changes.ts";
import type { Screen } from "./screen.ts";
import type { Session } from "./session.ts";

const look_ms = 1000;
const descriptor = "vnf.yaml";

export interface Live {
  title: string;
  folder: string;
  /** Component -> folder of its code, relative to the package. */
  sources: Record<string, string>;
  session: Session;
  screen: Screen;
  signal: AbortSignal;
  build(component: string): Promise<Built>;
}

/** Ends with the signal, or with `again` when the package itself was saved. */
export async function serve(live: Live): Promise<"again" | "over"> {
  const changes = new Changes(live.folder);
  const over = () => changes.close();
  live.signal.addEventListener("abort", over, { once: true });
  try {
    let next = changes.next();
    for (;;) {
      const saved = await Promise.race([next, sleep(look_ms).then(() => undefined)]);
      if (live.signal.aborted) return "over";
      if (saved === undefined) {
        live.screen.show(live.title, await live.session.look());
        continue;
      }
      if (saved.includes(descriptor)) return "again";
      await renew(live, saved);
      next = changes.next();
    }
  } finally {
    live.signal.removeEventListener("abort", over);
    changes.close();
  }
}

/** Components whose code was saved; what lies outside of them may be anybody's. */
function concerned({ sources }: Live, saved: readonly string[]): string[] {
  const names = Object.keys(sources);
  const of = (file: string) => names.filter((name) => sources[name] === "" || `${file}/`.startsWith(`${sources[name]}/`) || file.startsWith(`${sources[name]}/`));
  return [...new Set(saved.flatMap((file) => (of(file).length > 0 ? of(file) : names)))];
}

async function renew(live: Live, saved: readonly string[]): Promise<void> {
  const { screen, session } = live;
  for (const name of concerned(live, saved)) {
    try {
      const built = await live.build(name);
      const began = performance.now();
      await session.swap(name, built);
      screen.say(`${colors.green("swapped")}  ${name}: ${there(live.folder, saved)}; packets waited for ${duration(performance.now() - began)}`);
    } catch (thrown) {
      const { message, more } = toFailure(thrown);
      screen.say(`${colors.red("failed")}  ${message}${more && !message.includes(more.trim()) ? `\n${more.trimEnd()}` : ""}\n${colors.dim("the code before goes on")}`);
    }
  }
}

/** What an editor kept for a moment is gone again. */
const there = (folder: string, saved: readonly string[]): string => saved.filter((file) => existsSync(join(folder, file))).join(", ") || saved.join(", ");

/** Where builds go: one folder each, so that the code before stays whole. */
export const numbered = (folder: string): ((name: string) => string) => {
  let count = 0;
  return (name) => join(folder, `${name}.${count++}`);
};
