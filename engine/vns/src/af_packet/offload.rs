//! What the kernel left to do: checksums that a network card would have completed, packets that it would have cut (virtio_net_hdr).
use super::os::OFFLOAD_LENGTH;
use crate::Frames;

const NEEDS_CHECKSUM: u8 = 1;
const ECN: u8 = 0x80;

/// How a packet is to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Tcp,
    Udp,
    /// In a way that is not done here.
    Unknown,
}

/// Where a checksum is to be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Partial {
    /// First byte that it covers.
    pub start: usize,
    /// Its place.
    pub field: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offload {
    pub checksum: Option<Partial>,
    /// And the payload bytes of each piece.
    pub cut: Option<(Cut, usize)>,
}

impl Offload {
    /// The header is in the byte order of the machine.
    #[inline]
    pub fn parse(header: &[u8; OFFLOAD_LENGTH]) -> Self {
        let field = |at: usize| usize::from(u16::from_ne_bytes([header[at], header[at + 1]]));
        let start = field(6);
        let cut = match header[1] & !ECN {
            0 => None,
            1 | 4 => Some(Cut::Tcp),
            5 => Some(Cut::Udp),
            _ => Some(Cut::Unknown),
        };
        Self {
            checksum: (header[0] & NEEDS_CHECKSUM != 0).then(|| Partial { start, field: start + field(8) }),
            cut: cut.map(|cut| (cut, field(4))),
        }
    }
}

impl Partial {
    /// Complete the checksum of `packet`, which was copied to `at` of `frame`.
    #[inline]
    pub fn complete(self, packet: &[u8], frames: &Frames, frame: u32, at: usize) {
        if self.field + 2 <= packet.len() && self.start <= self.field {
            let sum = wire::complete(&packet[self.start..]);
            frames.copy_in(frame, (at + self.field) as u32, &sum.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let mut header = [0; OFFLOAD_LENGTH];
        assert_eq!(Offload::parse(&header), Offload { checksum: None, cut: None });
        header[0] = NEEDS_CHECKSUM;
        header[1] = 1 | ECN;
        header[4..6].copy_from_slice(&1448u16.to_ne_bytes());
        header[6..8].copy_from_slice(&34u16.to_ne_bytes());
        header[8..10].copy_from_slice(&16u16.to_ne_bytes());
        let read = Offload::parse(&header);
        assert_eq!(read, Offload { checksum: Some(Partial { start: 34, field: 50 }), cut: Some((Cut::Tcp, 1448)) });
    }

    #[test]
    fn a_place_outside_of_the_packet_is_left_alone() {
        let frames = Frames::leaked(1, 64);
        Partial { start: 10, field: 59 }.complete(&[1; 60], &frames, 0, 0);
        Partial { start: 61, field: 70 }.complete(&[1; 60], &frames, 0, 0);
        let mut bytes = [9; 64];
        frames.copy_out(0, 0, &mut bytes);
        assert_eq!(bytes, [0; 64]);
    }
}
