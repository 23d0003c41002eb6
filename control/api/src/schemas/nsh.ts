/** The NSH of a running instance, as schemas; schemas.test.ts holds them to be the views of `Management`. */
import { ClassifyRule, ContextField, ForwardRule, NshMode } from "@coven/contract";
import { Type } from "@sinclair/typebox";

const closed = { additionalProperties: false } as const;
const count = Type.Integer();
const text = Type.String();
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Port = Type.Integer({ minimum: 0, maximum: 0xffff });

export const ContextValues = Type.Record(text, Type.Union([Type.Number(), text]), { description: 'fields by name: whole numbers, or hex as in "0xff"; "context" is all of a context whose fields are not described' });

export const NshFlow = Type.Object({ protocol: Type.Integer({ minimum: 0, maximum: 255 }), source: text, destination: text, sourcePort: Type.Optional(Port), destinationPort: Type.Optional(Port) }, closed);

const sight = { packets: count, time: orNull(text), came: orNull(ContextValues), left: orNull(ContextValues) };

const NshPath = Type.Object({
  path: orNull(text), from: orNull(text), role: orNull(NshMode), spi: count, si: count, layout: orNull(text), fields: Type.Array(ContextField),
  components: Type.Array(Type.Object({ name: text, context: orNull(text) })), ...sight,
});

const NshSet = Type.Object({ path: text, flow: Type.Optional(NshFlow), fields: ContextValues });

export const NshSets = Type.Array(NshSet, { $id: "NshSets" });

export const Nsh = Type.Object(
  {
    watched_ms: count,
    paths: Type.Array(NshPath),
    flows: Type.Array(Type.Object({ path: orNull(text), spi: count, si: count, flow: NshFlow, ...sight })),
    sets: Type.Array(NshSet),
  },
  { $id: "Nsh" },
);

export const NshConfiguration = Type.Object(
  { revision: count, roles: Type.Record(text, NshMode), classify: Type.Array(ClassifyRule), forward: Type.Array(ForwardRule) },
  { $id: "NshConfiguration" },
);

export const NshChange = Type.Object(
  {
    roles: Type.Optional(Type.Record(text, NshMode)),
    classify: Type.Optional(Type.Array(ClassifyRule, { maxItems: 1024 })),
    forward: Type.Optional(Type.Array(ForwardRule, { maxItems: 1024 })),
    revision: Type.Optional(Type.Integer({ minimum: 0, description: "change only what has this revision" })),
    quiet_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000, description: "how long a change of roles waits for packets to leave; default 2000" })),
  },
  { ...closed, $id: "NshChange" },
);
