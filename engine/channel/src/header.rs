//! The header of a segment (spec/channel.md §1): where its regions are. Copied into private memory once, checked there.
use crate::layout::*;
use crate::mapping::Mapping;
use crate::sync::Ordering::Relaxed;

/// What decides the size of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Frames in the pool.
    pub frames: u32,
    /// Bytes in a frame.
    pub frame_size: u32,
    /// Slots of components, beside slot 0.
    pub components: u32,
    /// Usual limit of an edge.
    pub edge_limit: u32,
}

/// Bytes of a ring with this capacity.
pub fn ring_bytes(capacity: u32) -> u64 {
    (u64::from(RING_OFF_SLOTS) + 8 * u64::from(capacity)).next_multiple_of(u64::from(CHANNEL_LINE))
}

/// Capacity of an edge's ring: a marker always fits (spec/channel.md §2).
pub fn edge_capacity(limit: u32) -> u32 {
    (limit + LIMITS_EDGE_SLACK).next_power_of_two()
}

/// Private copy of the header's fixed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the segment.
    pub segment_size: u64,
    /// Frames in the pool.
    pub frame_count: u32,
    /// Bytes in a frame.
    pub frame_size: u32,
    /// Where data starts in a frame.
    pub data_offset: u32,
    /// Usual limit of an edge.
    pub edge_limit: u32,
    /// Slots, with slot 0.
    pub slot_count: u32,
    /// Offsets of the regions.
    pub off_slots: u64,
    /// Metadata table.
    pub off_meta: u64,
    /// Owner table.
    pub off_own: u64,
    /// Frames.
    pub off_pool: u64,
    /// Rings.
    pub off_rings: u64,
    /// Bytes of the rings' region.
    pub rings_len: u64,
}

const EDGES_A_SLOT: u64 = 16;

const POOL_ALIGNMENT: u64 = 65_536;

impl Header {
    /// Lay the regions out. An error says which number can't be.
    pub fn lay_out(shape: Shape) -> Result<Self, String> {
        within("frames", shape.frames, 1, LIMITS_FRAMES_MAX)?;
        within("frame_size", shape.frame_size, 512, 65_536)?;
        within("slots", shape.components, 0, LIMITS_SLOTS_MAX - 1)?;
        within("edge_limit", shape.edge_limit, 1, 1 << 20)?;
        if shape.frame_size % 64 != 0 {
            return Err(format!("frame_size {} is no multiple of 64", shape.frame_size));
        }
        let page = u64::from(CHANNEL_PAGE);
        let up = |bytes: u64| bytes.next_multiple_of(page);
        let slot_count = shape.components + 1;
        let frames = u64::from(shape.frames);
        let returns = ring_bytes(shape.frames.next_power_of_two()) + ring_bytes(edge_capacity(LIMITS_ALLOC_LIMIT));
        let rings_len = up(u64::from(slot_count) * (returns + EDGES_A_SLOT * ring_bytes(edge_capacity(shape.edge_limit))));
        let off_slots = page;
        let off_meta = off_slots + page * u64::from(slot_count);
        let off_own = off_meta + up(frames * u64::from(META_SIZE));
        // AF_XDP takes frames that begin at a page of the machine: of 64 KiB at most, on arm64.
        let off_pool = (off_own + up(frames * 8)).next_multiple_of(POOL_ALIGNMENT);
        let off_rings = off_pool + up(frames * u64::from(shape.frame_size));
        Ok(Self {
            segment_size: off_rings + rings_len,
            frame_count: shape.frames,
            frame_size: shape.frame_size,
            data_offset: LIMITS_DATA_OFFSET_DEFAULT,
            edge_limit: shape.edge_limit,
            slot_count,
            off_slots,
            off_meta,
            off_own,
            off_pool,
            off_rings,
            rings_len,
        })
    }

    /// Write it; the magic goes last.
    pub fn write(&self, map: &Mapping, instance: [u8; 16]) {
        let long = |offset: u32, value: u64| map.longs(u64::from(offset), 1)[0].store(value, Relaxed);
        let word = |offset: u32, value: u32| map.word(u64::from(offset)).store(value, Relaxed);
        word(HEADER_OFF_MAJOR, CHANNEL_MAJOR | CHANNEL_MINOR << 16);
        word(HEADER_OFF_HEADER_LEN, HEADER_OFF_ENGINE_PID + 4);
        for (i, half) in instance.chunks_exact(8).enumerate() {
            long(HEADER_OFF_INSTANCE + 8 * i as u32, u64::from_le_bytes(half.try_into().unwrap_or_default()));
        }
        for (offset, value) in self.words() {
            word(offset, value);
        }
        for (offset, value) in self.longs() {
            long(offset, value);
        }
        word(HEADER_OFF_INCARNATION, 1);
        word(HEADER_OFF_ENGINE_PID, std::process::id());
        long(HEADER_OFF_MAGIC, CHANNEL_MAGIC);
    }

