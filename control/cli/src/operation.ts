/** Life-cycle operations: asked for, then watched until they end. */
import type { Schemas } from "@coven/client";
import type { Context } from "./context.ts";
import { exit, Failure } from "./exit.ts";
import type { Instance } from "./find.ts";
import { duration, state } from "./text.ts";

type Operation = Schemas["VnfLcmOpOcc"];

/** An operation may compile components: more than this and something is wrong. */
const operation_ms_max = 15 * 60_000;
const poll_ms_max = 400;

const ended = ({ operationState }: Operation) => !["STARTING", "PROCESSING", "ROLLING_BACK"].includes(operationState);

export function checkOperation(operation: Operation): void {
  if (operation.operationState === "COMPLETED") return;
  const { detail, reason, additional } = operation.error ?? { detail: `the operation ended as ${operation.operationState}` };
  throw new Failure(exit.failed, detail, { more: additional, reason });
}

/** Steps are told once, when they have ended. */
function tellSteps(context: Context, { steps }: Operation, told: Set<string>): void {
  for (const [index, step] of steps.entries()) {
    const key = `${index} ${step.state}`;
    if (step.state === "running" || told.has(key)) continue;
    told.add(key);
    context.say(`    ${step.name}  ${step.state === "done" ? "" : `${state(step.state)}  `}${duration(step.ms)}`);
  }
}

/** `location` is the path of the occurrence. Interruption ends the watching, not the operation. */
export async function watchOperation(context: Context, location: string): Promise<Operation> {
  const vnfLcmOpOccId = location.split("/").at(-1) ?? "";
  const { client } = context;
  const told = new Set<string>();
  const until = Date.now() + operation_ms_max;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, poll_ms_max)) {
    const operation = await client.call(client.rest.GET("/vnflcm/v2/vnf_lcm_op_occs/{vnfLcmOpOccId}", { params: { path: { vnfLcmOpOccId } } }));
    tellSteps(context, operation, told);
    if (ended(operation)) return operation;
    if (Date.now() > until) throw new Failure(exit.failed, `the operation ${vnfLcmOpOccId} has not ended within ${duration(operation_ms_max)}`);
    await context.pause(pause);
  }
}

const path = (id: string) => ({ params: { path: { vnfInstanceId: id } } });
type Ports = NonNullable<Instance["ports"]>;

export async function instantiate(context: Context, id: string, ports: Ports): Promise<void> {
  const { client } = context;
  const { location } = await client.created(client.rest.POST("/vnflcm/v2/vnf_instances/{vnfInstanceId}/instantiate", { ...path(id), body: { additionalParams: { ports } } }));
  checkOperation(await watchOperation(context, location));
}

export async function operate(context: Context, id: string, changeStateTo: "STARTED" | "STOPPED"): Promise<void> {
  const { client } = context;
  const { location } = await client.created(client.rest.POST("/vnflcm/v2/vnf_instances/{vnfInstanceId}/operate", { ...path(id), body: { changeStateTo } }));
  checkOperation(await watchOperation(context, location));
}

export async function terminate(context: Context, id: string): Promise<void> {
  const { client } = context;
  const { location } = await client.created(client.rest.POST("/vnflcm/v2/vnf_instances/{vnfInstanceId}/terminate", { ...path(id), body: { terminationType: "GRACEFUL" } }));
  checkOperation(await watchOperation(context, location));
}

/** The instance once no operation is under way. */
export async function settled(context: Context, id: string): Promise<Instance> {
  const { client } = context;
  const until = Date.now() + operation_ms_max;
  for (;;) {
    const instance = await client.call(client.rest.GET("/coven/v1/instances/{id}", { params: { path: { id } } }));
    if (instance.operation === null || Date.now() > until) return instance;
    await context.pause(poll_ms_max);
  }
}

/** Terminates if need be, deletes the instance, and its package unless somebody else uses it. */
export async function remove(context: Context, id: string): Promise<void> {
  const { client } = context;
  const instance = await settled(context, id);
  if (instance.state !== "not-instantiated") await terminate(context, id);
  await client.call(client.rest.DELETE("/vnflcm/v2/vnf_instances/{vnfInstanceId}", path(id)));
  await removePackage(context, instance.packageId);
}

export async function removePackage({ client }: Context, vnfPkgId: string): Promise<void> {
  const at = { params: { path: { vnfPkgId } } };
  await client.call(client.rest.DELETE("/vnfpkgm/v2/vnf_packages/{vnfPkgId}", at)).catch((error) => {
    if (!["PACKAGE_IN_USE", "NOT_FOUND"].includes(error.problem?.reason)) throw error;
  });
}
