//! The segment (spec/channel.md §1): one sealed memfd that holds everything.
use crate::frames::Frames;
use crate::header::{Header, Shape};
use crate::layout::*;
use crate::mapping::Mapping;
use crate::meta::Meta;
use crate::slot::Slot;
use crate::sync::{AtomicU64, Ordering::*};
use rustix::fs::{
    fallocate, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate, memfd_create, FallocateFlags, MemfdFlags, SealFlags,
};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Why there is no segment.
#[derive(Debug)]
pub enum SegmentError {
    /// The memory can't be had.
    Memory(String),
    /// The numbers, or the file, are no channel.
    Invalid(String),
}

/// A mapped segment. Views of it stay valid until the process ends.
#[derive(Debug)]
pub struct Segment {
    map: Mapping,
    header: Header,
    file: OwnedFd,
    made_here: bool,
}

impl Segment {
    /// Make one, with all of its memory but the rings' (see `claim`) really there.
    pub fn create(shape: Shape, instance: [u8; 16]) -> Result<Self, SegmentError> {
        let header = Header::lay_out(shape).map_err(SegmentError::Invalid)?;
        let (needed, available) = (header.off_rings, available_memory());
        let no_memory = |why: String| {
            SegmentError::Memory(format!(
                "no memory for {} frames of {} bytes ({needed} bytes): {why}",
                shape.frames, shape.frame_size
            ))
        };
        if needed > available {
            return Err(no_memory(format!("{available} bytes are available")));
        }
        let make = || -> rustix::io::Result<(OwnedFd, Mapping)> {
            let file = memfd_create("coven-channel", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            ftruncate(&file, header.segment_size)?;
            fallocate(&file, FallocateFlags::empty(), 0, needed)?;
            fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
            let map = Mapping::shared(&file, header.segment_size)?;
            Ok((file, map))
        };
        let (file, map) = make().map_err(|error| no_memory(error.to_string()))?;
        header.write(&map, instance);
        Ok(Self { map, header, file, made_here: true })
    }

    /// Map one that an engine made, after looking at its seals and its header.
    pub fn attach(file: OwnedFd) -> Result<Self, SegmentError> {
        let invalid = |error: rustix::io::Errno| SegmentError::Invalid(format!("the channel can't be mapped: {error}"));
        let length = fstat(&file).map_err(invalid)?.st_size as u64;
        if !fcntl_get_seals(&file).map_err(invalid)?.contains(SealFlags::SHRINK) || length < u64::from(CHANNEL_PAGE) {
            return Err(SegmentError::Invalid("the channel is not sealed".into()));
        }
        let map = Mapping::shared(&file, length).map_err(invalid)?;
        let header = Header::read(&map, length).map_err(SegmentError::Invalid)?;
        Ok(Self { map, header, file, made_here: false })
    }

    /// Have the memory of a part of the segment really there.
    pub fn claim(&self, offset: u64, bytes: u64) -> Result<(), SegmentError> {
        fallocate(&self.file, FallocateFlags::empty(), offset, bytes)
            .map_err(|error| SegmentError::Memory(format!("no memory for a ring of {bytes} bytes: {error}")))
    }

    /// Private copy of the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The mapped memory.
    pub fn map(&self) -> Mapping {
        self.map
    }

    /// The pool.
    pub fn frames(&self) -> Frames {
        self.map.frames(self.header.off_pool, self.header.frame_count, self.header.frame_size)
    }

    /// The metadata table.
    pub fn meta(&self) -> Meta {
        Meta::new(&self.map, &self.header)
    }

    /// The owner table.
    pub fn owners(&self) -> &'static [AtomicU64] {
        self.map.longs(self.header.off_own, self.header.frame_count as usize)
    }

    /// A slot. Panics on one that the segment has not.
    pub fn slot(&self, number: u32) -> Slot {
        assert!(number < self.header.slot_count, "no such slot");
        Slot::new(self.map, self.header.off_slots + u64::from(CHANNEL_PAGE) * u64::from(number))
    }

    /// Say what the channel is doing (a member of `channel_state`).
    pub fn set_state(&self, state: u32) {
        self.map.word(u64::from(HEADER_OFF_STATE)).store(state, Release);
    }
}

impl AsFd for Segment {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for Segment {
    /// The addresses stay taken (views have no life time), the memory does not.
    fn drop(&mut self) {
        if self.made_here {
            let _ = fallocate(&self.file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, 0, self.header.segment_size);
        }
    }
}

/// What the kernel says it could give; asking for more would end some process, maybe not this one.
fn available_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).map_or(u64::MAX, |kib| kib * 1024)
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { frames: 64, frame_size: 2048, components: 2, edge_limit: 16 };

    #[test]
    fn is_the_same_memory_on_both_sides_and_sealed() {
        let ours = Segment::create(SHAPE, [7; 16]).unwrap();
        assert!(ftruncate(&ours.file, 0).is_err() && ftruncate(&ours.file, 1 << 30).is_err(), "sealed");
        let theirs = Segment::attach(ours.file.try_clone().unwrap()).unwrap();
        assert_eq!(theirs.header(), ours.header());
        ours.frames().copy_in(63, 2000, b"packet");
        let mut bytes = [0; 6];
        theirs.frames().copy_out(63, 2000, &mut bytes);
        assert_eq!(&bytes, b"packet");
        drop(ours);
        theirs.frames().copy_out(63, 2000, &mut bytes);
        assert_eq!(bytes, [0; 6], "the memory went with its maker");
    }

    #[test]
    fn says_plainly_that_memory_is_short() {
        let error = Segment::create(Shape { frames: LIMITS_FRAMES_MAX, frame_size: 65_536, ..SHAPE }, [0; 16]).unwrap_err();
        assert!(matches!(error, SegmentError::Memory(why) if why.contains("4194303 frames")));
    }

    #[test]
    fn refuses_a_file_that_can_shrink() {
        let file = memfd_create("x", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
        ftruncate(&file, 1 << 20).unwrap();
        assert!(matches!(Segment::attach(file), Err(SegmentError::Invalid(why)) if why.contains("sealed")));
    }
}
