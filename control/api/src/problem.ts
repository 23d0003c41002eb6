/** Every error leaves as application/problem+json (RFC 9457), made here from the catalogue. */
import { CovenError, type Problem, type Reason } from "@coven/contract";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ProblemDetails } from "./schemas/common.ts";

/** What Fastify says itself, in the catalogue's words. */
const ofFastify: Record<string, (request: FastifyRequest, error: FastifyError) => CovenError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (request) => new CovenError("UNSUPPORTED_MEDIA", [takes(request)]),
  FST_ERR_CTP_BODY_TOO_LARGE: (request) => new CovenError("TOO_LARGE", [`${request.routeOptions.bodyLimit} bytes`]),
  FST_ERR_BAD_URL: (_, error) => new CovenError("QUERY_MALFORMED", [error.message]),
  FST_ERR_MAX_PARAM_LENGTH: (_, error) => new CovenError("QUERY_MALFORMED", [error.message]),
};

const takes = (request: FastifyRequest) => request.routeOptions.schema?.consumes?.join(" or ") ?? "application/json";

export function toCovenError(thrown: unknown, request: FastifyRequest): CovenError {
  if (thrown instanceof CovenError) return thrown;
  const error = thrown as FastifyError;
  if (error.validation) return new CovenError(error.validationContext === "body" ? "BODY_MALFORMED" : "QUERY_MALFORMED", [error.message]);
  const known = ofFastify[error.code ?? ""];
  if (known) return known(request, error);
  if (error.statusCode === 400) return new CovenError("BODY_MALFORMED", [error.message]);
  request.log.error(error, "unexpected error");
  return new CovenError("INTERNAL", [`an error that nobody expected; the daemon's log tells it under request ${request.id}`]);
}

const title = (reason: Reason | string) => reason.toLowerCase().replaceAll("_", " ");

export function problemDetails(error: CovenError, instance: string): ProblemDetails {
  const base = { type: `urn:coven:problem:${error.reason}`, title: title(error.reason), status: error.status, detail: error.message, instance, reason: error.reason };
  return error.detail === undefined ? base : { ...base, additional: error.detail };
}

/** A problem that `Management` has stored (of an operation, of a package). */
export function storedProblem(problem: Problem): ProblemDetails {
  return { type: `urn:coven:problem:${problem.reason}`, ...problem };
}

export function answerProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = toCovenError(thrown, request);
  if (error.status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(error.status).type("application/problem+json").send(JSON.stringify(problemDetails(error, request.url)));
}

/** 405 for an address that exists under another method, else 404. */
export function handleUnknownRoutes(app: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:[A-Za-z]+/g, "[^/]+")}$`);
    const route = routes.get(url) ?? { pattern, methods: new Set() };
    for (const m of [method].flat()) route.methods.add(m);
    routes.set(url, route);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const methods = [...routes.values()].filter((route) => route.pattern.test(path)).flatMap((route) => [...route.methods]);
    if (methods.length === 0) throw new CovenError("NOT_FOUND", ["resource", path]);
    reply.header("allow", methods.join(", "));
    throw new CovenError("METHOD_NOT_ALLOWED", [request.method, path, methods.join(", ")]);
  });
}
