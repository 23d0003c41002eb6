/** A deployment as data: steps, each with what takes it back. */
import type { Context } from "./context.ts";
import { exit, Failure, interrupted } from "./exit.ts";
import type { Instance } from "./find.ts";
import type { LocalPackage } from "./local.ts";
import { instantiate, operate, removePackage, settled, terminate } from "./operation.ts";

export interface Deployment {
  readonly context: Context;
  readonly source: LocalPackage;
  readonly name: string;
  readonly ports: Instance["ports"];
  packageId?: string;
  instanceId?: string;
}

export interface Step {
  name: string;
  run(deployment: Deployment): Promise<void>;
  /** Also called for the step that failed: it looks at what there is. Interruption does not reach it. */
  undo?(deployment: Deployment, context: Context): Promise<void>;
}

const onboard_ms_max = 10 * 60_000;
const poll_ms = 100;

function known(id: string | undefined, what: string): string {
  if (id === undefined) throw new Failure(exit.failed, `there is no ${what} yet`);
  return id;
}

/** Until the daemon has checked and prepared it; one in preparation can't be deleted either. */
async function processed(context: Context, vnfPkgId: string) {
  const { client } = context;
  for (const until = Date.now() + onboard_ms_max; Date.now() < until; await context.pause(poll_ms)) {
    const view = await client.call(client.rest.GET("/vnfpkgm/v2/vnf_packages/{vnfPkgId}", { params: { path: { vnfPkgId } } }));
    if (view.onboardingState !== "UPLOADING" && view.onboardingState !== "PROCESSING") return view;
  }
  throw new Failure(exit.failed, `the package ${vnfPkgId} is not ready after ${onboard_ms_max / 60_000} minutes`);
}

async function onboard({ context, packageId }: Deployment): Promise<void> {
  const view = await processed(context, known(packageId, "package"));
  if (view.onboardingState === "ONBOARDED") return;
  const { detail, reason, additional } = view.onboardingFailureDetails ?? { detail: `the package is ${view.onboardingState}` };
  throw new Failure(exit.failed, detail, { more: additional, reason });
}

async function create(deployment: Deployment): Promise<void> {
  const { client } = deployment.context;
  const body = { vnfdId: known(deployment.packageId, "package"), vnfInstanceName: deployment.name };
  deployment.instanceId = (await client.call(client.rest.POST("/vnflcm/v2/vnf_instances", { body }))).id;
}

export const packageSteps: readonly Step[] = [
  {
    name: "create the package",
    run: async (deployment) => {
      const { client } = deployment.context;
      deployment.packageId = (await client.call(client.rest.POST("/vnfpkgm/v2/vnf_packages", { body: {} }))).id;
    },
    undo: async ({ packageId }, context) => {
      if (packageId === undefined) return;
      await processed(context, packageId);
      await removePackage(context, packageId);
    },
  },
  { name: "upload", run: ({ context, source, packageId }) => context.client.upload(known(packageId, "package"), source.archive()) },
  { name: "check and prepare", run: onboard },
  {
    name: "create the instance",
    run: create,
    undo: async ({ instanceId }, { client }) => {
      if (instanceId !== undefined) await client.call(client.rest.DELETE("/vnflcm/v2/vnf_instances/{vnfInstanceId}", { params: { path: { vnfInstanceId: instanceId } } }));
    },
  },
  {
    name: "instantiate",
    run: ({ context, instanceId, ports }) => instantiate(context, known(instanceId, "instance"), ports),
    undo: async ({ instanceId }, context) => {
      if (instanceId !== undefined && (await settled(context, instanceId)).state !== "not-instantiated") await terminate(context, instanceId);
    },
  },
];

/** Nothing to take back: to terminate stops it. */
export const startStep: Step = { name: "start", run: ({ context, instanceId }) => operate(context, known(instanceId, "instance"), "STARTED") };

export interface Teller {
  done(step: Step, ms: number): void;
  failed(step: Step, ms: number): void;
  undone(step: Step, problem: Error | undefined): void;
}

/** Runs the steps; at a failure takes everything back, in reverse, then throws what failed. `undoing` is a context that no interruption reaches. */
export async function deploy(deployment: Deployment, steps: readonly Step[], undoing: Context, teller: Teller): Promise<void> {
  const begun: Step[] = [];
  try {
    for (const step of steps) {
      if (deployment.context.signal.aborted) throw interrupted();
      begun.unshift(step);
      const from = performance.now();
      await step.run(deployment).catch((error) => {
        teller.failed(step, performance.now() - from);
        throw error;
      });
      teller.done(step, performance.now() - from);
    }
  } catch (error) {
    await takeBack(deployment, begun, undoing, teller);
    throw error;
  }
}

async function takeBack(deployment: Deployment, begun: readonly Step[], undoing: Context, teller: Teller): Promise<void> {
  for (const step of begun) {
    const problem = await step.undo?.(deployment, undoing).then(() => undefined, (error: Error) => error);
    if (step.undo) teller.undone(step, problem);
  }
}
