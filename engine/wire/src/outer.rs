//! What stands before an NSH on the wire: Ethernet alone, or with VXLAN-GPE, Geneve or GRE over IPv4 or IPv6 (RFC 8300 §4).
use crate::{ether_type, protocol, u16_at, Checksum, Ethernet, Ipv4};

/// Longest outer header that is looked behind.
pub const OUTER_LENGTH_MAX: usize = 128;

const IPV6_LENGTH: usize = 40;
const UDP_LENGTH: usize = 8;
const VXLAN_GPE: u16 = 4790;
const GENEVE: u16 = 6081;

/// The bytes before an NSH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    length: u8,
    /// Where the IP header begins; 0: there is none.
    ip: u8,
    /// Where the UDP header begins; 0: there is none.
    udp: u8,
}

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No NSH.
    Plain,
    /// An NSH behind these bytes.
    Nsh(Outer),
    /// An NSH in a tunnel that can't be taken apart: with a checksum or routing of GRE, or longer than `OUTER_LENGTH_MAX`.
    Unsupported,
    /// The bytes end before it can be told.
    Cut,
}

impl Outer {
    /// Ethernet alone, with its tags.
    pub const fn ethernet(length: usize) -> Self {
        Self { length: length as u8, ip: 0, udp: 0 }
    }

    /// Look behind the first bytes of a packet.
    #[inline]
    pub fn find(bytes: &[u8]) -> Found {
        let Some(ethernet) = Ethernet::new(bytes) else { return Found::Plain };
        let at = ethernet.header_length();
        match ethernet.ether_type() {
            ether_type::NSH => Found::Nsh(Self::ethernet(at)),
            ether_type::IPV4 => in_ipv4(bytes, at),
            ether_type::IPV6 => in_ipv6(bytes, at),
            _ => Found::Plain,
        }
    }

    /// Bytes before the NSH.
    #[inline]
    pub fn length(&self) -> usize {
        self.length.into()
    }

    /// There is an IP header.
    #[inline]
    pub fn is_tunnel(&self) -> bool {
        self.ip != 0
    }

    /// State in the outer headers that the packet has `whole` bytes: lengths, and the checksum of the IPv4 header.
    pub fn set_length(&self, headers: &mut [u8], whole: usize) {
        let ip = usize::from(self.ip);
        if ip == 0 {
            return;
        }
        let is_ipv6 = self.is_ipv6(headers);
        let mut put = |at: usize, value: usize| headers[at..at + 2].copy_from_slice(&(value as u16).to_be_bytes());
        if self.udp != 0 {
            put(usize::from(self.udp) + 4, whole - usize::from(self.udp));
        }
        if is_ipv6 {
            return put(ip + 4, whole - ip - IPV6_LENGTH);
        }
        put(ip + 2, whole - ip);
        put(ip + 10, 0);
        let end = ip + usize::from(headers[ip] & 15) * 4;
        let sum = crate::sum(&headers[ip..end]);
        headers[ip + 10..ip + 12].copy_from_slice(&sum.to_be_bytes());
    }

    /// Send the packet back to where it came from: link and network addresses change places.
    pub fn turn(&self, headers: &mut [u8]) {
        headers[..12].rotate_left(6);
        let ip = usize::from(self.ip);
        if ip == 0 {
            return;
        }
        if self.is_ipv6(headers) {
            headers[ip + 8..ip + 40].rotate_left(16);
        } else {
            headers[ip + 12..ip + 20].rotate_left(4);
        }
    }

    /// The checksum of UDP that has to be made anew: where its header begins, and the sum of the pseudo header. None where the
    /// sender left it out (RFC 768; RFC 6935 for IPv6).
    pub fn checksum(&self, headers: &[u8], whole: usize) -> Option<(usize, Checksum)> {
        let (ip, udp) = (usize::from(self.ip), usize::from(self.udp));
        if udp == 0 || u16_at(headers, udp + 6) == 0 {
            return None;
        }
        let addresses = if self.is_ipv6(headers) { ip + 8..ip + 40 } else { ip + 12..ip + 20 };
        Some((udp, Checksum::pseudo(&headers[addresses], protocol::UDP, whole - udp)))
    }

    fn is_ipv6(&self, headers: &[u8]) -> bool {
        headers[usize::from(self.ip)] >> 4 == 6
    }
}

fn in_ipv4(bytes: &[u8], ip: usize) -> Found {
    let Some(view) = Ipv4::new(&bytes[ip..]) else { return Found::Plain };
    if view.is_fragment() {
        return Found::Plain;
    }
    in_ip(bytes, ip, ip + view.header_length(), view.protocol())
}

/// Tunnels have no extension headers.
fn in_ipv6(bytes: &[u8], ip: usize) -> Found {
    match bytes.get(ip + 6) {
        Some(&next) if bytes[ip] >> 4 == 6 => in_ip(bytes, ip, ip + IPV6_LENGTH, next),
        _ => Found::Plain,
    }
}

#[inline]
fn in_ip(bytes: &[u8], ip: usize, at: usize, next: u8) -> Found {
    let Some(header) = bytes.get(at..) else { return Found::Cut };
    let behind = match next {
        protocol::UDP => in_udp(header),
        protocol::GRE => in_gre(header),
        _ => return Found::Plain,
    };
    match behind {
        Ok(Some(length)) if at + length > OUTER_LENGTH_MAX => Found::Unsupported,
        Ok(Some(length)) if at + length > bytes.len() => Found::Cut,
        Ok(Some(length)) => {
            Found::Nsh(Outer { length: (at + length) as u8, ip: ip as u8, udp: if next == protocol::UDP { at as u8 } else { 0 } })
        }
        Ok(None) => Found::Plain,
        Err(other) => other,
    }
}

/// Bytes before the NSH; none if there is no NSH.
type Behind = Result<Option<usize>, Found>;

fn in_udp(header: &[u8]) -> Behind {
    let field = |at: usize| header.get(at).copied().ok_or(Found::Cut);
    let port = u16::from_be_bytes([field(2)?, field(3)?]);
    let next = UDP_LENGTH + 8;
    match port {
        // draft-ietf-nvo3-vxlan-gpe §3: version 0, the P bit, next protocol 4.
        VXLAN_GPE => Ok((field(8)? & 0x34 == 4 && field(11)? == 4).then_some(next)),
        // RFC 8926 §3: version 0, options in words of four bytes.
        GENEVE => {
            let nsh = field(8)? >> 6 == 0 && [field(10)?, field(11)?] == ether_type::NSH.to_be_bytes();
            Ok(nsh.then_some(next + usize::from(header[8] & 0x3f) * 4))
        }
        _ => Ok(None),
    }
}

/// RFC 2784 and 2890: optional checksum, key and sequence number.
fn in_gre(header: &[u8]) -> Behind {
    const CHECKSUM_OR_ROUTING: u8 = 0xc0;
    let [flags, version, kind @ ..] = header.get(..4).ok_or(Found::Cut)? else { return Ok(None) };
    if version & 7 != 0 || kind != ether_type::NSH.to_be_bytes() {
        return Ok(None);
    }
    if flags & CHECKSUM_OR_ROUTING != 0 {
        return Err(Found::Unsupported);
    }
    Ok(Some(4 + 4 * (flags & 0x30).count_ones() as usize))
}

#[cfg(test)]
#[path = "outer_test.rs"]
mod tests;
