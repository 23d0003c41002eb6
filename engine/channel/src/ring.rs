//! Single producer, single consumer (spec/channel.md §2). The peer is another process: its cursor is checked at each use.
use crate::descriptor::Descriptor;
use crate::layout::*;
use crate::sync::{AtomicU32, AtomicU64, Ordering::*};

/// The shared words of one ring.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    /// Written by the producer.
    pub head: &'static AtomicU32,
    /// The producer is parked for space.
    pub want: &'static AtomicU32,
    /// Written by the consumer.
    pub tail: &'static AtomicU32,
    /// A power of two of them.
    pub slots: &'static [AtomicU64],
}

impl Cells {
    fn capacity(&self) -> u32 {
        self.slots.len() as u32
    }

    #[inline]
    fn slot(&self, cursor: u32) -> &'static AtomicU64 {
        &self.slots[cursor as usize & (self.slots.len() - 1)]
    }

    /// `count` slots from a cursor on: up to the last one, and from the first one on.
    #[inline]
    fn span(&self, cursor: u32, count: usize) -> (&'static [AtomicU64], &'static [AtomicU64]) {
        let (before, from) = self.slots.split_at(cursor as usize & (self.slots.len() - 1));
        let (straight, round) = (count.min(from.len()), count.saturating_sub(from.len()));
        (&from[..straight], &before[..round])
    }

    /// Both cursors, and what lies between them, as a bystander sees it: (tail, head).
    pub fn cursors(&self) -> (u32, u32) {
        (self.tail.load(Acquire), self.head.load(Acquire))
    }

    /// Descriptors waiting, as a bystander sees it; 0 if the cursors are damaged.
    pub fn fill(&self) -> u32 {
        let (tail, head) = self.cursors();
        let fill = head.wrapping_sub(tail);
        if fill <= self.capacity() {
            fill
        } else {
            0
        }
    }

    /// What lies in the ring, as a bystander sees it.
    pub fn waiting(&self) -> impl Iterator<Item = Descriptor> + '_ {
        let tail = self.tail.load(Acquire);
        (0..self.fill()).map(move |i| Descriptor(self.slot(tail.wrapping_add(i)).load(Relaxed)))
    }
}

/// The peer's cursor implies more entries than the ring has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCursor;

/// Word of the owner table (spec/channel.md §6).
#[inline]
pub const fn owner_word(edge: u16, generation: u8, sequence: u32) -> u64 {
    sequence as u64 | (generation as u64) << OWNER_GENERATION_SHIFT | (edge as u64) << OWNER_EDGE_SHIFT
}

/// The end that posts.
#[derive(Debug)]
pub struct Producer {
    cells: Cells,
    edge: u16,
    limit: u32,
    head: u32,
    tail: u32,
}

impl Producer {
    /// Take over the end at the shared cursor. If what the cursors say can't be, the ring is taken for empty.
    pub fn take_over(cells: Cells, edge: u16, limit: u32) -> Self {
        let (tail, mut head) = cells.cursors();
        if head.wrapping_sub(tail) > cells.capacity() {
            head = tail;
            cells.head.store(head, SeqCst);
        }
        Self { cells, edge, limit: limit.min(cells.capacity()), head, tail }
    }

    /// The words that it works on.
    pub fn cells(&self) -> Cells {
        self.cells
    }

    /// Entries below the limit, looked up anew only if the last look gives fewer than `needed`. 0 if the peer's cursor is damaged.
    #[inline]
    pub fn space(&mut self, needed: u32) -> u32 {
        let known = self.limit.saturating_sub(self.head.wrapping_sub(self.tail));
        if known >= needed {
            return known;
        }
        // Pairs with the store of `tail` in `take`: a slot is free once its consumer has moved past it.
        let tail = self.cells.tail.load(Acquire);
        if self.head.wrapping_sub(tail) > self.cells.capacity() {
            return 0;
        }
        self.tail = tail;
        self.limit.saturating_sub(self.head.wrapping_sub(tail))
    }

    /// Post as many as there is room for, and say how many. Afterwards the consumer's slot is to be woken (`park::wake`).
    #[inline]
    pub fn post(&mut self, owners: &[AtomicU64], burst: &[Descriptor]) -> usize {
        let count = (self.space(burst.len() as u32) as usize).min(burst.len());
        let (straight, round) = self.cells.span(self.head, count);
        self.write(owners, straight, burst);
        self.write(owners, round, &burst[straight.len()..]);
        if count > 0 {
            // Pairs with the load of `head` in `take`; seq_cst for the park handshake.
            self.cells.head.store(self.head, SeqCst);
        }
        count
    }

