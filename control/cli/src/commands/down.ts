import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { exit, Failure } from "../exit.ts";
import { allInstances } from "../find.ts";
import { remove } from "../operation.ts";

const end_ms_max = 30_000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function end(context: Context, pid: number): Promise<void> {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    throw new Failure(exit.failed, `the daemon (pid ${pid}) can't be stopped: ${(error as Error).message}`);
  }
  for (const until = Date.now() + end_ms_max; Date.now() < until; await context.pause(50)) {
    if (!alive(pid) || !existsSync(join(context.folder, "covend.lock"))) return;
  }
  throw new Failure(exit.failed, `the daemon (pid ${pid}) has not ended within ${end_ms_max / 1000} s`);
}

export async function run(context: Context, _args: string[], { all }: { all?: boolean }): Promise<void> {
  context.needsLocal("coven down");
  const { pid } = await context.client.call(context.client.rest.GET("/coven/v1/daemon"));
  const instances = await allInstances(context);
  if (all) {
    for (const { id, name } of instances) {
      await remove(context, id);
      context.say(`${name} is removed`);
    }
  }
  await context.close();
  await end(context, pid);
  const left = all ? [] : instances.filter(({ state }) => state === "running").map(({ name }) => name);
  context.print({ pid, running: left }, () => `covend has ended${left.length > 0 ? `; still running: ${left.join(", ")}` : ""}`);
}
