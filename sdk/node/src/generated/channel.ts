// generated from spec/channel.toml by `make generate`; do not edit
export const CHANNEL_MAGIC = 0x3148434e45564f43n;
export const CHANNEL_MAJOR = 2;
export const CHANNEL_MINOR = 0;
export const CHANNEL_PAGE = 4096;
export const CHANNEL_LINE = 128;
export const CHANNEL_RING_UNIT = 64;
export const LIMITS_FRAMES_MAX = 4194303;
export const LIMITS_SLOTS_MAX = 64;
export const LIMITS_EDGES_MAX = 32;
export const LIMITS_AFTER_MAX = 4;
export const LIMITS_BURST_MAX = 64;
export const LIMITS_BURST_DEFAULT = 32;
export const LIMITS_EDGE_LIMIT_DEFAULT = 512;
export const LIMITS_EDGE_SLACK = 8;
export const LIMITS_ALLOC_LIMIT = 64;
export const LIMITS_CONTEXT_BYTES = 16;
export const LIMITS_DATA_OFFSET_DEFAULT = 320;
export const LIMITS_FRAME_SIZE_DEFAULT = 2048;
export const LIMITS_HEADROOM_MIN = 64;
export const LIMITS_OUTPUTS_MAX = 16;
export const LIMITS_WAKE_FRAMES = 256;
export const LIMITS_BELL_READ = 4096;
export const LIMITS_WAIT_CAP = 16;
export const LIMITS_WAIT_SHIFT = 3;
export const HEADER_OFF_MAGIC = 0;
export const HEADER_OFF_MAJOR = 8;
export const HEADER_OFF_MINOR = 10;
export const HEADER_OFF_HEADER_LEN = 12;
export const HEADER_OFF_SEGMENT_SIZE = 16;
export const HEADER_OFF_FEATURES_OFFERED = 24;
export const HEADER_OFF_FEATURES_REQUIRED = 32;
export const HEADER_OFF_INSTANCE = 40;
export const HEADER_OFF_FRAME_COUNT = 56;
export const HEADER_OFF_FRAME_SIZE = 60;
export const HEADER_OFF_DATA_OFFSET = 64;
export const HEADER_OFF_EDGE_LIMIT = 68;
export const HEADER_OFF_SLOT_COUNT = 72;
export const HEADER_OFF_SLOT_STRIDE = 76;
export const HEADER_OFF_OFF_SLOTS = 80;
export const HEADER_OFF_OFF_META = 88;
export const HEADER_OFF_OFF_OWN = 96;
export const HEADER_OFF_OFF_POOL = 104;
export const HEADER_OFF_OFF_RINGS = 112;
export const HEADER_OFF_RINGS_LEN = 120;
export const HEADER_OFF_STATE = 128;
export const HEADER_OFF_INCARNATION = 132;
export const HEADER_OFF_ENGINE_PID = 136;
export const SLOT_OFF_PARK = 0;
export const SLOT_OFF_STATE = 128;
export const SLOT_OFF_ACK_EPOCH = 132;
export const SLOT_OFF_PID = 136;
export const SLOT_OFF_SDK_VERSION = 140;
export const SLOT_OFF_FEATURES = 144;
export const SLOT_OFF_HEARTBEAT = 152;
export const SLOT_OFF_ERROR = 156;
export const SLOT_OFF_ERROR_ARG = 160;
export const SLOT_OFF_WANT_EPOCH = 256;
export const SLOT_OFF_STOP = 260;
export const SLOT_OFF_SPIN_NS = 264;
export const SLOT_OFF_PROFILE = 268;
export const SLOT_OFF_HUNGRY = 272;
export const SLOT_OFF_COUNTERS = 384;
export const SLOT_OFF_EDGES = 1024;
export const EDGE_OFF_RING = 0;
export const EDGE_OFF_ID = 4;
export const EDGE_OFF_ROLE = 6;
export const EDGE_OFF_FLAGS = 7;
export const EDGE_OFF_OUTPUT = 8;
export const EDGE_OFF_PEER = 10;
export const EDGE_OFF_CAP_LOG2 = 12;
export const EDGE_OFF_LANE = 13;
export const EDGE_OFF_LIMIT = 16;
export const EDGE_OFF_AFTER = 20;
export const EDGE_OFF_MARKER_EPOCH = 28;
export const EDGE_OFF_SEED = 32;
export const EDGE_OFF_WEIGHT = 36;
export const EDGE_SIZE = 48;
export const RING_OFF_HEAD = 0;
export const RING_OFF_WANT = 132;
export const RING_OFF_TAIL = 128;
export const RING_OFF_SLOTS = 256;
export const META_OFF_FLOW_HASH = 0;
export const META_OFF_INGRESS_PORT = 4;
export const META_OFF_FLAGS = 6;
export const META_OFF_TIME_NS = 8;
export const META_OFF_MARK = 16;
export const META_OFF_NSH_BASE = 20;
export const META_OFF_NSH_PATH = 24;
export const META_OFF_NSH_OFFSET = 28;
export const META_OFF_NSH_LENGTH = 30;
export const META_OFF_CONTEXT = 32;
export const META_OFF_GSO_TYPE = 48;
export const META_OFF_HEADER_LEN = 50;
export const META_OFF_GSO_SIZE = 52;
export const META_OFF_CSUM_START = 54;
export const META_OFF_CSUM_OFFSET = 56;
export const META_OFF_SCRATCH = 60;
export const META_SIZE = 64;
export const DESCRIPTOR_INDEX_BITS = 22;
export const DESCRIPTOR_MORE_BIT = 22;
export const DESCRIPTOR_GENERATION_SHIFT = 24;
export const DESCRIPTOR_OFFSET_SHIFT = 32;
export const DESCRIPTOR_LENGTH_SHIFT = 48;
export const DESCRIPTOR_MARKER_INDEX = 4194303;
export const OWNER_GENERATION_SHIFT = 32;
export const OWNER_EDGE_SHIFT = 40;
export const ROLE_IN = 1;
export const ROLE_OUT = 2;
export const ROLE_ALLOC = 3;
export const ROLE_RETURN = 4;
export const EDGE_FLAG_BLOCK = 1;
export const EDGE_FLAG_DISCARD = 2;
export const SLOT_STATE_EMPTY = 0;
export const SLOT_STATE_ATTACHED = 1;
export const SLOT_STATE_RUNNING = 2;
export const SLOT_STATE_LEAVING = 3;
export const SLOT_STATE_FAILED = 4;
export const CHANNEL_STATE_INIT = 0;
export const CHANNEL_STATE_RUNNING = 1;
export const CHANNEL_STATE_DRAINING = 2;
export const PROFILE_BALANCED = 0;
export const PROFILE_LATENCY = 1;
export const PROFILE_POWER = 2;
export const META_FLAG_TRACE = 1;
export const META_FLAG_CSUM_VALID = 2;
export const META_FLAG_CSUM_PARTIAL = 4;
export const META_FLAG_GSO = 8;
export const META_FLAG_NSH = 16;
export const META_FLAG_MD2 = 32;
export const META_FLAG_CREATED = 64;
export const META_FLAG_CTX_CHANGED = 128;
export const FEATURE_CHAINS = 1;
export const FEATURE_MARKERS = 2;
export const FEATURE_FAN_OUT = 4;
export const COUNTER_PACKETS_IN = 0;
export const COUNTER_BYTES_IN = 1;
export const COUNTER_PACKETS_OUT = 2;
export const COUNTER_BYTES_OUT = 3;
export const COUNTER_PACKETS_DROPPED = 4;
export const COUNTER_ERRORS = 5;
export const COUNTER_BURSTS = 6;
export const COUNTER_BUSY_NS = 7;
export const COUNTER_PARKS = 8;
export const COUNTER_BELLS = 9;
export const COUNTER_EDGE_FULL = 10;
export const COUNTER_BAD_DESCRIPTORS = 11;
export const COUNTER_ALLOC_FAILED = 12;
export const COUNTER_BLOCKED = 13;
export const ERROR_NONE = 0;
export const ERROR_BAD_DESCRIPTOR = 1;
export const ERROR_BAD_CURSOR = 2;
export const ERROR_BAD_EDGE = 3;
export const ERROR_VERSION = 4;
export const ERROR_FEATURES = 5;
export const ERROR_AUTHOR = 6;
export const REASON_COMPONENT = 0;
export const REASON_EDGE_FULL = 1;
export const REASON_BAD_DESCRIPTOR = 2;
export const REASON_COMPONENT_ERROR = 3;
export const REASON_UNKNOWN_OUTPUT = 4;
export const REASON_COMPONENT_CRASHED = 16;
export const REASON_COMPONENT_DOWN = 17;
export const REASON_BAD_FRAME = 18;
export const REASON_UNATTRIBUTED = 19;
export const REASON_NO_ROUTE = 20;
export const REASON_PORT_DOWN = 21;
export const REASON_PORT_FULL = 22;
export const REASON_TOO_LARGE = 23;
export const REASON_TRUNCATED = 24;
export const REASON_STOPPED = 25;
export const REASON_HELD_TOO_LONG = 26;
export const REASON_LOST_IN_RESTART = 27;
export const REASON_FAULTY = 28;
export const REASON_NSH_VERSION = 32;
export const REASON_NSH_OAM = 33;
export const REASON_NSH_MD_TYPE = 34;
export const REASON_NSH_LENGTH = 35;
export const REASON_NSH_NEXT_PROTOCOL = 36;
export const REASON_NSH_NO_PATH = 37;
export const REASON_NSH_PATH_EXHAUSTED = 38;
export const REASON_NSH_UNKNOWN_CONTEXT = 39;
export const REASON_NSH_MTU = 40;
export const REASON_NSH_HEADROOM = 41;
export const REASON_NSH_TTL = 42;
export const REASON_NSH_EDGE = 43;
export const REASON_NSH_TRANSPORT = 44;
export const REASON_NSH_METADATA = 45;
export const REASON_NSH_INTEGRITY = 46;

