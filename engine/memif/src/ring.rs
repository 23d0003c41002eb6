//! Packets on the two rings of a connection. On either the client owns the memory and the head, the server the tail:
//! towards the server the head goes ahead with packets, towards the client it goes ahead with buffers and the tail with packets.
use std::os::fd::OwnedFd;
use std::sync::atomic::{fence, Ordering};
use std::sync::Arc;

use crate::bell::ring;
use crate::memory::{Descriptor, Piece, Region, Ring, NEXT};

/// The peer wrote what can't be: nothing more of what it says is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub &'static str);

const CURSOR: Broken = Broken("a cursor is beyond its ring");
const OUTSIDE: Broken = Broken("a descriptor is outside of its region");

/// Our own buffers, one a slot, as the client has them.
#[derive(Clone, Copy, Debug)]
pub struct Buffers {
    pub first: u32,
    pub size: u32,
}

impl Buffers {
    fn place(&self, slot: u16, mask: u32) -> Place {
        Place { region: 0, at: self.first + (u32::from(slot) & mask) * self.size, length: self.size }
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    region: u16,
    at: u32,
    length: u32,
}

/// What reader and writer have in common.
struct End {
    ring: Ring,
    regions: Arc<[Arc<Region>]>,
    /// Ours, or none: the peer's, where its descriptors say.
    buffers: Option<Buffers>,
    bell: OwnedFd,
    /// The slot that is next, and up to where there are some.
    next: u16,
    end: u16,
    /// Of one packet.
    places: Vec<Place>,
}

impl End {
    /// Checked against the region that it names.
    #[inline]
    fn place(&self, slot: u16, descriptor: &Descriptor) -> Result<Place, Broken> {
        if let Some(buffers) = &self.buffers {
            return Ok(buffers.place(slot, self.ring.size() - 1));
        }
        let place = Place { region: descriptor.region, at: descriptor.offset, length: descriptor.length };
        let region = self.regions.get(usize::from(place.region));
        let inside = region.and_then(|region| region.piece(place.at as usize, place.length as usize)).is_some();
        inside.then_some(place).ok_or(OUTSIDE)
    }

    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let piece = |place: &Place| self.regions[usize::from(place.region)].piece(place.at as usize, place.length as usize);
        self.places.iter().filter_map(piece)
    }

    /// An empty buffer of ours.
    fn post(&self, slot: u16, buffers: &Buffers) {
        let Place { region, at, length } = buffers.place(slot, self.ring.size() - 1);
        self.ring.set_descriptor(slot, Descriptor { region, length, offset: at, ..Descriptor::default() });
    }
}

/// A packet that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Bytes, of all its pieces.
    pub length: usize,
    /// It is said to go on, but does not.
    pub cut: bool,
}

/// Packets from the peer.
pub struct Reader {
    it: End,
    /// Buffers up to here are the peer's to fill; for the server: consumed and told.
    told: u16,
    masked: bool,
}

impl Reader {
    pub(crate) fn new(ring: Ring, regions: Arc<[Arc<Region>]>, buffers: Option<Buffers>, bell: OwnedFd) -> Self {
        let it = End { ring, regions, buffers, bell, next: 0, end: 0, places: Vec::with_capacity(16) };
        let mut reader = Self { it, told: 0, masked: false };
        reader.it.ring.set_masked(false);
        if let Some(buffers) = buffers {
            let size = reader.it.ring.size() as u16;
            (0..size).for_each(|slot| reader.it.post(slot, &buffers));
            reader.it.ring.set_tail(0);
            reader.it.ring.set_head(size);
            reader.told = size;
        }
        reader
    }

    pub(crate) fn bell(&self) -> &OwnedFd {
        &self.it.bell
    }

    /// Slots with packets.
    #[inline]
    fn waiting(&mut self) -> Result<u16, Broken> {
        let it = &mut self.it;
        if it.next == it.end {
            it.end = if it.buffers.is_some() { it.ring.tail() } else { it.ring.head() };
            let most = if it.buffers.is_some() { self.told.wrapping_sub(it.next).into() } else { it.ring.size() };
            if u32::from(it.end.wrapping_sub(it.next)) > most {
                it.end = it.next;
                return Err(CURSOR);
            }
        }
        Ok(it.end.wrapping_sub(it.next))
    }

