/** The application: routes over `Management`, one error handler, one schema for validation, types and OpenAPI. It listens nowhere by itself. */
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { Management } from "@coven/contract";
import { Ajv } from "ajv";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController, type RawReplyDefaultExpression, type RawRequestDefaultExpression, type RawServerDefault } from "fastify";
import { answerProblem, handleUnknownRoutes } from "./problem.ts";
import { coven } from "./routes/coven.ts";
import { nsh } from "./routes/nsh.ts";
import { vnfind } from "./routes/vnfind.ts";
import { vnflcm } from "./routes/vnflcm.ts";
import { vnfpkgm } from "./routes/vnfpkgm.ts";
import * as schemas from "./schemas/index.ts";

export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>;

export interface AppOptions {
  management: Management;
  logger?: FastifyBaseLogger;
  /** Throws if the request may not be served; default: all may. */
  authorize?: (request: FastifyRequest) => void;
}

/** Bytes of a JSON body. */
const bodyMax = 1024 * 1024;

export async function createApp({ management, logger, authorize }: AppOptions): Promise<App> {
  const app: App = Fastify({
    ...(logger ? { loggerInstance: logger } : {}),
    bodyLimit: bodyMax,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) => answerProblem(request, reply, error),
    schemaErrorFormatter: (problems, part) => new Error(problems.map((p) => `${part}${p.instancePath} ${p.message}${extra(p.params)}`).join("; ")),
  }).withTypeProvider<TypeBoxTypeProvider>();
  compilers(app);
  await app.register(swagger, document);
  handleUnknownRoutes(app);
  app.setErrorHandler((error, request, reply) => answerProblem(request, reply, error));
  if (authorize) app.addHook("onRequest", async (request) => authorize(request));
  logChanges(app);
  for (const schema of (Object.values(schemas) as unknown[]).filter(isNamed).sort((a, b) => a.$id.localeCompare(b.$id))) app.addSchema(schema);
  for (const routes of [vnfpkgm, vnflcm, vnfind, coven, nsh]) app.register(async (scope) => routes(scope as App, management));
  return app;
}

const extra = (params: Record<string, unknown>) => ("additionalProperty" in params ? `: ${params.additionalProperty}` : "allowedValues" in params ? `: ${params.allowedValues}` : "");
const isNamed = (value: unknown): value is { $id: string } => typeof value === "object" && value !== null && "$id" in value;

/** A body is taken as it stands; only what comes as text (query, path) is converted. Responses are typed by the compiler, so they are serialized as they are. */
function compilers(app: App): void {
  const common = { removeAdditional: false, useDefaults: false, allErrors: false, strict: false } as const;
  const exact = new Ajv(common);
  const converting = new Ajv({ ...common, coerceTypes: true });
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === "body" ? exact : converting).compile(schema as object));
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
}

const document = {
  openapi: {
    openapi: "3.1.0",
    info: { title: "COVEN", version: "0.1.0", description: "ETSI-shaped management of virtualized network functions. A unix socket needs no token; anything else a bearer token." },
    components: { securitySchemes: { token: { type: "http" as const, scheme: "bearer" } } },
    security: [{ token: [] }],
  },
  refResolver: { buildLocalReference: (json: { $id?: unknown }, _base: unknown, _fragment: unknown, i: number) => String(json.$id ?? `def-${i}`) },
};

/** One line for what changes something or fails; none for reading. */
function logChanges(app: App): void {
  app.addHook("onResponse", async (request, reply) => {
    const failed = reply.statusCode >= 500;
    if (!failed && (request.method === "GET" || request.method === "HEAD")) return;
    const line = { id: request.id, method: request.method, url: request.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log[failed ? "warn" : "info"](line, "request");
  });
}

