/** VNF package management (GS NFV-SOL 005 §9). */
import type { Readable } from "node:stream";
import { CovenError, type Management } from "@coven/contract";
import { Type } from "@sinclair/typebox";
import type { App } from "../app.ts";
import { limited } from "../limited.ts";
import { ListQuery, type Selection, select } from "../list.ts";
import { CreateVnfPkgInfoRequest, errors, Nothing, ref, VnfPkgInfo } from "../schemas/index.ts";
import { apis, apiVersions, checkVersion, prefix } from "../version.ts";
import { at, rootOf, toPackage } from "../views.ts";

/** Bytes of one archive. */
export const packageMax = 256 * 1024 * 1024;

const api = apis.vnfpkgm;
const tags = [api.name];
const params = Type.Object({ vnfPkgId: Type.String() });
const one = `${prefix(api)}/vnf_packages/:vnfPkgId`;
const listed: Selection = { schema: VnfPkgInfo, excludedByDefault: ["checksum", "userDefinedData", "onboardingFailureDetails"] };
const zip = { content: { "application/zip": { schema: Type.Unsafe<Readable>({ type: "string", format: "binary" }) } } };
const plain = { content: { "text/plain": { schema: Type.String() } } };

export function vnfpkgm(app: App, management: Management): void {
  checkVersion(app, api);
  apiVersions(app, api);
  resources(app, management);
  reading(app, management);
  app.register(async (scope: App) => upload(scope, management));
}

function resources(app: App, management: Management): void {
  app.post(
    `${prefix(api)}/vnf_packages`,
    { schema: { tags, summary: "create a package resource", body: CreateVnfPkgInfoRequest, response: { 201: ref(VnfPkgInfo), ...errors } } },
    async (request, reply) => {
      const view = await management.createPackage(request.body.userDefinedData ?? {});
      return reply.code(201).header("location", at.package(rootOf(request), view.id)).send(toPackage(view, rootOf(request)));
    },
  );
  app.get(
    `${prefix(api)}/vnf_packages`,
    { schema: { tags, summary: "list packages", querystring: ListQuery, response: { 200: Type.Array(ref(VnfPkgInfo)), ...errors } } },
    async (request) => select((await management.packages()).map((view) => toPackage(view, rootOf(request))), request.query, listed),
  );
  app.get(one, { schema: { tags, summary: "one package", params, response: { 200: ref(VnfPkgInfo), ...errors } } }, async (request) =>
    toPackage(await management.package(request.params.vnfPkgId), rootOf(request)),
  );
  app.delete(one, { schema: { tags, summary: "delete a package that is not in use", params, response: { 204: Nothing, ...errors } } }, async (request, reply) => {
    await management.deletePackage(request.params.vnfPkgId);
    return reply.code(204).send();
  });
}

function reading(app: App, management: Management): void {
  app.get(`${one}/vnfd`, { schema: { tags, summary: "the descriptor, vnf.yaml", params, response: { 200: plain, ...errors } } }, async (request, reply) =>
    reply.type("text/plain; charset=utf-8").send(await management.packageDescriptor(request.params.vnfPkgId)),
  );
  app.get(`${one}/package_content`, { schema: { tags, summary: "the archive", params, response: { 200: zip, ...errors } } }, async (request, reply) =>
    reply.type("application/zip").send(await management.packageContent(request.params.vnfPkgId)),
  );
}

/** A scope of its own, where the one body type is a zip, handed on as a stream. */
function upload(app: App, management: Management): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/zip", (_request, payload, done) => done(null, payload));
  const schema = { tags, summary: "upload the archive", consumes: ["application/zip"], params, body: zip, response: { 202: Nothing, ...errors } };
  app.put(`${one}/package_content`, { schema, validatorCompiler: () => () => true }, async (request, reply) => {
    const body = request.body as unknown as Readable | undefined;
    if (!body) throw new CovenError("BODY_MALFORMED", ["it is empty; a zip archive is needed"]);
    if (Number(request.headers["content-length"] ?? 0) > packageMax) throw new CovenError("TOO_LARGE", [`${packageMax} bytes`]);
    await limited(body, packageMax, (content) => management.uploadPackage(request.params.vnfPkgId, content));
    return reply.code(202).send();
  });
}
