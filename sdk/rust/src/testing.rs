//! Tests of a component without the platform (spec/sdk.md): its function, on packets of a capture or of the test's own making.
//!
//! ```no_run
//! let mut harness = coven::testing::Harness::new("out,aside", Some("tenant:24,rest:104"));
//! let result = harness.packet(&mut |packet| coven::Verdict::Drop, &[0; 60]);
//! assert!(result.dropped() && harness.item("dropped").as_deref() == Some("1"));
//! ```
use crate::failures::caught;
use crate::ffi::{self, Raw, RawResult};
use crate::item::withdraw_all;
use crate::packet::Packet;
use crate::run::owner;
use crate::verdict::Verdict;
use std::ffi::{c_char, c_void, CStr, CString};
use std::slice::from_raw_parts;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::current;

/// What became of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Name of the output; nothing if it was dropped.
    pub output: Option<String>,
    /// What the function panicked with, or why the packet was dropped by other than its verdict.
    pub error: Option<String>,
    /// As they leave; none if it was dropped.
    pub bytes: Vec<u8>,
    /// The 16 context bytes.
    pub context: [u8; 16],
    /// `Packet::mark`.
    pub mark: u32,
    /// Packets of its own that the function sent.
    pub sent: Vec<Outcome>,
}

impl Outcome {
    /// Did it go nowhere?
    pub fn dropped(&self) -> bool {
        self.output.is_none()
    }

    /// # Safety
    /// A result that the core has just given.
    unsafe fn of(raw: &RawResult) -> Outcome {
        // SAFETY: its texts and bytes hold until the next packet.
        unsafe {
            let text = |at: *const c_char| (!at.is_null()).then(|| CStr::from_ptr(at).to_string_lossy().into_owned());
            Outcome {
                output: text(raw.output),
                error: text(raw.error),
                bytes: if raw.data.is_null() { Vec::new() } else { from_raw_parts(raw.data, raw.length as usize).to_vec() },
                context: if raw.context.is_null() { [0; 16] } else { *raw.context.cast() },
                mark: raw.mark,
                sent: Vec::new(),
            }
        }
    }
}

/// The core's rings and checks, in memory of this process. Make it first in a test: tests wait for one another, and what a test has published goes with it.
pub struct Harness(*mut c_void, #[allow(dead_code, reason = "held until the next test may begin")] MutexGuard<'static, ()>);

impl Harness {
    /// Outputs, comma-separated, and layout of the context. Panics if they are none.
    pub fn new(outputs: &str, layout: Option<&str>) -> Harness {
        static ONE: Mutex<()> = Mutex::new(());
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        *owner() = Some(current().id());
        let outputs = CString::new(outputs).expect("no NUL");
        let layout = layout.map(|text| CString::new(text).expect("no NUL"));
        // SAFETY: texts that the core copies.
        let raw =
            unsafe { ffi::coven_harness_open(outputs.as_ptr(), layout.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())) };
        assert!(!raw.is_null(), "no harness: why is on stderr");
        Harness(raw, alone)
    }

    /// Give the function one packet, with a context of zeroes.
    pub fn packet(&mut self, function: &mut dyn FnMut(&mut Packet) -> Verdict, bytes: &[u8]) -> Outcome {
        self.packet_at(function, bytes, &[0; 16], 0)
    }

    /// The same, with a context and the time of arrival.
    pub fn packet_at(
        &mut self,
        function: &mut dyn FnMut(&mut Packet) -> Verdict,
        bytes: &[u8],
        context: &[u8; 16],
        time_ns: u64,
    ) -> Outcome {
        let length = bytes.len().try_into().unwrap_or(u32::MAX);
        // SAFETY: the core copies bytes and context; a packet that it hands out is finished or failed once.
        unsafe {
            if !ffi::coven_harness_feed(self.0, bytes.as_ptr().cast(), length, context.as_ptr(), time_ns) {
                return Outcome { error: Some("too_large".into()), ..Outcome::default() };
            }
            let mut raw = Raw::EMPTY;
            let error = (ffi::coven_take(&mut raw, 1) == 1).then(|| Harness::give(function, &mut raw)).flatten();
            let mut outcome = Outcome::of(&ffi::coven_harness_outcome(self.0));
            outcome.error = error.or(outcome.error);
            let mut own = ffi::coven_harness_outcome(self.0);
            while ffi::coven_harness_sent(self.0, &mut own) {
                outcome.sent.push(Outcome::of(&own));
            }
            outcome
        }
    }

    fn give(function: &mut dyn FnMut(&mut Packet) -> Verdict, raw: &mut Raw) -> Option<String> {
        let packet = Packet::of(raw);
        let result = caught(|| function(packet));
        // SAFETY: as above.
        match result {
            Ok(verdict) => {
                packet.set_verdict(verdict);
                unsafe { ffi::coven_finish(raw, 1) };
                None
            }
            Err(words) => {
                unsafe { ffi::coven_fail(raw, 1) };
                Some(words)
            }
        }
    }

    /// Every packet of a pcap or pcapng, at its time. Or why it can't be read.
    pub fn capture(&mut self, function: &mut dyn FnMut(&mut Packet) -> Verdict, file: &str) -> Result<Vec<Outcome>, String> {
        let path = CString::new(file).map_err(|_| "a NUL in the file's name".to_owned())?;
        let mut error = [0 as c_char; 256];
        let mut outcomes = Vec::new();
        // SAFETY: the capture is closed once; its bytes hold until then.
        unsafe {
            let capture = ffi::coven_capture_open(path.as_ptr(), error.as_mut_ptr(), error.len());
            if capture.is_null() {
                return Err(CStr::from_ptr(error.as_ptr()).to_string_lossy().into_owned());
            }
            let (mut bytes, mut length, mut time_ns) = (std::ptr::null(), 0, 0);
            while ffi::coven_capture_next(capture, &mut bytes, &mut length, &mut time_ns) {
                outcomes.push(self.packet_at(function, from_raw_parts(bytes, length as usize), &[0; 16], time_ns));
            }
            let fault = ffi::coven_capture_fault(capture);
            let fault = (!fault.is_null()).then(|| format!("{file}: {}", CStr::from_ptr(fault).to_string_lossy()));
            ffi::coven_capture_close(capture);
            fault.map_or(Ok(outcomes), Err)
        }
    }

    /// The value of an item, as JSON.
    pub fn item(&mut self, name: &str) -> Option<String> {
        let name = CString::new(name).ok()?;
        // SAFETY: the text holds until the next call.
        unsafe {
            let value = ffi::coven_harness_item(self.0, name.as_ptr());
            (!value.is_null()).then(|| CStr::from_ptr(value).to_string_lossy().into_owned())
        }
    }

    /// Set a setting by JSON; false if it is refused.
    pub fn set(&mut self, name: &str, json: &str) -> bool {
        let (Ok(name), Ok(json)) = (CString::new(name), CString::new(json)) else { return false };
        // SAFETY: texts that the core copies.
        unsafe { ffi::coven_harness_set(self.0, name.as_ptr(), json.as_ptr()) }
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        withdraw_all();
        *owner() = None;
        // SAFETY: nobody uses it any more.
        unsafe { ffi::coven_harness_close(self.0) }
    }
}
