// generated from spec/channel.toml by `make generate`; do not edit
pub const CHANNEL_MAGIC: u64 = 0x3148434e45564f43;
pub const CHANNEL_MAJOR: u32 = 2;
pub const CHANNEL_MINOR: u32 = 0;
pub const CHANNEL_PAGE: u32 = 4096;
pub const CHANNEL_LINE: u32 = 128;
pub const CHANNEL_RING_UNIT: u32 = 64;
pub const LIMITS_FRAMES_MAX: u32 = 4194303;
pub const LIMITS_SLOTS_MAX: u32 = 64;
pub const LIMITS_EDGES_MAX: u32 = 32;
pub const LIMITS_AFTER_MAX: u32 = 4;
pub const LIMITS_BURST_MAX: u32 = 64;
pub const LIMITS_BURST_DEFAULT: u32 = 32;
pub const LIMITS_EDGE_LIMIT_DEFAULT: u32 = 512;
pub const LIMITS_EDGE_SLACK: u32 = 8;
pub const LIMITS_ALLOC_LIMIT: u32 = 64;
pub const LIMITS_CONTEXT_BYTES: u32 = 16;
pub const LIMITS_DATA_OFFSET_DEFAULT: u32 = 320;
pub const LIMITS_FRAME_SIZE_DEFAULT: u32 = 2048;
pub const LIMITS_HEADROOM_MIN: u32 = 64;
pub const LIMITS_OUTPUTS_MAX: u32 = 16;
pub const LIMITS_WAKE_FRAMES: u32 = 256;
pub const LIMITS_BELL_READ: u32 = 4096;
pub const LIMITS_WAIT_CAP: u32 = 16;
pub const LIMITS_WAIT_SHIFT: u32 = 3;
pub const HEADER_OFF_MAGIC: u32 = 0;
pub const HEADER_OFF_MAJOR: u32 = 8;
pub const HEADER_OFF_MINOR: u32 = 10;
pub const HEADER_OFF_HEADER_LEN: u32 = 12;
pub const HEADER_OFF_SEGMENT_SIZE: u32 = 16;
pub const HEADER_OFF_FEATURES_OFFERED: u32 = 24;
pub const HEADER_OFF_FEATURES_REQUIRED: u32 = 32;
pub const HEADER_OFF_INSTANCE: u32 = 40;
pub const HEADER_OFF_FRAME_COUNT: u32 = 56;
pub const HEADER_OFF_FRAME_SIZE: u32 = 60;
pub const HEADER_OFF_DATA_OFFSET: u32 = 64;
pub const HEADER_OFF_EDGE_LIMIT: u32 = 68;
pub const HEADER_OFF_SLOT_COUNT: u32 = 72;
pub const HEADER_OFF_SLOT_STRIDE: u32 = 76;
pub const HEADER_OFF_OFF_SLOTS: u32 = 80;
pub const HEADER_OFF_OFF_META: u32 = 88;
pub const HEADER_OFF_OFF_OWN: u32 = 96;
pub const HEADER_OFF_OFF_POOL: u32 = 104;
pub const HEADER_OFF_OFF_RINGS: u32 = 112;
pub const HEADER_OFF_RINGS_LEN: u32 = 120;
pub const HEADER_OFF_STATE: u32 = 128;
pub const HEADER_OFF_INCARNATION: u32 = 132;
pub const HEADER_OFF_ENGINE_PID: u32 = 136;
pub const SLOT_OFF_PARK: u32 = 0;
pub const SLOT_OFF_STATE: u32 = 128;
pub const SLOT_OFF_ACK_EPOCH: u32 = 132;
pub const SLOT_OFF_PID: u32 = 136;
pub const SLOT_OFF_SDK_VERSION: u32 = 140;
pub const SLOT_OFF_FEATURES: u32 = 144;
pub const SLOT_OFF_HEARTBEAT: u32 = 152;
pub const SLOT_OFF_ERROR: u32 = 156;
pub const SLOT_OFF_ERROR_ARG: u32 = 160;
pub const SLOT_OFF_WANT_EPOCH: u32 = 256;
pub const SLOT_OFF_STOP: u32 = 260;
pub const SLOT_OFF_SPIN_NS: u32 = 264;
pub const SLOT_OFF_PROFILE: u32 = 268;
pub const SLOT_OFF_HUNGRY: u32 = 272;
pub const SLOT_OFF_COUNTERS: u32 = 384;
pub const SLOT_OFF_EDGES: u32 = 1024;
pub const EDGE_OFF_RING: u32 = 0;
pub const EDGE_OFF_ID: u32 = 4;
pub const EDGE_OFF_ROLE: u32 = 6;
pub const EDGE_OFF_FLAGS: u32 = 7;
pub const EDGE_OFF_OUTPUT: u32 = 8;
pub const EDGE_OFF_PEER: u32 = 10;
pub const EDGE_OFF_CAP_LOG2: u32 = 12;
pub const EDGE_OFF_LANE: u32 = 13;
pub const EDGE_OFF_LIMIT: u32 = 16;
pub const EDGE_OFF_AFTER: u32 = 20;
pub const EDGE_OFF_MARKER_EPOCH: u32 = 28;
pub const EDGE_OFF_SEED: u32 = 32;
pub const EDGE_OFF_WEIGHT: u32 = 36;
pub const EDGE_SIZE: u32 = 48;
pub const RING_OFF_HEAD: u32 = 0;
pub const RING_OFF_WANT: u32 = 132;
pub const RING_OFF_TAIL: u32 = 128;
pub const RING_OFF_SLOTS: u32 = 256;
pub const META_OFF_FLOW_HASH: u32 = 0;
pub const META_OFF_INGRESS_PORT: u32 = 4;
pub const META_OFF_FLAGS: u32 = 6;
pub const META_OFF_TIME_NS: u32 = 8;
pub const META_OFF_MARK: u32 = 16;
pub const META_OFF_NSH_BASE: u32 = 20;
pub const META_OFF_NSH_PATH: u32 = 24;
pub const META_OFF_NSH_OFFSET: u32 = 28;
pub const META_OFF_NSH_LENGTH: u32 = 30;
pub const META_OFF_CONTEXT: u32 = 32;
pub const META_OFF_GSO_TYPE: u32 = 48;
pub const META_OFF_HEADER_LEN: u32 = 50;
pub const META_OFF_GSO_SIZE: u32 = 52;
pub const META_OFF_CSUM_START: u32 = 54;
pub const META_OFF_CSUM_OFFSET: u32 = 56;
pub const META_OFF_SCRATCH: u32 = 60;
pub const META_SIZE: u32 = 64;
pub const DESCRIPTOR_INDEX_BITS: u32 = 22;
pub const DESCRIPTOR_MORE_BIT: u32 = 22;
pub const DESCRIPTOR_GENERATION_SHIFT: u32 = 24;
pub const DESCRIPTOR_OFFSET_SHIFT: u32 = 32;
pub const DESCRIPTOR_LENGTH_SHIFT: u32 = 48;
pub const DESCRIPTOR_MARKER_INDEX: u32 = 4194303;
pub const OWNER_GENERATION_SHIFT: u32 = 32;
pub const OWNER_EDGE_SHIFT: u32 = 40;
pub const ROLE_IN: u32 = 1;
pub const ROLE_OUT: u32 = 2;
pub const ROLE_ALLOC: u32 = 3;
pub const ROLE_RETURN: u32 = 4;
pub const EDGE_FLAG_BLOCK: u32 = 1;
pub const EDGE_FLAG_DISCARD: u32 = 2;
pub const SLOT_STATE_EMPTY: u32 = 0;
pub const SLOT_STATE_ATTACHED: u32 = 1;
pub const SLOT_STATE_RUNNING: u32 = 2;
pub const SLOT_STATE_LEAVING: u32 = 3;
pub const SLOT_STATE_FAILED: u32 = 4;
pub const CHANNEL_STATE_INIT: u32 = 0;
pub const CHANNEL_STATE_RUNNING: u32 = 1;
pub const CHANNEL_STATE_DRAINING: u32 = 2;
pub const PROFILE_BALANCED: u32 = 0;
pub const PROFILE_LATENCY: u32 = 1;
pub const PROFILE_POWER: u32 = 2;
pub const META_FLAG_TRACE: u32 = 1;
pub const META_FLAG_CSUM_VALID: u32 = 2;
pub const META_FLAG_CSUM_PARTIAL: u32 = 4;
pub const META_FLAG_GSO: u32 = 8;
pub const META_FLAG_NSH: u32 = 16;
pub const META_FLAG_MD2: u32 = 32;
pub const META_FLAG_CREATED: u32 = 64;
pub const META_FLAG_CTX_CHANGED: u32 = 128;
pub const FEATURE_CHAINS: u32 = 1;
pub const FEATURE_MARKERS: u32 = 2;
pub const FEATURE_FAN_OUT: u32 = 4;
pub const COUNTER_PACKETS_IN: u32 = 0;
pub const COUNTER_BYTES_IN: u32 = 1;
pub const COUNTER_PACKETS_OUT: u32 = 2;
pub const COUNTER_BYTES_OUT: u32 = 3;
pub const COUNTER_PACKETS_DROPPED: u32 = 4;
pub const COUNTER_ERRORS: u32 = 5;
pub const COUNTER_BURSTS: u32 = 6;
pub const COUNTER_BUSY_NS: u32 = 7;
pub const COUNTER_PARKS: u32 = 8;
pub const COUNTER_BELLS: u32 = 9;
pub const COUNTER_EDGE_FULL: u32 = 10;
pub const COUNTER_BAD_DESCRIPTORS: u32 = 11;
pub const COUNTER_ALLOC_FAILED: u32 = 12;
pub const COUNTER_BLOCKED: u32 = 13;
pub const ERROR_NONE: u32 = 0;
pub const ERROR_BAD_DESCRIPTOR: u32 = 1;
pub const ERROR_BAD_CURSOR: u32 = 2;
pub const ERROR_BAD_EDGE: u32 = 3;
pub const ERROR_VERSION: u32 = 4;
pub const ERROR_FEATURES: u32 = 5;
pub const ERROR_AUTHOR: u32 = 6;
pub const REASON_COMPONENT: u32 = 0;
pub const REASON_EDGE_FULL: u32 = 1;
pub const REASON_BAD_DESCRIPTOR: u32 = 2;
pub const REASON_COMPONENT_ERROR: u32 = 3;
pub const REASON_UNKNOWN_OUTPUT: u32 = 4;
pub const REASON_COMPONENT_CRASHED: u32 = 16;
pub const REASON_COMPONENT_DOWN: u32 = 17;
pub const REASON_BAD_FRAME: u32 = 18;
pub const REASON_UNATTRIBUTED: u32 = 19;
pub const REASON_NO_ROUTE: u32 = 20;
pub const REASON_PORT_DOWN: u32 = 21;
pub const REASON_PORT_FULL: u32 = 22;
pub const REASON_TOO_LARGE: u32 = 23;
pub const REASON_TRUNCATED: u32 = 24;
pub const REASON_STOPPED: u32 = 25;
pub const REASON_HELD_TOO_LONG: u32 = 26;
pub const REASON_LOST_IN_RESTART: u32 = 27;
pub const REASON_FAULTY: u32 = 28;
pub const REASON_NSH_VERSION: u32 = 32;
pub const REASON_NSH_OAM: u32 = 33;
pub const REASON_NSH_MD_TYPE: u32 = 34;
pub const REASON_NSH_LENGTH: u32 = 35;
pub const REASON_NSH_NEXT_PROTOCOL: u32 = 36;
pub const REASON_NSH_NO_PATH: u32 = 37;
pub const REASON_NSH_PATH_EXHAUSTED: u32 = 38;
pub const REASON_NSH_UNKNOWN_CONTEXT: u32 = 39;
pub const REASON_NSH_MTU: u32 = 40;
pub const REASON_NSH_HEADROOM: u32 = 41;
pub const REASON_NSH_TTL: u32 = 42;
pub const REASON_NSH_EDGE: u32 = 43;
pub const REASON_NSH_TRANSPORT: u32 = 44;
pub const REASON_NSH_METADATA: u32 = 45;
pub const REASON_NSH_INTEGRITY: u32 = 46;

