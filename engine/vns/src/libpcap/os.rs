//! libpcap, as the linker finds it while the engine runs: Debian's, or a build over PF_RING or netmap (LD_LIBRARY_PATH).
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, c_uint, c_void, CStr, CString};
use std::io;
use std::os::fd::RawFd;
use std::ptr::{null, NonNull};

use crate::library::Library;
use crate::{Frames, Packet};

/// By its own name first, which builds have, then by Debian's.
const NAMES: [&str; 3] = ["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"];
const ERROR_BYTES: usize = 256;
/// Memory of the queue: 2,048 packets of the usual frame.
const QUEUE_BYTES: c_int = 5 << 20;
/// `DLT_EN10MB`, `PCAP_D_IN`, `PCAP_TSTAMP_PRECISION_NANO`.
const ETHERNET: c_int = 1;
const INWARDS: c_int = 1;
const NANO: c_int = 1;

type Handle = *mut c_void;

#[repr(C)]
struct Header {
    seconds: c_long,
    fraction: c_long,
    captured: c_uint,
    original: c_uint,
}

#[repr(C)]
#[derive(Default)]
struct Statistics {
    received: c_uint,
    dropped: c_uint,
    dropped_by_interface: c_uint,
    /// Some builds have more fields.
    more: [c_uint; 13],
}

struct Functions {
    create: unsafe extern "C" fn(*const c_char, *mut c_char) -> Handle,
    close: unsafe extern "C" fn(Handle),
    set: [unsafe extern "C" fn(Handle, c_int) -> c_int; 4],
    set_precision: unsafe extern "C" fn(Handle, c_int) -> c_int,
    precision: unsafe extern "C" fn(Handle) -> c_int,
    activate: unsafe extern "C" fn(Handle) -> c_int,
    datalink: unsafe extern "C" fn(Handle) -> c_int,
    direction: unsafe extern "C" fn(Handle, c_int) -> c_int,
    nonblock: unsafe extern "C" fn(Handle, c_int, *mut c_char) -> c_int,
    descriptor: unsafe extern "C" fn(Handle) -> c_int,
    next: unsafe extern "C" fn(Handle, *mut *const Header, *mut *const u8) -> c_int,
    inject: unsafe extern "C" fn(Handle, *const c_void, usize) -> c_int,
    statistics: unsafe extern "C" fn(Handle, *mut Statistics) -> c_int,
    error: unsafe extern "C" fn(Handle) -> *const c_char,
}

impl Functions {
    fn load() -> Result<Self, String> {
        let mut tried = NAMES.into_iter().map(Library::open);
        let l = tried
            .find_map(Result::ok)
            .ok_or("libpcap is not installed (Debian: libpcap0.8), or not where LD_LIBRARY_PATH says")?;
        // SAFETY: the types are those of pcap.h.
        unsafe {
            Ok(Self {
                create: l.function("pcap_create")?,
                close: l.function("pcap_close")?,
                set: [
                    l.function("pcap_set_snaplen")?,
                    l.function("pcap_set_buffer_size")?,
                    l.function("pcap_set_promisc")?,
                    l.function("pcap_set_immediate_mode")?,
                ],
                set_precision: l.function("pcap_set_tstamp_precision")?,
                precision: l.function("pcap_get_tstamp_precision")?,
                activate: l.function("pcap_activate")?,
                datalink: l.function("pcap_datalink")?,
                direction: l.function("pcap_setdirection")?,
                nonblock: l.function("pcap_setnonblock")?,
                descriptor: l.function("pcap_get_selectable_fd")?,
                next: l.function("pcap_next_ex")?,
                inject: l.function("pcap_inject")?,
                statistics: l.function("pcap_stats")?,
                error: l.function("pcap_geterr")?,
            })
        }
    }
}

/// Why an interface can't be opened.
pub(crate) enum Refused {
    NoLibrary(String),
    NoInterface,
    NotPermitted,
    NotEthernet,
    Other(String),
}

/// A packet; its bytes stay until the next one.
pub(crate) struct Captured<'a> {
    pub bytes: &'a [u8],
    pub original: usize,
    pub time_ns: u64,
}

/// An interface that libpcap has open.
pub(crate) struct Capture {
    functions: Functions,
    handle: NonNull<c_void>,
    nano: bool,
}

// SAFETY: libpcap ties a handle to no thread.
unsafe impl Send for Capture {}

