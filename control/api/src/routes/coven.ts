/** What ETSI does not define: the daemon, instances as the platform sees them, statistics, health, agents, logs, metrics. */
import type { Management } from "@coven/contract";
import { Scalar } from "@coven/contract";
import { Type } from "@sinclair/typebox";
import type { App } from "../app.ts";
import { Agent, CallResult, Daemon, errors, Health, Instance, ItemValue, LogLine, Monitor, ref } from "../schemas/index.ts";

const tags = ["coven"];
const closed = { additionalProperties: false } as const;
const params = Type.Object({ id: Type.String() });
const item = Type.Object({ id: Type.String(), component: Type.String(), item: Type.String() });
const one = "/coven/v1/instances/:id";

export function coven(app: App, management: Management): void {
  platform(app, management);
  observation(app, management);
  agents(app, management);
}

function platform(app: App, management: Management): void {
  app.get("/coven/v1/daemon", { schema: { tags, summary: "the daemon and the frameworks of this host", response: { 200: ref(Daemon), ...errors } } }, () => management.daemon());
  app.get("/coven/v1/instances", { schema: { tags, summary: "instances, in full", response: { 200: Type.Array(ref(Instance)), ...errors } } }, () => management.instances());
  app.get(one, { schema: { tags, summary: "one instance, in full", params, response: { 200: ref(Instance), ...errors } } }, (request) => management.instance(request.params.id));
  const text = { content: { "text/plain": { schema: Type.String() } } };
  app.get("/metrics", { schema: { tags, summary: "Prometheus text format", response: { 200: text, ...errors } } }, async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await management.metrics()),
  );
}

function observation(app: App, management: Management): void {
  app.get(`${one}/statistics`, { schema: { tags, summary: "counters and use of resources", params, response: { 200: ref(Monitor), ...errors } } }, (request) => management.monitor(request.params.id));
  app.get(`${one}/health`, { schema: { tags, summary: "does each component move packets and answer", params, response: { 200: ref(Health), ...errors } } }, (request) => management.health(request.params.id));
  const query = Type.Object({ component: Type.Optional(Type.String()), tail: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, description: "lines of each component; default 200" })) }, closed);
  app.get(`${one}/logs`, { schema: { tags, summary: "what components wrote", params, querystring: query, response: { 200: Type.Array(ref(LogLine)), ...errors } } }, (request) =>
    management.logs(request.params.id, { tail: 200, ...request.query }),
  );
}

function agents(app: App, management: Management): void {
  app.get(`${one}/agents`, { schema: { tags, summary: "every extended agent with its items", params, response: { 200: Type.Array(ref(Agent)), ...errors } } }, (request) => management.agents(request.params.id));
  const path = `${one}/agents/:component/:item`;
  app.get(path, { schema: { tags, summary: "the value of an item", params: item, response: { 200: ref(ItemValue), ...errors } } }, async ({ params }) => ({
    name: params.item,
    value: await management.agentGet(params.id, params.component, params.item),
  }));
  const setting = Type.Object({ value: Scalar }, closed);
  app.put(path, { schema: { tags, summary: "change a setting; answers with the value in force", params: item, body: setting, response: { 200: ref(ItemValue), ...errors } } }, async ({ params, body }) => ({
    name: params.item,
    value: await management.agentSet(params.id, params.component, params.item, body.value),
  }));
  const argument = Type.Object({ argument: Type.Optional(Type.String({ maxLength: 60_000, pattern: "^[^\\r\\n]*$" })) }, closed);
  app.post(path, { schema: { tags, summary: "run a command", params: item, body: argument, response: { 200: ref(CallResult), ...errors } } }, async ({ params, body }) => ({
    name: params.item,
    result: await management.agentCall(params.id, params.component, params.item, body.argument ?? ""),
  }));
}
