//! Where rings lie in their region: taken first-fit, given back whole.
use crate::edge::cells;
use crate::header::ring_bytes;
use crate::layout::*;
use crate::ring::Cells;
use crate::segment::{Segment, SegmentError};
use crate::sync::Ordering::Relaxed;

/// A ring's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset in the segment.
    pub start: u64,
    /// A power of two.
    pub capacity: u32,
}

impl Place {
    /// For an edge entry: offset in units of `ring_unit`, and the capacity's logarithm.
    pub fn entry(&self) -> (u32, u8) {
        ((self.start / u64::from(CHANNEL_RING_UNIT)) as u32, self.capacity.trailing_zeros() as u8)
    }
}

/// Free stretches of the region, (start, end), in order.
#[derive(Debug)]
pub struct Rings(Vec<(u64, u64)>);

impl Rings {
    /// All of a segment's region.
    pub fn new(segment: &Segment) -> Self {
        let header = segment.header();
        Self(vec![(header.off_rings, header.off_rings + header.rings_len)])
    }

    fn first_fit(&mut self, bytes: u64) -> Option<u64> {
        let i = self.0.iter().position(|(start, end)| end - start >= bytes)?;
        let start = self.0[i].0;
        self.0[i].0 += bytes;
        if self.0[i].0 == self.0[i].1 {
            self.0.remove(i);
        }
        Some(start)
    }

    /// An empty ring, its memory there.
    pub fn take(&mut self, segment: &Segment, capacity: u32) -> Result<(Place, Cells), SegmentError> {
        let bytes = ring_bytes(capacity);
        let full = || SegmentError::Memory(format!("the channel has no room for a ring of {capacity} entries"));
        let start = self.first_fit(bytes).ok_or_else(full)?;
        let place = Place { start, capacity };
        if let Err(error) = segment.claim(start, bytes) {
            self.give(place);
            return Err(error);
        }
        let cells = cells(&segment.map(), start, capacity);
        for word in [cells.head, cells.want, cells.tail] {
            word.store(0, Relaxed);
        }
        Ok((place, cells))
    }

    /// Nobody uses this ring any more.
    pub fn give(&mut self, place: Place) {
        let (start, end) = (place.start, place.start + ring_bytes(place.capacity));
        let i = self.0.partition_point(|&(other, _)| other < start);
        self.0.insert(i, (start, end));
        if self.0.get(i + 1).is_some_and(|next| next.0 == end) {
            self.0[i].1 = self.0.remove(i + 1).1;
        }
        if i > 0 && self.0[i - 1].1 == start {
            self.0[i - 1].1 = self.0.remove(i).1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_becomes_whole_again() {
        let mut rings = Rings(vec![(4096, 4096 + 10 * ring_bytes(16))]);
        let whole = rings.0.clone();
        let mut places: Vec<_> =
            (0..10).map(|_| Place { start: rings.first_fit(ring_bytes(16)).unwrap(), capacity: 16 }).collect();
        assert!(rings.first_fit(1).is_none());
        places.swap(0, 5);
        places.swap(3, 8);
        places.into_iter().for_each(|place| rings.give(place));
        assert_eq!(rings.0, whole);
    }
}
