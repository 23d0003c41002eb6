/** What every API's schemas share. A schema with `$id` becomes a named component of the OpenAPI document. */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

/** A named schema by reference; its type stays that of the schema. */
export function ref<T extends TSchema>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}

/** A JSON value that is one of these strings. */
export function oneOf<const T extends readonly string[]>(values: T, description?: string) {
  return Type.Unsafe<T[number]>({ type: "string", enum: [...values], ...(description ? { description } : {}) });
}

export const KeyValues = Type.Record(Type.String(), Type.Unknown());

/** RFC 9457, with the reason of the catalogue (docs/errors.md) as an extension member. */
export const ProblemDetails = Type.Object(
  {
    type: Type.Optional(Type.String()),
    title: Type.Optional(Type.String()),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String({ description: "stable name of the error, see docs/errors.md" })),
    additional: Type.Optional(Type.String({ description: "what else is known, for example a compiler's output" })),
  },
  { $id: "ProblemDetails" },
);
export type ProblemDetails = Static<typeof ProblemDetails>;

export const Link = Type.Object({ href: Type.String() }, { $id: "Link" });

export const ApiVersionInformation = Type.Object(
  { uriPrefix: Type.String(), apiVersions: Type.Array(Type.Object({ version: Type.String(), isDeprecated: Type.Optional(Type.Boolean()) })) },
  { $id: "ApiVersionInformation" },
);

const problem = { content: { "application/problem+json": { schema: ref(ProblemDetails) } } };

/** Joined to the responses of every route. */
export const errors = { "4xx": { description: "refused", ...problem }, "5xx": { description: "failed", ...problem } };

/** A response without a body. */
export const Nothing = Type.Unsafe<void>({ type: "null", description: "no content" });
