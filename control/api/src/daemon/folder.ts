/** The runtime folder holds sockets and a token: it must be ours alone. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** sun_path has 108 bytes with the final zero; the longest name that is made in an instance's folder takes part of it. */
const folderMax = 60;

export function openFolder(given: string): string {
  const folder = resolve(given);
  if (Buffer.byteLength(folder) > folderMax) throw new Error(`the runtime folder ${folder} has a path of more than ${folderMax} bytes; sockets below it could not be opened: choose a shorter one with --folder`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`the runtime folder ${folder} can't be made: ${(error as Error).message}; choose another with --folder`);
  }
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.()) throw new Error(`the runtime folder ${folder} belongs to user ${uid}: choose another with --folder`);
  if (mode & 0o022) throw new Error(`the runtime folder ${folder} can be written by others: chmod 700 it, or choose another with --folder`);
  return folder;
}

/** The token in the folder's file `token` (mode 0600), made at first. */
export function readToken(folder: string): string {
  const file = join(folder, "token");
  try {
    const token = readFileSync(file, "utf8").trim();
    if (token.length >= 32 && (statSync(file).mode & 0o077) === 0) return token;
  } catch {
    // there is none yet
  }
  const token = randomBytes(32).toString("hex");
  writeFileSync(`${file}.new`, `${token}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return token;
}

export function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
