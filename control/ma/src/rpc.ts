/** JSON-RPC 2.0 over the engine's control socket (spec/engine.md), one object a line. */
import { connect, type Socket } from "node:net";

/** spec/engine.md says 1 MiB a line. */
const line_max = 1 << 20;
const waiting_max = 256;

export class RpcError extends Error {
  readonly reason: string;
  readonly what: string | undefined;
  constructor(message: string, data: { reason?: string; what?: string } = {}) {
    super(message);
    this.reason = data.reason ?? "internal";
    this.what = data.what;
  }
}

interface Waiting { resolve(result: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout }

/** One connection; it ends once and stays so. */
export class Connection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent: (event: unknown) => void;
  #last = 0;
  #text = "";
  /** Resolves when the connection is over, with why. */
  readonly closed: Promise<string>;

  static open(path: string, onEvent: (event: unknown) => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        resolve(new Connection(socket, onEvent));
      });
    });
  }

  private constructor(socket: Socket, onEvent: (event: unknown) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.setEncoding("utf8");
    let why = "it hung up";
    socket.on("error", (error) => (why = error.message));
    socket.on("data", (chunk: string) => this.#read(chunk));
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        for (const id of this.#waiting.keys()) this.#settle(id)?.reject(new RpcError(why, { reason: "closed" }));
        resolve(why);
      });
    });
  }

  call(method: string, params: object, timeout_ms: number): Promise<unknown> {
    const id = ++this.#last;
    if (this.#waiting.size >= waiting_max) return Promise.reject(new RpcError(`${waiting_max} requests wait for answers`, { reason: "busy" }));
    if (this.#socket.destroyed) return Promise.reject(new RpcError("the connection is closed", { reason: "closed" }));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id)?.reject(new RpcError(`no answer to ${method} within ${timeout_ms / 1000} s`, { reason: "timeout" })), timeout_ms);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    const lines = (this.#text + chunk).split("\n");
    this.#text = lines.pop() ?? "";
    if (this.#text.length > line_max) this.#socket.destroy(new Error(`a line of more than ${line_max} bytes`));
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    let message: { id?: number; result?: unknown; error?: { message: string; data?: object }; method?: string; params?: unknown };
    try {
      message = JSON.parse(line);
    } catch {
      return void this.#socket.destroy(new Error(`what it says is not JSON: ${line.slice(0, 80)}`));
    }
    if (message.method === "event") return void this.#tell(message.params);
    const waiting = this.#settle(message.id);
    if (message.error) waiting?.reject(new RpcError(message.error.message, message.error.data));
    else waiting?.resolve(message.result);
  }

  /** Whatever an event holds, it must not end the daemon. */
  #tell(event: unknown): void {
    try {
      this.#onEvent(event);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #settle(id: number | undefined): Waiting | undefined {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (!waiting || id === undefined) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}
