/** Programs to measure against, built when they are needed: bench/peers/NAME.c, .rs, .java, .ts or .py. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "@coven/testbed";
import { buildSync } from "esbuild";

const source = (file: string) => join(root, "bench/peers", file);

function built(file: string, program: string, build: (from: string, to: string) => void): string {
  const to = join(root, "build/peers", program);
  mkdirSync(join(root, "build/peers"), { recursive: true });
  if (!existsSync(to) || statSync(to).mtimeMs < statSync(source(file)).mtimeMs) build(source(file), to);
  return to;
}

/** Path of the compiled peer `name`. */
export const peer = (name: string): string =>
  built(`${name}.c`, name, (from, to) => execFileSync("cc", ["-O2", "-Wall", "-o", to, from, "-lpthread"], { stdio: "inherit" }));

/** Path of the library `name`, to be preloaded. */
export const sharedObject = (name: string): string =>
  built(`${name}.c`, `${name}.so`, (from, to) => execFileSync("cc", ["-O2", "-Wall", "-shared", "-fPIC", "-o", to, from], { stdio: "inherit" }));

const bareTs = () => built("bare.ts", "bare.mjs", (from, to) => buildSync({ entryPoints: [from], outfile: to, platform: "node", format: "esm" }));

const bareRust = () => built("bare.rs", "bare-rust", (from, to) => execFileSync(process.env.RUSTC ?? "rustc", ["--edition", "2021", "-C", "opt-level=3", "-o", to, from], { stdio: "inherit" }));

const jdk = (tool: string) => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", tool) : tool);
const bareJava = () => built("bare.java", "bare-java", (from, to) => execFileSync(jdk("javac"), ["-d", to, from], { stdio: "inherit" }));
/** As the driver starts components (control/pps/src/drivers/java). */
const java = ["-XX:+UseSerialGC", "-Xmx64m", "-Xshare:auto", "-XX:-UsePerfData"];

/** The forwarder alone is in that language; source and sink are those of bare.c. */
const under = (seconds: string, ...command: string[]) => [peer("bare"), seconds, "64", ...command];

/** The command of the bare limit of a hop in a language, for so many seconds; it prints million packets a second. */
const bareCommand = {
  c: (seconds: string) => [peer("bare"), seconds],
  ts: (seconds: string) => [process.execPath, bareTs(), seconds],
  python: (seconds: string) => under(seconds, process.env.COVEN_PYTHON ?? "python3", source("bare.py")),
  rust: (seconds: string) => under(seconds, bareRust()),
  java: (seconds: string) => under(seconds, jdk("java"), ...java, "-cp", bareJava(), "Bare"),
};
export type BareLanguage = keyof typeof bareCommand;

/** Million packets a second of the bare limit. */
export function bare(language: BareLanguage, window_ms: number): number {
  const [program = "", ...words] = bareCommand[language](String(window_ms / 1000));
  return Number(execFileSync(program, words, { encoding: "utf8" }));
}
