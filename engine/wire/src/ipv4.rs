//! IPv4 (RFC 791), what flow hash, checksums and segmentation need.
use crate::u16_at;

const MINIMUM: usize = 20;

/// A view of a header and what follows.
#[derive(Clone, Copy, Debug)]
pub struct Ipv4<'a>(&'a [u8]);

impl<'a> Ipv4<'a> {
    /// None: another version, or shorter than its header.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let view = Self(bytes);
        let whole = bytes.len() >= MINIMUM && bytes[0] >> 4 == 4 && (MINIMUM..=bytes.len()).contains(&view.header_length());
        whole.then_some(view)
    }

    /// Bytes of the header with its options.
    #[inline]
    pub fn header_length(&self) -> usize {
        usize::from(self.0[0] & 15) * 4
    }

    /// Differentiated services code point.
    #[inline]
    pub fn dscp(&self) -> u8 {
        self.0[1] >> 2
    }

    /// Any fragment, the first one too: ports are in at most one of them.
    #[inline]
    pub fn is_fragment(&self) -> bool {
        u16_at(self.0, 6) & 0x3fff != 0
    }

    /// Protocol of the payload.
    #[inline]
    pub fn protocol(&self) -> u8 {
        self.0[9]
    }

    /// Source and destination, 8 bytes.
    #[inline]
    pub fn addresses(&self) -> &'a [u8] {
        &self.0[12..20]
    }

    /// What comes after the header, padding of the frame included.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.0[self.header_length()..]
    }
}
