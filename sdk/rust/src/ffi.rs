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

unsafe extern "C" {
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
    pub fn coven_flow_hash(packet: *const Raw) -> u32;
    pub fn coven_time_ns(packet: *const Raw) -> u64;
    pub fn coven_mark(packet: *const Raw) -> *mut u32;
    pub fn coven_service_path(packet: *const Raw) -> u32;
    pub fn coven_grow_front(packet: *mut Raw, bytes: i32) -> bool;
    pub fn coven_grow_back(packet: *mut Raw, bytes: i32) -> bool;
    pub fn coven_packet_new(packet: *mut Raw, length: u32, like: *const Raw) -> bool;
    pub fn coven_packet_clone(copy: *mut Raw, original: *const Raw) -> bool;
    pub fn coven_send(packet: *mut Raw, output: u16);
}
