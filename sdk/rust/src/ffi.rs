//! The C core (sdk/c/include/coven/core.h and nf.h), as it stands there.
use std::ffi::{c_char, c_int, c_void};

/// `coven_packet`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Raw {
    pub data: *mut u8,
    pub length: u32,
    pub verdict: u16,
    pub lane: u16,
    pub context: *mut u8,
    pub descriptor: u64,
}

impl Raw {
    pub const EMPTY: Raw =
        Raw { data: std::ptr::null_mut(), length: 0, verdict: 0, lane: 0, context: std::ptr::null_mut(), descriptor: 0 };
}

/// `coven_foreign`: an item of the agent whose value lives here.
#[repr(C)]
pub struct Foreign {
    pub name: *const c_char,
    pub kind: *const c_char,
    pub type_: *const c_char,
    pub unit: *const c_char,
    pub help: *const c_char,
    pub get: Option<unsafe extern "C" fn(*mut c_void, *mut c_char, usize) -> c_int>,
    pub set: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_char, usize) -> c_int>,
    pub call: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut c_char, usize) -> c_int>,
    pub state: *mut c_void,
    pub next: *mut Foreign,
}

/// `coven_headers`.
#[repr(C)]
pub struct RawHeaders {
    pub frame: *mut u8,
    pub ip: *mut u8,
    pub transport: *mut u8,
    pub payload: *mut u8,
    pub end: *mut u8,
    pub check: *mut u8,
    pub meta: *const u8,
    pub type_: u16,
    pub tags: u8,
    pub version: u8,
    pub header: u8,
    pub protocol: u8,
    pub kind: u8,
    pub fragment: bool,
    pub whole: bool,
    pub routed: bool,
}

/// `coven_field`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawField {
    pub first: u8,
    pub bits: u8,
}

/// `coven_flow`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RawFlow {
    pub source: [u8; 16],
    pub destination: [u8; 16],
    pub source_port: u16,
    pub destination_port: u16,
    pub protocol: u8,
    pub version: u8,
    pub zero: [u8; 2],
}

/// `coven_nsh`.
#[repr(C)]
pub struct RawNsh {
    pub packet: *mut Raw,
    pub at: *mut u8,
    pub length: u32,
    pub inside: bool,
}

/// `coven_tlv`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawTlv {
    pub md_class: u16,
    pub type_: u8,
    pub length: u8,
    pub unassigned: bool,
    pub value: *mut u8,
}

/// `coven_result`.
#[repr(C)]
pub struct RawResult {
    pub verdict: u16,
    pub output: *const c_char,
    pub error: *const c_char,
    pub data: *const u8,
    pub length: u32,
    pub context: *const u8,
    pub mark: u32,
}

