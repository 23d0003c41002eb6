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
mod context;
mod failures;
mod ffi;
mod flow;
mod headers;
mod item;
mod json;
mod nsh;
mod packet;
mod run;
pub mod testing;
mod verdict;

pub use agent::{command, counter, gauge, histogram, setting, setting_checked, Counter, Gauge, Histogram, Setting, Value};
pub use context::{context_field, context_fields, Field};
pub use flow::{Flow, FlowTable};
pub use headers::{Ethernet, Headers, Icmp, Ipv4, Ipv6, Tcp, Udp, View, Vlan};
pub use nsh::{md, ForwardingContext, Nsh, Tlv};
pub use packet::{Own, Packet};
pub use run::{run, run_burst};
pub use verdict::{Output, Verdict};
