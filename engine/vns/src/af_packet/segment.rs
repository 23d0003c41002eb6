//! Cutting a large TCP or UDP packet into pieces that fit the link, as a network card with segmentation offload does.
use wire::{ether_type, protocol, Checksum, Ethernet, Ipv4, Ipv6, Tcp};

use super::offload::Cut;

/// Ethernet with two tags, IPv4 with options or IPv6 with some extensions, TCP with options.
pub(crate) const HEADERS_MAX: usize = 22 + 104 + 60;

const FIN: u8 = 0x01;
const PSH: u8 = 0x08;
const CWR: u8 = 0x80;

/// How to cut one packet: where its headers lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segments {
    cut: Cut,
    network: usize,
    transport: usize,
    headers: usize,
    whole: usize,
    size: usize,
}

/// One piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    headers: [u8; HEADERS_MAX],
    length: usize,
    /// Its part of the payload, in the packet.
    pub from: usize,
    pub to: usize,
}

impl Piece {
    pub fn headers(&self) -> &[u8] {
        &self.headers[..self.length]
    }

    /// Bytes of headers and payload.
    pub fn whole(&self) -> usize {
        self.length + self.to - self.from
    }
}

impl Segments {
    /// None: no packet of this kind, or one whose headers are longer than any that are sent on purpose.
    pub fn new(packet: &[u8], cut: Cut, size: usize) -> Option<Self> {
        let ethernet = Ethernet::new(packet)?;
        let (proto, segment) = match ethernet.ether_type() {
            ether_type::IPV4 => Ipv4::new(ethernet.payload()).map(|ip| (ip.protocol(), ip.payload()))?,
            ether_type::IPV6 => Ipv6::new(ethernet.payload())?.transport()?,
            _ => return None,
        };
        let transport_header = match (cut, proto) {
            (Cut::Tcp, protocol::TCP) => Tcp::new(segment)?.header_length(),
            (Cut::Udp, protocol::UDP) if segment.len() >= 8 => 8,
            _ => return None,
        };
        let transport = packet.len() - segment.len();
        let headers = transport + transport_header;
        let fits = headers <= HEADERS_MAX && size > 0;
        fits.then_some(Self { cut, network: ethernet.header_length(), transport, headers, whole: packet.len(), size })
    }

    /// Pieces in all; a packet without payload is one.
    pub fn count(&self) -> usize {
        (self.whole - self.headers).div_ceil(self.size).max(1)
    }

    /// The largest piece.
    pub fn largest(&self) -> usize {
        self.whole.min(self.headers + self.size)
    }

    /// Piece `number` of the packet that `new` read.
    pub fn piece(&self, packet: &[u8], number: usize) -> Piece {
        let from = (self.headers + number * self.size).min(self.whole);
        let to = (from + self.size).min(self.whole);
        let mut piece = Piece { headers: [0; HEADERS_MAX], length: self.headers, from, to };
        piece.headers[..self.headers].copy_from_slice(&packet[..self.headers]);
        let header = &mut piece.headers[..self.headers];
        let length = self.headers - self.transport + to - from;
        let addresses = self.write_network(header, length, number);
        self.write_transport(header, length, number);
        let sum = addresses.with(&header[self.transport..]);
        self.write_checksum(header, sum, &packet[from..to]);
        piece
    }

    /// Lengths, identification and header checksum of IP; returns the sum of the pseudo header.
    fn write_network(&self, header: &mut [u8], transport_length: usize, number: usize) -> Checksum {
        let proto = if self.cut == Cut::Tcp { protocol::TCP } else { protocol::UDP };
        let ip = &mut header[self.network..self.transport];
        if ip[0] >> 4 == 4 {
            let length = ip.len() + transport_length;
            put(ip, 2, length as u16);
            let identification = u16::from_be_bytes([ip[4], ip[5]]).wrapping_add(number as u16);
            put(ip, 4, identification);
            put(ip, 10, 0);
            let sum = wire::sum(ip);
            put(ip, 10, sum);
            Checksum::pseudo(&ip[12..20], proto, transport_length)
        } else {
            let length = ip.len() - 40 + transport_length;
            put(ip, 4, length as u16);
            Checksum::pseudo(&ip[8..40], proto, transport_length)
        }
    }

    /// Everything but the checksum, which is zero afterwards.
    fn write_transport(&self, header: &mut [u8], length: usize, number: usize) {
        let transport = &mut header[self.transport..];
        if self.cut == Cut::Udp {
            put(transport, 4, length as u16);
            put(transport, 6, 0);
            return;
        }
        let first = u32::from_be_bytes([transport[4], transport[5], transport[6], transport[7]]);
        let sequence = first.wrapping_add((number * self.size) as u32);
        transport[4..8].copy_from_slice(&sequence.to_be_bytes());
        if number > 0 {
            transport[13] &= !CWR; // RFC 3168 §6.1.2: once
        }
        if number + 1 < self.count() {
            transport[13] &= !(FIN | PSH);
        }
        put(transport, 16, 0);
    }

