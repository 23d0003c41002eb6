/** The VNS backends as data: the CLI's help, `coven doctor` and the docs are made from this table. */
import type { PortBinding } from "@coven/contract";

export interface Option {
  /** What a value looks like, as help shows it. */
  value: string;
  help: string;
  kind: "text" | "number" | "rate";
}

export interface Backend {
  summary: string;
  /** The option that `BACKEND:ARG` sets. */
  argument?: string;
  options: Record<string, Option>;
  /** Linux capability without which it can't be opened, in the user namespace that owns the interface. */
  capability?: "CAP_NET_RAW" | "CAP_NET_ADMIN";
  /** Option that names a network interface of the host, there already or made by it. */
  interface?: string;
  /** Option that names a file that it reads, and those that it writes. */
  reads?: string;
  writes: readonly string[];
  /** Frames that it may hold at once, received or on their way out; the pool is sized by it (spec/channel.md, section 6). */
  frames: number;
  /** Whether several threads of an engine may have a part of it each, so that both directions of a flow come to one thread. */
  divides: boolean;
  /** Bytes a frame must have: 2048 where the wire's MTU is the limit; more where a capture holds what offloads have put together. */
  frame_size: number;
  /** The kernel, or a device, takes only frames of a power of two. */
  aligned?: true;
}

/** For every backend, beside its own. */
export const wrapperOptions: Record<string, Option> = {
  record: { value: "FILE", help: "write every frame received and transmitted to a pcap file", kind: "text" },
  "faults.seed": { value: "N", help: "seed of the faults, so that a run can be repeated", kind: "number" },
  "faults.drop": { value: "0..1", help: "part of the packets that are dropped", kind: "number" },
  "faults.corrupt": { value: "0..1", help: "part of the packets in which a byte is changed", kind: "number" },
  "faults.delay_us": { value: "N", help: "microseconds by which packets are delayed", kind: "number" },
};

const usual = { writes: ["record"], frame_size: 2048 } as const;
/** A backend whose argument is the name of an interface. */
const onInterface = (help: string, more: Record<string, Option> = {}) => ({ ...usual, argument: "interface", interface: "interface", options: { interface: { value: "INTERFACE", help, kind: "text" }, ...more } }) as const;

export const backends: Record<PortBinding["backend"], Backend> = {
  af_packet: {
    summary: "a network interface, by the kernel's packet socket; works with every driver",
    ...onInterface("name of the interface"),
    capability: "CAP_NET_RAW",
    frames: 256,
    divides: true,
  },
  af_xdp: {
    summary: "a network interface, by AF_XDP sockets: past the host's stack, straight into the pool; as af_packet where that can't be had",
    ...onInterface("name of the interface"),
    capability: "CAP_NET_RAW",
    frames: 2560,
    divides: true,
    aligned: true,
  },
  pcap: {
    summary: "capture files: packets are replayed from one and recorded to another",
    argument: "in",
    options: {
      in: { value: "FILE", help: "capture that is received", kind: "text" },
      out: { value: "FILE", help: "capture that takes what is transmitted", kind: "text" },
      rate: { value: "full|recorded|N", help: "as fast as possible, as recorded, or packets a second", kind: "rate" },
    },
    reads: "in",
    writes: ["out", "record"],
    frames: 128,
    divides: false,
    frame_size: 16_384,
  },
  loopback: {
    summary: "what is transmitted is received again",
    options: {},
    ...usual,
    frames: 512,
    divides: true,
  },
  generate: {
    summary: "a source and sink for benches and tests: makes numbered UDP packets, takes what is transmitted",
    options: {
      size: { value: "60..1514", help: "bytes of a packet, without the frame check sequence (64)", kind: "number" },
      rate: { value: "full|N", help: "as fast as possible, or packets a second", kind: "rate" },
      count: { value: "N", help: "packets after which it is done", kind: "number" },
      flows: { value: "1..4096", help: "flows that take turns (1)", kind: "number" },
      spi: { value: "1..16777215", help: "service path: each packet has an NSH of 24 bytes and Ethernet before it (none)", kind: "number" },
    },
    ...usual,
    frames: 128,
    divides: true,
  },
  tap: {
    summary: "an interface of the host that the port makes and takes with it: what the host sends by it is received",
    ...onInterface("name of the new interface", { mtu: { value: "68..65521", help: "its MTU (1500)", kind: "number" } }),
    capability: "CAP_NET_ADMIN",
    frames: 128,
    divides: false,
  },
  memif: {
    summary: "a program that speaks memif 2.0 (VPP, DPDK), through memory that it shares with the port",
    argument: "socket",
    options: {
      socket: { value: "SOCKET", help: "path of the control socket", kind: "text" },
      role: { value: "server|client", help: "whether it listens at the socket, or connects", kind: "text" },
      id: { value: "N", help: "number of the interface (0)", kind: "number" },
      ring_size: { value: "16..16384", help: "client: packets that a ring holds, a power of two (1024)", kind: "number" },
      buffer_size: { value: "128..65536", help: "client: bytes of a buffer (2048); larger packets take several", kind: "number" },
    },
    ...usual,
    frames: 256,
    divides: false,
  },
  libpcap: {
    summary: "a network interface, by libpcap: what the installed build of it stands on (PF_RING, netmap)",
    ...onInterface("its name, as libpcap knows it"),
    capability: "CAP_NET_RAW",
    frames: 256,
    divides: false,
  },
  plugin: {
    summary: "a backend from outside of COVEN: a shared object from the operator's folder, COVEN_PLUGINS (docs/vns-backends.md)",
    argument: "file",
    options: {
      file: { value: "NAME.so", help: "name of the file in that folder", kind: "text" },
      arguments: { value: "TEXT", help: "what the plugin is told", kind: "text" },
    },
    ...usual,
    frames: 1024,
    divides: false,
    aligned: true,
  },
};

export type BackendName = keyof typeof backends;
export const backendNames = Object.keys(backends) as BackendName[];

/** Every option of a backend, its own first. */
export const optionsOf = (name: BackendName): Record<string, Option> => ({ ...backends[name].options, ...wrapperOptions });

/** The form of a binding, as help and errors show it: `af_packet:INTERFACE[,record=FILE]...`. */
export function formOf(name: BackendName): string {
  const { argument } = backends[name];
  const options = Object.entries(optionsOf(name)).filter(([key]) => key !== argument);
  const head = argument === undefined ? name : `${name}:${optionsOf(name)[argument]?.value}`;
  return `${head}${options.map(([key, option]) => `[,${key}=${option.value}]`).join("")}`;
}

export const forms = (): string => "BACKEND[:ARGUMENT][,KEY=VALUE]...";