impl Capture {
    /// With room for packets of `largest` bytes; of larger ones only the first.
    pub fn open(interface: &str, largest: u32) -> Result<Self, Refused> {
        let functions = Functions::load().map_err(Refused::NoLibrary)?;
        let name = CString::new(interface).map_err(|_| Refused::NoInterface)?;
        let mut why = [0; ERROR_BYTES];
        // SAFETY: a live name and room for an error, as pcap.h says; the calls below are on a handle that is open.
        let handle = NonNull::new(unsafe { (functions.create)(name.as_ptr(), why.as_mut_ptr()) })
            .ok_or_else(|| Refused::Other(text(why.as_ptr())))?;
        let mut it = Self { functions, handle, nano: false };
        it.activate(largest)?;
        Ok(it)
    }

    fn activate(&mut self, largest: u32) -> Result<(), Refused> {
        let (Functions { set, set_precision, activate, datalink, direction, nonblock, precision, .. }, handle) =
            (&self.functions, self.handle.as_ptr());
        let mut why = [0; ERROR_BYTES];
        // SAFETY: as in `open`.
        unsafe {
            for (set, value) in set.iter().zip([largest as c_int, QUEUE_BYTES, 1, 1]) {
                set(handle, value); // fails only once it is active
            }
            set_precision(handle, NANO);
            match activate(handle) {
                0.. => {}
                -5 => return Err(Refused::NoInterface),
                -8 | -11 => return Err(Refused::NotPermitted),
                _ => return Err(Refused::Other(self.error())),
            }
            if datalink(handle) != ETHERNET {
                return Err(Refused::NotEthernet);
            }
            // What we send is not received again; a build that can't tell the two apart says so.
            if direction(handle, INWARDS) != 0 || nonblock(handle, 1, why.as_mut_ptr()) != 0 {
                return Err(Refused::Other(self.error()));
            }
            self.nano = precision(handle) == NANO;
        }
        Ok(())
    }

    /// The next packet; none if there is none now.
    #[inline]
    pub fn next(&mut self) -> Result<Option<Captured<'_>>, String> {
        let (mut header, mut bytes) = (null(), null());
        // SAFETY: it fills in both; they stay until the next call, which needs `&mut self`.
        unsafe {
            match (self.functions.next)(self.handle.as_ptr(), &mut header, &mut bytes) {
                1 => {}
                0 => return Ok(None),
                _ => return Err(self.error()),
            }
            let Header { seconds, fraction, captured, original } = header.read();
            let time_ns = seconds as u64 * 1_000_000_000 + fraction as u64 * if self.nano { 1 } else { 1000 };
            Ok(Some(Captured {
                bytes: std::slice::from_raw_parts(bytes, captured as usize),
                original: original as usize,
                time_ns,
            }))
        }
    }

    /// Send a packet, straight from the pool.
    #[inline]
    pub fn send(&self, frames: &Frames, packet: &Packet) -> io::Result<()> {
        let at = frames.pointer(packet.frame, packet.offset.into(), packet.length.into());
        // SAFETY: in the pool (`pointer` checks); the kernel reads it, as memory that may change at any time.
        let sent = unsafe { (self.functions.inject)(self.handle.as_ptr(), at.cast(), packet.length.into()) };
        if sent < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }

    pub fn descriptor(&self) -> Option<RawFd> {
        // SAFETY: as in `open`.
        Some(unsafe { (self.functions.descriptor)(self.handle.as_ptr()) }).filter(|fd| *fd >= 0)
    }

    /// Packets that were lost since it was opened.
    pub fn missed(&self) -> u64 {
        let mut counted = Statistics::default();
        // SAFETY: as in `open`; there is room for more than any build writes.
        let known = unsafe { (self.functions.statistics)(self.handle.as_ptr(), &mut counted) } == 0;
        if known {
            u64::from(counted.dropped) + u64::from(counted.dropped_by_interface)
        } else {
            0
        }
    }

    fn error(&self) -> String {
        // SAFETY: as in `open`.
        text(unsafe { (self.functions.error)(self.handle.as_ptr()) })
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // SAFETY: opened by the same library, and not used any more.
        unsafe { (self.functions.close)(self.handle.as_ptr()) };
    }
}

fn text(sentence: *const c_char) -> String {
    if sentence.is_null() {
        return String::new();
    }
    // SAFETY: libpcap ends its sentences with a zero.
    unsafe { CStr::from_ptr(sentence) }.to_string_lossy().into_owned()
}
