//! memif for programs in C: `sdk/adapters/memif/coven_memif.h`.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, CStr, OsStr};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;

use memif::{Config, Memif, Reader, Reserved, Role, Writer};

/// Descriptors of a ring, as a power of two, and bytes of a buffer, where this side is the client.
const RING_LOG2: u8 = 10;
const BUFFER_SIZE: u32 = 2048;

/// # Safety
/// `socket` ends with a zero; `error` has room for `room` bytes.
#[no_mangle]
pub unsafe extern "C" fn coven_memif_open(
    socket: *const c_char,
    id: u32,
    server: bool,
    error: *mut c_char,
    room: usize,
) -> Option<Box<Memif>> {
    // SAFETY: the caller's promise.
    let socket = unsafe { CStr::from_ptr(socket) }.to_bytes();
    let role = if server { Role::Server } else { Role::Client };
    let (ring_log2, buffer_size) = (RING_LOG2, BUFFER_SIZE);
    let config = Config { socket: OsStr::from_bytes(socket).into(), id, role, ring_log2, buffer_size, name: "coven".into() };
    let why = match Memif::open(config) {
        Ok(opened) => return Some(Box::new(opened)),
        Err(why) => why.to_string(),
    };
    let length = why.len().min(room.saturating_sub(1));
    // SAFETY: the caller's promise; cut to the room, with the zero.
    unsafe {
        std::ptr::copy_nonoverlapping(why.as_ptr(), error.cast(), length);
        error.add(length).write(0);
    }
    None
}

/// Its end.
#[no_mangle]
pub extern "C" fn coven_memif_close(_: Option<Box<Memif>>) {}

/// Readable when there may be something to receive.
#[no_mangle]
pub extern "C" fn coven_memif_descriptor(it: &Memif) -> c_int {
    it.descriptor().as_raw_fd()
}

/// Is a peer connected?
#[no_mangle]
pub extern "C" fn coven_memif_is_up(it: &Memif) -> bool {
    it.why_down().is_none()
}

/// Serve the control socket, and find a peer if there is none.
#[no_mangle]
pub extern "C" fn coven_memif_tend(it: &mut Memif) {
    it.tend();
}

/// Have the peer ring with its next packet, or not. After asking for it the ring has to be looked at once more.
#[no_mangle]
pub extern "C" fn coven_memif_watch(it: &mut Memif, watched: bool) {
    if let Some(link) = it.link() {
        link.reader.set_masked(!watched);
    }
}

/// `struct iovec`.
#[repr(C)]
pub struct Bytes {
    data: *const u8,
    length: usize,
}

/// Up to 32 packets to the peer. A bit for each that it does not take.
///
/// # Safety
/// `packets` are `count`, each of at most 65535 bytes.
#[no_mangle]
pub unsafe extern "C" fn coven_memif_give(it: &mut Memif, packets: *const Bytes, count: u32) -> u32 {
    // SAFETY: the caller's promise.
    let packets = unsafe { std::slice::from_raw_parts(packets, count as usize) };
    let Some(link) = it.link() else { return u32::from(it.tend()) | lowest(count) };
    let mut refused = 0;
    for (number, packet) in packets.iter().enumerate() {
        match link.writer.reserve(packet.length) {
            // SAFETY: the caller's promise.
            Ok(Reserved::Room) => unsafe { write(&mut link.writer, packet) },
            Ok(_) => refused |= 1 << number,
            Err(broken) => {
                it.give_up(broken);
                return lowest(count);
            }
        }
    }
    link.writer.publish();
    if refused != 0 {
        it.tend(); // is there anybody still?
    }
    refused
}

fn lowest(count: u32) -> u32 {
    u32::MAX >> (32 - count.clamp(1, 32))
}

/// # Safety
/// `packet` is there, and `writer` has reserved room for it.
unsafe fn write(writer: &mut Writer, packet: &Bytes) {
    let mut at = 0;
    for piece in writer.pieces() {
        // SAFETY: inside of the packet: the pieces add up to its length; they are another mapping.
        unsafe { std::ptr::copy_nonoverlapping(packet.data.add(at), piece.pointer(), piece.length) };
        at += piece.length;
    }
    writer.commit();
}

/// One packet from the peer: its length, or 0. `at` is where it lies: in memory that the peer may still write, until `coven_memif_release`;
/// or, when it lies in pieces, in `to`. What is larger than `room`, or broken off, is skipped and counted.
///
/// # Safety
/// `to` has room for `room` bytes.
#[no_mangle]
pub unsafe extern "C" fn coven_memif_take(it: &mut Memif, to: *mut u8, room: u32, at: &mut *mut u8, skipped: &mut u64) -> u32 {
    while let Some(link) = it.link() {
        let chain = match link.reader.peek() {
            Ok(Some(chain)) => chain,
            Ok(None) => return 0,
            Err(broken) => {
                it.give_up(broken);
                return 0;
            }
        };
        let fits = !chain.cut && chain.length > 0 && chain.length <= room as usize;
        if fits {
            // SAFETY: the caller's promise, and what was just checked.
            *at = unsafe { in_one_piece(&link.reader, chain.length, to) };
        }
        link.reader.skip();
        if fits {
            return chain.length as u32;
        }
        *skipped += 1;
    }
    0
}

/// # Safety
/// `to` has room for `length` bytes, which is what the pieces add up to.
unsafe fn in_one_piece(reader: &Reader, length: usize, to: *mut u8) -> *mut u8 {
    let mut at = 0;
    for piece in reader.pieces() {
        if piece.length == length {
            return piece.pointer();
        }
        // SAFETY: the caller's promise; they are another mapping.
        unsafe { std::ptr::copy_nonoverlapping(piece.pointer(), to.add(at), piece.length) };
        at += piece.length;
    }
    to
}

/// Give what was received back to the peer.
#[no_mangle]
pub extern "C" fn coven_memif_release(it: &mut Memif) {
    if let Some(link) = it.link() {
        link.reader.release();
    }
}
