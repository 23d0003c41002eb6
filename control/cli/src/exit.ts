/** How the program ends: 0 done, 1 failed, 2 wrong use, 3 nothing to do it with (no daemon, nothing built). */
export const exit = { done: 0, failed: 1, wrongUse: 2, nothing: 3 } as const;
export type Exit = (typeof exit)[keyof typeof exit];

/** Ends the program with a line that says what, where and what to do. */
export class Failure extends Error {
  readonly code: Exit;
  /** More lines: a compiler's output, a log's end. */
  readonly more: string | undefined;
  readonly reason: string | undefined;
  constructor(code: Exit, message: string, details: { more?: string | undefined; reason?: string | undefined } = {}) {
    super(message);
    this.code = code;
    this.more = details.more;
    this.reason = details.reason;
  }
}

export const interrupted = () => new Failure(exit.failed, "interrupted", { reason: "INTERRUPTED" });

/** Whatever was thrown, as a Failure. Names are compared, not classes: the client is loaded only when it is used. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const error = thrown as Error & { problem?: { detail: string; additional?: string; reason?: string }; reason?: string; detail?: string };
  if (error.problem) return new Failure(exit.failed, error.problem.detail, { more: error.problem.additional, reason: error.problem.reason });
  if (error.name === "Unreachable") return new Failure(exit.nothing, `${error.message}; start it with: coven up`, { reason: "NO_DAEMON" });
  if (typeof error.reason === "string") return new Failure(exit.failed, error.message, { more: error.detail, reason: error.reason });
  return new Failure(exit.failed, error.message, { more: process.env.COVEN_TRACE ? error.stack : undefined });
}
