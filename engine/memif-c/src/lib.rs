//! memif for programs in C: `sdk/adapters/memif/coven_memif.h`.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, CStr, OsStr};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;

use memif::{Broken, Config, Memif, Reserved, Role};

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

/// One packet to the peer, seen after `coven_memif_push`. False: it takes none.
///
/// # Safety
/// `data` are `length` bytes, at most 65535.
#[no_mangle]
pub unsafe extern "C" fn coven_memif_send(it: &mut Memif, data: *const u8, length: u32) -> bool {
    let Some(link) = it.link() else { return false };
    let reserved = link.writer.reserve(length as usize);
    match reserved {
        Ok(Reserved::Room) => {
            let mut at = 0;
            for piece in link.writer.pieces() {
                // SAFETY: inside of `data`: the pieces add up to `length`; they are another mapping.
                unsafe { std::ptr::copy_nonoverlapping(data.add(at), piece.pointer(), piece.length) };
                at += piece.length;
            }
            link.writer.commit();
            true
        }
        Ok(_) => false,
        Err(broken) => give_up(it, broken),
    }
}

/// Show the peer what was sent.
#[no_mangle]
pub extern "C" fn coven_memif_push(it: &mut Memif) {
    if let Some(link) = it.link() {
        link.writer.publish();
    }
}

/// One packet from the peer: its length, or 0. What is larger than `room`, or broken off, is skipped and counted.
///
/// # Safety
/// `to` has room for `room` bytes.
#[no_mangle]
pub unsafe extern "C" fn coven_memif_receive(it: &mut Memif, to: *mut u8, room: u32, skipped: &mut u64) -> u32 {
    loop {
        let chain = match it.link().map(|link| link.reader.peek()) {
            Some(Ok(Some(chain))) => chain,
            Some(Err(broken)) => return u32::from(give_up(it, broken)),
            // The bell is told of once: whoever takes that away looks again.
            Some(Ok(None)) | None => match it.tend() {
                true => continue,
                false => return 0,
            },
        };
        let Some(link) = it.link() else { return 0 };
        let fits = !chain.cut && chain.length > 0 && chain.length <= room as usize;
        let mut at = 0;
        for piece in link.reader.pieces().take_while(|_| fits) {
            // SAFETY: inside of `to`: the pieces add up to the chain's length, which was just checked; they are another mapping.
            unsafe { std::ptr::copy_nonoverlapping(piece.pointer(), to.add(at), piece.length) };
            at += piece.length;
        }
        link.reader.skip();
        if fits {
            return at as u32;
        }
        *skipped += 1;
    }
}

/// Give what was received back to the peer.
#[no_mangle]
pub extern "C" fn coven_memif_release(it: &mut Memif) {
    if let Some(link) = it.link() {
        link.reader.release();
    }
}

fn give_up(it: &mut Memif, broken: Broken) -> bool {
    it.give_up(broken);
    false
}
