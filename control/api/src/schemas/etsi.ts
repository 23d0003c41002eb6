/** Resources of ETSI GS NFV-SOL 002/003/005 v3.7.1: the attributes that apply here, under their names there. */
import { type Static, Type } from "@sinclair/typebox";
import { PortBinding } from "@coven/contract";
import { KeyValues, Link, oneOf, ProblemDetails, ref } from "./common.ts";

const link = ref(Link);
const closed = { additionalProperties: false } as const;

export const CreateVnfPkgInfoRequest = Type.Object({ userDefinedData: Type.Optional(KeyValues) }, closed);

export const VnfPkgInfo = Type.Object(
  {
    id: Type.String(),
    vnfdId: Type.Optional(Type.String({ description: "equal to `id`: a package holds one descriptor" })),
    vnfProvider: Type.Optional(Type.String()),
    vnfProductName: Type.Optional(Type.String()),
    vnfSoftwareVersion: Type.Optional(Type.String()),
    vnfdVersion: Type.Optional(Type.String()),
    checksum: Type.Optional(Type.Object({ algorithm: Type.String(), hash: Type.String() })),
    onboardingState: oneOf(["CREATED", "UPLOADING", "PROCESSING", "ONBOARDED", "ERROR"]),
    operationalState: oneOf(["ENABLED", "DISABLED"]),
    usageState: oneOf(["IN_USE", "NOT_IN_USE"]),
    userDefinedData: Type.Optional(KeyValues),
    onboardingFailureDetails: Type.Optional(ref(ProblemDetails)),
    _links: Type.Object({ self: link, vnfd: Type.Optional(link), packageContent: link }),
  },
  { $id: "VnfPkgInfo" },
);
export type VnfPkgInfo = Static<typeof VnfPkgInfo>;

export const CreateVnfRequest = Type.Object(
  {
    vnfdId: Type.String({ minLength: 1 }),
    vnfInstanceName: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description: "default: the VNF's name" })),
    vnfInstanceDescription: Type.Optional(Type.String({ maxLength: 1024 })),
    metadata: Type.Optional(KeyValues),
  },
  closed,
);

export const InstantiateVnfRequest = Type.Object(
  {
    flavourId: Type.Optional(Type.Literal("default", { description: "a package has one flavour" })),
    additionalParams: Type.Optional(
      Type.Object(
        {
          ports: Type.Optional(Type.Record(Type.String(), PortBinding, { description: "connection point -> port; what is missing comes from the package" })),
          start: Type.Optional(Type.Boolean({ description: "start it too; default false" })),
        },
        closed,
      ),
    ),
  },
  closed,
);

const stop = oneOf(["FORCEFUL", "GRACEFUL"]);
const seconds = Type.Integer({ minimum: 0, maximum: 3600, description: "s" });

export const TerminateVnfRequest = Type.Object({ terminationType: stop, gracefulTerminationTimeout: Type.Optional(seconds) }, closed);

export const OperateVnfRequest = Type.Object(
  { changeStateTo: oneOf(["STARTED", "STOPPED"]), stopType: Type.Optional(stop), gracefulStopTimeout: Type.Optional(seconds) },
  closed,
);

const InstantiatedVnfInfo = Type.Object({
  flavourId: Type.String(),
  vnfState: oneOf(["STARTED", "STOPPED"]),
  extCpInfo: Type.Array(
    Type.Object({ id: Type.String(), cpdId: Type.String(), cpConfigId: Type.String(), metadata: Type.Object({ binding: Type.Optional(PortBinding) }) }),
  ),
  vnfcInfo: Type.Array(Type.Object({ id: Type.String(), vduId: Type.String(), vnfcState: oneOf(["STARTED", "STOPPED"]) })),
});

export const VnfInstance = Type.Object(
  {
    id: Type.String(),
    vnfInstanceName: Type.Optional(Type.String()),
    vnfInstanceDescription: Type.Optional(Type.String()),
    vnfdId: Type.String(),
    vnfProvider: Type.String(),
    vnfProductName: Type.String(),
    vnfSoftwareVersion: Type.String(),
    vnfdVersion: Type.String(),
    instantiationState: oneOf(["NOT_INSTANTIATED", "INSTANTIATED"]),
    instantiatedVnfInfo: Type.Optional(InstantiatedVnfInfo),
    metadata: Type.Optional(KeyValues),
    _links: Type.Object({ self: link, indicators: Type.Optional(link), instantiate: Type.Optional(link), terminate: Type.Optional(link), operate: Type.Optional(link) }),
  },
  { $id: "VnfInstance" },
);
export type VnfInstance = Static<typeof VnfInstance>;

export const OperationStep = Type.Object(
  { name: Type.String(), state: oneOf(["running", "done", "failed", "undone", "undo-failed"]), ms: Type.Number() },
  { $id: "OperationStep" },
);

export const VnfLcmOpOcc = Type.Object(
  {
    id: Type.String(),
    operationState: oneOf(["STARTING", "PROCESSING", "COMPLETED", "FAILED_TEMP", "FAILED", "ROLLING_BACK", "ROLLED_BACK"]),
    stateEnteredTime: Type.String(),
    startTime: Type.String(),
    vnfInstanceId: Type.String(),
    operation: oneOf(["INSTANTIATE", "OPERATE", "TERMINATE"]),
    isAutomaticInvocation: Type.Boolean(),
    operationParams: Type.Optional(KeyValues),
    isCancelPending: Type.Boolean(),
    error: Type.Optional(ref(ProblemDetails)),
    steps: Type.Array(ref(OperationStep), { description: "the steps so far, in order; not an attribute of ETSI's" }),
    _links: Type.Object({ self: link, vnfInstance: link }),
  },
  { $id: "VnfLcmOpOcc" },
);
export type VnfLcmOpOcc = Static<typeof VnfLcmOpOcc>;

export const VnfIndicator = Type.Object(
  {
    id: Type.String({ description: "component.item" }),
    name: Type.Optional(Type.String()),
    value: Type.Record(Type.String(), Type.Unknown(), { description: "a scalar stands in the attribute `value`" }),
    vnfInstanceId: Type.String(),
    _links: Type.Object({ self: link, vnfInstance: link }),
  },
  { $id: "VnfIndicator" },
);
export type VnfIndicator = Static<typeof VnfIndicator>;
