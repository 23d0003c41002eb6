//! Shared memory and what lies in it: the only file of this crate that touches it. What it offers is safe, in bounds whatever the
//! other side writes; bytes are copied in and out, never borrowed.
#![allow(unsafe_code)]

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::Arc;

use rustix::fs::{self, MemfdFlags, SealFlags};
use rustix::mm::{mmap, munmap, MapFlags, ProtFlags};

/// Offsets have 32 bits.
const MOST_BYTES: u64 = 1 << 32;
/// `statfs` of a memfd without huge pages.
const TMPFS: u64 = 0x0102_1994;

pub struct Region {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping belongs to this value alone, is tied to no thread, and is accessed by copies and atomics only.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    /// Memory of our own, of a size that nobody can change any more.
    pub fn create(bytes: usize) -> io::Result<(Self, OwnedFd)> {
        let file = fs::memfd_create("coven-memif", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        fs::ftruncate(&file, bytes as u64)?;
        fs::fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Self::map(&file, bytes).map(|region| (region, file))
    }

    /// The peer's memory. It has to be sealed against shrinking: touching pages that it took away again would end the process.
    pub fn adopt(file: &OwnedFd, bytes: u64) -> Result<Self, &'static str> {
        let sealed = fs::fcntl_get_seals(file).is_ok_and(|seals| seals.contains(SealFlags::SHRINK));
        let plain = fs::fstatfs(file).is_ok_and(|about| about.f_type as u64 == TMPFS);
        if !sealed || !plain {
            return Err("a region has to be a memfd without huge pages that is sealed against shrinking (F_SEAL_SHRINK)");
        }
        let there = fs::fstat(file).map_or(0, |about| about.st_size as u64);
        if bytes == 0 || bytes > MOST_BYTES || bytes > there {
            return Err("a region is smaller than stated, empty, or larger than 4 GiB");
        }
        Self::map(file, bytes as usize).map_err(|_| "a region can't be mapped")
    }

    fn map(file: impl AsFd, bytes: usize) -> io::Result<Self> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let base = unsafe { mmap(ptr::null_mut(), bytes, protection, MapFlags::SHARED, file, 0)? };
        Ok(Self { base: NonNull::new(base.cast()).expect("mmap gives no null without MAP_FIXED"), bytes })
    }

    /// So many bytes from `at` on; none if they are not all inside.
    #[inline]
    pub fn piece(&self, at: usize, length: usize) -> Option<Piece<'_>> {
        let inside = at.checked_add(length)? <= self.bytes;
        // SAFETY: inside of the mapping.
        inside.then(|| Piece { pointer: unsafe { self.base.as_ptr().add(at) }, length, region: PhantomData })
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: unmaps what `map` mapped; rings hold the region, and pieces borrow it.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), self.bytes) };
    }
}

/// Bytes of a packet, or room for them, in shared memory: they may change at any time.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    pointer: *mut u8,
    /// How many.
    pub length: usize,
    region: PhantomData<&'a Region>,
}

impl Piece<'_> {
    /// Where they lie, for a copy to or from other shared memory while the piece lives.
    pub fn pointer(&self) -> *mut u8 {
        self.pointer
    }

    /// Copy out; `to` has the same length.
    pub fn copy_to(&self, to: &mut [u8]) {
        assert_eq!(to.len(), self.length);
        // SAFETY: in bounds of a mapping that is borrowed (`Region::piece`); private memory can't overlap it.
        unsafe { ptr::copy_nonoverlapping(self.pointer, to.as_mut_ptr(), self.length) }
    }

    /// Copy in; `from` has the same length.
    pub fn copy_from(&self, from: &[u8]) {
        assert_eq!(from.len(), self.length);
        // SAFETY: as in `copy_to`.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), self.pointer, self.length) }
    }
}

/// memif_desc_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Descriptor {
    pub flags: u16,
    pub region: u16,
    pub length: u32,
    pub offset: u32,
    pub metadata: u32,
}

/// MEMIF_DESC_FLAG_NEXT: the packet goes on in the next descriptor.
pub const NEXT: u16 = 1;

