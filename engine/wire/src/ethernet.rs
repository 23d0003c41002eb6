//! Ethernet II with up to two VLAN tags (IEEE 802.1Q).
use crate::u16_at;

/// Bytes of a header without tags.
pub const ETHERNET_LENGTH: usize = 14;
/// Bytes of a tag.
pub const TAG_LENGTH: usize = 4;
/// Tags that are looked behind.
pub const TAGS_MAX: usize = 2;

/// Types that COVEN knows.
#[allow(missing_docs)]
pub mod ether_type {
    pub const IPV4: u16 = 0x0800;
    pub const VLAN: u16 = 0x8100;
    pub const IPV6: u16 = 0x86dd;
    pub const MPLS: u16 = 0x8847;
    pub const QINQ: u16 = 0x88a8;
    pub const NSH: u16 = 0x894f;
}

/// An address of the link layer.
pub type MacAddress = [u8; 6];

/// A view: addresses, tags, payload.
#[derive(Clone, Copy, Debug)]
pub struct Ethernet<'a> {
    bytes: &'a [u8],
    header: usize,
}

impl<'a> Ethernet<'a> {
    /// None: shorter than its header.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut header = ETHERNET_LENGTH;
        for _ in 0..TAGS_MAX {
            if bytes.len() < header || !is_tag(u16_at(bytes, header - 2)) {
                break;
            }
            header += TAG_LENGTH;
        }
        (bytes.len() >= header).then_some(Self { bytes, header })
    }

    /// Bytes before the payload: 14 and 4 for each tag.
    #[inline]
    pub fn header_length(&self) -> usize {
        self.header
    }

    /// The header, tags included.
    pub fn header(&self) -> &'a [u8] {
        &self.bytes[..self.header]
    }

    /// To whom.
    pub fn destination(&self) -> MacAddress {
        self.bytes[..6].try_into().expect("6 bytes")
    }

    /// From whom.
    pub fn source(&self) -> MacAddress {
        self.bytes[6..12].try_into().expect("6 bytes")
    }

    /// What the payload is, behind the tags.
    #[inline]
    pub fn ether_type(&self) -> u16 {
        u16_at(self.bytes, self.header - 2)
    }

    /// What comes after the header.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.header..]
    }

    /// Write a header without tags.
    pub fn emit(destination: MacAddress, source: MacAddress, ether_type: u16) -> [u8; ETHERNET_LENGTH] {
        let mut header = [0; ETHERNET_LENGTH];
        header[..6].copy_from_slice(&destination);
        header[6..12].copy_from_slice(&source);
        header[12..].copy_from_slice(&ether_type.to_be_bytes());
        header
    }
}

fn is_tag(ether_type: u16) -> bool {
    matches!(ether_type, ether_type::VLAN | ether_type::QINQ)
}

/// A VLAN tag as the kernel hands it over beside the packet that it took it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Tag protocol: 0x8100 or 0x88a8.
    pub protocol: u16,
    /// Priority, drop eligibility and VLAN number.
    pub control: u16,
}

impl Tag {
    /// The four bytes that go between the source address and the type.
    pub fn emit(self) -> [u8; TAG_LENGTH] {
        let [a, b] = self.protocol.to_be_bytes();
        let [c, d] = self.control.to_be_bytes();
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_behind_tags() {
        let plain = Ethernet::emit([1; 6], [2; 6], ether_type::IPV4);
        let view = Ethernet::new(&plain).unwrap();
        assert_eq!((view.destination(), view.source(), view.ether_type()), ([1; 6], [2; 6], 0x0800));

        let mut double = plain[..12].to_vec();
        double.extend(Tag { protocol: 0x88a8, control: 5 }.emit());
        double.extend(Tag { protocol: 0x8100, control: 6 }.emit());
        double.extend([0x08, 0x00, 0xaa]);
        let view = Ethernet::new(&double).unwrap();
        assert_eq!((view.header_length(), view.ether_type(), view.payload()), (22, 0x0800, &[0xaa][..]));
    }

    #[test]
    fn refuses_what_is_cut_off() {
        let mut tagged = Ethernet::emit([1; 6], [2; 6], ether_type::VLAN).to_vec();
        assert!(Ethernet::new(&tagged[..13]).is_none());
        assert!(Ethernet::new(&tagged).is_none());
        tagged.extend([0, 1, 0x08, 0]);
        assert_eq!(Ethernet::new(&tagged).unwrap().header_length(), 18);
    }
}
