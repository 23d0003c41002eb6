/** The runtime folder: state and sockets of one daemon. Who asks for it decides in this order: argument, environment, the user's own, the system's. */
import { join } from "node:path";

export const folderVariable = "COVEN_RUN";

/** `covend.sock`, `token` (mode 0600 both), `covend.lock` and `covend.log` lie in it. */
export function runtimeFolder(given: string | undefined, env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.() ?? 0): string {
  if (given) return given;
  if (env[folderVariable]) return env[folderVariable];
  if (env["XDG_RUNTIME_DIR"]) return join(env["XDG_RUNTIME_DIR"], "coven");
  return uid === 0 ? "/run/coven" : `/tmp/coven-${uid}`;
}
