//! What the classifier knows of a packet, but for its payload: packets with the same key fit the same rules.
use wire::{ether_type, protocol, Ethernet, Ipv4, Ipv6, Tcp};

/// Fields that a packet does not have hold what no rule can ask for.
pub const NO_PORT: u32 = 0x1_0000;
const NO_PROTOCOL: u32 = 0x100;
const NO_DSCP: u32 = 0x40;
const NO_VLAN: u32 = 0x1000;

const UDP_LENGTH: usize = 8;

/// Network layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Other,
    Ipv4,
    Ipv6,
}

/// 40 bytes that tell flows apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Key {
    pub source: u128,
    pub destination: u128,
    /// From the low end: source port 16, destination port 16, protocol 8, DSCP 6, VLAN 13, family 2, ports are there 1.
    fields: u64,
}

impl Key {
    /// Read the first bytes of a packet; also gives what of its payload is among them. A fragment has no ports.
    #[inline]
    pub fn read(first: &[u8]) -> (Self, &[u8]) {
        let Some(ethernet) = Ethernet::new(first) else { return (Self::other(NO_VLAN), &[]) };
        let tagged = ethernet.header_length() > wire::ETHERNET_LENGTH;
        let vlan = if tagged { u32::from(u16::from_be_bytes([first[14], first[15]]) & 0xfff) } else { NO_VLAN };
        let packet = ethernet.payload();
        let read = match ethernet.ether_type() {
            ether_type::IPV4 => Ipv4::new(packet).map(|view| of_ipv4(view, vlan)),
            ether_type::IPV6 => Ipv6::new(packet).map(|view| of_ipv6(view, vlan)),
            _ => None,
        };
        read.unwrap_or_else(|| (Self::other(vlan), packet))
    }

    fn other(vlan: u32) -> Self {
        Self { fields: u64::from(vlan) << 46, ..Self::default() }
    }

    fn ip(addresses: (u128, u128), family: Family, protocol: u8, dscp: u8, vlan: u32) -> Self {
        let fields = u64::from(protocol) << 32 | u64::from(dscp) << 40 | u64::from(vlan) << 46 | (family as u64) << 59;
        Self { source: addresses.0, destination: addresses.1, fields }
    }

    /// Add the ports, if the segment has them; gives what follows its header.
    #[inline]
    fn segment<'a>(&mut self, protocol: u8, segment: &'a [u8]) -> &'a [u8] {
        let (Some(ports), true) = (segment.get(..4), matches!(protocol, protocol::TCP | protocol::UDP)) else { return segment };
        let port = |at: usize| u64::from(u16::from_be_bytes([ports[at], ports[at + 1]]));
        self.fields |= port(0) | port(2) << 16 | 1 << 61;
        let header = if protocol == protocol::UDP {
            UDP_LENGTH
        } else {
            Tcp::new(segment).map_or(segment.len(), |tcp| tcp.header_length())
        };
        segment.get(header..).unwrap_or_default()
    }

    pub fn family(&self) -> Family {
        match self.fields >> 59 & 3 {
            1 => Family::Ipv4,
            2 => Family::Ipv6,
            _ => Family::Other,
        }
    }

    /// Source and destination.
    pub fn ports(&self) -> (u32, u32) {
        if self.fields >> 61 & 1 == 0 {
            return (NO_PORT, NO_PORT);
        }
        (self.fields as u32 & 0xffff, (self.fields >> 16) as u32 & 0xffff)
    }

    pub fn protocol(&self) -> u32 {
        if self.family() == Family::Other {
            NO_PROTOCOL
        } else {
            (self.fields >> 32) as u32 & 0xff
        }
    }

    pub fn dscp(&self) -> u32 {
        if self.family() == Family::Other {
            NO_DSCP
        } else {
            (self.fields >> 40) as u32 & 0x3f
        }
    }

    pub fn vlan(&self) -> u32 {
        (self.fields >> 46) as u32 & 0x1fff
    }

    /// Spread over 64 bits.
    #[inline]
    pub fn hash(&self) -> u64 {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let words = [self.source as u64, (self.source >> 64) as u64, self.destination as u64, (self.destination >> 64) as u64];
        let mixed = words.into_iter().fold(self.fields, |sum, word| (sum ^ word).wrapping_mul(ODD).rotate_left(29));
        (mixed ^ mixed >> 32).wrapping_mul(ODD)
    }
}

fn of_ipv4(view: Ipv4<'_>, vlan: u32) -> (Key, &[u8]) {
    let address = |at: usize| u128::from(u32::from_be_bytes(view.addresses()[at..at + 4].try_into().expect("4 bytes")));
    let mut key = Key::ip((address(0), address(4)), Family::Ipv4, view.protocol(), view.dscp(), vlan);
    let payload = view.payload();
    let payload = if view.is_fragment() { payload } else { key.segment(view.protocol(), payload) };
    (key, payload)
}

fn of_ipv6(view: Ipv6<'_>, vlan: u32) -> (Key, &[u8]) {
    let address = |at: usize| u128::from_be_bytes(view.addresses()[at..at + 16].try_into().expect("16 bytes"));
    let (protocol, segment) = view.transport().unwrap_or((FRAGMENT, &[]));
    let mut key = Key::ip((address(0), address(16)), Family::Ipv6, protocol, view.dscp(), vlan);
    let payload = key.segment(protocol, segment);
    (key, payload)
}

/// Next header of a fragment, which is as far as it can be read.
const FRAGMENT: u8 = 44;
