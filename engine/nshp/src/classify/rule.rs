//! Rules as the plan states them (spec/engine.md, `add-rules`): every field a range, both ends included.
use wire::{ether_type, next_protocol, NshFields, Outer, ETHERNET_LENGTH, NSH_BASE_LENGTH, NSH_MD1_LENGTH};

use crate::integrity::{self, KEY_ID_MAX, PROTECTED_MAX};
use crate::kept::{Form, Kept};

/// Rules at one port at most.
pub const CLASS_RULES_MAX: usize = super::dimension::RULES;
/// Bytes that a rule can ask the payload to begin with.
pub const PAYLOAD_MAX: usize = 32;
const TTL: u8 = 63; // RFC 8300 §2.2

/// Addresses from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Of IPv4.
    Ipv4(u32, u32),
    /// Of IPv6.
    Ipv6(u128, u128),
}

impl Range {
    pub(super) fn ipv4(&self) -> Option<(u32, u32)> {
        if let Self::Ipv4(first, last) = *self {
            Some((first, last))
        } else {
            None
        }
    }

    pub(super) fn ipv6(&self) -> Option<(u128, u128)> {
        if let Self::Ipv6(first, last) = *self {
            Some((first, last))
        } else {
            None
        }
    }
}

/// One rule; what it does not ask for is none.
#[derive(Clone, Debug, Default)]
pub struct ClassRule {
    /// Source address.
    pub source: Option<Range>,
    /// Destination address.
    pub destination: Option<Range>,
    /// Protocol of IPv4, next header of IPv6.
    pub protocol: Option<(u32, u32)>,
    /// Of TCP and UDP.
    pub source_port: Option<(u32, u32)>,
    /// Of TCP and UDP.
    pub destination_port: Option<(u32, u32)>,
    /// Number of the outermost VLAN tag.
    pub vlan: Option<(u32, u32)>,
    /// Differentiated services code point.
    pub dscp: Option<(u32, u32)>,
    /// What the payload of the segment, or of the packet where there is none, begins with: `PAYLOAD_MAX` bytes at most.
    pub payload: Vec<u8>,
    /// What a packet gets that fits.
    pub made: Made,
}

/// An NSH that is made here: MD type 1, or MD type 2 with a MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    path: u16,
    to: Option<[u8; 6]>,
    length: u8,
    nsh: [u8; PROTECTED_MAX],
}

impl Default for Made {
    fn default() -> Self {
        Self::new(0, 0, [0; 16], None)
    }
}

impl Made {
    /// For packets that take `path` of the plan. `service`: SPI << 8 | SI. `to`: link address of the next hop; none: the packet's own.
    pub fn new(path: u16, service: u32, context: [u8; 16], to: Option<[u8; 6]>) -> Self {
        let mut made = Self { path, to, length: NSH_MD1_LENGTH as u8, nsh: [0; PROTECTED_MAX] };
        made.emit(service, Some(context));
        made
    }

    /// With a MAC by the key of this identifier, and without a context. None: the identifier is empty or too long.
    pub fn protected(path: u16, service: u32, to: Option<[u8; 6]>, key: &[u8]) -> Option<Self> {
        if !(1..=KEY_ID_MAX).contains(&key.len()) {
            return None;
        }
        let mut made = Self { path, to, length: NSH_BASE_LENGTH as u8, nsh: [0; PROTECTED_MAX] };
        made.emit(service, None);
        made.length += integrity::emit(key, &mut made.nsh[NSH_BASE_LENGTH..]) as u8;
        made.nsh[1] = (made.nsh[1] & 0xc0) | (made.length / 4);
        Some(made)
    }

    fn emit(&mut self, service: u32, context: Option<[u8; 16]>) {
        let (spi, si) = (service >> 8, service as u8);
        NshFields { oam: false, ttl: TTL, next_protocol: next_protocol::ETHERNET, spi, si, context }.emit(&mut self.nsh);
    }

    /// Path of the plan.
    pub fn path(&self) -> u16 {
        self.path
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.nsh[at..at + 4].try_into().expect("4 bytes"))
    }

    /// First 32 bits.
    pub(crate) fn base(&self) -> u32 {
        self.word(0)
    }

    /// SPI << 8 | SI.
    pub(crate) fn service(&self) -> u32 {
        self.word(4)
    }

    /// The context of MD type 1.
    pub(crate) fn context(&self) -> [u8; 16] {
        if self.is_protected() {
            [0; 16]
        } else {
            self.nsh[NSH_BASE_LENGTH..NSH_MD1_LENGTH].try_into().expect("16 bytes")
        }
    }

    fn is_protected(&self) -> bool {
        usize::from(self.length) != NSH_MD1_LENGTH
    }

    /// Give it to a packet, of which these are the first bytes: behind Ethernet with the packet's own addresses.
    pub(crate) fn give(&self, first: &[u8], kept: &mut Kept, form: Form, step: bool) {
        let mut headers = [0; ETHERNET_LENGTH + PROTECTED_MAX];
        headers[..12].copy_from_slice(&first[..12]);
        if let Some(to) = self.to {
            headers[..6].copy_from_slice(&to);
        }
        headers[12..ETHERNET_LENGTH].copy_from_slice(&ether_type::NSH.to_be_bytes());
        headers[ETHERNET_LENGTH..].copy_from_slice(&self.nsh);
        kept.keep(&headers[..ETHERNET_LENGTH + usize::from(self.length)], Outer::ethernet(ETHERNET_LENGTH), form, step);
        if self.is_protected() {
            kept.protect();
            kept.stamp();
        }
    }
}
