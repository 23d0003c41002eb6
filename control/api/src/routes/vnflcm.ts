/** VNF life cycle management (GS NFV-SOL 002 §5, SOL 003 §5). */
import type { InstantiateRequest, Management, OperationView } from "@coven/contract";
import { Type } from "@sinclair/typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { ListQuery, type Selection, select } from "../list.ts";
import { CreateVnfRequest, errors, InstantiateVnfRequest, Nothing, OperateVnfRequest, ref, TerminateVnfRequest, VnfInstance, VnfLcmOpOcc } from "../schemas/index.ts";
import { apis, apiVersions, checkVersion, prefix } from "../version.ts";
import { at, rootOf, toInstance, toOperation } from "../views.ts";

const api = apis.vnflcm;
const tags = [api.name];
const params = Type.Object({ vnfInstanceId: Type.String() });
const all = `${prefix(api)}/vnf_instances`;
const one = `${all}/:vnfInstanceId`;
const occurrences = `${prefix(api)}/vnf_lcm_op_occs`;
const instances: Selection = { schema: VnfInstance, excludedByDefault: ["instantiatedVnfInfo", "metadata"] };
const operations: Selection = { schema: VnfLcmOpOcc, excludedByDefault: ["operationParams", "error"] };

export function vnflcm(app: App, management: Management): void {
  checkVersion(app, api);
  apiVersions(app, api);
  resources(app, management);
  reading(app, management);
  tasks(app, management);
  opOccs(app, management);
}

function resources(app: App, management: Management): void {
  app.post(
    all,
    { schema: { tags, summary: "create an instance resource of a package", body: CreateVnfRequest, response: { 201: ref(VnfInstance), ...errors } } },
    async (request, reply) => {
      const view = await management.createInstance(await creation(management, request.body));
      return reply.code(201).header("location", at.instance(rootOf(request), view.id)).send(toInstance(view, rootOf(request)));
    },
  );
  app.delete(one, { schema: { tags, summary: "delete an instance that is not instantiated", params, response: { 204: Nothing, ...errors } } }, async (request, reply) => {
    await management.deleteInstance(request.params.vnfInstanceId);
    return reply.code(204).send();
  });
}

interface Creation { vnfdId: string; vnfInstanceName?: string; vnfInstanceDescription?: string; metadata?: Record<string, unknown> }

async function creation(management: Management, { vnfdId, vnfInstanceName, vnfInstanceDescription, metadata }: Creation) {
  const name = vnfInstanceName ?? (await management.package(vnfdId)).vnf?.vnf ?? vnfdId;
  const description = vnfInstanceDescription === undefined ? {} : { description: vnfInstanceDescription };
  return { packageId: vnfdId, name, ...description, ...(metadata ? { metadata } : {}) };
}

function reading(app: App, management: Management): void {
  app.get(all, { schema: { tags, summary: "list instances", querystring: ListQuery, response: { 200: Type.Array(ref(VnfInstance)), ...errors } } }, async (request) =>
    select((await management.instances()).map((view) => toInstance(view, rootOf(request))), request.query, instances),
  );
  app.get(one, { schema: { tags, summary: "one instance", params, response: { 200: ref(VnfInstance), ...errors } } }, async (request) =>
    toInstance(await management.instance(request.params.vnfInstanceId), rootOf(request)),
  );
}

const grace = (kind: "FORCEFUL" | "GRACEFUL" | undefined, seconds: number | undefined) => (kind === "FORCEFUL" ? 0 : seconds === undefined ? undefined : seconds * 1000);

/** 202; the occurrence of the operation is where to look. */
function accepted(request: FastifyRequest, reply: FastifyReply, { id }: OperationView) {
  return reply.code(202).header("location", at.operation(rootOf(request), id)).send();
}

function tasks(app: App, management: Management): void {
  const task = <B>(summary: string, body: B) => ({ schema: { tags, summary, params, body, response: { 202: Nothing, ...errors } } });
  app.post(`${one}/instantiate`, task("deploy it", InstantiateVnfRequest), async (request, reply) => {
    const asked: InstantiateRequest = request.body.additionalParams ?? {};
    return accepted(request, reply, await management.instantiate(request.params.vnfInstanceId, asked));
  });
  app.post(`${one}/operate`, task("start or stop it", OperateVnfRequest), async (request, reply) => {
    const { changeStateTo, stopType, gracefulStopTimeout } = request.body;
    return accepted(request, reply, await management.operate(request.params.vnfInstanceId, changeStateTo, grace(stopType, gracefulStopTimeout)));
  });
  app.post(`${one}/terminate`, task("take it down", TerminateVnfRequest), async (request, reply) => {
    const { terminationType, gracefulTerminationTimeout } = request.body;
    return accepted(request, reply, await management.terminate(request.params.vnfInstanceId, grace(terminationType, gracefulTerminationTimeout)));
  });
}

function opOccs(app: App, management: Management): void {
  const id = Type.Object({ vnfLcmOpOccId: Type.String() });
  app.get(occurrences, { schema: { tags, summary: "list operations", querystring: ListQuery, response: { 200: Type.Array(ref(VnfLcmOpOcc)), ...errors } } }, async (request) =>
    select((await management.operations()).map((view) => toOperation(view, rootOf(request))), request.query, operations),
  );
  app.get(`${occurrences}/:vnfLcmOpOccId`, { schema: { tags, summary: "one operation", params: id, response: { 200: ref(VnfLcmOpOcc), ...errors } } }, async (request) =>
    toOperation(await management.operation(request.params.vnfLcmOpOccId), rootOf(request)),
  );
}