    /// The packet that is next. It stays until `skip`.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<Chain>, Broken> {
        let waiting = self.waiting()?;
        if waiting == 0 {
            return Ok(None);
        }
        self.it.places.clear();
        let mut length = 0;
        for number in 0..waiting {
            let slot = self.it.next.wrapping_add(number);
            let descriptor = self.it.ring.descriptor(slot);
            let place = self.it.place(slot, &descriptor)?;
            if descriptor.length > place.length {
                return Err(OUTSIDE);
            }
            self.it.places.push(Place { length: descriptor.length, ..place });
            length += descriptor.length as usize;
            if descriptor.flags & NEXT == 0 {
                return Ok(Some(Chain { length, cut: false }));
            }
        }
        Ok(Some(Chain { length, cut: true }))
    }

    /// Its bytes, in order; a peer may change them still.
    #[inline]
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.it.pieces()
    }

    /// The packet that `peek` showed is done with.
    #[inline]
    pub fn skip(&mut self) {
        self.it.next = self.it.next.wrapping_add(self.it.places.len() as u16);
        self.it.places.clear();
    }

    /// Give what was skipped back to the peer.
    #[inline]
    pub fn release(&mut self) {
        let Some(buffers) = self.it.buffers else {
            if self.told != self.it.next {
                self.told = self.it.next;
                self.it.ring.set_tail(self.told);
            }
            return;
        };
        let full = self.it.next.wrapping_add(self.it.ring.size() as u16);
        if self.told != full {
            while self.told != full {
                self.it.post(self.told, &buffers);
                self.told = self.told.wrapping_add(1);
            }
            self.it.ring.set_head(self.told);
        }
    }

    /// Ask for interrupts, or for none. After asking for them the ring has to be looked at once more.
    #[inline]
    pub fn set_masked(&mut self, masked: bool) {
        if self.masked != masked {
            self.masked = masked;
            self.it.ring.set_masked(masked);
            fence(Ordering::SeqCst);
        }
    }

    /// Does the peer ring when it sends?
    #[inline]
    pub fn is_masked(&self) -> bool {
        self.masked
    }
}

/// Room for a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// `pieces` says where.
    Room,
    /// Once the peer took others.
    Full,
    /// Never: larger than all there is.
    TooLarge,
}

/// Packets to the peer.
pub struct Writer {
    it: End,
    published: u16,
}

impl Writer {
    pub(crate) fn new(ring: Ring, regions: Arc<[Arc<Region>]>, buffers: Option<Buffers>, bell: OwnedFd) -> Self {
        let mut it = End { ring, regions, buffers, bell, next: 0, end: 0, places: Vec::with_capacity(16) };
        if it.buffers.is_some() {
            it.ring.set_head(0);
            it.end = it.ring.size() as u16;
        }
        Self { it, published: 0 }
    }

    /// Look anew up to where there are free slots.
    fn look(&mut self) -> Result<(), Broken> {
        let it = &mut self.it;
        let size = it.ring.size() as u16;
        it.end = if it.buffers.is_some() { it.ring.tail().wrapping_add(size) } else { it.ring.head() };
        if it.end.wrapping_sub(it.next) > size {
            it.end = it.next;
            return Err(CURSOR);
        }
        Ok(())
    }

    /// Find room for a packet of `length` bytes.
    #[inline]
    pub fn reserve(&mut self, length: usize) -> Result<Reserved, Broken> {
        if self.gather(length)? {
            return Ok(Reserved::Room);
        }
        self.look()?;
        if self.gather(length)? {
            return Ok(Reserved::Room);
        }
        let all = u32::from(self.it.end.wrapping_sub(self.it.next)) == self.it.ring.size();
        Ok(if all { Reserved::TooLarge } else { Reserved::Full })
    }

    /// True: the slots that are known to be free suffice.
    #[inline]
    fn gather(&mut self, length: usize) -> Result<bool, Broken> {
        self.it.places.clear();
        let mut left = length as u32;
        let mut slot = self.it.next;
        while slot != self.it.end {
            let descriptor = if self.it.buffers.is_some() { Descriptor::default() } else { self.it.ring.descriptor(slot) };
            let place = self.it.place(slot, &descriptor)?;
            let length = place.length.min(left);
            self.it.places.push(Place { length, ..place });
            left -= length;
            if left == 0 {
                return Ok(true);
            }
            slot = slot.wrapping_add(1);
        }
        Ok(false)
    }

    /// Where its bytes go, in order.
    #[inline]
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.it.pieces()
    }

    /// The packet is written; the peer sees it after `publish`.
    #[inline]
    pub fn commit(&mut self) {
        let last = self.it.places.len().wrapping_sub(1);
        for (number, place) in self.it.places.iter().enumerate() {
            let flags = if number == last { 0 } else { NEXT };
            let Place { region, at, length } = *place;
            self.it.ring.set_descriptor(self.it.next, Descriptor { flags, region, length, offset: at, metadata: 0 });
            self.it.next = self.it.next.wrapping_add(1);
        }
        self.it.places.clear();
    }

    /// Show the peer what was committed, and ring if it sleeps.
    #[inline]
    pub fn publish(&mut self) {
        if self.published == self.it.next {
            return;
        }
        self.published = self.it.next;
        if self.it.buffers.is_some() {
            self.it.ring.set_head(self.published);
        } else {
            self.it.ring.set_tail(self.published);
        }
        fence(Ordering::SeqCst); // pairs with `Reader::set_masked`: either it sees the packets, or we that it wants to be rung
        if !self.it.ring.is_masked() {
            ring(&self.it.bell);
        }
    }
}
