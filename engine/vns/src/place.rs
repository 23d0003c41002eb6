//! How bytes get into a frame.
use crate::{Fault, Frames, Packet, Received};

/// Shorter is no packet: an Ethernet header.
const SHORTEST: usize = 14;

/// Bytes that fit behind `data_offset`.
#[inline]
pub(crate) fn room(frames: &Frames, data_offset: u16) -> usize {
    (frames.size() as usize).saturating_sub(data_offset.into())
}

/// Why a packet of `original` bytes, of which `captured` are here, can't be taken into `room` bytes.
#[inline]
pub(crate) fn fault(room: usize, captured: usize, original: usize) -> Option<Fault> {
    if original > room {
        Some(Fault::TooLarge)
    } else if captured < original || original < SHORTEST {
        Some(Fault::Truncated)
    } else {
        None
    }
}

/// A packet that can't be taken; nothing of it is in the frame.
#[inline]
pub(crate) fn refused(frame: u32, offset: u16, time_ns: u64, fault: Fault) -> Received {
    Received { packet: Packet { frame, offset, length: 0 }, time_ns, fault: Some(fault) }
}

/// Copy a packet into a frame, or say why not.
#[inline]
pub(crate) fn place(frames: &Frames, frame: u32, offset: u16, bytes: &[u8], original: usize, time_ns: u64) -> Received {
    if let Some(fault) = fault(room(frames, offset), bytes.len(), original) {
        return refused(frame, offset, time_ns, fault);
    }
    frames.copy_in(frame, offset.into(), bytes);
    Received { packet: Packet { frame, offset, length: bytes.len() as u16 }, time_ns, fault: None }
}
