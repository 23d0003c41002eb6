//! A packet larger than a slot or than the link takes: set aside whole and handed over in pieces, as frames come.
use super::offload::Offload;
use super::os::{Slot, Socket, OFFLOAD_LENGTH};
use super::segment::Segments;
use crate::place::{place, refused, room};
use crate::{Fault, Frames, Packet, Received};

/// The largest packet of the kernel without jumbo payloads, tag included.
const PACKET_MAX: usize = 65_536 + 18;

pub(crate) struct Large {
    /// The packet, tag in place; taken from the system with the first large packet.
    bytes: Vec<u8>,
    original: usize,
    offload: Offload,
    time_ns: u64,
    segments: Option<Segments>,
    next: usize,
    count: usize,
}

impl Large {
    pub fn new() -> Self {
        let offload = Offload { checksum: None, cut: None };
        Self { bytes: Vec::new(), original: 0, offload, time_ns: 0, segments: None, next: 0, count: 0 }
    }

    /// Is there something to hand over?
    pub fn waits(&self) -> bool {
        self.next < self.count
    }

    /// Set aside the packet of a slot, from the socket's queue if it did not fit. False: the kernel had no room for all of it.
    pub fn take(&mut self, slot: &Slot, offload: Offload, socket: &Socket) -> bool {
        let read = if slot.queued { self.read_queued(socket) } else { self.read_slot(slot) };
        if !read {
            return false;
        }
        self.offload = offload;
        self.time_ns = slot.time_ns;
        if let Some(tag) = slot.tag.filter(|_| self.bytes.len() >= 12) {
            self.bytes.splice(12..12, tag.emit());
            self.original += wire::TAG_LENGTH;
            if let Some(checksum) = &mut self.offload.checksum {
                checksum.start += wire::TAG_LENGTH;
                checksum.field += wire::TAG_LENGTH;
            }
        }
        let whole = self.original == self.bytes.len();
        self.segments = offload.cut.filter(|_| whole).and_then(|(cut, size)| Segments::new(&self.bytes, cut, size));
        (self.next, self.count) = (0, self.segments.map_or(1, |segments| segments.count()));
        true
    }

    fn read_slot(&mut self, slot: &Slot) -> bool {
        if slot.bytes.len() < slot.original {
            return false;
        }
        self.bytes.clear();
        self.bytes.extend_from_slice(slot.bytes);
        self.original = slot.original;
        true
    }

    fn read_queued(&mut self, socket: &Socket) -> bool {
        self.bytes.resize(OFFLOAD_LENGTH + PACKET_MAX, 0);
        let Ok(length) = socket.receive_queued(&mut self.bytes) else { return false };
        self.bytes.truncate(length);
        self.bytes.drain(..OFFLOAD_LENGTH.min(length));
        self.original = length.saturating_sub(OFFLOAD_LENGTH);
        true
    }

    /// Hand over the next piece; only to be called while something waits.
    pub fn next(&mut self, frames: &Frames, frame: u32, offset: u16) -> Received {
        let number = self.next;
        self.next += 1;
        match self.segments {
            Some(segments) if segments.largest() <= room(frames, offset) => {
                let piece = segments.piece(&self.bytes, number);
                frames.copy_in(frame, offset.into(), piece.headers());
                frames.copy_in(frame, u32::from(offset) + piece.headers().len() as u32, &self.bytes[piece.from..piece.to]);
                let packet = Packet { frame, offset, length: piece.whole() as u16 };
                Received { packet, time_ns: self.time_ns, fault: None }
            }
            None if self.offload.cut.is_none() => self.whole(frames, frame, offset),
            _ => self.give_up(frame, offset),
        }
    }

    fn whole(&self, frames: &Frames, frame: u32, offset: u16) -> Received {
        let received = place(frames, frame, offset, &self.bytes, self.original, self.time_ns);
        if let (Some(checksum), None) = (self.offload.checksum, received.fault) {
            checksum.complete(&self.bytes, frames, frame, offset.into());
        }
        received
    }

    /// One fault for the whole packet.
    fn give_up(&mut self, frame: u32, offset: u16) -> Received {
        self.next = self.count;
        refused(frame, offset, self.time_ns, Fault::TooLarge)
    }
}
