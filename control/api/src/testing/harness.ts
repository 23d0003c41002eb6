/** An application over the fake, that fails a test when a response is not of the schema that its route states. */
import { Ajv, type ValidateFunction } from "ajv";
import { type App, createApp } from "../app.ts";
import * as schemas from "../schemas/index.ts";
import { FakeManagement } from "./fake.ts";

const ajv = new Ajv({ strict: false });
for (const schema of Object.values(schemas)) if ("$id" in schema) ajv.addSchema(schema as object);
const compiled = new WeakMap<object, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const known = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, known);
  return known;
}

export const problemsOfSchema: string[] = [];

function checkResponses(app: App): void {
  app.addHook("onSend", async (request, reply, payload) => {
    const responses = request.routeOptions.schema?.response as Record<string, object> | undefined;
    const schema = responses?.[reply.statusCode];
    const isProblem = String(reply.getHeader("content-type")).startsWith("application/problem+json");
    if (isProblem !== reply.statusCode >= 400) problemsOfSchema.push(`${request.method} ${request.url}: ${reply.statusCode} with ${reply.getHeader("content-type")}`);
    const validate = isProblem ? ajv.getSchema("ProblemDetails") : schema && !("content" in schema) ? validatorOf(schema) : undefined;
    if (!validate || typeof payload !== "string") return;
    if (!validate(JSON.parse(payload))) problemsOfSchema.push(`${request.method} ${request.url}: ${ajv.errorsText(validate.errors)}`);
  });
}

export interface Harness { app: App; management: FakeManagement }

export async function harness(): Promise<Harness> {
  const management = new FakeManagement();
  const app = await createApp({ management });
  checkResponses(app);
  await app.ready();
  return { app, management };
}

export const zip = Buffer.from("PK\u0005\u0006rest");

export async function onboarded({ app }: Harness): Promise<string> {
  const { id } = (await app.inject({ method: "POST", url: "/vnfpkgm/v2/vnf_packages", payload: {} })).json();
  await app.inject({ method: "PUT", url: `/vnfpkgm/v2/vnf_packages/${id}/package_content`, payload: zip, headers: { "content-type": "application/zip" } });
  return id;
}

export async function created(it: Harness, vnfInstanceName = "edge"): Promise<string> {
  const vnfdId = await onboarded(it);
  return (await it.app.inject({ method: "POST", url: "/vnflcm/v2/vnf_instances", payload: { vnfdId, vnfInstanceName } })).json().id;
}

export async function running(it: Harness): Promise<string> {
  const id = await created(it);
  await it.app.inject({ method: "POST", url: `/vnflcm/v2/vnf_instances/${id}/instantiate`, payload: { additionalParams: { start: true } } });
  return id;
}
