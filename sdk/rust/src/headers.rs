//! Headers of a packet: views by offset that copy nothing; what is written changes the checksums that cover it (spec/sdk.md).
use crate::ffi::{self, Raw, RawHeaders};
use std::net::{Ipv4Addr, Ipv6Addr};

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP6: u8 = 58;

/// Where the headers are, in bytes from the first one.
#[derive(Clone, Copy)]
struct Found {
    type_: u16,
    tags: u8,
    version: u8,
    protocol: u8,
    kind: u8,
    ip: usize,
    transport: usize,
    payload: usize,
    end: usize,
    check: Option<usize>,
    partial: bool,
    routed: bool,
    header: u8,
}

impl Found {
    fn of(packet: &Raw) -> Option<Found> {
        // SAFETY: a packet that the core made; what it finds lies within it.
        let (raw, partial) = unsafe {
            let raw = ffi::coven_headers_of(packet);
            let partial = ffi::coven_is_partial_(&raw);
            (raw, partial)
        };
        let RawHeaders { type_, tags, version, protocol, kind, routed, header, .. } = raw;
        let at = |pointer: *mut u8| (pointer as usize).saturating_sub(packet.data as usize);
        (!raw.frame.is_null()).then(|| Found {
            type_,
            tags,
            version,
            protocol,
            kind,
            ip: at(raw.ip),
            transport: at(raw.transport),
            payload: at(raw.payload),
            end: at(raw.end),
            check: (!raw.check.is_null()).then(|| at(raw.check)),
            partial: partial && !raw.check.is_null(),
            routed,
            header,
        })
    }
}

pub(crate) fn update_checksums(packet: &mut Raw) -> bool {
    // SAFETY: a packet that the core made, and in nobody else's hands.
    unsafe { ffi::coven_update_checksums(&mut ffi::coven_headers_of(packet)) }
}

/// One header of a packet: `B` is `&[u8]`, to read, or `&mut [u8]`, to write as well.
pub struct View<B, const KIND: u8> {
    bytes: B,
    found: Found,
    base: usize,
}

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => { $($(#[$doc])* pub type $name<B> = View<B, $kind>;)* };
}
views! {
    /// Ethernet.
    Ethernet = 0;
    /// A VLAN tag.
    Vlan = 1;
    /// IPv4.
    Ipv4 = 4;
    /// IPv6.
    Ipv6 = 60;
    /// TCP.
    Tcp = 6;
    /// UDP.
    Udp = 17;
    /// ICMP or ICMPv6.
    Icmp = 58;
}

impl<B: AsRef<[u8]>, const K: u8> View<B, K> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|i| self.bytes.as_ref()[self.base + at + i])
    }
    fn u8(&self, at: usize) -> u8 {
        self.bytes.as_ref()[self.base + at]
    }
    fn u16(&self, at: usize) -> u16 {
        u16::from_be_bytes(self.array(at))
    }
    fn u32(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.array(at))
    }
}

/// RFC 1624, equation 3: HC' = ~(~HC + ~m + m').
fn folded(sum: u32) -> u16 {
    let sum = (sum & 0xffff) + (sum >> 16);
    ((sum & 0xffff) + (sum >> 16)) as u16
}

/// What a number must fit, or the function panics.
fn fitting(value: u32, bits: u32, what: &str) -> u32 {
    assert!(value >> bits == 0, "{what} {value} does not fit {bits} bits");
    value
}

impl<B: AsRef<[u8]> + AsMut<[u8]>, const K: u8> View<B, K> {
    /// Whole words in place; the sum of ~m + m'.
    fn change(&mut self, at: usize, to: &[u8]) -> u32 {
        let place = &mut self.bytes.as_mut()[self.base + at..][..to.len()];
        let word = |pair: &[u8]| u32::from(u16::from_be_bytes([pair[0], pair[1]]));
        let sum = place.chunks(2).zip(to.chunks(2)).map(|(old, new)| (0xffff - word(old)) + word(new)).sum();
        place.copy_from_slice(to);
        sum
    }

    fn check(&self, at: usize) -> u16 {
        let bytes = self.bytes.as_ref();
        u16::from_be_bytes([bytes[at], bytes[at + 1]])
    }

    fn put_check(&mut self, at: usize, check: u16) {
        self.bytes.as_mut()[at..at + 2].copy_from_slice(&check.to_be_bytes());
    }

    fn adjust(&mut self, at: usize, change: u32) {
        let check = !folded(u32::from(!self.check(at)) + change);
        self.put_check(at, check);
    }

    /// The transport's checksum covers what has changed; `pseudo`: as part of the pseudo header.
    fn covered(&mut self, change: u32, pseudo: bool) {
        let Some(at) = self.found.check.filter(|_| !pseudo || self.found.kind != ICMP) else { return };
        if self.found.partial {
            if pseudo {
                let check = folded(u32::from(self.check(at)) + change);
                self.put_check(at, check);
            }
            return;
        }
        let udp = self.found.kind == UDP;
        if udp && self.check(at) == 0 {
            return;
        }
        self.adjust(at, change);
        if udp && self.check(at) == 0 {
            self.put_check(at, 0xffff);
        }
    }