    #[inline]
    fn write(&mut self, owners: &[AtomicU64], slots: &[AtomicU64], burst: &[Descriptor]) {
        for (slot, d) in slots.iter().zip(burst) {
            if let Some(owner) = owners.get(d.frame() as usize) {
                owner.store(owner_word(self.edge, d.generation(), self.head), Relaxed);
            }
            slot.store(d.0, Relaxed);
            self.head = self.head.wrapping_add(1);
        }
    }

    /// Entries below the limit, looked up anew.
    pub fn room(&mut self) -> u32 {
        self.space(u32::MAX)
    }

    /// The last look gave no space.
    pub fn full(&self) -> bool {
        self.head.wrapping_sub(self.tail) >= self.limit
    }

    /// Write down the own cursor again, which a peer may have damaged.
    pub fn restate(&self) {
        self.cells.head.store(self.head, SeqCst);
    }

    /// Before parking for space. Pairs with the load of `want` in `freed`.
    pub fn want(&self) {
        self.cells.want.store(1, SeqCst);
    }

    /// P2: the consumer moved since the last look.
    pub fn moved(&self) -> bool {
        self.cells.tail.load(SeqCst) != self.tail
    }
}

/// The end that takes.
#[derive(Debug)]
pub struct Consumer {
    cells: Cells,
    block: bool,
    tail: u32,
    head: u32,
}

impl Consumer {
    /// Take over the end at the shared cursor. If what the cursors say can't be, the ring is taken for empty.
    pub fn take_over(cells: Cells, block: bool) -> Self {
        let (mut tail, head) = cells.cursors();
        if head.wrapping_sub(tail) > cells.capacity() {
            tail = head;
            cells.tail.store(tail, SeqCst);
        }
        Self { cells, block, tail, head: tail }
    }

    /// The words that it works on.
    pub fn cells(&self) -> Cells {
        self.cells
    }

    /// Copy at most `into.len()` descriptors into private memory; unchecked as yet.
    #[inline]
    pub fn take(&mut self, into: &mut [Descriptor]) -> Result<usize, BadCursor> {
        let mut ready = self.head.wrapping_sub(self.tail);
        if (ready as usize) < into.len() {
            // Pairs with the store of `head` in `post`.
            let head = self.cells.head.load(Acquire);
            ready = head.wrapping_sub(self.tail);
            if ready > self.cells.capacity() {
                return Err(BadCursor);
            }
            self.head = head;
        }
        let count = (ready as usize).min(into.len());
        let (straight, round) = self.cells.span(self.tail, count);
        for (d, slot) in into.iter_mut().zip(straight) {
            d.0 = slot.load(Relaxed);
        }
        for (d, slot) in into[straight.len()..].iter_mut().zip(round) {
            d.0 = slot.load(Relaxed);
        }
        if count > 0 {
            self.tail = self.tail.wrapping_add(count as u32);
            // Pairs with the load of `tail` in `space`; seq_cst where the producer may be parked for space.
            self.cells.tail.store(self.tail, if self.block { SeqCst } else { Release });
        }
        Ok(count)
    }

    /// After a take on a `block` edge: true if the producer's slot is to be woken. Pairs with the store in `want`.
    #[inline]
    #[must_use]
    pub fn freed(&self) -> bool {
        let half = self.cells.capacity() / 2;
        self.block
            && self.cells.want.load(SeqCst) == 1
            && self.head.wrapping_sub(self.tail) <= half
            && self.cells.want.swap(0, SeqCst) == 1
    }

    /// Write down the own cursor again, which a peer may have damaged.
    pub fn restate(&self) {
        self.cells.tail.store(self.tail, SeqCst);
    }

    /// P2: the producer posted since the last look.
    pub fn moved(&self) -> bool {
        self.cells.head.load(SeqCst) != self.tail
    }
}

#[cfg(any(test, loom))]
pub(crate) mod testing {
    use super::*;

    /// For the rest of the process: loom's models and Miri's tests have no mapping to stand on.
    pub fn keep<T: Send + Sync + 'static>(value: T) -> &'static T {
        let kept: &'static T = Box::leak(Box::new(value));
        #[cfg(not(loom))]
        {
            static KEPT: std::sync::Mutex<Vec<&'static (dyn std::any::Any + Send + Sync)>> = std::sync::Mutex::new(Vec::new());
            KEPT.lock().unwrap().push(kept);
        }
        kept
    }

    /// A ring outside of any segment.
    pub fn ring(capacity: usize, start: u32) -> Cells {
        assert!(capacity.is_power_of_two());
        let word = |value| keep(AtomicU32::new(value));
        Cells { head: word(start), want: word(0), tail: word(start), slots: owners(capacity) }
    }

    /// An owner table outside of any segment.
    pub fn owners(frames: usize) -> &'static [AtomicU64] {
        keep((0..frames).map(|_| AtomicU64::new(0)).collect::<Vec<_>>())
    }
}
