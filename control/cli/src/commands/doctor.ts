import type { Schemas } from "@coven/client";
import { type PlatformPaths, platformPaths } from "@coven/pps/paths";
import type { Context } from "../context.ts";
import { exit } from "../exit.ts";
import { builtParts, cgroup, type Finding, kernel, memlock, netRaw, node, toolchains, userNamespaces, wakeups, writable } from "../host.ts";
import { home } from "../place.ts";
import { colors, state, table } from "../text.ts";
import { runningDaemon } from "./up.ts";

type Frameworks = Schemas["Daemon"]["frameworks"];

/** Without a daemon the drivers are asked here. */
async function askDrivers(paths: PlatformPaths): Promise<Frameworks> {
  const { allDrivers } = await import("@coven/pps");
  return Promise.all(Object.values(allDrivers(paths)).map(async (driver) => ({ name: driver.name, ...(await driver.fingerprint()) })));
}

function told({ name, usable, version, reason }: Frameworks[number]): Finding {
  const what = `framework ${name}`;
  return usable ? { what, state: "ok", found: version ?? "usable" } : { what, state: "warn", found: "not usable", advice: reason ?? "it gave no reason" };
}

async function platform(context: Context, paths: PlatformPaths): Promise<Finding[]> {
  const daemon = await runningDaemon(context);
  const found: Finding = daemon
    ? { what: "daemon", state: "ok", found: `pid ${daemon.pid}, version ${daemon.version}, ${daemon.folder}` }
    : { what: "daemon", state: "warn", found: `none answers at ${context.client.where}`, advice: "start it with: coven up" };
  return [found, ...(daemon?.frameworks ?? (await askDrivers(paths))).map(told)];
}

export async function run(context: Context): Promise<number> {
  const paths = platformPaths(home());
  const local = [kernel(), node(), userNamespaces(), netRaw(paths.engine), memlock(), cgroup(), ...wakeups(paths.engine), ...toolchains(), writable("runtime folder", context.folder), ...builtParts(paths)];
  const findings = [...local, ...(await platform(context, paths))];
  const advice = findings.flatMap((each) => (each.advice === undefined ? [] : [`${state(each.state)} ${each.what}: ${each.advice}`]));
  const rows = findings.map((each) => [state(each.state), each.what, each.found]);
  context.print(findings, () => [table(["", "what", "found"], rows), ...(advice.length > 0 ? ["", colors.bold("What to do"), ...advice] : [])].join("\n"));
  return findings.some((each) => each.state === "fail") ? exit.failed : exit.done;
}
