//! Rules as the plan states them (spec/engine.md, `add-rules`): every field a range, both ends included.
use wire::{ether_type, next_protocol, NshFields, ETHERNET_LENGTH, NSH_MD1_LENGTH};

/// Rules at one port at most.
pub const CLASS_RULES_MAX: usize = super::dimension::RULES;
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
    /// What the payload of the segment, or of the packet where there is none, begins with.
    pub payload: Vec<u8>,
    /// What a packet gets that fits.
    pub made: Made,
}

/// The NSH of a classified packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Path of the plan that it takes.
    pub path: u16,
    /// SPI << 8 | SI.
    pub service: u32,
    /// MD type 1 context.
    pub context: [u8; 16],
    /// Link address of the next hop; none: the packet's own.
    pub to: Option<[u8; 6]>,
}

impl Made {
    fn nsh(&self) -> [u8; NSH_MD1_LENGTH] {
        let mut nsh = [0; NSH_MD1_LENGTH];
        let (spi, si) = (self.service >> 8, self.service as u8);
        NshFields { oam: false, ttl: TTL, next_protocol: next_protocol::ETHERNET, spi, si, context: Some(self.context) }
            .emit(&mut nsh);
        nsh
    }

    /// First 32 bits.
    pub(crate) fn base(&self) -> u32 {
        u32::from_be_bytes(self.nsh()[..4].try_into().expect("4 bytes"))
    }

    /// Ethernet with the packet's own addresses, and the NSH.
    pub(crate) fn headers(&self, first: &[u8]) -> [u8; ETHERNET_LENGTH + NSH_MD1_LENGTH] {
        let mut headers = [0; ETHERNET_LENGTH + NSH_MD1_LENGTH];
        headers[..12].copy_from_slice(&first[..12]);
        if let Some(to) = self.to {
            headers[..6].copy_from_slice(&to);
        }
        headers[12..ETHERNET_LENGTH].copy_from_slice(&ether_type::NSH.to_be_bytes());
        headers[ETHERNET_LENGTH..].copy_from_slice(&self.nsh());
        headers
    }
}