    fn write_checksum(&self, header: &mut [u8], headers: Checksum, payload: &[u8]) {
        let sum = match headers.with(payload).finish() {
            0 if self.cut == Cut::Udp => 0xffff,
            sum => sum,
        };
        put(&mut header[self.transport..], if self.cut == Cut::Tcp { 16 } else { 6 }, sum);
    }
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the checksum of a TCP or UDP segment covers besides it.
    fn pseudo(frame: &[u8], v6: bool, length: usize, proto: u8) -> Checksum {
        let addresses = if v6 { &frame[22..54] } else { &frame[26..34] };
        Checksum::pseudo(addresses, proto, length)
    }

    fn frame(v6: bool, proto: u8, transport: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut ip = vec![0; if v6 { 40 } else { 20 }];
        if v6 {
            (ip[0], ip[6]) = (0x60, proto);
        } else {
            (ip[0], ip[4], ip[5], ip[9]) = (0x45, 0xff, 0xff, proto);
        }
        let last = ip.len() - 1;
        ip[last] = 9;
        [&[2; 12][..], if v6 { &[0x86, 0xdd] } else { &[8, 0] }, &ip, transport, payload].concat()
    }

    fn tcp(sequence: u32, flags: u8) -> Vec<u8> {
        let mut header = vec![0; 32];
        header[4..8].copy_from_slice(&sequence.to_be_bytes());
        (header[12], header[13]) = (0x80, flags);
        header
    }

    fn pieces(packet: &[u8], cut: Cut, size: usize) -> Vec<Vec<u8>> {
        let segments = Segments::new(packet, cut, size).expect("can be cut");
        let whole = |piece: Piece| [piece.headers(), &packet[piece.from..piece.to]].concat();
        (0..segments.count()).map(|number| whole(segments.piece(packet, number))).collect()
    }

    proptest! {
        #[test]
        fn pieces_are_right_packets_that_add_up(v6: bool, udp: bool, sequence: u32, length in 0usize..9000, size in 1usize..1500) {
            let payload: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let (cut, proto, header) = if udp { (Cut::Udp, 17, vec![0; 8]) } else { (Cut::Tcp, 6, tcp(sequence, 0x10)) };
            let transport = if v6 { 54 } else { 34 };
            let mut joined = Vec::new();
            for (number, piece) in pieces(&frame(v6, proto, &header, &payload), cut, size).iter().enumerate() {
                let segment = &piece[transport..];
                prop_assert!(segment.len() <= header.len() + size);
                let sum = pseudo(piece, v6, segment.len(), proto).with(segment).finish();
                prop_assert_eq!(sum, 0, "checksum of piece {}", number);
                let stated = u16::from_be_bytes(if v6 { [piece[18], piece[19]] } else { [piece[16], piece[17]] });
                prop_assert_eq!(usize::from(stated), segment.len() + if v6 { 0 } else { 20 });
                prop_assert!(v6 || wire::sum(&piece[14..34]) == 0);
                if udp {
                    prop_assert_eq!(usize::from(u16::from_be_bytes([segment[4], segment[5]])), segment.len());
                } else {
                    prop_assert_eq!(Tcp::new(segment).unwrap().sequence(), sequence.wrapping_add(joined.len() as u32));
                }
                joined.extend_from_slice(&segment[header.len()..]);
            }
            prop_assert_eq!(joined, payload);
        }

        #[test]
        fn no_bytes_make_it_panic(head in 0usize..3, tail: Vec<u8>, size: u16) {
            let start = [&[8u8, 0, 0x45][..], &[0x86, 0xdd, 0x60], &[]][head];
            let packet = [&[2; 12][..], start, &tail].concat();
            for cut in [Cut::Tcp, Cut::Udp, Cut::Unknown] {
                if let Some(segments) = Segments::new(&packet, cut, size.into()) {
                    for number in 0..segments.count() {
                        segments.piece(&packet, number);
                    }
                }
            }
        }
    }

    #[test]
    fn flags_stand_where_they_belong() {
        let packet = frame(false, 6, &tcp(1, FIN | PSH | CWR | 0x10), &[1; 250]);
        let flags: Vec<u8> = pieces(&packet, Cut::Tcp, 100).iter().map(|piece| piece[34 + 13]).collect();
        assert_eq!(flags, [CWR | 0x10, 0x10, FIN | PSH | 0x10]);
    }

    #[test]
    fn identification_counts_up_and_wraps() {
        let packet = frame(false, 6, &tcp(1, 0x10), &[1; 250]);
        let identification: Vec<_> = pieces(&packet, Cut::Tcp, 100).iter().map(|piece| [piece[18], piece[19]]).collect();
        assert_eq!(identification, [[0xff, 0xff], [0, 0], [0, 1]]);
    }
}
