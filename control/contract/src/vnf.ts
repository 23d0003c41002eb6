/** `vnf.yaml`: the short form that authors write (spec/vnf-package.md). The JSON Schema in spec/ is made from this. */
import { type Static, Type } from "@sinclair/typebox";

const closed = { additionalProperties: false } as const;

export const nameRule = "^[a-z][a-z0-9-]{0,62}$";
export const Name = Type.String({ pattern: nameRule, description: "lower-case letters, digits and hyphens" });

/** Roles of RFC 7665; docs/nsh.md says what each does. */
export const nshModes = ["none", "proxy", "aware", "classify", "forward", "terminate", "edge"] as const;
export type NshMode = (typeof nshModes)[number];
export const NshMode = Type.Union(nshModes.map((mode) => Type.Literal(mode)), { description: "what the NSH Processor does at this connection point" });

export const Faults = Type.Object(
  {
    seed: Type.Optional(Type.Integer({ minimum: 0 })),
    drop: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    corrupt: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    delay_us: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  },
  closed,
);

const Interface = Type.String({ minLength: 1, maxLength: 15 });
const wrappers = { record: Type.Optional(Type.String()), faults: Type.Optional(Faults) };

/** What a connection point is bound to: one VNS backend with its options (spec/engine.md, open-port). */
export const PortBinding = Type.Union([
  Type.Object({ backend: Type.Literal("af_packet"), interface: Interface, ...wrappers }, closed),
  Type.Object({ backend: Type.Literal("af_xdp"), interface: Interface, ...wrappers }, closed),
  Type.Object(
    {
      backend: Type.Literal("pcap"),
      in: Type.Optional(Type.String()),
      out: Type.Optional(Type.String()),
      rate: Type.Optional(Type.Union([Type.Literal("full"), Type.Literal("recorded"), Type.Number({ exclusiveMinimum: 0 })])),
      ...wrappers,
    },
    closed,
  ),
  Type.Object({ backend: Type.Literal("loopback"), ...wrappers }, closed),
  Type.Object(
    {
      backend: Type.Literal("generate"),
      size: Type.Optional(Type.Integer({ minimum: 60, maximum: 1514 })),
      rate: Type.Optional(Type.Union([Type.Literal("full"), Type.Number({ exclusiveMinimum: 0 })])),
      count: Type.Optional(Type.Integer({ minimum: 0 })),
      flows: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096 })),
      spi: Type.Optional(Type.Integer({ minimum: 1, maximum: 0xffffff })),
      ...wrappers,
    },
    closed,
  ),
  Type.Object({ backend: Type.Literal("tap"), interface: Interface, mtu: Type.Optional(Type.Integer({ minimum: 68, maximum: 65_521 })), ...wrappers }, closed),
  Type.Object(
    {
      backend: Type.Literal("memif"),
      socket: Type.String({ minLength: 1, maxLength: 107 }),
      role: Type.Union([Type.Literal("server"), Type.Literal("client")]),
      id: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_294_967_295 })),
      ring_size: Type.Optional(Type.Integer({ minimum: 16, maximum: 16_384 })),
      buffer_size: Type.Optional(Type.Integer({ minimum: 128, maximum: 65_536 })),
      ...wrappers,
    },
    closed,
  ),
  Type.Object({ backend: Type.Literal("libpcap"), interface: Type.String({ minLength: 1 }), ...wrappers }, closed),
  Type.Object(
    { backend: Type.Literal("plugin"), file: Type.String({ pattern: "^[A-Za-z0-9_.-]+\\.so$" }), arguments: Type.Optional(Type.String({ minLength: 1 })), ...wrappers },
    closed,
  ),
]);
export type PortBinding = Static<typeof PortBinding>;

export const ConnectionPoint = Type.Object({ nsh: Type.Optional(NshMode), port: Type.Optional(PortBinding) }, closed);

export const frameworks = ["python", "c", "cpp", "typescript", "javascript", "java", "rust", "netdev", "click", "memif", "mock"] as const;
export type Framework = (typeof frameworks)[number];
/** Languages with an SDK: code that may be a single routine. */
export const languageFrameworks: readonly string[] = ["python", "c", "cpp", "typescript", "javascript", "java", "rust"] satisfies Framework[];
/** Their components know only network interfaces, or memif ones: `in`, and one for each output. */
export const wiredFrameworks: readonly string[] = ["netdev", "click", "memif"] satisfies Framework[];

