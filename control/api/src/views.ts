/** From the views of `Management` to ETSI's resources. `root` is the scheme and host by which the client came. */
import type { AgentItem, InstanceView, OperationView, PackageView } from "@coven/contract";
import { storedProblem } from "./problem.ts";
import type { VnfIndicator, VnfInstance, VnfLcmOpOcc, VnfPkgInfo } from "./schemas/etsi.ts";
import { apis, prefix } from "./version.ts";

export const rootOf = (request: { protocol: string; host: string }) => `${request.protocol}://${request.host}`;

export const at = {
  package: (root: string, id: string) => `${root}${prefix(apis.vnfpkgm)}/vnf_packages/${id}`,
  instance: (root: string, id: string) => `${root}${prefix(apis.vnflcm)}/vnf_instances/${id}`,
  operation: (root: string, id: string) => `${root}${prefix(apis.vnflcm)}/vnf_lcm_op_occs/${id}`,
  indicators: (root: string, instance: string) => `${root}${prefix(apis.vnfind)}/indicators/${instance}`,
};

const link = (href: string) => ({ href });
/** SOL001 wants a provider; the short form may leave it out. */
const provider = (vnf: { provider?: string }) => vnf.provider ?? "unspecified";

function describedBy(view: PackageView): Partial<VnfPkgInfo> {
  if (!view.vnf) return {};
  const { vnf, version } = view.vnf;
  return { vnfdId: view.id, vnfProvider: provider(view.vnf), vnfProductName: vnf, vnfSoftwareVersion: version, vnfdVersion: version };
}

export function toPackage(view: PackageView, root: string): VnfPkgInfo {
  const self = at.package(root, view.id);
  return {
    id: view.id,
    ...describedBy(view),
    ...(view.checksum === undefined ? {} : { checksum: { algorithm: "SHA-256", hash: view.checksum } }),
    onboardingState: view.state,
    operationalState: view.state === "ONBOARDED" ? "ENABLED" : "DISABLED",
    usageState: view.inUse ? "IN_USE" : "NOT_IN_USE",
    userDefinedData: view.userData,
    ...(view.problem ? { onboardingFailureDetails: storedProblem(view.problem) } : {}),
    _links: { self: link(self), ...(view.vnf ? { vnfd: link(`${self}/vnfd`) } : {}), packageContent: link(`${self}/package_content`) },
  };
}

function instantiated(view: InstanceView): NonNullable<VnfInstance["instantiatedVnfInfo"]> {
  return {
    flavourId: "default",
    vnfState: view.state === "running" ? "STARTED" : "STOPPED",
    extCpInfo: Object.keys(view.vnf.connectionPoints).map((name) => {
      const binding = view.ports[name];
      return { id: name, cpdId: name, cpConfigId: name, metadata: binding ? { binding } : {} };
    }),
    vnfcInfo: view.components.map(({ name, state }) => ({ id: name, vduId: name, vnfcState: state === "running" ? "STARTED" : "STOPPED" })),
  };
}

export function toInstance(view: InstanceView, root: string): VnfInstance {
  const self = at.instance(root, view.id);
  const exists = view.state !== "not-instantiated";
  const tasks = exists ? { indicators: link(at.indicators(root, view.id)), terminate: link(`${self}/terminate`), operate: link(`${self}/operate`) } : { instantiate: link(`${self}/instantiate`) };
  return {
    id: view.id,
    vnfInstanceName: view.name,
    vnfInstanceDescription: view.description,
    vnfdId: view.packageId,
    vnfProvider: provider(view.vnf),
    vnfProductName: view.vnf.vnf,
    vnfSoftwareVersion: view.vnf.version,
    vnfdVersion: view.vnf.version,
    instantiationState: exists ? "INSTANTIATED" : "NOT_INSTANTIATED",
    ...(exists ? { instantiatedVnfInfo: instantiated(view) } : {}),
    metadata: view.metadata,
    _links: { self: link(self), ...tasks },
  };
}

export function toOperation(view: OperationView, root: string): VnfLcmOpOcc {
  return {
    id: view.id,
    operationState: view.state,
    stateEnteredTime: view.stateEntered,
    startTime: view.started,
    vnfInstanceId: view.instanceId,
    operation: view.kind,
    isAutomaticInvocation: false,
    operationParams: view.parameters,
    isCancelPending: false,
    ...(view.problem ? { error: storedProblem(view.problem) } : {}),
    steps: view.steps,
    _links: { self: link(at.operation(root, view.id)), vnfInstance: link(at.instance(root, view.instanceId)) },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** ETSI's value is an object: anything else is wrapped. */
export function toIndicator(item: AgentItem, component: string, instance: string, root: string): VnfIndicator {
  const id = `${component}.${item.name}`;
  return {
    id,
    name: item.help || item.name,
    value: isObject(item.value) ? item.value : { value: item.value ?? null },
    vnfInstanceId: instance,
    _links: { self: link(`${at.indicators(root, instance)}/${id}`), vnfInstance: link(at.instance(root, instance)) },
  };
}
