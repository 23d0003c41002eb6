/** Framework `memif`: a program that speaks memif 2.0 (DPDK, VPP), unmodified, at one socket for `in` and one for each output. */
import { existsSync } from "node:fs";
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compileFailed, refuseArtifact } from "../../source.ts";
import { libcovenTasks } from "../../tasks.ts";
import { filled, findProgram } from "../../words.ts";
import { seesContext, usableIf } from "../netdev/adapter.ts";

/** The adapter then makes a folder beside the agent's socket. */
const own = "-";

export function memifDriver(paths: PlatformPaths): PpsDriver {
  return {
    name: "memif",
    fingerprint: async () => usableIf(existsSync(paths.memif) ? undefined : `the adapter is not built: there is no ${paths.memif}`, "memif 2.0"),
    async prepare(component, name, source, folder) {
      refuseArtifact(component, name);
      const [program, ...words] = (component.command ?? []).map(filled({ out: folder, source, name }));
      const found = program === undefined ? undefined : findProgram(program, source);
      if (program !== undefined && found === undefined) throw compileFailed(name, `there is no program ${program}, neither in the package nor on this host's PATH`);
      return { command: [paths.memif, component.role ?? "server", component.sockets ?? own, ...(seesContext(component) ? ["--nsh"] : []), ...(found === undefined ? [] : [found, ...words])], cwd: source, env: {} };
    },
    ...libcovenTasks,
  };
}
