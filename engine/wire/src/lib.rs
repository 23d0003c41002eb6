//! Wire formats on two levels: views with named fields over bytes, checked once when they are made, and plain structs that
//! parse and emit. No unsafe code, no allocation, no panics on any bytes.
mod checksum;
mod ethernet;
mod flow;
mod ipv4;
mod ipv6;
mod nsh;
mod outer;
mod tlv;
mod transport;

pub use checksum::{complete, sum, Checksum};
pub use ethernet::{ether_type, Ethernet, MacAddress, Tag, ETHERNET_LENGTH, TAGS_MAX, TAG_LENGTH};
pub use flow::flow_hash;
pub use ipv4::Ipv4;
pub use ipv6::Ipv6;
pub use nsh::{md_type, next_protocol, Malformed, Nsh, NshFields, NSH_BASE_LENGTH, NSH_LENGTH_MAX, NSH_MD1_LENGTH};
pub use outer::{Found, Outer, OUTER_LENGTH_MAX};
pub use tlv::{Tlv, Tlvs, TLV_HEADER};
pub use transport::{protocol, Tcp};

/// Big-endian field of a view; the view's maker checked that it is there.
#[inline]
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[inline]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
