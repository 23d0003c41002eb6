//! The ledger (spec/channel.md §6): what the engine knows of each frame, in private memory. Admission and accounting rest on it alone.
use crate::descriptor::Descriptor;

/// Where a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Free.
    Home,
    /// With the components, carrying a packet.
    Out,
    /// With a port that transmits it.
    Kernel,
    /// Granted to a component, carrying no packet as yet.
    Lent,
    /// With a port that may receive into it.
    Stock,
}

/// What is known of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where it is.
    pub state: State,
    /// Of the last grant.
    pub generation: u8,
    /// Where its packet came in; where it goes out, while `Kernel`.
    pub port: u8,
    /// Slot that it was lent to.
    pub slot: u8,
    /// Path of its packet.
    pub path: u16,
    /// Bytes of its packet, while `Kernel`.
    pub length: u16,
}

/// All frames of a pool.
#[derive(Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    free: Vec<u32>,
    counts: [u32; 5],
}

impl Ledger {
    /// All frames at home.
    pub fn new(frames: u32) -> Self {
        let entry = Entry { state: State::Home, generation: 0, port: 0, slot: 0, path: 0, length: 0 };
        let mut counts = [0; 5];
        counts[State::Home as usize] = frames;
        Self { entries: vec![entry; frames as usize], free: (0..frames).rev().collect(), counts }
    }

    /// Frames in a state.
    pub fn count(&self, state: State) -> u32 {
        self.counts[state as usize]
    }

    /// Frames in the pool.
    pub fn total(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Grant a frame: out of `Home`, with the next generation.
    #[inline]
    pub fn grant(&mut self, to: State) -> Option<u32> {
        let frame = self.free.pop()?;
        let entry = &mut self.entries[frame as usize];
        entry.generation = entry.generation.wrapping_add(1);
        self.shift(frame, to);
        Some(frame)
    }

    /// What is known of a frame. Panics outside of the pool.
    #[inline]
    pub fn entry(&self, frame: u32) -> &Entry {
        &self.entries[frame as usize]
    }

    /// Note something of a frame; its state changes by `shift` and `free` alone. Panics outside of the pool.
    #[inline]
    pub fn note(&mut self, frame: u32, port: u8, path: u16, length: u16) {
        let entry = &mut self.entries[frame as usize];
        (entry.port, entry.path, entry.length) = (port, path, length);
    }

    /// Note whom a frame is lent to.
    pub fn lend(&mut self, frame: u32, slot: u8) {
        self.entries[frame as usize].slot = slot;
    }

    /// Move a granted frame to another state than `Home`.
    #[inline]
    pub fn shift(&mut self, frame: u32, to: State) {
        let entry = &mut self.entries[frame as usize];
        self.counts[entry.state as usize] -= 1;
        self.counts[to as usize] += 1;
        entry.state = to;
    }

    /// Bring a frame home. One that is there stays there.
    #[inline]
    pub fn free(&mut self, frame: u32) {
        if self.entries[frame as usize].state != State::Home {
            self.shift(frame, State::Home);
            self.free.push(frame);
        }
    }

    /// Is this descriptor a claim to a frame that a component has by the last grant? Then in which state is it?
    #[inline]
    pub fn admit(&self, d: Descriptor) -> Option<State> {
        let entry = self.entries.get(d.frame() as usize)?;
        let with_components = matches!(entry.state, State::Out | State::Lent);
        (with_components && entry.generation == d.generation()).then_some(entry.state)
    }

    /// Frames in `Out` or `Lent`, with their entries.
    pub fn with_components(&self) -> impl Iterator<Item = (u32, &Entry)> {
        (0..).zip(&self.entries).filter(|(_, entry)| matches!(entry.state, State::Out | State::Lent))
    }

    /// Frames that a port holds: `Kernel` or `Stock`.
    pub fn with_port(&self, port: u8) -> impl Iterator<Item = (u32, &Entry)> {
        (0..)
            .zip(&self.entries)
            .filter(move |(_, entry)| entry.port == port && matches!(entry.state, State::Kernel | State::Stock))
    }
}
