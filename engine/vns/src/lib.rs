//! VNS, the Virtual Network Subsystem: moves packets between virtual NICs and the pool, through one small interface.
//!
//! A backend is a module with a `Port` and a line in `open`; `tests/conformance.rs` runs each through one suite.
#[cfg(target_os = "linux")]
mod af_packet;
#[cfg(target_os = "linux")]
mod af_xdp;
mod faulty;
mod generate;
#[cfg(target_os = "linux")]
mod libpcap;
#[cfg(target_os = "linux")]
mod library;
mod line;
mod loopback;
mod member;
#[cfg(target_os = "linux")]
mod memif;
mod open;
mod options;
mod pcap;
mod place;
#[cfg(target_os = "linux")]
mod plugin;
mod port;
mod record;
#[cfg(target_os = "linux")]
mod tap;

pub use member::Member;
pub use open::{open, open_among, OpenError};
pub use port::*;
