//! What NSHP keeps of a packet while its payload is with the components, who may write every byte of the frame.
use wire::{md_type, ETHERNET_LENGTH, NSH_LENGTH_MAX, TAGS_MAX, TAG_LENGTH};

/// The longest outer header and the longest NSH.
pub(crate) const KEPT_MAX: usize = ETHERNET_LENGTH + TAGS_MAX * TAG_LENGTH + NSH_LENGTH_MAX;

/// A private copy of the outer Ethernet header and the NSH as they came. Made for a table with one entry a frame, which `enter`
/// writes in place: only the bytes that count are touched, one cache line for MD type 1.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Kept {
    length: u16,
    outer: u8,
    made_ethernet: bool,
    bytes: [u8; KEPT_MAX],
}

impl Kept {
    /// The packet came without NSH.
    pub const NONE: Self = Self { length: 0, outer: 0, made_ethernet: false, bytes: [0; KEPT_MAX] };

    /// The packet came without NSH.
    pub fn is_none(&self) -> bool {
        self.length == 0
    }

    /// `headers`: outer Ethernet, of `outer` bytes, and the NSH.
    #[inline]
    pub(crate) fn keep(&mut self, headers: &[u8], outer: usize, made_ethernet: bool) {
        self.bytes[..headers.len()].copy_from_slice(headers);
        self.length = headers.len() as u16;
        self.outer = outer as u8;
        self.made_ethernet = made_ethernet;
    }

    #[inline]
    pub(crate) fn forget(&mut self) {
        self.length = 0;
        self.made_ethernet = false;
    }

    #[inline]
    pub(crate) fn headers(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Bytes of the outer Ethernet header: where the NSH begins.
    #[inline]
    pub(crate) fn outer(&self) -> usize {
        self.outer.into()
    }

    #[inline]
    pub(crate) fn nsh(&self) -> &[u8] {
        &self.headers()[self.outer()..]
    }

    #[inline]
    pub(crate) fn has_context(&self) -> bool {
        self.nsh()[2] & 0x0f == md_type::FIXED
    }

    /// Next protocol 1 or 2: the components got an Ethernet header that is not the packet's own.
    #[inline]
    pub(crate) fn made_ethernet(&self) -> bool {
        self.made_ethernet
    }
}
