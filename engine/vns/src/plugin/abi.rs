//! `coven_vns.h` in Rust, and the shared object behind it.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::path::Path;
use std::ptr::NonNull;
use std::time::Duration;

use crate::library::Library;
use crate::{Fault, Frames, Packet, Received, Stock};

const ABI: u32 = 1;
const NO_FRAME: u32 = u32::MAX;
const NEVER: u64 = u64::MAX;
/// Packets, or completed frames, of one call.
const BURST: usize = 256;
const SENTENCE: usize = 256;

#[repr(C)]
struct CPool {
    base: *mut u8,
    count: u32,
    size: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CPacket {
    frame: u32,
    offset: u16,
    length: u16,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CReceived {
    packet: CPacket,
    fault: u32,
    time_ns: u64,
}

/// The two functions come first: C knows no more of it.
#[repr(C)]
struct CStock<'a> {
    take: extern "C" fn(&mut CStock) -> u32,
    give: extern "C" fn(&mut CStock, u32),
    stock: &'a mut dyn Stock,
}

extern "C" fn take(stock: &mut CStock) -> u32 {
    stock.stock.take().unwrap_or(NO_FRAME)
}

extern "C" fn give(stock: &mut CStock, frame: u32) {
    stock.stock.give(frame);
}

type Handle = *mut c_void;

#[repr(C)]
struct Backend {
    abi: u32,
    open: Option<unsafe extern "C" fn(*const c_char, *const CPool, *mut c_char, usize) -> Handle>,
    close: Option<unsafe extern "C" fn(Handle)>,
    receive: Option<unsafe extern "C" fn(Handle, *mut CStock, u16, usize, *mut CReceived) -> usize>,
    transmit: Option<unsafe extern "C" fn(Handle, *const CPacket, usize) -> usize>,
    completed: Option<unsafe extern "C" fn(Handle, *mut u32, usize) -> usize>,
    descriptor: Option<unsafe extern "C" fn(Handle) -> c_int>,
    due_ns: Option<unsafe extern "C" fn(Handle) -> u64>,
    holds: Option<unsafe extern "C" fn(Handle) -> usize>,
    missed: Option<unsafe extern "C" fn(Handle, *mut u64, *mut u64)>,
    down: Option<unsafe extern "C" fn(Handle) -> *const c_char>,
    largest: Option<unsafe extern "C" fn(Handle) -> usize>,
}

/// The functions of a backend, all of them there.
struct Functions {
    close: unsafe extern "C" fn(Handle),
    receive: unsafe extern "C" fn(Handle, *mut CStock, u16, usize, *mut CReceived) -> usize,
    transmit: unsafe extern "C" fn(Handle, *const CPacket, usize) -> usize,
    completed: unsafe extern "C" fn(Handle, *mut u32, usize) -> usize,
    descriptor: unsafe extern "C" fn(Handle) -> c_int,
    due_ns: unsafe extern "C" fn(Handle) -> u64,
    holds: unsafe extern "C" fn(Handle) -> usize,
    missed: unsafe extern "C" fn(Handle, *mut u64, *mut u64),
    down: unsafe extern "C" fn(Handle) -> *const c_char,
    largest: unsafe extern "C" fn(Handle) -> usize,
}

impl Functions {
    fn of(backend: &Backend) -> Option<Self> {
        Some(Self {
            close: backend.close?,
            receive: backend.receive?,
            transmit: backend.transmit?,
            completed: backend.completed?,
            descriptor: backend.descriptor?,
            due_ns: backend.due_ns?,
            holds: backend.holds?,
            missed: backend.missed?,
            down: backend.down?,
            largest: backend.largest?,
        })
    }
}

/// An open port of a plugin. It is trusted to keep to the header; numbers that would lead out of the pool are checked all the same.
pub(crate) struct Opened {
    functions: Functions,
    handle: NonNull<c_void>,
    received: Box<[CReceived; BURST]>,
    packets: Box<[CPacket; BURST]>,
    frames: Box<[u32; BURST]>,
}

// SAFETY: the header promises calls from one thread at a time, not always the same.
unsafe impl Send for Opened {}

impl Opened {
    /// Load `file` and open a port. The object stays loaded: it may have left threads or handlers behind.
    pub fn open(file: &Path, arguments: &str, frames: &Frames) -> Result<Self, String> {
        let library = Library::open(&file.to_string_lossy())?;
        // SAFETY: the function has this type in the header that plugins are written to; what it returns is static.
        let backend = unsafe {
            let table: extern "C" fn() -> *const Backend = library.function("coven_vns_backend")?;
            table().as_ref().ok_or("coven_vns_backend returns NULL")?
        };
        if backend.abi != ABI {
            return Err(format!("it is for version {} of coven_vns.h, this engine for version {ABI}", backend.abi));
        }
        let missing = "a function of struct coven_backend is missing";
        let functions = Functions::of(backend).ok_or(missing)?;
        let arguments = CString::new(arguments).map_err(|_| "the arguments have a zero byte in them")?;
        let pool = CPool { base: frames.pointer(0, 0, 0), count: frames.count(), size: frames.size() };
        let mut error = [0u8; SENTENCE];
        // SAFETY: live values of the types that the header says; the pool outlives the port (`Port`).
        let handle = unsafe { backend.open.ok_or(missing)?(arguments.as_ptr(), &pool, error.as_mut_ptr().cast(), SENTENCE) };
        let handle = NonNull::new(handle).ok_or_else(|| text(&error))?;
        let (received, packets) = (Box::new([CReceived::default(); BURST]), Box::new([CPacket::default(); BURST]));
        Ok(Self { functions, handle, received, packets, frames: Box::new([0; BURST]) })
    }

