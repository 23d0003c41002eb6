//! The Internet checksum (RFC 1071).

/// A running one's complement sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checksum(u64);

impl Checksum {
    /// Add bytes; an odd last one counts as if a zero followed, so only the last call may have one.
    #[must_use]
    pub fn with(self, bytes: &[u8]) -> Self {
        let words = bytes.chunks_exact(4);
        let rest = words.remainder();
        let mut total = self.0 + words.map(|w| u64::from(u32::from_be_bytes([w[0], w[1], w[2], w[3]]))).sum::<u64>();
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        total += u64::from(u32::from_be_bytes(last));
        Self(total)
    }

    /// The pseudo header of TCP and UDP: addresses (both, as they lie in the IP header), protocol, length of the segment.
    pub fn pseudo(addresses: &[u8], protocol: u8, length: usize) -> Self {
        let start = Self::default().with(addresses);
        Self(start.0 + u64::from(protocol) + length as u64)
    }

    /// What goes into the checksum field.
    pub fn finish(self) -> u16 {
        let mut total = self.0;
        while total > 0xffff {
            total = (total & 0xffff) + (total >> 16);
        }
        !(total as u16)
    }
}

/// Checksum of `bytes`; 0 where they hold a right one.
pub fn sum(bytes: &[u8]) -> u16 {
    Checksum::default().with(bytes).finish()
}

/// What completes a partial checksum: the field holds the sum of the pseudo header, `covered` runs from the first byte that the
/// checksum covers to the packet's end. Never 0, which UDP reads as "none" (RFC 768).
pub fn complete(covered: &[u8]) -> u16 {
    match sum(covered) {
        0 => 0xffff,
        sum => sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_example_of_rfc_1071() {
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn an_odd_last_byte_is_padded_with_zero() {
        assert_eq!(sum(&[1, 2, 3]), sum(&[1, 2, 3, 0]));
        assert_eq!(sum(&[1, 2, 3, 4, 5]), sum(&[1, 2, 3, 4, 5, 0]));
    }

    #[test]
    fn a_right_header_sums_to_zero() {
        let header = [0x45, 0, 0, 0x22, 0x28, 0x44, 0x40, 0, 0x40, 0x11, 0xe9, 0x6a, 0x0a, 0, 8, 3, 0x0a, 0x0d, 0x0d, 0x0d];
        assert_eq!(sum(&header), 0);
    }

    #[test]
    fn a_completed_checksum_is_never_zero() {
        assert_eq!(complete(&[0xff, 0xff]), 0xffff);
    }

    #[test]
    fn large_input_does_not_overflow() {
        assert_eq!(sum(&[0xff; 1 << 17]), 0);
    }
}
