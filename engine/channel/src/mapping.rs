//! The mapped memory of a segment, handed out as atomics only: whatever a peer writes, a read gives some value and nothing worse.
#![allow(unsafe_code)]
use crate::frames::Frames;
use crate::sync::{AtomicU32, AtomicU64};
use rustix::mm::{mmap, MapFlags, ProtFlags};
use std::os::fd::AsFd;
use std::ptr::NonNull;

/// A view of memory that stays mapped until the process ends; that is why it and what it hands out may be copied freely.
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    base: NonNull<u8>,
    length: u64,
}

// SAFETY: the memory lives as long as the process and is reached only by atomics and by the copies of `Frames`.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Map `length` bytes of a file that can't shrink (sealed), for the rest of this process's life.
    pub fn shared(file: impl AsFd, length: u64) -> rustix::io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice; nothing else knows it.
        let base = unsafe {
            mmap(std::ptr::null_mut(), length as usize, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED, file, 0)?
        };
        Ok(Self { base: NonNull::new(base.cast()).ok_or(rustix::io::Errno::NOMEM)?, length })
    }

    /// Memory of this process alone, for tests without an operating system.
    #[cfg(test)]
    pub fn private(length: usize) -> Self {
        let words = (0..length.div_ceil(16)).map(|_| [const { AtomicU64::new(0) }; 2]);
        let words = crate::ring::testing::keep(words.collect::<Vec<_>>());
        Self { base: NonNull::from(&words[..]).cast(), length: length as u64 }
    }

    fn at(&self, offset: u64, bytes: u64, align: u64) -> *mut u8 {
        let end = offset.checked_add(bytes);
        assert!(end.is_some_and(|end| end <= self.length) && offset % align == 0, "outside of the segment");
        // SAFETY: in bounds by the assertion, of a live mapping.
        unsafe { self.base.as_ptr().add(offset as usize) }
    }

    /// The u32 at an offset. Panics outside of the segment.
    pub fn word(&self, offset: u64) -> &'static AtomicU32 {
        // SAFETY: in bounds and aligned (`at`), mapped for ever, and reached by atomics only.
        unsafe { &*self.at(offset, 4, 4).cast::<AtomicU32>() }
    }

    /// `count` u64 from an offset. Panics outside of the segment.
    pub fn longs(&self, offset: u64, count: usize) -> &'static [AtomicU64] {
        let first = self.at(offset, count as u64 * 8, 8).cast::<AtomicU64>();
        // SAFETY: as in `word`.
        unsafe { std::slice::from_raw_parts(first, count) }
    }

    /// The pool. Panics outside of the segment.
    pub fn frames(&self, offset: u64, count: u32, size: u32) -> Frames {
        let base = self.at(offset, u64::from(count) * u64::from(size), 64);
        // SAFETY: in bounds (`at`) and mapped for ever.
        unsafe { Frames::new(base, count, size) }
    }
}