export const reasons = {
  component: 0,
  edge_full: 1,
  bad_descriptor: 2,
  component_error: 3,
  unknown_output: 4,
  component_crashed: 16,
  component_down: 17,
  bad_frame: 18,
  unattributed: 19,
  no_route: 20,
  port_down: 21,
  port_full: 22,
  too_large: 23,
  truncated: 24,
  stopped: 25,
  held_too_long: 26,
  lost_in_restart: 27,
  faulty: 28,
  nsh_version: 32,
  nsh_oam: 33,
  nsh_md_type: 34,
  nsh_length: 35,
  nsh_next_protocol: 36,
  nsh_no_path: 37,
  nsh_path_exhausted: 38,
  nsh_unknown_context: 39,
  nsh_mtu: 40,
  nsh_headroom: 41,
  nsh_ttl: 42,
  nsh_edge: 43,
  nsh_transport: 44,
  nsh_metadata: 45,
  nsh_integrity: 46,
} as const;

export const counters = {
  packets_in: 0,
  bytes_in: 1,
  packets_out: 2,
  bytes_out: 3,
  packets_dropped: 4,
  errors: 5,
  bursts: 6,
  busy_ns: 7,
  parks: 8,
  bells: 9,
  edge_full: 10,
  bad_descriptors: 11,
  alloc_failed: 12,
  blocked: 13,
} as const;