    fn words(&self) -> [(u32, u32); 6] {
        [
            (HEADER_OFF_FRAME_COUNT, self.frame_count),
            (HEADER_OFF_FRAME_SIZE, self.frame_size),
            (HEADER_OFF_DATA_OFFSET, self.data_offset),
            (HEADER_OFF_EDGE_LIMIT, self.edge_limit),
            (HEADER_OFF_SLOT_COUNT, self.slot_count),
            (HEADER_OFF_SLOT_STRIDE, CHANNEL_PAGE),
        ]
    }

    fn longs(&self) -> [(u32, u64); 7] {
        [
            (HEADER_OFF_SEGMENT_SIZE, self.segment_size),
            (HEADER_OFF_OFF_SLOTS, self.off_slots),
            (HEADER_OFF_OFF_META, self.off_meta),
            (HEADER_OFF_OFF_OWN, self.off_own),
            (HEADER_OFF_OFF_POOL, self.off_pool),
            (HEADER_OFF_OFF_RINGS, self.off_rings),
            (HEADER_OFF_RINGS_LEN, self.rings_len),
        ]
    }

    /// Read and check the header of a segment of `length` bytes; the error says what is wrong with it.
    pub fn read(map: &Mapping, length: u64) -> Result<Self, String> {
        let long = |offset: u32| map.longs(u64::from(offset), 1)[0].load(Relaxed);
        let word = |offset: u32| map.word(u64::from(offset)).load(Relaxed);
        let stride = word(HEADER_OFF_SLOT_STRIDE);
        if long(HEADER_OFF_MAGIC) != CHANNEL_MAGIC {
            return Err("this is no COVEN channel".into());
        }
        let (major, required) = (word(HEADER_OFF_MAJOR) & 0xffff, long(HEADER_OFF_FEATURES_REQUIRED));
        if major != CHANNEL_MAJOR || required != 0 {
            return Err(format!(
                "channel version {major} with features {required:#x}; this side speaks {CHANNEL_MAJOR} with 0x0"
            ));
        }
        let header = Self {
            segment_size: long(HEADER_OFF_SEGMENT_SIZE),
            frame_count: word(HEADER_OFF_FRAME_COUNT),
            frame_size: word(HEADER_OFF_FRAME_SIZE),
            data_offset: word(HEADER_OFF_DATA_OFFSET),
            edge_limit: word(HEADER_OFF_EDGE_LIMIT),
            slot_count: word(HEADER_OFF_SLOT_COUNT),
            off_slots: long(HEADER_OFF_OFF_SLOTS),
            off_meta: long(HEADER_OFF_OFF_META),
            off_own: long(HEADER_OFF_OFF_OWN),
            off_pool: long(HEADER_OFF_OFF_POOL),
            off_rings: long(HEADER_OFF_OFF_RINGS),
            rings_len: long(HEADER_OFF_RINGS_LEN),
        };
        if stride == CHANNEL_PAGE && header.fits(length) {
            Ok(header)
        } else {
            Err("the channel's header contradicts its size".into())
        }
    }

    fn fits(&self, length: u64) -> bool {
        let page = u64::from(CHANNEL_PAGE);
        let frames = u64::from(self.frame_count);
        let regions = [
            (self.off_slots, page * u64::from(self.slot_count)),
            (self.off_meta, frames * u64::from(META_SIZE)),
            (self.off_own, frames * 8),
            (self.off_pool, frames * u64::from(self.frame_size)),
            (self.off_rings, self.rings_len),
        ];
        self.segment_size == length
            && self.frame_count <= LIMITS_FRAMES_MAX
            && self.slot_count <= LIMITS_SLOTS_MAX
            && regions
                .iter()
                .all(|&(start, bytes)| start % page == 0 && start.checked_add(bytes).is_some_and(|end| end <= length))
    }
}

fn within(name: &str, value: u32, least: u32, most: u32) -> Result<(), String> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!("{name} is {value}; it has to be from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { frames: 8, frame_size: 512, components: 2, edge_limit: 8 };

    #[test]
    fn reads_what_it_wrote() {
        let header = Header::lay_out(SHAPE).unwrap();
        let map = Mapping::private(header.segment_size as usize);
        assert!(Header::read(&map, header.segment_size).is_err(), "no magic yet");
        header.write(&map, *b"0123456789abcdef");
        assert_eq!(Header::read(&map, header.segment_size), Ok(header));
        assert!(Header::read(&map, header.segment_size - 1).is_err());
        map.word(u64::from(HEADER_OFF_FRAME_COUNT)).store(1 << 20, Relaxed);
        assert!(Header::read(&map, header.segment_size).unwrap_err().contains("contradicts"));
    }

    #[test]
    fn refuses_what_has_no_room() {
        for (shape, word) in [
            (Shape { frames: 0, ..SHAPE }, "frames"),
            (Shape { frame_size: 600, ..SHAPE }, "frame_size"),
            (Shape { components: 64, ..SHAPE }, "slots"),
            (Shape { edge_limit: 0, ..SHAPE }, "edge_limit"),
        ] {
            assert!(Header::lay_out(shape).unwrap_err().contains(word));
        }
    }

    #[test]
    fn a_marker_always_fits() {
        assert!((1..2000).all(|limit| edge_capacity(limit) >= limit + LIMITS_EDGE_SLACK));
    }
}
