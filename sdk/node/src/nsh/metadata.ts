/** Metadata of MD type 2 that the IETF has given a meaning: RFC 8979 and RFC 9263. `nsh.read(metadata.groups)`, `nsh.write(metadata.groups, …)`. */

export interface MetadataKind<T> {
  readonly class: number;
  readonly type: number;
  /** Undefined: the value is none of this kind. */
  read(value: Uint8Array): T | undefined;
  write(fields: T): Uint8Array;
}

/** RFC 9263 §4.1: what the packet was forwarded in. */
export type ForwardingContext =
  | { contextType: 0; vlan: number }
  | { contextType: 1; serviceVlan: number; customerVlan: number }
  | { contextType: 2; mplsLabel: number }
  | { contextType: 3; vni: number }
  | { contextType: 4; session: number };
/** RFC 9263 §4.5: 0 is a flow label of IPv6, 1 an entropy label of MPLS. */
export interface FlowId { contextType: number; label: number }
/** RFC 9263 §4.6. */
export interface Groups { source: number; destination: number }

const wordBytes = 4;
const kindShift = 28;
const [mask12, mask20, mask24] = [0xfff, 0xfffff, 0xffffff];

const words = (...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.length * wordBytes));
  for (const [index, value] of values.entries()) view.setUint32(index * wordBytes, value);
  return new Uint8Array(view.buffer);
};
const wordAt = (value: Uint8Array, index: number): number => new DataView(value.buffer, value.byteOffset, value.length).getUint32(index * wordBytes);
const headed = (contextType: number, rest: number): number => ((contextType << kindShift) | rest) >>> 0;

function within(what: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError(`${what} takes a whole number from 0 to ${most}, not ${value}`);
  return value;
}

const opaque = (type: number): MetadataKind<Uint8Array> => ({ class: 0, type, read: (value) => value, write: (value) => value });

function readForwarding(value: Uint8Array): ForwardingContext | undefined {
  if (value.length < wordBytes) return undefined;
  const word = wordAt(value, 0);
  const contextType = word >>> kindShift;
  if (contextType === 4) return value.length === 2 * wordBytes ? { contextType, session: wordAt(value, 1) } : undefined;
  if (value.length !== wordBytes) return undefined;
  if (contextType === 0) return { contextType, vlan: word & mask12 };
  if (contextType === 1) return { contextType, serviceVlan: (word >>> 12) & mask12, customerVlan: word & mask12 };
  if (contextType === 2) return { contextType, mplsLabel: word & mask20 };
  return contextType === 3 ? { contextType, vni: word & mask24 } : undefined;
}

function writeForwarding(fields: ForwardingContext): Uint8Array {
  switch (fields.contextType) {
    case 0:
      return words(headed(0, within("vlan", fields.vlan, mask12)));
    case 1:
      return words(headed(1, (within("serviceVlan", fields.serviceVlan, mask12) << 12) | within("customerVlan", fields.customerVlan, mask12)));
    case 2:
      return words(headed(2, within("mplsLabel", fields.mplsLabel, mask20)));
    case 3:
      return words(headed(3, within("vni", fields.vni, mask24)));
    case 4:
      return words(headed(4, 0), within("session", fields.session, 0xffffffff));
  }
}

const forwardingContext: MetadataKind<ForwardingContext> = { class: 0, type: 4, read: readForwarding, write: writeForwarding };
const flowId: MetadataKind<FlowId> = {
  class: 0,
  type: 8,
  read: (value) => (value.length === wordBytes ? { contextType: wordAt(value, 0) >>> kindShift, label: wordAt(value, 0) & mask20 } : undefined),
  write: ({ contextType, label }) => words(headed(within("contextType", contextType, 15), within("label", label, mask20))),
};
const groups: MetadataKind<Groups> = {
  class: 0,
  type: 9,
  read: (value) => (value.length === 2 * wordBytes ? { source: wordAt(value, 0), destination: wordAt(value, 1) } : undefined),
  write: ({ source, destination }) => words(within("source", source, 0xffffffff), within("destination", destination, 0xffffffff)),
};

export const metadata = {
  subscriber: opaque(0),
  performancePolicy: opaque(1),
  forwardingContext,
  tenant: opaque(5),
  ingressNode: opaque(6),
  ingressInterface: opaque(7),
  flowId,
  groups,
  policy: opaque(10),
} as const;
