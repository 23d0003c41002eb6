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

impl Entry {
    const fn of(state: State) -> Self {
        Self { state, generation: 0, port: 0, slot: 0, path: 0, length: 0 }
    }
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
        let entry = Entry::of(State::Home);
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

    /// Grant at most `count` frames to a port that may receive into them, appended to `into`: those that came home last, for they
    /// are the likeliest to be in a cache.
    #[inline]
    pub fn stock(&mut self, port: u8, count: usize, into: &mut Vec<u32>) {
        let first = self.free.len() - count.min(self.free.len());
        let frames = &self.free[first..];
        for &frame in frames {
            let Entry { generation, .. } = self.entries[frame as usize];
            self.entries[frame as usize] = Entry { generation: generation.wrapping_add(1), port, ..Entry::of(State::Stock) };
        }
        into.extend_from_slice(frames);
        let count = frames.len() as u32;
        self.free.truncate(first);
        self.count_burst(State::Home, State::Stock, count);
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
        let from = std::mem::replace(&mut entry.state, to);
        self.count_burst(from, to, 1);
    }

    /// A frame in `Stock` has received a packet of this path: now `Out`, which `count_burst` is to be told: counting frame by frame
    /// costs more than all the rest. Gives its generation, or nothing if it is in another state.
    #[inline]
    pub fn receive_in_burst(&mut self, frame: u32, path: u16) -> Option<u8> {
        let entry = &mut self.entries[frame as usize];
        if entry.state != State::Stock {
            return None;
        }
        (entry.state, entry.path) = (State::Out, path);
        Some(entry.generation)
    }

    /// A packet is with the port that transmits it: now `Kernel`, which `count_burst` is to be told.
    #[inline]
    pub fn transmit_in_burst(&mut self, frame: u32, port: u8, length: u16) {
        let entry = &mut self.entries[frame as usize];
        (entry.state, entry.port, entry.length) = (State::Kernel, port, length);
    }

    /// So many frames were moved by calls `in_burst`. Until this is said `count` is behind for both states.
    #[inline]
    pub fn count_burst(&mut self, from: State, to: State, frames: u32) {
        let [from, to] = [from as usize, to as usize];
        self.counts[from] = self.counts[from].wrapping_sub(frames);
        self.counts[to] = self.counts[to].wrapping_add(frames);
    }

    /// Bring a frame home. One that is there stays there.
    #[inline]
    pub fn free(&mut self, frame: u32) {
        if self.entries[frame as usize].state != State::Home {
            self.shift(frame, State::Home);
            self.free.push(frame);
        }
    }

    /// Bring home those that this port has transmitted. Gives how many they were, and their bytes.
    #[inline]
    pub fn complete(&mut self, port: u8, frames: &[u32]) -> (u32, u64) {
        let (mut count, mut bytes) = (0, 0);
        for &frame in frames {
            let entry = &mut self.entries[frame as usize];
            if entry.state == State::Kernel && entry.port == port {
                count += 1;
                bytes += u64::from(entry.length);
                entry.state = State::Home;
                self.free.push(frame);
            }
        }
        self.count_burst(State::Kernel, State::Home, count);
        (count, bytes)
    }

    /// Is this descriptor a claim to a frame that a component has by the last grant? Then in which state is it?
    #[inline]
    pub fn admit(&self, d: Descriptor) -> Option<State> {
        let entry = self.entries.get(d.frame() as usize)?;
        let with_components = matches!(entry.state, State::Out | State::Lent);
        (with_components && entry.generation == d.generation()).then_some(entry.state)
    }

    /// The path of the packet that this descriptor claims, if a component has it by the last grant.
    #[inline]
    pub fn admit_packet(&self, d: Descriptor) -> Option<u16> {
        let entry = self.entries.get(d.frame() as usize)?;
        (entry.state == State::Out && entry.generation == d.generation()).then_some(entry.path)
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
