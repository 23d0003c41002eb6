//! Metadata of MD type 2: type-length-value pieces (RFC 8300 §2.5.1).
use crate::u16_at;

/// Bytes before a value.
pub const TLV_HEADER: usize = 4;

/// One piece of metadata; its U bit is never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Metadata class: 0 is the IETF's.
    pub class: u16,
    /// Type within the class.
    pub kind: u8,
    /// The value without its padding; it may be empty.
    pub value: &'a [u8],
    /// Where the value begins in the metadata.
    pub at: usize,
}

/// The pieces in order. What ends within a piece gives `None` in its place, as the last one.
#[derive(Clone, Debug)]
pub struct Tlvs<'a> {
    metadata: &'a [u8],
    at: usize,
}

impl<'a> Tlvs<'a> {
    /// Read what stands behind the service path header.
    pub fn new(metadata: &'a [u8]) -> Self {
        Self { metadata, at: 0 }
    }

    /// The first piece of this class and type: the one that counts (RFC 8300 §2.5.1).
    pub fn first(&self, class: u16, kind: u8) -> Option<Tlv<'a>> {
        self.clone().flatten().find(|tlv| (tlv.class, tlv.kind) == (class, kind))
    }

    fn take(&mut self) -> Option<Tlv<'a>> {
        let rest = &self.metadata[self.at..];
        let header = rest.get(..TLV_HEADER)?;
        let length = usize::from(header[3] & 0x7f);
        let value = rest.get(TLV_HEADER..TLV_HEADER + length)?;
        // The pad bytes are passed over, whatever they hold; the NSH ends at a multiple of four, so they are there.
        rest.get(..TLV_HEADER + length.next_multiple_of(4))?;
        let at = self.at + TLV_HEADER;
        self.at = at + length.next_multiple_of(4);
        Some(Tlv { class: u16_at(header, 0), kind: header[2], value, at })
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = Option<Tlv<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.metadata.len() {
            return None;
        }
        let taken = self.take();
        if taken.is_none() {
            self.at = self.metadata.len();
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn emit(class: u16, kind: u8, value: &[u8], pad: u8) -> Vec<u8> {
        let [high, low] = class.to_be_bytes();
        let mut bytes = [&[high, low, kind, 0x80 | value.len() as u8][..], value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), pad);
        bytes
    }

    #[test]
    fn the_first_of_two_counts_and_an_empty_one_is_there() {
        let bytes = [emit(0, 4, &[1, 2, 3], 0xff), emit(0xfff6, 1, &[], 0), emit(0, 4, &[9], 0)].concat();
        let tlvs = Tlvs::new(&bytes);
        assert_eq!(tlvs.first(0, 4).unwrap().value, [1, 2, 3]);
        assert_eq!((tlvs.first(0xfff6, 1).unwrap().value, tlvs.first(0xfff6, 1).unwrap().at), (&[][..], 12));
        assert_eq!((tlvs.first(0, 5), tlvs.count()), (None, 3));
    }

    #[test]
    fn one_that_is_cut_off_is_no_piece() {
        let bytes = emit(0, 4, &[1; 8], 0);
        for cut in 1..12 {
            assert_eq!(Tlvs::new(&bytes[..cut]).collect::<Vec<_>>(), [None], "{cut}");
        }
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_read(pieces in prop::collection::vec((any::<u16>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..128), any::<u8>()), 0..4)) {
            let bytes: Vec<u8> = pieces.iter().flat_map(|(class, kind, value, pad)| emit(*class, *kind, value, *pad)).collect();
            let read: Vec<_> = Tlvs::new(&bytes).map(|tlv| tlv.map(|tlv| (tlv.class, tlv.kind, tlv.value.to_vec()))).collect();
            let expected: Vec<_> = pieces.into_iter().map(|(class, kind, value, _)| Some((class, kind, value))).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(Tlvs::new(&bytes).count() <= bytes.len() / 4 + 1);
        }
    }
}
