//! The four rings that a socket shares with the kernel: entries of ours that it consumes, and the other way round.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::xdp_ring_offset;

/// A mapped ring; `T` is what the kernel has in it.
struct Ring<T> {
    base: NonNull<u8>,
    bytes: usize,
    at: xdp_ring_offset,
    mask: u32,
    entry: std::marker::PhantomData<T>,
}

// SAFETY: the mapping belongs to this value alone and is not tied to a thread.
unsafe impl<T> Send for Ring<T> {}

impl<T: Copy> Ring<T> {
    /// `page` says which of the socket's rings, `size` (a power of two) and `at` are what the kernel was told and told.
    fn map(socket: BorrowedFd, page: libc::off_t, size: u32, at: xdp_ring_offset) -> io::Result<Self> {
        let bytes = at.desc as usize + size as usize * size_of::<T>();
        let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_POPULATE);
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), bytes, protection, flags, socket.as_raw_fd(), page) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).expect("mmap gives no null without MAP_FIXED");
        Ok(Self { base, bytes, at, mask: size - 1, entry: std::marker::PhantomData })
    }

    fn word(&self, offset: u64) -> &AtomicU32 {
        // SAFETY: the kernel says where in the mapping its words lie, aligned, and shares them as atomics.
        unsafe { AtomicU32::from_ptr(self.base.as_ptr().add(offset as usize).cast()) }
    }

    fn entry(&self, number: u32) -> *mut T {
        // SAFETY: masked, so inside of the entries, which begin at `desc`.
        unsafe { self.base.as_ptr().add(self.at.desc as usize).cast::<T>().add((number & self.mask) as usize) }
    }

    fn producer(&self) -> &AtomicU32 {
        self.word(self.at.producer)
    }

    fn consumer(&self) -> &AtomicU32 {
        self.word(self.at.consumer)
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        // SAFETY: unmaps what `map` mapped; nothing borrows from it any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.bytes) };
    }
}

/// The end of a ring that we fill: the fill ring, the transmit ring.
pub(crate) struct Producer<T> {
    ring: Ring<T>,
    head: u32,
    published: u32,
}

impl<T: Copy> Producer<T> {
    pub fn map(socket: BorrowedFd, page: libc::off_t, size: u32, at: xdp_ring_offset) -> io::Result<Self> {
        Ring::map(socket, page, size, at).map(|ring| Self { ring, head: 0, published: 0 })
    }

    /// Add an entry, unseen until `publish`. The caller keeps no more entries in the ring than it holds.
    #[inline]
    pub fn push(&mut self, entry: T) {
        // SAFETY: a place in the ring that the kernel does not read before it is published.
        unsafe { self.ring.entry(self.head).write(entry) };
        self.head = self.head.wrapping_add(1);
    }

    /// Show the kernel what was added. Release pairs with its load of the producer's cursor. True: there was something.
    #[inline]
    pub fn publish(&mut self) -> bool {
        let any = self.published != self.head;
        if any {
            self.ring.producer().store(self.head, Ordering::Release);
            self.published = self.head;
        }
        any
    }

    /// Entries that the kernel has not consumed.
    pub fn waiting(&self) -> u32 {
        self.published.wrapping_sub(self.ring.consumer().load(Ordering::Acquire))
    }

    /// Does the kernel want to be told of what was published (XDP_USE_NEED_WAKEUP)?
    #[inline]
    pub fn wants_wakeup(&self) -> bool {
        self.ring.word(self.ring.at.flags).load(Ordering::Relaxed) & libc::XDP_RING_NEED_WAKEUP != 0
    }
}

/// The end of a ring that we empty: the receive ring, the completion ring.
pub(crate) struct Consumer<T> {
    ring: Ring<T>,
    tail: u32,
    seen: u32,
}

impl<T: Copy> Consumer<T> {
    pub fn map(socket: BorrowedFd, page: libc::off_t, size: u32, at: xdp_ring_offset) -> io::Result<Self> {
        Ring::map(socket, page, size, at).map(|ring| Self { ring, tail: 0, seen: 0 })
    }

    /// The next entry. Acquire pairs with the kernel's store of the producer's cursor.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.tail == self.seen {
            self.seen = self.ring.producer().load(Ordering::Acquire);
            if self.tail == self.seen {
                return None;
            }
        }
        // SAFETY: the kernel published this entry and leaves it alone until it is released.
        let entry = unsafe { self.ring.entry(self.tail).read() };
        self.tail = self.tail.wrapping_add(1);
        Some(entry)
    }

    /// Give what was popped back to the kernel.
    #[inline]
    pub fn release(&mut self) {
        self.ring.consumer().store(self.tail, Ordering::Release);
    }
}
