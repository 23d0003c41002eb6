//! Checksums that a host's stack left to its virtual interface. AF_XDP hands over bytes and nothing that says which are unfinished,
//! but they can be told: the field of an unfinished TCP or UDP checksum holds the sum of the pseudo header, and the packet does not
//! check out as it stands. A finished packet checks out; a damaged one would be taken for unfinished in one of 65,536 cases.
//! Not found are those of packets inside of tunnels.
use wire::{ether_type, protocol, Checksum, Ethernet, Ipv4, Ipv6};

use crate::{Frames, Packet};

/// Bytes of a packet in which the headers have to end.
const HEAD: usize = 128;

/// Where in a packet a checksum is, and what it covers.
struct Place {
    start: usize,
    end: usize,
    field: usize,
    pseudo: Checksum,
}

#[derive(Default)]
pub(crate) struct Partial {
    covered: Vec<u8>,
}

impl Partial {
    /// Complete the checksum of this packet, if it was left unfinished.
    #[inline]
    pub fn complete(&mut self, frames: &Frames, packet: Packet) {
        let mut head = [0; HEAD];
        let head = &mut head[..HEAD.min(packet.length.into())];
        frames.copy_out(packet.frame, packet.offset.into(), head);
        if let Some(place) = Place::find(head, packet.length.into()).filter(|place| place.may_be_unfinished(head)) {
            self.finish(frames, packet, &place);
        }
    }

    fn finish(&mut self, frames: &Frames, packet: Packet, place: &Place) {
        let at = u32::from(packet.offset);
        self.covered.resize(place.end - place.start, 0);
        frames.copy_out(packet.frame, at + place.start as u32, &mut self.covered);
        if place.pseudo.with(&self.covered).finish() != 0 {
            let sum = wire::complete(&self.covered);
            frames.copy_in(packet.frame, at + place.field as u32, &sum.to_be_bytes());
        }
    }
}

impl Place {
    /// None: no TCP or UDP, or a fragment, or one whose lengths are wrong.
    #[inline]
    fn find(head: &[u8], length: usize) -> Option<Self> {
        let ethernet = Ethernet::new(head)?;
        let (ip, network) = (ethernet.payload(), ethernet.header_length());
        let (proto, addresses, start, end) = match ethernet.ether_type() {
            ether_type::IPV4 => {
                let ip4 = Ipv4::new(ip).filter(|ip4| !ip4.is_fragment())?;
                (ip4.protocol(), ip4.addresses(), network + ip4.header_length(), network + number(ip, 2))
            }
            ether_type::IPV6 => {
                let ip6 = Ipv6::new(ip)?;
                let (proto, rest) = ip6.transport()?;
                (proto, ip6.addresses(), head.len() - rest.len(), network + 40 + number(ip, 4))
            }
            _ => return None,
        };
        let field = start + if proto == protocol::TCP { 16 } else { 6 };
        let known = matches!(proto, protocol::TCP | protocol::UDP);
        let whole = known && field + 2 <= end.min(head.len()) && end <= length;
        whole.then(|| Self { start, end, field, pseudo: Checksum::pseudo(addresses, proto, end - start) })
    }

    #[inline]
    fn may_be_unfinished(&self, head: &[u8]) -> bool {
        number(head, self.field) == usize::from(!self.pseudo.finish())
    }
}

#[inline]
fn number(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet with this payload behind an empty transport header.
    fn packet(six: bool, proto: u8, payload: &[u8]) -> (Vec<u8>, usize) {
        let header: usize = if proto == protocol::TCP { 20 } else { 8 };
        let length = (header + payload.len()) as u16;
        let mut bytes = vec![2; 12];
        if six {
            bytes.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            bytes.extend(length.to_be_bytes());
            bytes.extend([proto, 64]);
            bytes.extend(0..32);
        } else {
            bytes.extend([8, 0, 0x45, 0]);
            bytes.extend((20 + length).to_be_bytes());
            bytes.extend([0, 0, 0x40, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        }
        let start = bytes.len();
        bytes.extend(vec![0x11; header]);
        bytes.extend(payload);
        (bytes, start)
    }

    fn place(bytes: &[u8]) -> Place {
        Place::find(&bytes[..bytes.len().min(HEAD)], bytes.len()).unwrap()
    }

    /// What it becomes.
    fn through(bytes: &[u8]) -> Vec<u8> {
        let frames = Frames::leaked(1, 2048);
        frames.copy_in(0, 320, bytes);
        Partial::default().complete(&frames, Packet { frame: 0, offset: 320, length: bytes.len() as u16 });
        let mut after = vec![0; bytes.len()];
        frames.copy_out(0, 320, &mut after);
        after
    }

    fn put(bytes: &mut [u8], at: usize, value: u16) {
        bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }

    #[test]
    fn unfinished_ones_are_finished_and_stay_so() {
        for (six, proto, length) in [(false, 6, 1000), (false, 17, 7), (true, 6, 0), (true, 17, 1001)] {
            let (mut bytes, start) = packet(six, proto, &vec![0x5a; length]);
            let found = place(&bytes);
            assert_eq!((found.start, found.end), (start, bytes.len()));
            put(&mut bytes, found.field, !found.pseudo.finish());
            let after = through(&bytes);
            assert_eq!(found.pseudo.with(&after[start..]).finish(), 0, "IPv6 {six}, protocol {proto}");
            assert!(through(&after) == after, "once is enough");
        }
    }

    #[test]
    fn padding_behind_the_packet_is_not_covered() {
        let (mut bytes, start) = packet(false, 17, &[1, 2, 3]);
        let end = bytes.len();
        bytes.extend([0xee; 15]);
        let found = place(&bytes);
        put(&mut bytes, found.field, !found.pseudo.finish());
        assert_eq!(found.pseudo.with(&through(&bytes)[start..end]).finish(), 0);
    }

    #[test]
    fn a_finished_one_whose_field_looks_unfinished_is_left_alone() {
        let (mut bytes, start) = packet(false, 17, &[0; 20]);
        let found = place(&bytes);
        put(&mut bytes, found.field, !found.pseudo.finish());
        // The payload is chosen so that the whole checks out as it stands.
        put(&mut bytes, start + 8, 0);
        let rest = found.pseudo.with(&bytes[start..]).finish();
        put(&mut bytes, start + 8, rest);
        assert_eq!(found.pseudo.with(&bytes[start..]).finish(), 0);
        assert!(through(&bytes) == bytes);
    }

    #[test]
    fn what_is_wrong_in_another_way_or_not_known_is_left_alone() {
        let (right, _) = packet(false, 17, &[7; 100]);
        let field = place(&right).field;
        let unfinished = !place(&right).pseudo.finish();
        let with = |at: usize, value: u16| {
            let mut bytes = right.clone();
            put(&mut bytes, field, unfinished);
            put(&mut bytes, at, value);
            bytes
        };
        let cases = [
            ("a damaged checksum", with(field, unfinished ^ 1)),
            ("no checksum", with(field, 0)),
            ("a fragment", with(20, 0x2000)),
            ("longer than the packet", with(16, 2000)),
            ("shorter than its headers", with(16, 22)),
            ("another protocol", with(22, 64 << 8 | 1)),
            ("no IP", with(12, 0x88b5)),
            ("cut off", with(field, unfinished)[..30].to_vec()),
            ("nothing", Vec::new()),
        ];
        for (what, bytes) in cases {
            assert!(through(&bytes) == bytes, "{what}");
        }
    }
}
