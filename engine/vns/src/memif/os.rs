//! Bytes between the memory of a memif peer and the pool, both of which others may write at any time.
#![allow(unsafe_code)]

use memif::Piece;

use crate::Frames;

/// Copy a piece into a frame, at `at`. Panics outside of the pool.
#[inline]
pub(crate) fn copy_in(frames: &Frames, frame: u32, at: u32, piece: &Piece) {
    let to = frames.pointer(frame, at, piece.length as u32);
    // SAFETY: `pointer` checked the one side, memif the other, which is borrowed; the two are different mappings.
    unsafe { std::ptr::copy_nonoverlapping(piece.pointer(), to, piece.length) }
}

/// Copy from a frame, at `at`, into a piece. Panics outside of the pool.
#[inline]
pub(crate) fn copy_out(frames: &Frames, frame: u32, at: u32, piece: &Piece) {
    let from = frames.pointer(frame, at, piece.length as u32);
    // SAFETY: as in `copy_in`.
    unsafe { std::ptr::copy_nonoverlapping(from, piece.pointer(), piece.length) }
}