/// Cursors have 16 bits.
pub const MOST_LOG2: u8 = 15;
const COOKIE: u32 = 0x03E3_1F20;
const MASK_INT: u16 = 1;
const FLAGS: usize = 4;
const HEAD: usize = 6;
const TAIL: usize = 64;
const DESCRIPTORS: usize = 128;
const DESCRIPTOR: usize = size_of::<Descriptor>();

/// memif_ring_t in a region.
pub struct Ring {
    start: NonNull<u8>,
    mask: u16,
    _region: Arc<Region>,
}

// SAFETY: it keeps its region alive, and accesses it by copies and atomics only.
unsafe impl Send for Ring {}

impl Ring {
    /// Bytes of a ring.
    pub const fn bytes(log2: u8) -> usize {
        DESCRIPTORS + (DESCRIPTOR << log2)
    }

    /// A new one, empty, at a multiple of 16. None: it does not fit there.
    pub fn create(region: &Arc<Region>, at: usize, log2: u8) -> Option<Self> {
        region.piece(at, 4)?.copy_from(&COOKIE.to_ne_bytes());
        Self::adopt(region, at, log2)
    }

    /// One that the peer says is there.
    pub fn adopt(region: &Arc<Region>, at: usize, log2: u8) -> Option<Self> {
        if log2 > MOST_LOG2 || at % 16 != 0 {
            return None;
        }
        let start = NonNull::new(region.piece(at, Self::bytes(log2))?.pointer)?;
        let mut cookie = [0; 4];
        region.piece(at, 4)?.copy_to(&mut cookie);
        let right = u32::from_ne_bytes(cookie) == COOKIE;
        right.then(|| Self { start, mask: ((1u32 << log2) - 1) as u16, _region: region.clone() })
    }

    /// How many descriptors it has.
    pub fn size(&self) -> u32 {
        u32::from(self.mask) + 1
    }

    #[inline]
    fn word(&self, at: usize) -> &AtomicU16 {
        // SAFETY: in the ring (`adopt`), aligned as it is at a multiple of 16, and the peer has it as an atomic.
        unsafe { AtomicU16::from_ptr(self.start.as_ptr().add(at).cast()) }
    }

    /// Cursor of the client: packets to the server, buffers for packets from it.
    #[inline]
    pub fn head(&self) -> u16 {
        self.word(HEAD).load(Ordering::Acquire)
    }

    #[inline]
    pub fn set_head(&self, head: u16) {
        self.word(HEAD).store(head, Ordering::Release);
    }

    /// Cursor of the server: packets taken, buffers filled.
    #[inline]
    pub fn tail(&self) -> u16 {
        self.word(TAIL).load(Ordering::Acquire)
    }

    #[inline]
    pub fn set_tail(&self, tail: u16) {
        self.word(TAIL).store(tail, Ordering::Release);
    }

    /// Does the receiver of packets want no interrupts?
    #[inline]
    pub fn is_masked(&self) -> bool {
        self.word(FLAGS).load(Ordering::Relaxed) & MASK_INT != 0
    }

    /// Said by the receiver, whose word it is.
    pub fn set_masked(&self, masked: bool) {
        self.word(FLAGS).store(if masked { MASK_INT } else { 0 }, Ordering::Relaxed);
    }

    #[inline]
    fn at(&self, slot: u16) -> *mut Descriptor {
        // SAFETY: masked, so inside of the descriptors, which the ring has room for (`adopt`).
        unsafe { self.start.as_ptr().add(DESCRIPTORS + usize::from(slot & self.mask) * DESCRIPTOR).cast() }
    }

    /// A copy.
    #[inline]
    pub fn descriptor(&self, slot: u16) -> Descriptor {
        // SAFETY: a plain struct of integers, aligned; volatile, so that it is read once whatever the peer does.
        unsafe { self.at(slot).read_volatile() }
    }

    #[inline]
    pub fn set_descriptor(&self, slot: u16, descriptor: Descriptor) {
        // SAFETY: as above.
        unsafe { self.at(slot).write_volatile(descriptor) }
    }
}