unsafe extern "C" {
    pub fn coven_report_failure(packet: *const Raw, what: *const c_char) -> bool;
    pub fn coven_headers_of(packet: *const Raw) -> RawHeaders;
    pub fn coven_update_checksums(headers: *mut RawHeaders) -> bool;
    pub fn coven_is_partial_(headers: *const RawHeaders) -> bool;
    pub fn coven_context_entry(index: u32, name: *mut *const c_char, field: *mut RawField) -> bool;
    pub fn coven_field_get(packet: *const Raw, field: RawField) -> u64;
    pub fn coven_field_set(packet: *mut Raw, field: RawField, value: u64) -> bool;
    pub fn coven_field_read(packet: *const Raw, field: RawField, bytes: *mut u8);
    pub fn coven_field_write(packet: *mut Raw, field: RawField, bytes: *const u8, length: usize) -> bool;
    pub fn coven_flow_of(packet: *const Raw, flow: *mut RawFlow) -> bool;
    pub fn coven_flow_reversed(flow: *const RawFlow) -> RawFlow;
    pub fn coven_flow_text(flow: *const RawFlow, text: *mut c_char) -> *const c_char;
    pub fn coven_flow_table_new(name: *const c_char, capacity: u32, timeout_s: f64, symmetric: bool, size: usize) -> *mut c_void;
    pub fn coven_flow_table_free(table: *mut c_void);
    pub fn coven_flow_table_get(table: *mut c_void, flow: *const RawFlow, time_ns: u64) -> *mut c_void;
    pub fn coven_flow_table_put(table: *mut c_void, flow: *const RawFlow, time_ns: u64) -> *mut c_void;
    pub fn coven_flow_table_remove(table: *mut c_void, flow: *const RawFlow) -> bool;
    pub fn coven_flow_table_size(table: *const c_void) -> u32;
    pub fn coven_flow_table_next(table: *const c_void, after: *const RawFlow, value: *mut *mut c_void) -> *const RawFlow;
    pub fn coven_nsh_of(packet: *mut Raw, nsh: *mut RawNsh) -> bool;
    pub fn coven_nsh_next(nsh: *const RawNsh, piece: *mut RawTlv) -> bool;
    pub fn coven_nsh_set(nsh: *mut RawNsh, class: u16, type_: u8, value: *const c_void, length: usize) -> bool;
    pub fn coven_nsh_remove(nsh: *mut RawNsh, class: u16, type_: u8) -> bool;
    pub fn coven_harness_open(outputs: *const c_char, layout: *const c_char) -> *mut c_void;
    pub fn coven_harness_close(harness: *mut c_void);
    pub fn coven_harness_feed(harness: *mut c_void, bytes: *const c_void, length: u32, context: *const u8, time_ns: u64) -> bool;
    pub fn coven_harness_outcome(harness: *mut c_void) -> RawResult;
    pub fn coven_harness_sent(harness: *mut c_void, result: *mut RawResult) -> bool;
    pub fn coven_harness_item(harness: *mut c_void, name: *const c_char) -> *const c_char;
    pub fn coven_harness_set(harness: *mut c_void, name: *const c_char, json: *const c_char) -> bool;
    pub fn coven_capture_open(file: *const c_char, error: *mut c_char, size: usize) -> *mut c_void;
    pub fn coven_capture_next(capture: *mut c_void, bytes: *mut *const u8, length: *mut u32, time_ns: *mut u64) -> bool;
    pub fn coven_capture_fault(capture: *const c_void) -> *const c_char;
    pub fn coven_capture_close(capture: *mut c_void);
    pub fn coven_attach(error: *mut c_char, size: usize) -> c_int;
    pub fn coven_ready();
    pub fn coven_pass() -> bool;
    pub fn coven_take(packets: *mut Raw, max: u32) -> u32;
    pub fn coven_finish(packets: *mut Raw, count: u32);
    pub fn coven_fail(packets: *mut Raw, count: u32);
    pub fn coven_wait(extra_fd: c_int, timeout_ms: c_int) -> c_int;
    pub fn coven_detach();
    pub fn coven_failed() -> bool;
    pub fn coven_output_count() -> u32;
    pub fn coven_output_name(index: u32) -> *const c_char;
    pub fn coven_component_name() -> *const c_char;
    pub fn coven_publish_foreign(item: *mut Foreign);
    pub fn coven_withdraw_foreign(item: *mut Foreign);
    pub fn coven_flow_hash(packet: *const Raw) -> u32;
    pub fn coven_time_ns(packet: *const Raw) -> u64;
    pub fn coven_mark(packet: *const Raw) -> *mut u32;
    pub fn coven_service_path(packet: *const Raw) -> u32;
    pub fn coven_leave_checksum(packet: *mut Raw, start: u16, offset: u16);
    pub fn coven_grow_front(packet: *mut Raw, bytes: i32) -> bool;
    pub fn coven_grow_back(packet: *mut Raw, bytes: i32) -> bool;
    pub fn coven_packet_new(packet: *mut Raw, length: u32, like: *const Raw) -> bool;
    pub fn coven_packet_clone(copy: *mut Raw, original: *const Raw) -> bool;
    pub fn coven_send(packet: *mut Raw, output: u16);
}