/** Frameworks whose components can share a process, and with those of which they can. */
export const runtimes: Partial<Record<string, string>> = { python: "python", typescript: "node", javascript: "node", c: "native", cpp: "native" } satisfies Partial<Record<Framework, string>>;

export const Scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);

const Command = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 64, description: "a program and its words" });

/** Where a VNF runs. */
export const VnfPlacement = Type.Object(
  { cpu: Type.Optional(Type.Union([Type.Literal("any"), Type.Literal("together"), Type.Integer({ minimum: 0 })], { description: "any (default), together, or a CPU: that of the engine and all components" })) },
  closed,
);

/** Where a component runs. */
export const Placement = Type.Object(
  { fuse: Type.Optional(Type.String({ pattern: nameRule, description: "none (default), auto, or the name of a group: components of one group share a process" })) },
  closed,
);

export const Component = Type.Object(
  {
    framework: Type.String({ description: frameworks.join(", ") }),
    source: Type.Optional(Type.String()),
    entry: Type.Optional(Type.String()),
    routine: Type.Optional(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$", description: "a function in the source file: no main is needed" })),
    artifact: Type.Optional(Type.Object({ x86_64: Type.Optional(Type.String()), aarch64: Type.Optional(Type.String()) }, { ...closed, minProperties: 1 })),
    onCrash: Type.Optional(Type.Union([Type.Literal("bypass"), Type.Literal("drop"), Type.Literal("hold")])),
    onFull: Type.Optional(Type.Union([Type.Literal("drop"), Type.Literal("block")])),
    outputs: Type.Optional(Type.Array(Name, { maxItems: 15, uniqueItems: true })),
    context: Type.Optional(Type.String()),
    metadata: Type.Optional(Type.Boolean()),
    creates: Type.Optional(Type.Boolean()),
    build: Type.Optional(Command),
    setup: Type.Optional(Command),
    command: Type.Optional(Command),
    tap: Type.Optional(Type.Boolean()),
    role: Type.Optional(Type.Union([Type.Literal("server"), Type.Literal("client")], { description: "framework memif: what COVEN is; the program is the other" })),
    sockets: Type.Optional(Type.String({ pattern: "^/.{1,80}$", description: "framework memif: the folder of the sockets" })),
    replicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 16, description: "processes that share its flows; a flow stays with one" })),
    placement: Type.Optional(Placement),
    settings: Type.Optional(Type.Record(Type.String(), Scalar)),
  },
  closed,
);
export type Component = Static<typeof Component>;

/** The component that a process runs. */
export const componentOf = (process: string): string => process.split(".")[0] ?? process;

export const runtimeOf = (component: Component | undefined): string | undefined => runtimes[component?.framework ?? ""];

/** Does it stand in its paths as a piece of cable? One that is tapped only looks on. */
export const wired = (component: Component | undefined): boolean => component !== undefined && wiredFrameworks.includes(component.framework) && component.tap !== true;
/** What comes out of an interface need not be what went in. */
export const makesPackets = (component: Component): boolean => component.creates ?? wired(component);

export const ContextField = Type.Object({ field: Type.String({ pattern: "^[a-z][a-z0-9_]{0,31}$" }), bits: Type.Integer({ minimum: 1, maximum: 128 }) }, closed);
export type ContextField = Static<typeof ContextField>;

const Spi = Type.Integer({ minimum: 0, maximum: 0xffffff });
const Si = Type.Integer({ minimum: 1, maximum: 255 });
const Fate = Type.Union([Type.Literal("drop"), Type.Literal("forward")]);
const LinkAddress = Type.String({ pattern: "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$", description: "Ethernet address of the next hop" });
const NumberRange = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: "^[0-9]{1,5}-[0-9]{1,5}$", description: "80, or 1024-65535" })]);