    pub fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, offset: u16, max: usize, into: &mut Vec<Received>) {
        let max = max.min(BURST);
        let mut stock = CStock { take, give, stock };
        // SAFETY: as the header says: room for `max`, a stock that lives as long as the call.
        let count =
            unsafe { (self.functions.receive)(self.handle.as_ptr(), &mut stock, offset, max, self.received.as_mut_ptr()) };
        into.extend(
            self.received[..count.min(max)]
                .iter()
                .filter(|one| one.packet.frame < frames.count())
                .map(|one| checked(frames, one)),
        );
    }

    pub fn transmit(&mut self, packets: &[Packet]) -> usize {
        let mut taken = 0;
        for burst in packets.chunks(BURST) {
            for (to, Packet { frame, offset, length }) in self.packets.iter_mut().zip(burst) {
                *to = CPacket { frame: *frame, offset: *offset, length: *length };
            }
            // SAFETY: so many packets, in the pool that it was opened for.
            let now = unsafe { (self.functions.transmit)(self.handle.as_ptr(), self.packets.as_ptr(), burst.len()) };
            taken += now.min(burst.len());
            if now < burst.len() {
                break;
            }
        }
        taken
    }

    pub fn completed(&mut self, into: &mut Vec<u32>) {
        loop {
            // SAFETY: room for `BURST`.
            let count = unsafe { (self.functions.completed)(self.handle.as_ptr(), self.frames.as_mut_ptr(), BURST) };
            into.extend(&self.frames[..count.min(BURST)]);
            if count < BURST {
                return;
            }
        }
    }

    pub fn descriptor(&self) -> Option<c_int> {
        // SAFETY: as the header says; the same for the functions below.
        Some(unsafe { (self.functions.descriptor)(self.handle.as_ptr()) }).filter(|fd| *fd >= 0)
    }

    /// How long until then; zero if it is past.
    pub fn due_in(&self) -> Option<Duration> {
        // SAFETY: as above.
        let due = Some(unsafe { (self.functions.due_ns)(self.handle.as_ptr()) }).filter(|due| *due != NEVER)?;
        Some(Duration::from_nanos(due.saturating_sub(if due == 0 { 0 } else { monotonic_ns() })))
    }

    pub fn holds(&self) -> usize {
        // SAFETY: as above.
        unsafe { (self.functions.holds)(self.handle.as_ptr()) }
    }

    pub fn missed(&self) -> (u64, u64) {
        let (mut rx, mut tx) = (0, 0);
        // SAFETY: as above; both are live.
        unsafe { (self.functions.missed)(self.handle.as_ptr(), &mut rx, &mut tx) };
        (rx, tx)
    }

    pub fn down(&self) -> Option<String> {
        // SAFETY: as above; a sentence that is good until the next call, which is later.
        unsafe {
            let why = (self.functions.down)(self.handle.as_ptr());
            (!why.is_null()).then(|| CStr::from_ptr(why).to_string_lossy().into_owned())
        }
    }

    pub fn largest(&self) -> usize {
        // SAFETY: as above.
        unsafe { (self.functions.largest)(self.handle.as_ptr()) }
    }
}

fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes a live value.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// A packet that would lie outside of its frame is none.
fn checked(frames: &Frames, one: &CReceived) -> Received {
    let CPacket { frame, offset, length } = one.packet;
    let inside = u32::from(offset) + u32::from(length) <= frames.size();
    let fault = match one.fault {
        0 if inside && length >= 14 => None,
        1 => Some(Fault::TooLarge),
        _ => Some(Fault::Truncated),
    };
    Received { packet: Packet { frame, offset, length: if fault.is_none() { length } else { 0 } }, time_ns: one.time_ns, fault }
}

fn text(sentence: &[u8]) -> String {
    let end = sentence.iter().position(|byte| *byte == 0).unwrap_or(sentence.len());
    match &*String::from_utf8_lossy(&sentence[..end]) {
        "" => "it did not say why".into(),
        said => said.into(),
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: opened by the same backend, and not used any more.
        unsafe { (self.functions.close)(self.handle.as_ptr()) };
    }
}
