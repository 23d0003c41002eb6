/** The one catalogue of errors: reason -> HTTP status and sentence. `%s` are filled in order. docs/errors.md is compared with it by a test. */
export const catalogue = {
  // packages
  PACKAGE_MISSING: { status: 404, text: "there is no package at %s" },
  PACKAGE_NOT_ZIP: { status: 422, text: "%s is not a zip archive" },
  PACKAGE_DAMAGED: { status: 422, text: "the archive is damaged: %s" },
  PACKAGE_ESCAPES: { status: 422, text: "the archive names %s, which lies outside of it" },
  PACKAGE_BOMB: { status: 422, text: "the archive is too large when unpacked: %s" },
  PACKAGE_DUPLICATE: { status: 422, text: "the archive names %s twice" },
  PACKAGE_LINK: { status: 422, text: "the archive holds a link, %s; only files and folders are taken" },
  PACKAGE_ENCRYPTED: { status: 422, text: "the archive holds %s encrypted; only plain entries are taken" },
  PACKAGE_NO_DESCRIPTOR: { status: 422, text: "%s has no vnf.yaml at its root" },
  PACKAGE_IN_USE: { status: 409, text: "package %s is in use by instance %s" },
  // descriptor
  YAML_SYNTAX: { status: 422, text: "%s:%s:%s: %s" },
  SCHEMA: { status: 422, text: "%s:%s:%s: %s" },
  FRAMEWORK_UNKNOWN: { status: 422, text: "%s:%s:%s: component %s asks for framework %s; known are %s" },
  SOURCE_MISSING: { status: 422, text: "%s:%s:%s: component %s has no source at %s" },
  USE: { status: 422, text: "%s:%s:%s: component %s uses %s: %s" },
  USE_VERSION: { status: 422, text: "%s:%s:%s: component %s uses %s, but the versions that there are of it are %s" },
  USE_CYCLE: { status: 422, text: "%s:%s:%s: component %s comes back to where it is used: %s" },
  PATH_SYNTAX: { status: 422, text: "%s:%s:%s: path %s: %s" },
  NAME_UNKNOWN: { status: 422, text: "%s:%s:%s: path %s names %s, which is neither a connection point nor a component" },
  PATH_CYCLE: { status: 422, text: "%s:%s:%s: path %s comes to %s twice: a path has no cycles" },
  PATH_UNREACHABLE: { status: 422, text: "%s:%s:%s: no packet can take path %s: %s" },
  OUTPUT_UNCONNECTED: { status: 422, text: "%s:%s:%s: output %s of component %s leads nowhere" },
  WIRE_LANES: { status: 422, text: "%s:%s:%s: component %s knows only interfaces, so one way in each direction leads through it; paths %s and %s need two: give each a component of its own" },
  COMPONENT_UNUSED: { status: 422, text: "%s:%s:%s: component %s stands in no path" },
  FUSION: { status: 422, text: "%s:%s:%s: component %s can't be fused: %s" },
  CONTEXT_UNKNOWN: { status: 422, text: "%s:%s:%s: context layout %s is not described under nsh.contexts" },
  CONTEXT_SIZE: { status: 422, text: "%s:%s:%s: the fields of context layout %s make %s bits; an MD type 1 context has 128" },
  CONTEXT_MIXED: { status: 422, text: "%s:%s:%s: path %s mixes the context layouts %s and %s" },
  SPI_TWICE: { status: 422, text: "%s:%s:%s: paths %s and %s have the same SPI, %s" },
  OVERRIDE: { status: 422, text: "cannot set %s: %s" },
  // deployment
  PORT_UNBOUND: { status: 422, text: "connection point %s is bound to no port: say which, for example --port %s=af_packet:eth1" },
  PORT_SYNTAX: { status: 422, text: "port %s: %s; the form is %s" },
  PORT_TWICE: { status: 422, text: "connection points %s and %s are both bound to %s" },
  PORT_THREADS: { status: 422, text: "connection point %s: %s, but the package has threads: %s; %s" },
  POINT_UNKNOWN: { status: 422, text: "there is no connection point %s; there are %s" },
  CPU_UNAVAILABLE: { status: 422, text: "placement.cpu: the platform may not use CPU %s on this host; it may use %s" },
  PLAN_TOO_LARGE: { status: 422, text: "the VNF is too large for one instance: %s; at most %s" },
  INTERFACE_MISSING: { status: 422, text: "connection point %s: there is no interface %s here" },
  FRAMEWORK_MISSING: { status: 422, text: "framework %s is not usable on this host: %s" },
  FRAMEWORK_FILE: { status: 422, text: "%s: %s" },
  COMPILE_FAILED: { status: 422, text: "component %s does not compile: %s" },
  COMPONENT_EXITED: { status: 500, text: "component %s ended at once (%s): %s" },
  COMPONENT_SILENT: { status: 500, text: "component %s did not connect within %s s: %s" },
  SETTING_REFUSED: { status: 422, text: "component %s refused setting %s: %s" },
  ENGINE_FAILED: { status: 500, text: "the engine could not %s: %s" },
  ENGINE_GONE: { status: 503, text: "the engine of instance %s is gone: %s" },
  MEMORY_SHORT: { status: 507, text: "no memory for the packet pool of %s MiB: %s" },
  // life cycle
  NOT_FOUND: { status: 404, text: "there is no %s %s" },
  NAME_TAKEN: { status: 409, text: "there is an instance named %s already (%s)" },
  ACTION_NOT_ALLOWED: { status: 409, text: "cannot %s an instance that is %s" },
  BUSY: { status: 409, text: "instance %s is busy: %s is under way" },
  PACKAGE_STATE: { status: 409, text: "package %s is %s" },
  NSH_INVALID: { status: 422, text: "the NSH of instance %s can't be so: %s" },
  NSH_BUSY: { status: 409, text: "the NSH of instance %s stays as it was: %s" },
  // agents
  AGENT_SILENT: { status: 504, text: "the agent of %s does not answer: %s" },
  AGENT_REFUSED: { status: 422, text: "the agent of %s says: %s" },
  // requests
  BODY_MALFORMED: { status: 400, text: "the request's body is not as it should be: %s" },
  QUERY_MALFORMED: { status: 400, text: "the request's query is not as it should be: %s" },
  UNAUTHORIZED: { status: 401, text: "a token is needed: %s" },
  METHOD_NOT_ALLOWED: { status: 405, text: "%s is not for %s, which takes %s" },
  VERSION_UNSUPPORTED: { status: 406, text: "version %s of %s is not offered; %s is" },
  TOO_LARGE: { status: 413, text: "more than %s" },
  UNSUPPORTED_MEDIA: { status: 415, text: "this takes %s" },
  INTERRUPTED: { status: 503, text: "interrupted: %s" },
  INTERNAL: { status: 500, text: "%s" },
} as const satisfies Record<string, { status: number; text: string }>;

export type Reason = keyof typeof catalogue;

/** Something wrong in a descriptor, before its file, line and column are known: they stand before `values` in the message. */
export interface Fault {
  reason: Reason;
  values: readonly (string | number)[];
  /** The keys that lead to it, and the character of the value there. */
  at: readonly (string | number)[];
  offset?: number;
}

const filled = (text: string, values: readonly (string | number)[]) => {
  let next = 0;
  return text.replace(/%s/g, () => String(values[next++] ?? "?"));
};

/** What is wrong, where there is no file to point at. */
export const sentenceOf = ({ reason, values }: Fault): string => filled(catalogue[reason].text.replace(/^%s:%s:%s: /, ""), values);

/** An error of the catalogue: what happened, where, and (in `detail`) what else is known. */
export class CovenError extends Error {
  readonly reason: Reason;
  readonly detail: string | undefined;
  constructor(reason: Reason, values: readonly (string | number)[] = [], detail?: string) {
    super(filled(catalogue[reason].text, values));
    this.reason = reason;
    this.detail = detail;
  }
  get status(): number {
    return catalogue[this.reason].status;
  }
}
