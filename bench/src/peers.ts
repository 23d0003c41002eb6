/** Programs to measure against, compiled when they are needed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "@coven/testbed";

/** Path of the compiled peer `name` (bench/peers/NAME.c). */
export function peer(name: string): string {
  const source = join(root, "bench/peers", `${name}.c`);
  const program = join(root, "build/peers", name);
  mkdirSync(join(root, "build/peers"), { recursive: true });
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(source).mtimeMs)
    execFileSync("cc", ["-O2", "-Wall", "-I", join(root, "sdk/c/include"), "-o", program, source, "-lpthread"], { stdio: "inherit" });
  return program;
}
