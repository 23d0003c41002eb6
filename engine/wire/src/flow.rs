//! The flow hash: both directions of a flow hash alike, so that a flow stays with one replica.
use crate::{ether_type, next_protocol, protocol, u16_at, Ethernet, Ipv4, Ipv6, Nsh};

/// Hash of the flow that an Ethernet frame belongs to, from its first bytes: addresses, protocol and ports of TCP and UDP;
/// addresses and protocol of ICMP and others; addresses alone of fragments; link addresses and type of what is not IP.
/// A packet behind an NSH hashes as it does without.
#[inline]
pub fn flow_hash(frame: &[u8]) -> u32 {
    let Some(ethernet) = Ethernet::new(frame) else { return 0 };
    if ethernet.ether_type() == ether_type::NSH {
        return behind_nsh(ethernet.payload()).unwrap_or_else(|| of_link(&ethernet));
    }
    of_ip(ethernet.ether_type(), ethernet.payload()).unwrap_or_else(|| of_link(&ethernet))
}

#[inline]
fn of_ip(kind: u16, payload: &[u8]) -> Option<u32> {
    match kind {
        ether_type::IPV4 => Ipv4::new(payload).map(of_ipv4),
        ether_type::IPV6 => Ipv6::new(payload).map(of_ipv6),
        _ => None,
    }
}

fn behind_nsh(bytes: &[u8]) -> Option<u32> {
    let nsh = Nsh::new(bytes).ok()?;
    let payload = &bytes[nsh.bytes().len()..];
    match nsh.next_protocol() {
        next_protocol::IPV4 => of_ip(ether_type::IPV4, payload),
        next_protocol::IPV6 => of_ip(ether_type::IPV6, payload),
        next_protocol::ETHERNET => {
            let inner = Ethernet::new(payload)?;
            Some(of_ip(inner.ether_type(), inner.payload()).unwrap_or_else(|| of_link(&inner)))
        }
        _ => None,
    }
}

fn of_ipv4(packet: Ipv4) -> u32 {
    let address = |at: usize| u64::from(u32::from_be_bytes(packet.addresses()[at..at + 4].try_into().expect("4 bytes")));
    let (protocol, ports) =
        if packet.is_fragment() { (0, (0, 0)) } else { (packet.protocol(), ports(packet.protocol(), packet.payload())) };
    both(address(0) << 16 | ports.0, address(4) << 16 | ports.1, protocol.into())
}

fn of_ipv6(packet: Ipv6) -> u32 {
    let half = |at: usize| u64::from_be_bytes(packet.addresses()[at..at + 8].try_into().expect("8 bytes"));
    let (protocol, ports) = match packet.transport() {
        Some((protocol, payload)) => (protocol, ports(protocol, payload)),
        None => (0, (0, 0)),
    };
    both(half(0) ^ mix(half(8) ^ ports.0), half(16) ^ mix(half(24) ^ ports.1), protocol.into())
}

fn of_link(ethernet: &Ethernet) -> u32 {
    let address = |mac: [u8; 6]| u64::from_be_bytes([0, 0, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]]);
    both(address(ethernet.source()), address(ethernet.destination()), ethernet.ether_type().into())
}

/// Source and destination port; 0 where there are none.
#[inline]
fn ports(protocol: u8, payload: &[u8]) -> (u64, u64) {
    match protocol {
        protocol::TCP | protocol::UDP if payload.len() >= 4 => (u16_at(payload, 0).into(), u16_at(payload, 2).into()),
        _ => (0, 0),
    }
}

/// The sum of both ends' hashes: the same in either order.
#[inline]
fn both(one: u64, other: u64, kind: u64) -> u32 {
    let mixed = mix(mix(one).wrapping_add(mix(other)) ^ kind);
    (mixed >> 32) as u32
}

