import type { PortBinding } from "@coven/contract";
import { describePlan, planVnf, thisHost } from "@coven/itf";
import { bindPorts } from "@coven/vns";
import { Context } from "../context.ts";
import { type Deployment, deploy, packageSteps, startStep, type Teller } from "../deployment.ts";
import { exit, Failure } from "../exit.ts";
import { allInstances } from "../find.ts";
import { type LocalPackage, openPackage, portsOf } from "../local.ts";
import { colors, duration } from "../text.ts";

interface Options { name?: string; port?: string[]; set?: string[]; dryRun?: boolean; start: boolean }
type Ports = Record<string, PortBinding>;

function printPlan(context: Context, { vnf }: LocalPackage, ports: Ports): void {
  const plan = planVnf(vnf, bindPorts(vnf, ports), thisHost());
  context.print({ vnf: vnf.vnf, version: vnf.version, plan }, () => describePlan(plan).join("\n"));
}

function tellerOf(context: Context): Teller {
  return {
    done: ({ name }, ms) => context.say(`${colors.green("done")}    ${name}  ${colors.dim(duration(ms))}`),
    failed: ({ name }, ms) => context.say(`${colors.red("failed")}  ${name}  ${colors.dim(duration(ms))}`),
    undone: ({ name }, problem) => context.say(problem ? `${colors.red("left")}    ${name}: it can't be taken back: ${problem.message}` : `${colors.yellow("undone")}  ${name}`),
  };
}

/** The daemon refuses a name that is taken, but only after the package was prepared. */
async function refuseTaken(context: Context, name: string): Promise<void> {
  const taken = (await allInstances(context)).find((instance) => instance.name === name);
  if (taken) throw new Failure(exit.failed, `there is an instance named ${name} already (${taken.id}); choose another with --name, or remove it with: coven rm ${name}`, { reason: "NAME_TAKEN" });
}

async function deployPackage(context: Context, source: LocalPackage, ports: Ports, options: Options): Promise<void> {
  const name = options.name ?? source.vnf.vnf;
  const { notes } = planVnf(source.vnf, bindPorts(source.vnf, ports), thisHost());
  for (const note of notes ?? []) context.say(`note: ${note}`);
  await refuseTaken(context, name);
  const undoing = new Context(context, new AbortController().signal, context.url);
  const deployment: Deployment = { context, source, name, ports };
  const from = performance.now();
  try {
    await deploy(deployment, options.start ? [...packageSteps, startStep] : packageSteps, undoing, tellerOf(context));
  } finally {
    await undoing.close();
  }
  const state = options.start ? "running" : "stopped";
  context.print({ id: deployment.instanceId, name, packageId: deployment.packageId, state }, () => `${name} is ${state} after ${duration(performance.now() - from)} (${deployment.instanceId})`);
}

export async function run(context: Context, [path = ""]: string[], options: Options): Promise<void> {
  const ports = portsOf(options.port ?? []);
  const source = await openPackage(path, options.set);
  try {
    if (options.dryRun) printPlan(context, source, ports);
    else await deployPackage(context, source, ports, options);
  } finally {
    await source.close();
  }
}
