/** VNF indicators (GS NFV-SOL 002 §8): what the extended agents publish, commands apart. */
import { CovenError, type InstanceView, type Management } from "@coven/contract";
import { Type } from "@sinclair/typebox";
import type { App } from "../app.ts";
import { ListQuery, type Selection, select } from "../list.ts";
import { errors, ref, VnfIndicator } from "../schemas/index.ts";
import { apis, apiVersions, checkVersion, prefix } from "../version.ts";
import { rootOf, toIndicator } from "../views.ts";

const api = apis.vnfind;
const tags = [api.name];
const listed: Selection = { schema: VnfIndicator, excludedByDefault: [] };
const ofInstance = Type.Object({ vnfInstanceId: Type.String() });
const ofIndicator = Type.Object({ vnfInstanceId: Type.String(), indicatorId: Type.String() });

async function indicators(management: Management, instance: string, root: string): Promise<VnfIndicator[]> {
  const agents = await management.agents(instance);
  return agents.flatMap(({ component, items }) => items.filter((item) => item.kind !== "command").map((item) => toIndicator(item, component, instance, root)));
}

const hasAgents = ({ state }: InstanceView) => state === "running" || state === "stopped";

export function vnfind(app: App, management: Management): void {
  checkVersion(app, api);
  apiVersions(app, api);
  const all = { 200: Type.Array(ref(VnfIndicator)), ...errors };
  app.get(`${prefix(api)}/indicators`, { schema: { tags, summary: "the indicators of all instances", querystring: ListQuery, response: all } }, async (request) => {
    const found: VnfIndicator[] = [];
    for (const { id } of (await management.instances()).filter(hasAgents)) found.push(...(await indicators(management, id, rootOf(request))));
    return select(found, request.query, listed);
  });
  app.get(`${prefix(api)}/indicators/:vnfInstanceId`, { schema: { tags, summary: "the indicators of one instance", params: ofInstance, querystring: ListQuery, response: all } }, async (request) =>
    select(await indicators(management, request.params.vnfInstanceId, rootOf(request)), request.query, listed),
  );
  const one = { 200: ref(VnfIndicator), ...errors };
  app.get(`${prefix(api)}/indicators/:vnfInstanceId/:indicatorId`, { schema: { tags, summary: "one indicator", params: ofIndicator, response: one } }, async (request) => {
    const { vnfInstanceId, indicatorId } = request.params;
    const found = (await indicators(management, vnfInstanceId, rootOf(request))).find(({ id }) => id === indicatorId);
    if (!found) throw new CovenError("NOT_FOUND", ["indicator", indicatorId]);
    return found;
  });
}
