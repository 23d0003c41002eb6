/** Prebuilt programs. Can this host run one? Read from its ELF header, before it is started. */
import { chmod, copyFile, open } from "node:fs/promises";
import { join } from "node:path";
import type { Component, Prepared } from "@coven/contract";
import { compileFailed } from "../../source.ts";

export type Architecture = "x86_64" | "aarch64";
/** e_machine of the ELF header: EM_X86_64 and EM_AARCH64. */
const machines: Record<number, Architecture> = { 62: "x86_64", 183: "aarch64" };

export function hostArchitecture(): Architecture {
  if (process.arch === "x64") return "x86_64";
  if (process.arch === "arm64") return "aarch64";
  throw new Error(`architecture ${process.arch} is not supported: x86_64 and aarch64 are`);
}

/** What is wrong with it, or `undefined`. A script with `#!` is taken as well. */
export async function checkProgram(file: string): Promise<string | undefined> {
  const head = await readHead(file);
  if (head === undefined) return "there is no such file";
  if (head.toString("latin1", 0, 2) === "#!") return undefined;
  if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return "is not a program (neither ELF nor a script)";
  const machine = machines[head.readUInt16LE(18)];
  return machine === hostArchitecture() ? undefined : `is a program for ${machine ?? "another machine"}, this host is ${hostArchitecture()}`;
}

async function readHead(file: string): Promise<Buffer | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(20), 0, 20, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

export const prepared = (program: string, cwd: string): Prepared => ({ command: [program], cwd, env: {} });

/** `source` is the package's own folder then: artifacts are named from there. */
export async function takeArtifact(artifact: NonNullable<Component["artifact"]>, name: string, source: string, folder: string): Promise<Prepared> {
  const file = artifact[hostArchitecture()];
  if (file === undefined) throw compileFailed(name, `there is no artifact for this host's architecture, ${hostArchitecture()}; the package has ${Object.keys(artifact).join(", ")}`);
  const problem = await checkProgram(join(source, file));
  if (problem) throw compileFailed(name, `${file}: ${problem}`);
  const program = join(folder, name);
  await copyFile(join(source, file), program);
  await chmod(program, 0o700);
  return prepared(program, folder);
}
