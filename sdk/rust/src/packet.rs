//! Packets: views into the shared segment.
use crate::ffi::{self, Raw};
use crate::headers::{update_checksums, Headers};
use crate::verdict::Verdict;
use std::ops::{Deref, DerefMut};
use std::slice::{from_raw_parts, from_raw_parts_mut};

const CONTEXT: usize = 16;

/// A packet in the hands of this component: a whole Ethernet frame, offsets in bytes.
///
/// The bytes are shared memory that is this component's alone by contract. A component of the same VNF that breaks the contract can change them
/// at any time, never their place or number: what decides about your own memory is copied first, then checked.
#[repr(transparent)]
pub struct Packet(Raw);

impl Packet {
    /// The frame's bytes in place.
    pub fn data(&self) -> &[u8] {
        // SAFETY: the core checked place and length against the segment, which stays mapped while there are packets.
        unsafe { from_raw_parts(self.0.data, self.0.length as usize) }
    }

    /// The same, to write.
    pub fn data_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `data`; frames do not overlap, and the borrow is this packet's.
        unsafe { from_raw_parts_mut(self.0.data, self.0.length as usize) }
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.0.length as usize
    }

    /// Is there not a single byte?
    pub fn is_empty(&self) -> bool {
        self.0.length == 0
    }

    /// Two bytes in network byte order; nothing outside of the packet.
    pub fn u16(&self, offset: usize) -> Option<u16> {
        self.data().get(offset..offset.checked_add(2)?).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// Four bytes in network byte order; nothing outside of the packet.
    pub fn u32(&self, offset: usize) -> Option<u32> {
        self.data().get(offset..offset.checked_add(4)?).map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// One byte; nothing outside of the packet.
    pub fn u8(&self, offset: usize) -> Option<u8> {
        self.data().get(offset).copied()
    }

    /// Write one byte. Panics outside of the packet.
    pub fn put_u8(&mut self, offset: usize, value: u8) {
        self.put(offset, &[value]);
    }

    /// Write two bytes in network byte order. Panics outside of the packet.
    pub fn put_u16(&mut self, offset: usize, value: u16) {
        self.put(offset, &value.to_be_bytes());
    }

    /// Write four bytes in network byte order. Panics outside of the packet.
    pub fn put_u32(&mut self, offset: usize, value: u32) {
        self.put(offset, &value.to_be_bytes());
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        let length = self.len();
        match offset.checked_add(bytes.len()).and_then(|end| self.data_mut().get_mut(offset..end)) {
            Some(place) => place.copy_from_slice(bytes),
            None => panic!("offset {offset} is outside of the packet of {length} bytes"),
        }
    }

    /// All headers, found once, to read.
    pub fn headers(&self) -> Headers<&[u8]> {
        Headers::new(&self.0, self.data())
    }

    /// All headers, found once, to write as well: the checksums that cover a field follow.
    pub fn headers_mut(&mut self) -> Headers<&mut [u8]> {
        let raw = self.0;
        Headers::new(&raw, self.data_mut())
    }

    /// After bytes were written in place: the checksums anew. False if the transport's could not be computed.
    pub fn update_checksums(&mut self) -> bool {
        update_checksums(&mut self.0)
    }

    /// The 16 context bytes.
    pub fn context(&self) -> &[u8; CONTEXT] {
        // SAFETY: the core points to the metadata line of the packet's frame.
        unsafe { &*self.0.context.cast() }
    }

    /// The same, to write.
    pub fn context_mut(&mut self) -> &mut [u8; CONTEXT] {
        // SAFETY: as in `context`; the line is this packet's.
        unsafe { &mut *self.0.context.cast() }
    }

    /// The hash that replicas are chosen by.
    pub fn flow_hash(&self) -> u32 {
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_flow_hash(&self.0) }
    }

    /// Arrival, CLOCK_REALTIME, nanoseconds.
    pub fn time_ns(&self) -> u64 {
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_time_ns(&self.0) }
    }

    /// The 32 bits that components of one VNF tell each other.
    pub fn mark(&self) -> u32 {
        // SAFETY: a packet that the core made; the word is aligned.
        unsafe { ffi::coven_mark(&self.0).read() }
    }

    /// Write them.
    pub fn set_mark(&mut self, value: u32) {
        // SAFETY: as in `mark`; the line is this packet's.
        unsafe { ffi::coven_mark(&self.0).write(value) }
    }

    /// Service path identifier (24 bits) and service index (8 bits) of the NSH it came with; 0 if none.
    pub fn service_path(&self) -> u32 {
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_service_path(&self.0) }
    }

    /// Make room for `bytes` in front (or, negative, cut them off). False, and nothing changed, if the frame has no room.
    pub fn grow_front(&mut self, bytes: i32) -> bool {
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_grow_front(&mut self.0, bytes) }
    }

    /// The same at the end.
    pub fn grow_back(&mut self, bytes: i32) -> bool {
        // SAFETY: a packet that the core made.
        unsafe { ffi::coven_grow_back(&mut self.0, bytes) }
    }

    /// Leave the checksum at `start + offset`, over all from `start` on, to the card (CSUM_PARTIAL): its field holds the sum of the pseudo header.
    pub fn leave_checksum(&mut self, start: u16, offset: u16) {
        // SAFETY: a packet that the core made; the line is this packet's.
        unsafe { ffi::coven_leave_checksum(&mut self.0, start, offset) }
    }

    /// Burst form: where this packet goes; forward if nothing is set.
    pub fn set_verdict(&mut self, verdict: Verdict) {
        self.0.verdict = verdict.number();
    }

    pub(crate) fn raw(&self) -> &Raw {
        &self.0
    }

    pub(crate) fn raw_mut(&mut self) -> &mut Raw {
        &mut self.0
    }

    pub(crate) fn slice_of(raw: &mut [Raw]) -> &mut [Packet] {
        // SAFETY: `Packet` is transparent.
        unsafe { from_raw_parts_mut(raw.as_mut_ptr().cast(), raw.len()) }
    }

    pub(crate) fn of(raw: &mut Raw) -> &mut Packet {
        &mut Packet::slice_of(std::slice::from_mut(raw))[0]
    }
}

