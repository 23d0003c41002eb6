/** Asks one extended agent (spec/ea.md): a line of words over its unix socket, a line of JSON back. */
import { connect } from "node:net";
import { type AgentItem, CovenError } from "@coven/contract";

/** spec/ea.md: the longest line either side sends. */
export const line_max = 65_536;
const items_max = 1024;
const nameRule = /^[a-z][a-z0-9_-]{0,62}$/;

export interface AgentCheck { alive: boolean; state: string; packets_in: number; packets_out: number; packets_dropped: number; errors: number; heartbeat: number }

export class Agent {
  readonly component: string;
  readonly #socket: string;
  readonly #timeout_ms: number;

  constructor(component: string, socket: string, timeout_ms = 2_000) {
    this.component = component;
    this.#socket = socket;
    this.#timeout_ms = timeout_ms;
  }

  async list(): Promise<AgentItem[]> {
    const { items } = await this.#ask("list");
    if (!Array.isArray(items) || items.length > items_max || !items.every(isItem)) throw this.#silent("its list is not as spec/ea.md says");
    return items;
  }

  async get(name: string): Promise<unknown> {
    return (await this.#ask(`get ${this.#checked(name)}`, name)).value;
  }

  /** The value that is now in force. */
  async set(name: string, value: unknown): Promise<unknown> {
    if (!["number", "string", "boolean"].includes(typeof value)) throw new CovenError("BODY_MALFORMED", [`a value is a number, a string or a boolean, not ${JSON.stringify(value)}`]);
    return (await this.#ask(`set ${this.#checked(name)} ${JSON.stringify(value)}`, name)).value;
  }

  async call(name: string, argument = ""): Promise<unknown> {
    if (/[\r\n]/.test(argument)) throw new CovenError("BODY_MALFORMED", ["an argument is one line"]);
    return (await this.#ask(`call ${this.#checked(name)}${argument && ` ${argument}`}`, name)).result;
  }

  async check(): Promise<AgentCheck> {
    const answer = await this.#ask("check");
    if (typeof answer.alive !== "boolean" || typeof answer.state !== "string") throw this.#silent("its answer to check is not as spec/ea.md says");
    return answer as unknown as AgentCheck;
  }

  #checked(name: string): string {
    if (!nameRule.test(name)) throw this.#unknown(name);
    return name;
  }

  #unknown = (name: string) => new CovenError("NOT_FOUND", ["agent item", `${this.component}.${name}`]);
  #silent = (why: string) => new CovenError("AGENT_SILENT", [this.component, why]);

  async #ask(request: string, name = ""): Promise<Record<string, unknown>> {
    if (Buffer.byteLength(request) >= line_max) throw new CovenError("TOO_LARGE", [`${line_max} bytes in a request to an agent`]);
    const line = await exchange(this.#socket, request, this.#timeout_ms).catch((error: Error) => Promise.reject(this.#silent(error.message)));
    const answer = parsed(line);
    if (!answer) throw this.#silent(`its answer is not JSON: ${line.slice(0, 80)}`);
    if (!("error" in answer)) return answer;
    const { reason, text } = (answer.error ?? {}) as Record<string, unknown>;
    if (typeof reason !== "string") throw this.#silent("its refusal is not as spec/ea.md says");
    if (reason === "unknown-item") throw this.#unknown(name);
    throw new CovenError("AGENT_REFUSED", [this.component, typeof text === "string" ? text : reason], reason);
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const answer = JSON.parse(line);
    return typeof answer === "object" && answer !== null && !Array.isArray(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

function isItem(item: unknown): item is AgentItem {
  const { name, kind, type, unit, help } = (item ?? {}) as Record<string, unknown>;
  return typeof name === "string" && nameRule.test(name) && typeof kind === "string" && [type, unit, help].every((word) => typeof word === "string");
}

/** One connection, one request, one answer; bounded in time and size. */
function exchange(path: string, request: string, timeout_ms: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (act: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const fail = (why: string) => finish(() => reject(new Error(why)));
    const timer = setTimeout(() => fail(`no answer within ${timeout_ms / 1000} s`), timeout_ms);
    socket.on("connect", () => socket.write(`${request}\n`));
    socket.on("error", (error: NodeJS.ErrnoException) => fail(error.code === "ENOENT" || error.code === "ECONNREFUSED" ? "nobody listens there" : error.message));
    socket.on("close", () => fail("it hung up"));
    socket.on("data", (chunk) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > line_max) return fail(`its answer is longer than ${line_max} bytes`);
      const end = chunk.indexOf(10);
      if (end >= 0) finish(() => resolve(Buffer.concat(chunks).toString("utf8", 0, size - chunk.length + end)));
    });
  });
}
