//! COVEN: a network function in Rust is one function over packets.
//!
//! ```no_run
//! use coven::{counter, run, Verdict};
//!
//! fn main() -> std::process::ExitCode {
//!     let dropped = counter("dropped", "packets", "marked packets discarded");
//!     run(move |packet| {
//!         if packet.context()[0] == 0 {
//!             return Verdict::Forward;
//!         }
//!         dropped.add(1);
//!         Verdict::Drop
//!     })
//! }
//! ```
//!
//! One thread: the function and its agent operations never run at the same time. A panic drops its packet with reason component_error.
//! A thin face of the C core, which does what happens per packet.

mod agent;
mod failures;
mod ffi;
mod item;
mod json;
mod packet;
mod run;
mod verdict;

pub use agent::{command, counter, gauge, setting, setting_checked, Counter, Gauge, Setting, Value};
pub use packet::{Own, Packet};
pub use run::{run, run_burst};
pub use verdict::{Output, Verdict};
