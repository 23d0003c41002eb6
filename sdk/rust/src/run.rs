//! The run loop.
use crate::failures::{caught, keep_panics, report, say};
use crate::ffi::{self, Raw};
use crate::packet::Packet;
use crate::verdict::Verdict;
use std::ffi::{c_char, CStr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{current, ThreadId};

const BURST: usize = 32;

/// The core keeps one component, on one thread: that of the first call.
pub fn one_thread() {
    let here = current().id();
    assert!(*owner().get_or_insert(here) == here, "a component is one thread: call coven from that of its first call");
}

/// The thread of the first call. The test harness hands it on from test to test.
pub fn owner() -> MutexGuard<'static, Option<ThreadId>> {
    static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
    OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Run the component until it is told to stop. The exit status for main; errors are printed.
pub fn run(mut function: impl FnMut(&mut Packet) -> Verdict) -> ExitCode {
    start(|packets| {
        let mut kept = 0;
        for at in 0..packets.len() {
            let packet = Packet::of(&mut packets[at]);
            match caught(|| function(packet)) {
                Ok(verdict) => {
                    packet.set_verdict(verdict);
                    packets.swap(kept, at); // what lies between has failed, and is given back
                    kept += 1;
                }
                Err(words) => fail(&mut packets[at..=at], words),
            }
        }
        kept
    })
}

/// The same, a burst (1 to 64 packets) at a time: set verdicts in place.
pub fn run_burst(mut function: impl FnMut(&mut [Packet])) -> ExitCode {
    start(|packets| match caught(|| function(Packet::slice_of(packets))) {
        Ok(()) => packets.len(),
        Err(words) => {
            fail(packets, words);
            0
        }
    })
}

fn fail(packets: &mut [Raw], words: String) {
    report(&packets[0], words);
    // SAFETY: packets that the core handed out, and that are not handed on.
    unsafe { ffi::coven_fail(packets.as_mut_ptr(), packets.len() as u32) }
}

fn attach() -> Result<(), String> {
    let mut error = [0 as c_char; 256];
    // SAFETY: the core writes a text that ends within the size.
    unsafe {
        match ffi::coven_attach(error.as_mut_ptr(), error.len()) {
            0 => Ok(()),
            _ => Err(CStr::from_ptr(error.as_ptr()).to_string_lossy().into_owned()),
        }
    }
}

/// `work` decides about a burst and returns how many of its packets, moved to the front, are to be handed on.
fn start(work: impl FnMut(&mut [Raw]) -> usize) -> ExitCode {
    static RAN: AtomicBool = AtomicBool::new(false);
    one_thread();
    assert!(!RAN.swap(true, Ordering::Relaxed), "a component runs one function: run() or run_burst() was called before");
    if let Err(reason) = attach() {
        say(&reason);
        return ExitCode::FAILURE;
    }
    keep_panics();
    turn(work);
    // SAFETY: attached, and no packet is held.
    let failed = unsafe {
        ffi::coven_detach();
        ffi::coven_failed()
    };
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn turn(mut work: impl FnMut(&mut [Raw]) -> usize) {
    let mut packets = [Raw::EMPTY; BURST];
    // SAFETY: attached; one thread, which is this one; the core fills as many packets as it says, and takes them back once.
    unsafe {
        ffi::coven_ready();
        while ffi::coven_pass() {
            let count = ffi::coven_take(packets.as_mut_ptr(), BURST as u32) as usize;
            if count == 0 {
                ffi::coven_wait(-1, -1);
                continue;
            }
            let kept = work(&mut packets[..count]);
            ffi::coven_finish(packets.as_mut_ptr(), kept as u32);
        }
    }
}
