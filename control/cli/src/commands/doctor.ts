import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { Context } from "../context.ts";
import { exit } from "../exit.ts";
import { builtParts, cgroup, engineOf, type Finding, kernel, memlock, netRaw, node, toolchains, userNamespaces, writable } from "../host.ts";
import { colors, state, table } from "../text.ts";
import { runningDaemon } from "./up.ts";

/** This program lies in dist/ of the platform's folder. */
const homeOf = () => process.env.COVEN_HOME ?? dirname(dirname(realpathSync(process.argv[1] ?? ".")));

/** The daemon knows which frameworks are usable; without one that is not known. */
async function frameworks(context: Context): Promise<Finding[]> {
  const daemon = await runningDaemon(context);
  if (!daemon) return [{ what: "daemon", state: "warn", found: `none answers at ${context.client.where}`, advice: "start it with: coven up (it also tells which frameworks are usable)" }];
  const each = daemon.frameworks.map(({ name, usable, version, reason }): Finding => {
    const what = `framework ${name}`;
    return usable ? { what, state: "ok", found: version ?? "usable" } : { what, state: "warn", found: "not usable", advice: reason ?? "it gave no reason" };
  });
  return [{ what: "daemon", state: "ok", found: `pid ${daemon.pid}, version ${daemon.version}, ${daemon.folder}` }, ...each];
}

export async function run(context: Context): Promise<number> {
  const home = homeOf();
  const local = [kernel(), node(), userNamespaces(), netRaw(engineOf(home)), memlock(), cgroup(), ...toolchains(), writable("runtime folder", context.folder), ...builtParts(home)];
  const findings = [...local, ...(await frameworks(context))];
  const advice = findings.flatMap((each) => (each.advice === undefined ? [] : [`${state(each.state)} ${each.what}: ${each.advice}`]));
  const rows = findings.map((each) => [state(each.state), each.what, each.found]);
  context.print(findings, () => [table(["", "what", "found"], rows), ...(advice.length > 0 ? ["", colors.bold("What to do"), ...advice] : [])].join("\n"));
  return findings.some((each) => each.state === "fail") ? exit.failed : exit.done;
}
