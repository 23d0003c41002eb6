//! NSHP, the NSH Processor (RFC 8300): takes the NSH off before the first component and puts it back after the last.
//!
//! Only bytes of headers are written; the payload never moves. The rules that the code and its tests name:
//! - T1 another version is dropped. T2 U bits are ignored and handed on. T3 the O bit never changes, OAM packets are dropped
//!   unless the path forwards them. T4 a proxy leaves the TTL alone.
//! - T5 Length is 6 for MD type 1, at least 2 otherwise, and within the packet. T6 MD types other than 1 and 2 are dropped,
//!   TLVs of MD type 2 are passed over by Length. T7 a context whose layout the path does not know is dropped.
//! - T9 IPv4, IPv6 and Ethernet go to the components, another next protocol is dropped.
//! - T10 the SI is stepped once and never wraps. T12 the NSH comes back as it was, SI stepped, context as updated.
//!   T13 a packet that became larger than the link takes is dropped.
mod enter;
mod kept;
mod leave;
mod rules;

pub use channel::Frames;
pub use enter::{enter, Entry};
pub use kept::Kept;
pub use leave::leave;
pub use rules::{Context, Path, Rules};
