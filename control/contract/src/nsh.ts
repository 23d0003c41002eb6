/** The NSH of a running instance: what its packets carry, what is set, rules and roles. */
import type { ClassifyRule, ContextField, ForwardRule, NshMode } from "./vnf.ts";

/** Fields of a context by name: numbers where they are exact, else hex as in "0xffffffffffffffff". A context without described fields is one, `context`. */
export type ContextValues = Record<string, number | string>;

/** A flow in one direction: the packet inside, as it is where it is looked at. Ports for TCP and UDP. */
export interface NshFlow { protocol: number; source: string; destination: string; sourcePort?: number; destinationPort?: number }

/** What packets of a service path, or of a flow on it, carried since somebody began to look. */
export interface NshSight {
  packets: number;
  /** When the last one came; ISO 8601. */
  time: string | null;
  /** The last context that came to the components, after what is set; `null`: none of MD type 1. */
  came: ContextValues | null;
  /** The last one with which a packet left them. */
  left: ContextValues | null;
}

export interface NshPathView extends NshSight {
  /** Path of the package; `null`: of a packet of a path that has been taken out. */
  path: string | null;
  /** The connection point where it begins, and what that does to NSH. */
  from: string | null;
  role: NshMode | null;
  spi: number;
  /** As it comes. */
  si: number;
  /** Name of the context's layout: of `nsh.contexts`, or `opaque`; `null`: none is stated. */
  layout: string | null;
  fields: ContextField[];
  /** What stands in it, and by which layout it reads the context. */
  components: { name: string; context: string | null }[];
}

export interface NshFlowView extends NshSight { path: string | null; spi: number; si: number; flow: NshFlow }

/** Fields that packets of a path, or of one flow on it, have whatever they came with, until it is taken back. */
export interface NshSet { path: string; flow?: NshFlow; fields: ContextValues }

export interface NshView {
  /** How long packets have been looked at; 0: the instance has no engine. */
  watched_ms: number;
  paths: NshPathView[];
  /** The latest first. */
  flows: NshFlowView[];
  sets: NshSet[];
}

/** Rules and roles in force. `revision` is raised by each change. */
export interface NshConfiguration { revision: number; roles: Record<string, NshMode>; classify: ClassifyRule[]; forward: ForwardRule[] }

/** What is to change; what is not named stays. */
export interface NshChange {
  /** Connection point -> role. */
  roles?: Record<string, NshMode>;
  /** Whole tables: in place of those in force. */
  classify?: ClassifyRule[];
  forward?: ForwardRule[];
  /** Change only what has this revision. */
  revision?: number;
  /** How long a change of roles waits for packets to leave. */
  quiet_ms?: number;
}