/** A rule of a classifier: a packet that has all of this takes `path`, under its service path or another one. */
export const ClassifyRule = Type.Object(
  {
    path: Name,
    source: Type.Optional(Type.String({ description: "10.0.0.0/8, or one address" })),
    destination: Type.Optional(Type.String()),
    protocol: Type.Optional(Type.Union([Type.Literal("tcp"), Type.Literal("udp"), Type.Literal("icmp"), Type.Literal("icmpv6"), Type.Integer({ minimum: 0, maximum: 255 })])),
    sourcePort: Type.Optional(NumberRange),
    destinationPort: Type.Optional(NumberRange),
    vlan: Type.Optional(NumberRange),
    dscp: Type.Optional(NumberRange),
    payload: Type.Optional(Type.String({ pattern: "^([0-9a-fA-F]{2}){1,32}$", description: "what the payload begins with, in hex" })),
    spi: Type.Optional(Spi),
    si: Type.Optional(Si),
    context: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description: "fields of the path's context layout" })),
    to: Type.Optional(LinkAddress),
  },
  closed,
);
export type ClassifyRule = Static<typeof ClassifyRule>;

/** A next hop of a forwarder; without `si` for every SI that has none of its own. */
export const ForwardRule = Type.Object({ spi: Spi, si: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })), path: Name, to: Type.Optional(LinkAddress) }, closed);
export type ForwardRule = Static<typeof ForwardRule>;

export const Vnf = Type.Object(
  {
    vnf: Name,
    version: Type.String({ minLength: 1, maxLength: 64 }),
    description: Type.Optional(Type.String({ maxLength: 1024 })),
    provider: Type.Optional(Type.String({ maxLength: 255 })),
    connectionPoints: Type.Record(Name, ConnectionPoint, { ...closed, minProperties: 1, maxProperties: 16 }),
    components: Type.Optional(Type.Record(Name, Component, { ...closed, maxProperties: 63 })),
    paths: Type.Record(Name, Type.String({ description: "lan -> analyzer -> filter -> wan" }), { ...closed, minProperties: 1, maxProperties: 16 }),
    nsh: Type.Optional(
      Type.Object(
        {
          contexts: Type.Optional(Type.Record(Type.String(), Type.Union([Type.Array(ContextField), Type.Literal("opaque")]))),
          paths: Type.Optional(
            Type.Record(
              Name,
              Type.Object(
                {
                  spi: Spi,
                  si: Type.Optional(Si),
                  context: Type.Optional(Type.String()),
                  integrity: Type.Optional(
                    Type.Object(
                      {
                        keyId: Type.String({ pattern: "^([0-9a-f]{2}){1,16}$", description: "in hex" }),
                        key: Type.String({ pattern: "^/", description: "file with the key in hex, at least 16 bytes; an absolute path" }),
                        window_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 0xffffffff })),
                      },
                      closed,
                    ),
                  ),
                  require: Type.Optional(Type.Array(Type.Object({ class: Type.Integer({ minimum: 0, maximum: 0xffff }), type: Type.Integer({ minimum: 0, maximum: 0xff }) }, closed), { maxItems: 8 })),
                },
                closed,
              ),
              closed,
            ),
          ),
          oam: Type.Optional(Fate),
          unknown: Type.Optional(Fate),
          classify: Type.Optional(Type.Array(ClassifyRule, { maxItems: 1024 })),
          forward: Type.Optional(Type.Array(ForwardRule, { maxItems: 1024 })),
        },
        closed,
      ),
    ),
    placement: Type.Optional(VnfPlacement),
    profile: Type.Optional(Type.Union([Type.Literal("latency"), Type.Literal("balanced"), Type.Literal("power")])),
    threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 16, description: "threads of the engine that share the flows, each with processes of its own; a flow stays with one" })),
  },
  { ...closed, $id: "vnf.schema.json", title: "COVEN VNF package, short form" },
);
export type Vnf = Static<typeof Vnf>;

/** A process of a component, and the thread of the engine that it belongs to. */
export interface Process { name: string; of: string; component: Component; shard: number }

/** How many processes a component has: unless it says so one for each thread. */
export const replicasOf = ({ threads = 1 }: Pick<Vnf, "threads">, { replicas = threads }: Component): number => replicas;

/** The processes of a VNF by their names: that of the component, or where several share its flows `filter.1`, `filter.2`, … */
export const processesOf = (vnf: Pick<Vnf, "components" | "threads">): Process[] =>
  Object.entries(vnf.components ?? {}).flatMap(([of, component]) => {
    const count = replicasOf(vnf, component);
    return Array.from({ length: count }, (_, index): Process => ({ name: count === 1 ? of : `${of}.${index + 1}`, of, component, shard: index % (vnf.threads ?? 1) }));
  });
