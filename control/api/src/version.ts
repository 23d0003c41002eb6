/** One ETSI API: its address, its version, and the Version header (GS NFV-SOL 013 §9). */
import { CovenError } from "@coven/contract";
import type { FastifyInstance } from "fastify";
import { ApiVersionInformation, errors, ref } from "./schemas/common.ts";

export interface Api { name: string; major: string; version: string }

export const apis = {
  vnfpkgm: { name: "vnfpkgm", major: "v2", version: "2.4.0" },
  vnflcm: { name: "vnflcm", major: "v2", version: "2.3.0" },
  vnfind: { name: "vnfind", major: "v1", version: "1.4.0" },
} as const satisfies Record<string, Api>;

export const prefix = (api: Api) => `/${api.name}/${api.major}`;

/** A request without the header gets the one version that there is; another version is refused. */
export function checkVersion(app: FastifyInstance, api: Api): void {
  app.addHook("onRequest", async (request, reply) => {
    const asked = request.headers.version;
    if (typeof asked === "string" && asked.split("-impl:")[0] !== api.version) throw new CovenError("VERSION_UNSUPPORTED", [asked, api.name, api.version]);
    reply.header("version", api.version);
  });
}

export function apiVersions(app: FastifyInstance, api: Api): void {
  for (const at of [`/${api.name}`, prefix(api)]) {
    const schema = { tags: [api.name], summary: "the versions of this API", response: { 200: ref(ApiVersionInformation), ...errors } };
    app.get(`${at}/api_versions`, { schema }, async (request) => ({
      uriPrefix: `${request.protocol}://${request.host}${prefix(api)}/`,
      apiVersions: [{ version: api.version, isDeprecated: false }],
    }));
  }
}