/// A packet of one's own (needs `creates: true`), given back unless it is sent. It lives as long as the packet in whose hands it was made.
pub struct Own<'a> {
    packet: Packet,
    /// No longer than the burst: the segment is mapped then.
    made_of: std::marker::PhantomData<&'a Packet>,
}

impl<'a> Own<'a> {
    /// `length` bytes of undefined content, zero context, on the way that `like` takes. Nothing if no frame is to be had.
    pub fn new(length: u32, like: &'a Packet) -> Option<Own<'a>> {
        // SAFETY: the core writes the packet only if it returns true.
        Own::made(|raw| unsafe { ffi::coven_packet_new(raw, length, &like.0) })
    }

    /// A copy of `original`, with its context.
    pub fn copy(original: &'a Packet) -> Option<Own<'a>> {
        // SAFETY: as in `new`.
        Own::made(|raw| unsafe { ffi::coven_packet_clone(raw, &original.0) })
    }

    fn made(fill: impl FnOnce(&mut Raw) -> bool) -> Option<Own<'a>> {
        let mut raw = Raw::EMPTY;
        fill(&mut raw).then(|| Own { packet: Packet(raw), made_of: std::marker::PhantomData })
    }

    /// Send it to an output. Visible with the burst that is being worked on.
    pub fn send(self, verdict: Verdict) {
        let mut own = std::mem::ManuallyDrop::new(self);
        own.give(verdict);
    }

    fn give(&mut self, verdict: Verdict) {
        // SAFETY: each packet of one's own gets here once: by `send`, which forgets it, or by `drop`.
        unsafe { ffi::coven_send(&mut self.packet.0, verdict.number()) }
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        self.give(Verdict::Drop);
    }
}

impl Deref for Own<'_> {
    type Target = Packet;
    fn deref(&self) -> &Packet {
        &self.packet
    }
}

impl DerefMut for Own<'_> {
    fn deref_mut(&mut self) -> &mut Packet {
        &mut self.packet
    }
}
