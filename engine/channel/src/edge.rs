//! An entry of an edge table (spec/channel.md §4), and the ring that it names.
use crate::header::Header;
use crate::layout::*;
use crate::mapping::Mapping;
use crate::ring::Cells;

/// Private copy of one entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Offset of the ring, in units of `ring_unit` bytes.
    pub ring: u32,
    /// Its number in owner words.
    pub id: u16,
    /// A member of `role`; 0 ends the table.
    pub role: u8,
    /// Bits of `edge_flag`.
    pub flags: u8,
    /// Number of the component's output.
    pub output: u16,
    /// Slot at the other end.
    pub peer: u16,
    /// Capacity is 1 << this.
    pub cap_log2: u8,
    /// Routes that share a component are told apart by it.
    pub lane: u8,
    /// Most descriptors to lie there.
    pub limit: u32,
    /// Edges whose markers open this input.
    pub after: [u16; 4],
    /// Post a marker of this epoch when leaving; 0: none.
    pub marker_epoch: u32,
    /// For the flow hash among replicas.
    pub seed: u32,
    /// For the flow hash among replicas.
    pub weight: u32,
}

impl Edge {
    pub(crate) fn words(&self) -> [u32; EDGE_SIZE as usize / 4] {
        let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        [
            self.ring,
            pair(self.id, u16::from_le_bytes([self.role, self.flags])),
            pair(self.output, self.peer),
            pair(u16::from_le_bytes([self.cap_log2, self.lane]), 0),
            self.limit,
            pair(self.after[0], self.after[1]),
            pair(self.after[2], self.after[3]),
            self.marker_epoch,
            self.seed,
            self.weight,
            0,
            0,
        ]
    }

    pub(crate) fn from_words(words: [u32; EDGE_SIZE as usize / 4]) -> Self {
        let low = |word: u32| word as u16;
        let high = |word: u32| (word >> 16) as u16;
        let [role, flags] = high(words[1]).to_le_bytes();
        let [cap_log2, lane] = low(words[3]).to_le_bytes();
        Self {
            ring: words[0],
            id: low(words[1]),
            role,
            flags,
            output: low(words[2]),
            peer: high(words[2]),
            cap_log2,
            lane,
            limit: words[4],
            after: [low(words[5]), high(words[5]), low(words[6]), high(words[6])],
            marker_epoch: words[7],
            seed: words[8],
            weight: words[9],
        }
    }

    /// The ring that it names, if that lies in the rings' region and its numbers agree.
    pub fn cells(&self, map: &Mapping, header: &Header) -> Option<Cells> {
        let capacity = 1u32.checked_shl(u32::from(self.cap_log2)).filter(|&c| c <= 1 << 23)?;
        let start = u64::from(self.ring) * u64::from(CHANNEL_RING_UNIT);
        let end = start + u64::from(RING_OFF_SLOTS) + 8 * u64::from(capacity);
        let inside = start >= header.off_rings && end <= header.off_rings + header.rings_len;
        let agree = start % u64::from(CHANNEL_LINE) == 0 && self.limit <= capacity;
        (inside && agree).then(|| cells(map, start, capacity))
    }
}

/// The ring at an offset. Panics outside of the segment.
pub fn cells(map: &Mapping, start: u64, capacity: u32) -> Cells {
    Cells {
        head: map.word(start + u64::from(RING_OFF_HEAD)),
        want: map.word(start + u64::from(RING_OFF_WANT)),
        tail: map.word(start + u64::from(RING_OFF_TAIL)),
        slots: map.longs(start + u64::from(RING_OFF_SLOTS), capacity as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Shape;

    #[test]
    fn entries_are_laid_out_as_the_contract_says() {
        let edge = Edge {
            ring: 1,
            id: 2,
            role: 3,
            flags: 4,
            output: 5,
            peer: 6,
            cap_log2: 7,
            lane: 8,
            limit: 9,
            after: [10, 11, 12, 13],
            marker_epoch: 14,
            seed: 15,
            weight: 16,
        };
        let bytes: Vec<u8> = edge.words().iter().flat_map(|w| w.to_le_bytes()).collect();
        let at = |offset: u32| bytes[offset as usize];
        assert_eq!([at(EDGE_OFF_RING), at(EDGE_OFF_ID), at(EDGE_OFF_ROLE), at(EDGE_OFF_FLAGS)], [1, 2, 3, 4]);
        assert_eq!([at(EDGE_OFF_OUTPUT), at(EDGE_OFF_PEER), at(EDGE_OFF_CAP_LOG2), at(EDGE_OFF_LANE)], [5, 6, 7, 8]);
        assert_eq!([at(EDGE_OFF_LIMIT), at(EDGE_OFF_AFTER), at(EDGE_OFF_AFTER + 6)], [9, 10, 13]);
        assert_eq!([at(EDGE_OFF_MARKER_EPOCH), at(EDGE_OFF_SEED), at(EDGE_OFF_WEIGHT)], [14, 15, 16]);
        assert_eq!(Edge::from_words(edge.words()), edge);
    }

    #[test]
    fn a_ring_outside_of_its_region_is_none() {
        let header = Header::lay_out(Shape { frames: 8, frame_size: 512, components: 1, edge_limit: 8 }).unwrap();
        let map = Mapping::private(header.segment_size as usize);
        let ring = (header.off_rings / 64) as u32;
        let good = Edge { ring, cap_log2: 4, limit: 8, role: 1, ..Edge::default() };
        assert!(good.cells(&map, &header).is_some());
        for bad in [
            Edge { ring: 0, ..good },
            Edge { ring: u32::MAX, ..good },
            Edge { ring: ring + 1, ..good },
            Edge { cap_log2: 255, ..good },
            Edge { limit: 17, ..good },
        ] {
            assert!(bad.cells(&map, &header).is_none());
        }
    }
}
