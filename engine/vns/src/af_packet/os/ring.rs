//! The receive ring (TPACKET_V2): one slot a packet, handed over the moment it arrives; V3 holds blocks back until they are full.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{tpacket2_hdr, tpacket_req, TP_STATUS_COPY, TP_STATUS_KERNEL, TP_STATUS_USER};
use libc::{TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID};
use wire::{ether_type, Tag};

use super::OFFLOAD_LENGTH;

/// Memory of a ring: 2,048 packets of the usual MTU.
const RING_BYTES: usize = 4 << 20;
const BLOCK_BYTES: usize = 1 << 16;
/// Headers of the kernel in front of the packet, with room for its alignment.
const SLOT_OVERHEAD: usize = 128;

/// A packet in the ring; its bytes stay until the slot is released.
pub(crate) struct Slot<'a> {
    /// What the slot holds of the packet.
    pub bytes: &'a [u8],
    /// Bytes that the packet has, without the tag.
    pub original: usize,
    /// The whole packet waits in the socket's queue.
    pub queued: bool,
    pub offload: [u8; OFFLOAD_LENGTH],
    /// The tag that the kernel took out.
    pub tag: Option<Tag>,
    pub time_ns: u64,
}

pub(crate) struct Ring {
    base: NonNull<u8>,
    slot_bytes: usize,
    slots: usize,
    next: usize,
}

// SAFETY: the mapping belongs to this value alone and is not tied to a thread.
unsafe impl Send for Ring {}

impl Ring {
    /// The layout for packets of up to `largest` bytes: power of two slots that fill blocks.
    pub fn request(largest: usize) -> tpacket_req {
        let slot = (largest + SLOT_OVERHEAD).next_power_of_two().clamp(2048, BLOCK_BYTES);
        tpacket_req {
            tp_block_size: BLOCK_BYTES as u32,
            tp_block_nr: (RING_BYTES / BLOCK_BYTES) as u32,
            tp_frame_size: slot as u32,
            tp_frame_nr: (RING_BYTES / slot) as u32,
        }
    }

    /// Map the ring that `socket` was given by this request.
    pub fn map(socket: BorrowedFd, request: &tpacket_req) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), RING_BYTES, protection, libc::MAP_SHARED, socket.as_raw_fd(), 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).expect("mmap gives no null without MAP_FIXED");
        Ok(Self { base, slot_bytes: request.tp_frame_size as usize, slots: request.tp_frame_nr as usize, next: 0 })
    }

    /// First byte of the slot that is next.
    fn at(&self) -> *mut u8 {
        // SAFETY: `next < slots` and all slots lie in the mapping (`request`).
        unsafe { self.base.as_ptr().add(self.next * self.slot_bytes) }
    }

    fn status(&self) -> &AtomicU32 {
        // SAFETY: the status is the slot's first field, aligned (slots are powers of two), and shared with the kernel as an atomic.
        unsafe { AtomicU32::from_ptr(self.at().cast()) }
    }

    /// The oldest packet. Acquire pairs with the kernel's barrier before it hands the slot over.
    #[inline]
    pub fn front(&self) -> Option<Slot<'_>> {
        let status = self.status().load(Ordering::Acquire);
        if status & TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: the kernel wrote the header before the status and leaves the slot alone until it is released.
        let header = unsafe { self.at().cast::<tpacket2_hdr>().read() };
        let start = usize::from(header.tp_mac).clamp(OFFLOAD_LENGTH, self.slot_bytes);
        let length = (header.tp_snaplen as usize).min(self.slot_bytes - start);
        // SAFETY: clamped to the slot, which is ours while the borrow lasts: `release` needs `&mut self`.
        let (bytes, offload) = unsafe {
            let packet = self.at().add(start);
            (std::slice::from_raw_parts(packet, length), packet.sub(OFFLOAD_LENGTH).cast::<[u8; OFFLOAD_LENGTH]>().read())
        };
        Some(Slot {
            bytes,
            original: header.tp_len as usize,
            queued: status & TP_STATUS_COPY != 0,
            offload,
            tag: tag(status, &header),
            time_ns: u64::from(header.tp_sec) * 1_000_000_000 + u64::from(header.tp_nsec),
        })
    }

    /// Give the oldest packet's slot back to the kernel.
    #[inline]
    pub fn release(&mut self) {
        self.status().store(TP_STATUS_KERNEL, Ordering::Release);
        self.next = if self.next + 1 == self.slots { 0 } else { self.next + 1 };
    }
}

fn tag(status: u32, header: &tpacket2_hdr) -> Option<Tag> {
    let protocol = if status & TP_STATUS_VLAN_TPID_VALID != 0 { header.tp_vlan_tpid } else { ether_type::VLAN };
    (status & TP_STATUS_VLAN_VALID != 0).then_some(Tag { protocol, control: header.tp_vlan_tci })
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: maps what `map` mapped, and no slot is borrowed any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), RING_BYTES) };
    }
}
