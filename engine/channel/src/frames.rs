//! The frames of the pool, shared with processes that may write them at any time: bytes are copied in and out, never borrowed.
#![allow(unsafe_code)]
use std::sync::atomic::{compiler_fence, Ordering};

/// The pool region of a mapped segment. Cloning copies the view, not the frames; the mapping must outlive every view.
#[derive(Clone, Copy, Debug)]
pub struct Frames {
    base: *mut u8,
    count: u32,
    size: u32,
}

// A view of shared memory: access is by copy, races change content only (spec/channel.md §6).
unsafe impl Send for Frames {}

impl Frames {
    /// # Safety
    /// `base` points to `count * size` bytes that stay mapped, readable and writable as long as any copy of this view lives.
    pub unsafe fn new(base: *mut u8, count: u32, size: u32) -> Self {
        Self { base, count, size }
    }

    /// A pool of zeros in private memory that is never given back: for tests and tools without a segment.
    pub fn leaked(count: u32, size: u32) -> Self {
        let memory = Box::leak(vec![0u8; count as usize * size as usize].into_boxed_slice());
        Self { base: memory.as_mut_ptr(), count, size }
    }

    /// Frames in the pool.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Bytes in a frame.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Address of a byte of a frame; for the OS edge of a port. Panics outside of the pool.
    #[inline]
    pub fn pointer(&self, frame: u32, offset: u32, length: u32) -> *mut u8 {
        assert!(frame < self.count && offset as u64 + length as u64 <= self.size as u64, "outside of the pool");
        // SAFETY: in bounds by the assertion; the mapping is alive by the contract of `new`.
        unsafe { self.base.add(frame as usize * self.size as usize + offset as usize) }
    }

    /// Say that the cache line with a byte of a frame is about to be written.
    #[inline]
    pub fn expect_write(&self, frame: u32, offset: u32) {
        prefetch_for_write(self.base.wrapping_add(frame as usize * self.size as usize + offset as usize));
    }

    /// Copy bytes into a frame. Panics outside of the pool.
    #[inline]
    pub fn copy_in(&self, frame: u32, offset: u32, from: &[u8]) {
        let to = self.pointer(frame, offset, from.len() as u32);
        // SAFETY: `pointer` checked the range; a private slice can't overlap the shared pool.
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) }
    }

    /// Copy bytes out of a frame. What is checked afterwards is the copy: the compiler may not read the frame a second time in its
    /// place, though it sees nobody who could have written there. Panics outside of the pool.
    #[inline]
    pub fn copy_out(&self, frame: u32, offset: u32, to: &mut [u8]) {
        let from = self.pointer(frame, offset, to.len() as u32);
        // SAFETY: as in `copy_in`.
        unsafe { std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), to.len()) }
        compiler_fence(Ordering::Acquire);
    }
}

/// Have the cache line of something private at hand soon.
#[inline]
pub fn expect_use<T>(what: &T) {
    prefetch_for_write(std::ptr::from_ref(what).cast());
}

/// A hint: nothing is read or written, whatever the address.
#[inline]
fn prefetch_for_write(at: *const u8) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: changes caches only.
    unsafe {
        std::arch::asm!("prefetchw [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: changes caches only.
    unsafe {
        std::arch::asm!("prfm pstl1keep, [{}]", in(reg) at, options(nostack, preserves_flags, readonly));
    }
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let _ = at;
}
