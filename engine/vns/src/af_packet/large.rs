//! A packet larger than a slot or than the link takes: set aside whole and handed over in pieces, as frames come.
use std::io;

use super::offload::Offload;
use super::os::{Slot, Socket, OFFLOAD_LENGTH};
use super::segment::Segments;
use crate::place::{place, refused, room};
use crate::{Fault, Frames, Packet, Received};

/// The largest packet of the kernel without jumbo payloads, with a tag.
const PACKET_MAX: usize = 65_536 + 18;
/// Where a packet is read to: behind room for a tag, and the offload header that comes with it.
const START: usize = wire::TAG_LENGTH + OFFLOAD_LENGTH;
/// Both addresses: what stands before a tag.
const ADDRESSES: usize = 12;

pub(crate) struct Large {
    /// Taken from the system with the first large packet, and kept.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes that the packet had.
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
        Self { buffer: Vec::new(), start: 0, end: 0, original: 0, offload, time_ns: 0, segments: None, next: 0, count: 0 }
    }

    /// Is there something to hand over?
    #[inline]
    pub fn waits(&self) -> bool {
        self.next < self.count
    }

    /// Set aside the packet of a slot, from the socket's queue if it did not fit. False: the kernel had no room for all of it.
    pub fn take(&mut self, slot: &Slot, offload: Offload, socket: &Socket) -> bool {
        self.buffer.resize(START + PACKET_MAX, 0);
        let Some(original) = self.read(slot, socket) else { return false };
        self.set_aside(original, offload, slot.time_ns);
        self.put_tag_back(slot);
        self.cut();
        true
    }

    /// Set aside what `read` puts, offload header first, into the memory that it is given.
    pub fn take_by(&mut self, read: impl FnOnce(&mut [u8]) -> io::Result<usize>, time_ns: impl Fn() -> u64) -> io::Result<()> {
        self.buffer.resize(START + PACKET_MAX, 0);
        let length = read(&mut self.buffer[START - OFFLOAD_LENGTH..])?;
        let original = length.checked_sub(OFFLOAD_LENGTH).ok_or(io::ErrorKind::InvalidData)?;
        let header = self.buffer[START - OFFLOAD_LENGTH..START].try_into().expect("the header's length");
        self.set_aside(original, Offload::parse(header), time_ns());
        self.cut();
        Ok(())
    }

    fn set_aside(&mut self, original: usize, offload: Offload, time_ns: u64) {
        self.start = START;
        self.end = self.buffer.len().min(START + original);
        (self.original, self.offload, self.time_ns) = (original, offload, time_ns);
    }

    fn cut(&mut self) {
        let whole = self.original == self.packet().len();
        let cut = self.offload.cut.filter(|_| whole);
        self.segments = cut.and_then(|(cut, size)| Segments::new(self.packet(), cut, size));
        (self.next, self.count) = (0, self.segments.map_or(1, |segments| segments.count()));
    }

    /// Returns the packet's length, of which as much as fits is read.
    fn read(&mut self, slot: &Slot, socket: &Socket) -> Option<usize> {
        if slot.queued {
            let length = socket.receive_queued(&mut self.buffer[START - OFFLOAD_LENGTH..]).ok()?;
            return length.checked_sub(OFFLOAD_LENGTH);
        }
        let whole = slot.bytes.len() == slot.original && slot.original <= PACKET_MAX;
        whole.then(|| self.buffer[START..][..slot.original].copy_from_slice(slot.bytes))?;
        Some(slot.original)
    }

    fn put_tag_back(&mut self, slot: &Slot) {
        let Some(tag) = slot.tag.filter(|_| self.packet().len() >= ADDRESSES) else { return };
        self.start = START - wire::TAG_LENGTH;
        self.buffer.copy_within(START..START + ADDRESSES, self.start);
        self.buffer[self.start + ADDRESSES..][..wire::TAG_LENGTH].copy_from_slice(&tag.emit());
        self.original += wire::TAG_LENGTH;
        if let Some(checksum) = &mut self.offload.checksum {
            checksum.start += wire::TAG_LENGTH;
            checksum.field += wire::TAG_LENGTH;
        }
    }

    fn packet(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Hand over the next piece; only to be called while something waits.
    pub fn next(&mut self, frames: &Frames, frame: u32, offset: u16) -> Received {
        let number = self.next;
        self.next += 1;
        match self.segments {
            Some(segments) if segments.largest() <= room(frames, offset) => {
                let piece = segments.piece(self.packet(), number);
                let headers = piece.headers();
                frames.copy_in(frame, offset.into(), headers);
                frames.copy_in(frame, u32::from(offset) + headers.len() as u32, &self.packet()[piece.from..piece.to]);
                let packet = Packet { frame, offset, length: piece.whole() as u16 };
                Received { packet, time_ns: self.time_ns, fault: None }
            }
            None if self.offload.cut.is_none() => self.whole(frames, frame, offset),
            _ => self.give_up(frame, offset),
        }
    }

    fn whole(&self, frames: &Frames, frame: u32, offset: u16) -> Received {
        let received = place(frames, frame, offset, self.packet(), self.original, self.time_ns);
        if let (Some(checksum), None) = (self.offload.checksum, received.fault) {
            checksum.complete(self.packet(), frames, frame, offset.into());
        }
        received
    }

    /// One fault for the whole packet.
    fn give_up(&mut self, frame: u32, offset: u16) -> Received {
        self.next = self.count;
        refused(frame, offset, self.time_ns, Fault::TooLarge)
    }
}
