//! The descriptor (spec/channel.md §5): one u64, always handled as one value.
use crate::layout::*;

/// What a ring's slot says: a frame with offset and length, a returned frame with its reason, or a marker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Descriptor(pub u64);

impl Descriptor {
    /// A packet of `length` bytes from `offset` in a frame.
    #[inline]
    pub const fn packet(frame: u32, generation: u8, offset: u16, length: u16) -> Self {
        Self::returned(frame, generation, offset as u32 | (length as u32) << 16)
    }

    /// A frame that ended, for a return ring.
    #[inline]
    pub const fn returned(frame: u32, generation: u8, reason: u32) -> Self {
        Self(frame as u64 | (generation as u64) << DESCRIPTOR_GENERATION_SHIFT | (reason as u64) << 32)
    }

    /// The last word of an epoch on an edge.
    pub const fn marker(epoch: u32) -> Self {
        Self::returned(DESCRIPTOR_MARKER_INDEX, 0, epoch)
    }

    /// Index of the frame.
    #[inline]
    pub const fn frame(self) -> u32 {
        self.0 as u32 & ((1 << DESCRIPTOR_INDEX_BITS) - 1)
    }

    /// The next descriptor continues this packet.
    #[inline]
    pub const fn more(self) -> bool {
        self.0 >> DESCRIPTOR_MORE_BIT & 1 == 1
    }

    /// Generation of the grant that it stems from.
    #[inline]
    pub const fn generation(self) -> u8 {
        (self.0 >> DESCRIPTOR_GENERATION_SHIFT) as u8
    }

    /// First byte in the frame.
    #[inline]
    pub const fn offset(self) -> u16 {
        (self.0 >> DESCRIPTOR_OFFSET_SHIFT) as u16
    }

    /// Bytes.
    #[inline]
    pub const fn length(self) -> u16 {
        (self.0 >> DESCRIPTOR_LENGTH_SHIFT) as u16
    }

    /// Reason on a return ring, epoch of a marker.
    #[inline]
    pub const fn high(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// No frame: the end of an epoch.
    #[inline]
    pub const fn is_marker(self) -> bool {
        self.frame() == DESCRIPTOR_MARKER_INDEX
    }
}

/// What a consumer checks before it uses a descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Frames in the pool.
    pub frames: u32,
    /// Bytes in a frame.
    pub frame_size: u32,
}

impl Bounds {
    /// May be dereferenced.
    #[inline]
    pub fn allow(&self, d: Descriptor) -> bool {
        let first = d.offset() as u32;
        let within = first + d.length() as u32 <= self.frame_size;
        (d.frame() < self.frames) & within & (first >= LIMITS_HEADROOM_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 256 }, failure_persistence: None, ..Default::default() })]

        #[test]
        fn parts_come_back(frame in 0..LIMITS_FRAMES_MAX, generation: u8, offset: u16, length: u16) {
            let d = Descriptor::packet(frame, generation, offset, length);
            prop_assert_eq!((d.frame(), d.generation(), d.offset(), d.length()), (frame, generation, offset, length));
            prop_assert!(!d.more() && !d.is_marker());
        }

        #[test]
        fn allowed_ones_stay_inside(word: u64, frames in 1..5000u32, frame_size in 128..4096u32) {
            let d = Descriptor(word);
            if (Bounds { frames, frame_size }).allow(d) {
                prop_assert!(d.frame() < frames);
                prop_assert!(u32::from(d.offset()) + u32::from(d.length()) <= frame_size);
                prop_assert!(u32::from(d.offset()) >= LIMITS_HEADROOM_MIN);
            }
        }
    }

    #[test]
    fn a_marker_is_never_allowed() {
        let marker = Descriptor::marker(7);
        assert!(marker.is_marker() && marker.high() == 7);
        assert!(!Bounds { frames: LIMITS_FRAMES_MAX, frame_size: 65535 }.allow(marker));
    }
}
