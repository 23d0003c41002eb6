//! Protocol numbers and TCP (RFC 9293), what flow hash and segmentation need.
use crate::u32_at;

/// Protocol numbers.
#[allow(missing_docs)]
pub mod protocol {
    pub const ICMP: u8 = 1;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const GRE: u8 = 47;
    pub const ICMPV6: u8 = 58;
}

/// A view of a TCP header.
#[derive(Clone, Copy, Debug)]
pub struct Tcp<'a>(&'a [u8]);

impl<'a> Tcp<'a> {
    /// None: shorter than its header.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let view = Self(bytes);
        (bytes.len() >= 20 && (20..=bytes.len()).contains(&view.header_length())).then_some(view)
    }

    /// Bytes of the header with its options.
    pub fn header_length(&self) -> usize {
        usize::from(self.0[12] >> 4) * 4
    }

    /// Number of the first byte.
    pub fn sequence(&self) -> u32 {
        u32_at(self.0, 4)
    }
}
