//! IPv6 (RFC 8200), what flow hash, checksums and segmentation need.

const FIXED: usize = 40;
/// Extension headers that are looked behind; more of them is no honest packet.
const EXTENSIONS_MAX: usize = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION: u8 = 60;

/// A view of a header and what follows.
#[derive(Clone, Copy, Debug)]
pub struct Ipv6<'a>(&'a [u8]);

impl<'a> Ipv6<'a> {
    /// None: another version, or shorter than its header.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= FIXED && bytes[0] >> 4 == 6).then_some(Self(bytes))
    }

    /// Differentiated services code point.
    #[inline]
    pub fn dscp(&self) -> u8 {
        (self.0[0] & 15) << 2 | self.0[1] >> 6
    }

    /// Source and destination, 32 bytes.
    #[inline]
    pub fn addresses(&self) -> &'a [u8] {
        &self.0[8..40]
    }

    /// Protocol and payload behind the extension headers; none for fragments and what is cut off or goes on for ever.
    #[inline]
    pub fn transport(&self) -> Option<(u8, &'a [u8])> {
        let (mut next, mut rest) = (self.0[6], &self.0[FIXED..]);
        for _ in 0..EXTENSIONS_MAX {
            match next {
                FRAGMENT => return None,
                HOP_BY_HOP | ROUTING | DESTINATION => {
                    next = *rest.first()?;
                    let length = (usize::from(*rest.get(1)?) + 1) * 8;
                    rest = rest.get(length..)?;
                }
                _ => return Some((next, rest)),
            }
        }
        None
    }
}
