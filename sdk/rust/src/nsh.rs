//! The Network Service Header, for components at `aware` connection points (spec/sdk.md).
use crate::ffi::{self, RawNsh, RawTlv};
use crate::packet::Packet;
use std::marker::PhantomData;
use std::slice::from_raw_parts;

/// Types of metadata of class 0: RFC 8979 and RFC 9263, by IANA's registry.
pub mod md {
    /// The IETF's class.
    pub const IETF: u16 = 0;
    /// Opaque.
    pub const SUBSCRIBER: u8 = 0;
    /// Opaque.
    pub const PERFORMANCE_POLICY: u8 = 1;
    /// See `Tlv::forwarding_context`.
    pub const FORWARDING_CONTEXT: u8 = 4;
    /// Opaque.
    pub const TENANT: u8 = 5;
    /// Opaque.
    pub const INGRESS_NODE: u8 = 6;
    /// Opaque.
    pub const INGRESS_INTERFACE: u8 = 7;
    /// See `Tlv::flow_id`.
    pub const FLOW: u8 = 8;
    /// See `Tlv::groups`.
    pub const GROUPS: u8 = 9;
    /// Opaque.
    pub const POLICY: u8 = 10;
}

/// One piece of metadata, its value in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Metadata class.
    pub class: u16,
    /// Type within the class.
    pub kind: u8,
    /// The U bit.
    pub unassigned: bool,
    /// Without padding.
    pub value: &'a [u8],
}

/// RFC 9263 section 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardingContext {
    /// One VLAN.
    Vlan(u16),
    /// Service and customer VLAN.
    TwoTags(u16, u16),
    /// An MPLS label.
    Mpls(u32),
    /// A virtual network identifier.
    Vni(u32),
    /// A session.
    Session(u32),
}

impl ForwardingContext {
    /// The value.
    pub fn to_bytes(self) -> Vec<u8> {
        let word = |kind: u32, rest: u32| (kind << 28 | rest).to_be_bytes().to_vec();
        match self {
            Self::Vlan(id) => word(0, u32::from(id) & 0xfff),
            Self::TwoTags(service, customer) => word(1, (u32::from(service) & 0xfff) << 12 | u32::from(customer) & 0xfff),
            Self::Mpls(label) => word(2, label & 0xfffff),
            Self::Vni(id) => word(3, id & 0xff_ffff),
            Self::Session(id) => [word(4, 0), id.to_be_bytes().to_vec()].concat(),
        }
    }
}

impl Tlv<'_> {
    fn word(&self, at: usize) -> Option<u32> {
        Some(u32::from_be_bytes(self.value.get(at..at + 4)?.try_into().ok()?))
    }

    /// RFC 9263 section 4.1; nothing if the value is of another form.
    pub fn forwarding_context(&self) -> Option<ForwardingContext> {
        let word = self.word(0)?;
        Some(match word >> 28 {
            0 => ForwardingContext::Vlan((word & 0xfff) as u16),
            1 => ForwardingContext::TwoTags((word >> 12 & 0xfff) as u16, (word & 0xfff) as u16),
            2 => ForwardingContext::Mpls(word & 0xfffff),
            3 => ForwardingContext::Vni(word & 0xff_ffff),
            4 => ForwardingContext::Session(self.word(4)?),
            _ => return None,
        })
    }

    /// RFC 9263 section 4.5: context type (0 an IPv6 flow label, 1 an MPLS entropy label) and label.
    pub fn flow_id(&self) -> Option<(u8, u32)> {
        self.word(0).filter(|word| word >> 28 < 2).map(|word| ((word >> 28) as u8, word & 0xfffff))
    }

    /// RFC 9263 section 4.6: source and destination group.
    pub fn groups(&self) -> Option<(u32, u32)> {
        Some((self.word(0)?, self.word(4)?))
    }
}

/// The NSH of a packet.
pub struct Nsh<'a> {
    raw: RawNsh,
    packet: PhantomData<&'a mut Packet>,
}

impl Packet {
    /// Its NSH; nothing if it has none.
    pub fn nsh(&mut self) -> Option<Nsh<'_>> {
        let mut raw = RawNsh { packet: std::ptr::null_mut(), at: std::ptr::null_mut(), length: 0, inside: false };
        // SAFETY: a packet that the core made; the view borrows it.
        unsafe { ffi::coven_nsh_of(self.raw_mut(), &mut raw) }.then_some(Nsh { raw, packet: PhantomData })
    }
}

impl Nsh<'_> {
    /// The header's bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the core checked place and length against the frame.
        unsafe { from_raw_parts(self.raw.at, self.raw.length as usize) }
    }
    /// Service path identifier.
    pub fn spi(&self) -> u32 {
        u32::from_be_bytes([0, self.bytes()[4], self.bytes()[5], self.bytes()[6]])
    }
    /// Service index.
    pub fn si(&self) -> u8 {
        self.bytes()[7]
    }
    /// Time to live.
    pub fn ttl(&self) -> u8 {
        (u16::from_be_bytes([self.bytes()[0], self.bytes()[1]]) >> 6 & 63) as u8
    }
    /// The O bit.
    pub fn oam(&self) -> bool {
        self.bytes()[0] & 0x20 != 0
    }
    /// Form of the metadata.
    pub fn md_type(&self) -> u8 {
        self.bytes()[2] & 15
    }
    /// What stands behind the header.
    pub fn next_protocol(&self) -> u8 {
        self.bytes()[3]
    }

    /// The metadata in order (MD type 2).
    pub fn metadata(&self) -> impl Iterator<Item = Tlv<'_>> {
        let mut piece = RawTlv { md_class: 0, type_: 0, length: 0, unassigned: false, value: std::ptr::null_mut() };
        std::iter::from_fn(move || {
            // SAFETY: the core gives pieces within the header, which is borrowed.
            unsafe {
                ffi::coven_nsh_next(&self.raw, &mut piece).then(|| Tlv {
                    class: piece.md_class,
                    kind: piece.type_,
                    unassigned: piece.unassigned,
                    value: from_raw_parts(piece.value, piece.length.into()),
                })
            }
        })
        .fuse()
    }

    /// The first piece of a class and type.
    pub fn get(&self, class: u16, kind: u8) -> Option<Tlv<'_>> {
        self.metadata().find(|piece| (piece.class, piece.kind) == (class, kind))
    }

    /// Put a value into the first piece of this class and type, or add one at the end. False, and nothing changed, if it can't be:
    /// no MD type 2 inside the packet, metadata that is cut short, 127 bytes of value, 252 of header, the room in front.
    pub fn set(&mut self, class: u16, kind: u8, value: &[u8]) -> bool {
        // SAFETY: the core copies the value first; the packet is borrowed for writing.
        unsafe { ffi::coven_nsh_set(&mut self.raw, class, kind, value.as_ptr().cast(), value.len()) }
    }

    /// Take the first piece of this class and type away; false if there is none, or none can be.
    pub fn remove(&mut self, class: u16, kind: u8) -> bool {
        // SAFETY: as above.
        unsafe { ffi::coven_nsh_remove(&mut self.raw, class, kind) }
    }
}
