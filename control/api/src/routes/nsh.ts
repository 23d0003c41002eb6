/** The NSH of a running instance: contexts that packets carry, and rules and roles. */
import type { Management } from "@coven/contract";
import { Type } from "@sinclair/typebox";
import type { App } from "../app.ts";
import { ContextValues, errors, Nsh, NshChange, NshConfiguration, NshFlow, NshSets, ref } from "../schemas/index.ts";

const tags = ["coven"];
const closed = { additionalProperties: false } as const;
const params = Type.Object({ id: Type.String() });
const one = "/coven/v1/instances/:id/nsh";
const usualFlows = 64;

export function nsh(app: App, management: Management): void {
  const query = Type.Object({ flows: Type.Optional(Type.Integer({ minimum: 0, maximum: 1024, description: `flows at most, the latest first; default ${usualFlows}` })) }, closed);
  app.get(one, { schema: { tags, summary: "the contexts that packets carry now, by service path and flow", params, querystring: query, response: { 200: ref(Nsh), ...errors } } }, (request) =>
    management.nsh(request.params.id, request.query.flows ?? usualFlows),
  );
  const configuration = { 200: ref(NshConfiguration), ...errors };
  app.get(`${one}/configuration`, { schema: { tags, summary: "roles and rules in force", params, response: configuration } }, (request) => management.nshConfiguration(request.params.id));
  app.patch(`${one}/configuration`, { schema: { tags, summary: "change roles and rules while packets flow; what is not named stays", params, body: NshChange, response: configuration } }, (request) =>
    management.nshConfigure(request.params.id, request.body),
  );
  const path = Type.Object({ id: Type.String(), path: Type.String() });
  const body = Type.Object({ fields: ContextValues, flow: Type.Optional(NshFlow) }, closed);
  const summary = "set fields of the context of a path, or of a flow on it, in place of those set before; none: take it back";
  app.put(`${one}/contexts/:path`, { schema: { tags, summary, params: path, body, response: { 200: ref(NshSets), ...errors } } }, ({ params: { id, path: name }, body: { fields, flow } }) =>
    management.nshSet(id, name, fields, flow),
  );
}
