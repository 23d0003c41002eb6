/** The client of COVEN's REST interface: types from spec/openapi.json, over the daemon's unix socket or over HTTP with a token. */
import { join } from "node:path";
import createFetch, { type Client as OpenApiClient } from "openapi-fetch";
import { Agent, type Dispatcher, fetch, Request } from "undici";
import type { components, paths } from "./generated.ts";

export type Schemas = components["schemas"];
export type Problem = Schemas["ProblemDetails"];
export type Rest = OpenApiClient<paths>;

/** The daemon refused, or failed. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** There is no daemon at this address. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export interface Target {
  /** Runtime folder: the unix socket in it is used unless `url` is given. */
  folder: string;
  url?: string | undefined;
  token?: string | undefined;
}

export interface Client {
  readonly where: string;
  readonly rest: Rest;
  /** The body of an answer; throws ProblemError or Unreachable. */
  call<T>(answer: Answer<T>): Promise<T>;
  /** The same, with the answer's Location, path only. */
  created<T>(answer: Answer<T>): Promise<{ data: T; location: string }>;
  /** Sends an archive as it is read. */
  upload(packageId: string, archive: AsyncIterable<Uint8Array>): Promise<void>;
  close(): Promise<void>;
}

type Answer<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

const content = "/vnfpkgm/v2/vnf_packages/{vnfPkgId}/package_content" as const;
const noDaemon = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_SOCKET"]);

function asProblem(error: unknown, response: Response): Problem {
  const known = typeof error === "object" && error !== null && "detail" in error && "status" in error;
  return known ? (error as Problem) : { status: response.status, detail: typeof error === "string" && error ? error : `the daemon answered ${response.status}` };
}

export function connect({ folder, url, token }: Target): Client {
  const socketPath = join(folder, "covend.sock");
  const where = url ?? socketPath;
  const dispatcher: Dispatcher = new Agent(url ? {} : { connect: { socketPath } });
  const rest = createFetch<paths>({
    baseUrl: url ?? "http://localhost",
    Request: Request as unknown as typeof globalThis.Request,
    fetch: ((request: Request) => fetch(request, { dispatcher })) as unknown as (request: globalThis.Request) => Promise<Response>,
    ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
  });
  async function answerOf<T>(answer: Answer<T>) {
    const { data, error, response } = await answer.catch((thrown) => {
      const code = ((thrown as { cause?: { code?: string } }).cause?.code ?? "") as string;
      throw noDaemon.has(code) ? new Unreachable(`no daemon answers at ${where} (${code})`) : thrown;
    });
    if (!response.ok) throw new ProblemError(asProblem(error, response));
    return { data: data as T, response };
  }
  return {
    where,
    rest,
    call: async (answer) => (await answerOf(answer)).data,
    created: async (answer) => {
      const { data, response } = await answerOf(answer);
      return { data, location: new URL(response.headers.get("location") ?? "", url ?? "http://localhost").pathname };
    },
    upload: async (vnfPkgId, archive) => {
      const stream = { body: archive as unknown as string, bodySerializer: (body: string) => body, duplex: "half" as const, headers: { "content-type": "application/zip" } };
      await answerOf(rest.PUT(content, { params: { path: { vnfPkgId } }, ...stream }));
    },
    close: () => dispatcher.close(),
  };
}