/// Number and name of every member.
pub const REASON_NAMES: &[(u32, &str)] = &[
    (0, "component"),
    (1, "edge_full"),
    (2, "bad_descriptor"),
    (3, "component_error"),
    (4, "unknown_output"),
    (16, "component_crashed"),
    (17, "component_down"),
    (18, "bad_frame"),
    (19, "unattributed"),
    (20, "no_route"),
    (21, "port_down"),
    (22, "port_full"),
    (23, "too_large"),
    (24, "truncated"),
    (25, "stopped"),
    (26, "held_too_long"),
    (27, "lost_in_restart"),
    (28, "faulty"),
    (32, "nsh_version"),
    (33, "nsh_oam"),
    (34, "nsh_md_type"),
    (35, "nsh_length"),
    (36, "nsh_next_protocol"),
    (37, "nsh_no_path"),
    (38, "nsh_path_exhausted"),
    (39, "nsh_unknown_context"),
    (40, "nsh_mtu"),
    (41, "nsh_headroom"),
    (42, "nsh_ttl"),
    (43, "nsh_edge"),
    (44, "nsh_transport"),
    (45, "nsh_metadata"),
    (46, "nsh_integrity"),
];

/// Number and name of every member.
pub const COUNTER_NAMES: &[(u32, &str)] = &[
    (0, "packets_in"),
    (1, "bytes_in"),
    (2, "packets_out"),
    (3, "bytes_out"),
    (4, "packets_dropped"),
    (5, "errors"),
    (6, "bursts"),
    (7, "busy_ns"),
    (8, "parks"),
    (9, "bells"),
    (10, "edge_full"),
    (11, "bad_descriptors"),
    (12, "alloc_failed"),
    (13, "blocked"),
];

/// Number and name of every member.
pub const ERROR_NAMES: &[(u32, &str)] = &[
    (0, "none"),
    (1, "bad_descriptor"),
    (2, "bad_cursor"),
    (3, "bad_edge"),
    (4, "version"),
    (5, "features"),
    (6, "author"),
];

/// Number and name of every member.
pub const SLOT_STATE_NAMES: &[(u32, &str)] = &[
    (0, "empty"),
    (1, "attached"),
    (2, "running"),
    (3, "leaving"),
    (4, "failed"),
];
