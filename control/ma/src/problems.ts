/** Errors as people see them (RFC 9457). */
import { CovenError, catalogue, type Problem } from "@coven/contract";

export function problemOf(error: unknown): Problem {
  const known = error instanceof CovenError ? error : new CovenError("INTERNAL", [(error as Error)?.message ?? String(error)], (error as Error)?.stack);
  const detail = known.reason !== "INTERNAL" && known.detail ? `${known.message}\n${known.detail}` : known.message;
  return { reason: known.reason, status: catalogue[known.reason].status, title: known.message, detail };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function interrupted(what: string): Problem {
  return problemOf(new CovenError("INTERRUPTED", [`the daemon ended while ${what} was under way`]));
}