/// A bijection in which each bit of the input changes half of the output's (the finalizer of SplitMix64).
#[inline]
fn mix(value: u64) -> u64 {
    let a = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tag;
    use proptest::prelude::*;

    fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
        [&Ethernet::emit([2; 6], [4; 6], ether_type)[..], payload].concat()
    }

    fn ipv4(source: [u8; 4], destination: [u8; 4], fragment: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let mut header = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
        header[6..8].copy_from_slice(&fragment.to_be_bytes());
        ethernet(ether_type::IPV4, &[&header[..], &source, &destination, payload].concat())
    }

    fn ipv6(source: [u8; 16], destination: [u8; 16], next: u8, payload: &[u8]) -> Vec<u8> {
        let header = [0x60, 0, 0, 0, 0, 0, next, 64];
        ethernet(ether_type::IPV6, &[&header[..], &source, &destination, payload].concat())
    }

    fn segment(source: u16, destination: u16) -> Vec<u8> {
        [source.to_be_bytes(), destination.to_be_bytes(), [0; 2], [0; 2]].concat()
    }

    #[test]
    fn both_directions_hash_alike_and_ports_count() {
        for protocol in [protocol::TCP, protocol::UDP] {
            let there = flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0x4000, protocol, &segment(1000, 80)));
            let back = flow_hash(&ipv4([10, 0, 0, 2], [10, 0, 0, 1], 0x4000, protocol, &segment(80, 1000)));
            let other = flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0x4000, protocol, &segment(1001, 80)));
            assert_eq!(there, back);
            assert_ne!(there, other);
            let there = flow_hash(&ipv6([1; 16], [2; 16], protocol, &segment(1000, 80)));
            assert_eq!(there, flow_hash(&ipv6([2; 16], [1; 16], protocol, &segment(80, 1000))));
            assert_ne!(there, flow_hash(&ipv6([1; 16], [2; 16], protocol, &segment(80, 1000))));
        }
    }

    #[test]
    fn the_protocol_counts() {
        let of = |protocol| flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0, protocol, &segment(1, 2)));
        assert_ne!(of(protocol::TCP), of(protocol::UDP));
    }

    #[test]
    fn icmp_hashes_by_addresses() {
        let of = |bytes: &[u8]| flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0, protocol::ICMP, bytes));
        assert_eq!(of(&[8, 0, 1, 2, 3, 4]), of(&[0, 0, 9, 9, 9, 9]));
        let of = |bytes: &[u8]| flow_hash(&ipv6([1; 16], [2; 16], protocol::ICMPV6, bytes));
        assert_eq!(of(&[128, 0, 1, 2]), of(&[129, 0, 9, 9]));
    }

    #[test]
    fn all_fragments_hash_by_addresses_only() {
        let first = flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0x2000, protocol::UDP, &segment(1000, 80)));
        let last = flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0x0010, protocol::UDP, &[9; 8]));
        assert_eq!(first, last);
        let fragment = |payload: u8| flow_hash(&ipv6([1; 16], [2; 16], 44, &[17, 0, 0, payload, 0, 0, 0, 0, payload, payload]));
        assert_eq!(fragment(1), fragment(8));
    }

    #[test]
    fn tags_and_extension_headers_are_skipped() {
        let plain = ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0, protocol::TCP, &segment(1, 2));
        let tag = Tag { protocol: ether_type::QINQ, control: 7 }.emit();
        let inner = Tag { protocol: ether_type::VLAN, control: 8 }.emit();
        let tagged = [&plain[..12], &tag, &inner, &plain[12..]].concat();
        assert_eq!(flow_hash(&plain), flow_hash(&tagged));

        let direct = ipv6([1; 16], [2; 16], protocol::TCP, &segment(1, 2));
        let extended = [&[protocol::TCP, 1][..], &[0; 14], &segment(1, 2)].concat();
        assert_eq!(flow_hash(&direct), flow_hash(&ipv6([1; 16], [2; 16], 60, &extended)));
    }

    #[test]
    fn what_is_not_ip_hashes_by_link_addresses() {
        let request = [&Ethernet::emit([2; 6], [4; 6], 0x0806)[..], &[1; 28]].concat();
        let answer = [&Ethernet::emit([4; 6], [2; 6], 0x0806)[..], &[2; 28]].concat();
        assert_eq!(flow_hash(&request), flow_hash(&answer));
    }

    #[test]
    fn a_packet_behind_an_nsh_hashes_as_without() {
        let plain = ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0, protocol::TCP, &segment(1, 2));
        let nsh =
            |next: u8, payload: &[u8]| ethernet(ether_type::NSH, &[&[0x0f, 0xc2, 2, next, 0, 0, 1, 255][..], payload].concat());
        assert_eq!(flow_hash(&plain), flow_hash(&nsh(3, &plain)));
        assert_eq!(flow_hash(&plain), flow_hash(&nsh(1, &plain[14..])));
        assert_ne!(flow_hash(&plain), flow_hash(&nsh(5, &plain)));
    }

    #[test]
    fn flows_spread_evenly() {
        let mut buckets = [0; 16];
        for port in 0..16_000u16 {
            let hash = flow_hash(&ipv4([10, 0, 0, 1], [10, 0, 0, 2], 0, protocol::TCP, &segment(port, 443)));
            buckets[(hash % 16) as usize] += 1;
        }
        assert!(buckets.iter().all(|&n| (800..1200).contains(&n)), "{buckets:?}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(kind in prop::sample::select(vec![0x0800u16, 0x86dd, 0x8100, 0x88a8, 0x894f]), tail: Vec<u8>) {
            flow_hash(&ethernet(kind, &tail));
            flow_hash(&tail);
        }
    }
}
