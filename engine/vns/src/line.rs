//! A bounded line of packets in private memory: a port that holds packets between calls holds copies, never frames.
use std::collections::VecDeque;

use crate::place::place;
use crate::{Frames, Packet, Received};

/// Packets that wait at most.
pub(crate) const LINE_PACKETS: usize = 1024;

/// `T` is what is known of a packet besides its bytes.
pub(crate) struct Line<T> {
    bytes: Vec<u8>,
    stride: usize,
    waiting: VecDeque<(u16, T)>,
    first: usize,
}

impl<T> Line<T> {
    /// Memory is taken with the first packet.
    pub fn new() -> Self {
        Self { bytes: Vec::new(), stride: 0, waiting: VecDeque::with_capacity(LINE_PACKETS), first: 0 }
    }

    /// Packets that still fit.
    pub fn room(&self) -> usize {
        LINE_PACKETS - self.waiting.len()
    }

    /// What is known of the first one.
    pub fn front(&self) -> Option<&T> {
        self.waiting.front().map(|(_, known)| known)
    }

    /// Copy a packet to the end; the caller knows that there is room.
    pub fn push(&mut self, frames: &Frames, packet: Packet, known: T) {
        if self.bytes.is_empty() {
            self.stride = frames.size() as usize;
            self.bytes = vec![0; self.stride * LINE_PACKETS];
        }
        let slot = (self.first + self.waiting.len()) % LINE_PACKETS * self.stride;
        frames.copy_out(packet.frame, packet.offset.into(), &mut self.bytes[slot..][..packet.length.into()]);
        self.waiting.push_back((packet.length, known));
    }

    /// Move the first one into a frame.
    pub fn pop(&mut self, frames: &Frames, frame: u32, offset: u16, time_ns: impl Fn(&T) -> u64) -> Option<Received> {
        let (length, known) = self.waiting.pop_front()?;
        let bytes = &self.bytes[self.first * self.stride..][..length.into()];
        self.first = (self.first + 1) % LINE_PACKETS;
        Some(place(frames, frame, offset, bytes, bytes.len(), time_ns(&known)))
    }
}