    fn write(&mut self, at: usize, to: &[u8]) {
        let change = self.change(at, to);
        self.covered(change, false);
    }

    fn put(&mut self, at: usize, to: &[u8]) {
        self.bytes.as_mut()[self.base + at..][..to.len()].copy_from_slice(to);
    }
}

/// `read` fields, and `write` ones by `set_…`: with the bytes that go in place, and how.
macro_rules! fields {
    ($view:ident: $(read $read:ident: $type:ty = $get:expr;)* $(write $field:ident $set:ident: $wtype:ty = $wget:expr, $put:expr;)*) => {
        impl<B: AsRef<[u8]>> $view<B> {
            $(#[doc = concat!("`", stringify!($read), "`, spec/sdk.md.")] pub fn $read(&self) -> $type { let get: fn(&Self) -> $type = $get; get(self) })*
            $(#[doc = concat!("`", stringify!($field), "`, spec/sdk.md.")] pub fn $field(&self) -> $wtype { let get: fn(&Self) -> $wtype = $wget; get(self) })*
        }
        impl<B: AsRef<[u8]> + AsMut<[u8]>> $view<B> {
            $(#[doc = concat!("Write `", stringify!($field), "`; panics if the value does not fit.")]
              pub fn $set(&mut self, value: $wtype) { let put: fn(&mut Self, $wtype) = $put; put(self, value) })*
        }
    };
}

fields! { Ethernet:
    read ether_type: u16 = |v| v.found.type_;
    write destination set_destination: [u8; 6] = |v| v.array(0), |v, to| v.put(0, &to);
    write source set_source: [u8; 6] = |v| v.array(6), |v, to| v.put(6, &to);
}
fields! { Vlan:
    write id set_id: u16 = |v| v.u16(2) & 0xfff, |v, id| { let word = v.u16(2) & 0xf000 | fitting(id.into(), 12, "vlan id") as u16; v.put(2, &word.to_be_bytes()) };
    write priority set_priority: u8 = |v| v.u8(2) >> 5, |v, to| { let byte = v.u8(2) & 0x1f | (fitting(to.into(), 3, "vlan priority") as u8) << 5; v.put(2, &[byte]) };
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Ipv4<B> {
    fn word(&mut self, at: usize, word: [u8; 2]) {
        let change = self.change(at, &word);
        self.adjust(self.base + 10, change);
    }
    fn address(&mut self, at: usize, to: Ipv4Addr) {
        let change = self.change(at, &to.octets());
        self.adjust(self.base + 10, change);
        self.covered(change, true);
    }
}
fields! { Ipv4:
    read protocol: u8 = |v| v.u8(9);
    read total_length: u16 = |v| v.u16(2);
    read header_length: u8 = |v| v.found.header;
    read dont_fragment: bool = |v| v.u8(6) & 0x40 != 0;
    read more_fragments: bool = |v| v.u8(6) & 0x20 != 0;
    read fragment_offset: u16 = |v| v.u16(6) & 0x1fff;
    write source set_source: Ipv4Addr = |v| v.array(12).into(), |v, to| v.address(12, to);
    write destination set_destination: Ipv4Addr = |v| v.array(16).into(), |v, to| v.address(16, to);
    write ttl set_ttl: u8 = |v| v.u8(8), |v, to| v.word(8, [to, v.u8(9)]);
    write dscp set_dscp: u8 = |v| v.u8(1) >> 2, |v, to| v.word(0, [v.u8(0), (fitting(to.into(), 6, "ipv4 dscp") as u8) << 2 | v.u8(1) & 3]);
    write ecn set_ecn: u8 = |v| v.u8(1) & 3, |v, to| v.word(0, [v.u8(0), v.u8(1) & 0xfc | fitting(to.into(), 2, "ipv4 ecn") as u8]);
    write identification set_identification: u16 = |v| v.u16(4), |v, to| v.word(4, to.to_be_bytes());
}
fields! { Ipv6:
    read next_header: u8 = |v| v.found.protocol;
    read payload_length: u16 = |v| v.u16(4);
    write source set_source: Ipv6Addr = |v| v.array(8).into(), |v, to| { let change = v.change(8, &to.octets()); v.covered(change, true) };
    write destination set_destination: Ipv6Addr = |v| v.array(24).into(), |v, to| { let change = v.change(24, &to.octets()); if !v.found.routed { v.covered(change, true) } };
    write hop_limit set_hop_limit: u8 = |v| v.u8(7), |v, to| v.put(7, &[to]);
    write dscp set_dscp: u8 = |v| (v.u16(0) >> 6) as u8 & 63, |v, to| { let word = v.u16(0) & 0xf03f | (fitting(to.into(), 6, "ipv6 dscp") as u16) << 6; v.put(0, &word.to_be_bytes()) };
    write ecn set_ecn: u8 = |v| v.u8(1) >> 4 & 3, |v, to| { let byte = v.u8(1) & 0xcf | (fitting(to.into(), 2, "ipv6 ecn") as u8) << 4; v.put(1, &[byte]) };
    write flow_label set_flow_label: u32 = |v| v.u32(0) & 0xfffff, |v, to| { let word = v.u32(0) & 0xfff0_0000 | fitting(to, 20, "ipv6 flow label"); v.put(0, &word.to_be_bytes()) };
}
fields! { Tcp:
    read header_length: u8 = |v| (v.found.payload - v.found.transport) as u8;
    read fin: bool = |v| v.u8(13) & 1 != 0;
    read syn: bool = |v| v.u8(13) & 2 != 0;
    read rst: bool = |v| v.u8(13) & 4 != 0;
    read psh: bool = |v| v.u8(13) & 8 != 0;
    read ack: bool = |v| v.u8(13) & 16 != 0;
    read urg: bool = |v| v.u8(13) & 32 != 0;
    write source_port set_source_port: u16 = |v| v.u16(0), |v, to| v.write(0, &to.to_be_bytes());
    write destination_port set_destination_port: u16 = |v| v.u16(2), |v, to| v.write(2, &to.to_be_bytes());
    write sequence set_sequence: u32 = |v| v.u32(4), |v, to| v.write(4, &to.to_be_bytes());
    write acknowledgment set_acknowledgment: u32 = |v| v.u32(8), |v, to| v.write(8, &to.to_be_bytes());
    write flags set_flags: u8 = |v| v.u8(13), |v, to| { let high = v.u8(12); v.write(12, &[high, to]) };
    write window set_window: u16 = |v| v.u16(14), |v, to| v.write(14, &to.to_be_bytes());
}
fields! { Udp:
    read length: u16 = |v| v.u16(4);
    write source_port set_source_port: u16 = |v| v.u16(0), |v, to| v.write(0, &to.to_be_bytes());
    write destination_port set_destination_port: u16 = |v| v.u16(2), |v, to| v.write(2, &to.to_be_bytes());
}
fields! { Icmp:
    write kind set_kind: u8 = |v| v.u8(0), |v, to| { let code = v.u8(1); v.write(0, &[to, code]) };
    write code set_code: u8 = |v| v.u8(1), |v, to| { let kind = v.u8(0); v.write(0, &[kind, to]) };
}

/// All headers of a packet, found once: by `Packet::headers` to read, by `Packet::headers_mut` to write as well.
pub struct Headers<B> {
    bytes: B,
    found: Option<Found>,
}

impl<B> Headers<B> {
    pub(crate) fn new(packet: &Raw, bytes: B) -> Headers<B> {
        Headers { bytes, found: Found::of(packet) }
    }

    fn at(&self, there: impl Fn(&Found) -> Option<usize>) -> Option<(Found, usize)> {
        self.found.and_then(|found| there(&found).map(|base| (found, base)))
    }
}

macro_rules! finders {
    ($($name:ident $name_mut:ident $view:ident = $there:expr;)*) => {
        impl<B: AsRef<[u8]>> Headers<B> {
            $(#[doc = concat!("`", stringify!($name), "`, to read; nothing where it is not there.")]
              pub fn $name(&self) -> Option<$view<&[u8]>> {
                  self.at($there).map(|(found, base)| View { bytes: self.bytes.as_ref(), found, base })
              })*
        }
        impl<B: AsMut<[u8]>> Headers<B> {
            $(#[doc = concat!("`", stringify!($name), "`, to write as well.")]
              pub fn $name_mut(&mut self) -> Option<$view<&mut [u8]>> {
                  self.at($there).map(|(found, base)| View { bytes: self.bytes.as_mut(), found, base })
              })*
        }
    };
}
finders! {
    ethernet ethernet_mut Ethernet = |_| Some(0);
    vlan vlan_mut Vlan = |found| (found.tags > 0).then_some(12);
    vlan_inner vlan_inner_mut Vlan = |found| (found.tags > 1).then_some(16);
    ipv4 ipv4_mut Ipv4 = |found| (found.version == 4).then_some(found.ip);
    ipv6 ipv6_mut Ipv6 = |found| (found.version == 6).then_some(found.ip);
    tcp tcp_mut Tcp = |found| (found.kind == TCP).then_some(found.transport);
    udp udp_mut Udp = |found| (found.kind == UDP).then_some(found.transport);
    icmp icmp_mut Icmp = |found| matches!(found.kind, ICMP | ICMP6).then_some(found.transport);
}

impl<B: AsRef<[u8]>> Headers<B> {
    /// What stands behind TCP, UDP or ICMP, without Ethernet's padding.
    pub fn payload(&self) -> Option<&[u8]> {
        self.at(|found| (found.kind != 0).then_some(found.payload)).map(|(found, at)| &self.bytes.as_ref()[at..found.end])
    }
}

impl<B: AsMut<[u8]>> Headers<B> {
    /// The same, to write; then say `Packet::update_checksums`.
    pub fn payload_mut(&mut self) -> Option<&mut [u8]> {
        self.at(|found| (found.kind != 0).then_some(found.payload)).map(|(found, at)| &mut self.bytes.as_mut()[at..found.end])
    }
}
