//! The port interface: what every VNS backend is. `conformance.rs` runs each through one suite.

use std::os::fd::RawFd;
use std::time::Instant;

pub use channel::Frames;

/// Frames that nobody holds, lent to a port for the time of one call.
pub trait Stock {
    /// A free frame, or none.
    fn take(&mut self) -> Option<u32>;
    /// At most `count` free frames, appended to `into`.
    fn take_burst(&mut self, count: usize, into: &mut Vec<u32>) {
        into.extend((0..count).map_while(|_| self.take()));
    }
    /// Put one back that was not needed.
    fn give(&mut self, frame: u32);
}

/// A packet in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Index of its frame.
    pub frame: u32,
    /// First byte in the frame.
    pub offset: u16,
    /// Bytes.
    pub length: u16,
}

/// What a port received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Where it lies.
    pub packet: Packet,
    /// Arrival, nanoseconds of CLOCK_REALTIME (recorded time for `pcap`).
    pub time_ns: u64,
    /// Why the port could not take it whole; the engine counts it under this name and frees the frame.
    pub fault: Option<Fault>,
}

/// A packet that arrived but can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Larger than a frame holds.
    TooLarge,
    /// Cut off before its end, or shorter than an Ethernet header.
    Truncated,
    /// Dropped by the `faulty` wrapper.
    Injected,
}

/// What only the backend can count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Packets that the kernel could not hand over, since the port was opened.
    pub rx: u64,
    /// Packets that it refused to take.
    pub tx: u64,
}

/// What the `faulty` wrapper did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Injected {
    /// Packets dropped; each was handed over as `Fault::Injected`.
    pub dropped: u64,
    /// Packets with one byte changed.
    pub corrupted: u64,
    /// Packets held back.
    pub delayed: u64,
}

/// How a port is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Works.
    Up,
    /// Does not, and why; it keeps trying by itself where that can help.
    Down(String),
}

/// One virtual NIC. Bursts in, bursts out; never blocks; no allocation, lock or log line a packet.
/// `frames` is the pool that it was opened for. Once a port is dropped, every frame that it had is free.
pub trait Port: Send {
    /// Receive at most `max` packets into frames from `stock`, at `data_offset` unless the kernel chose, appended to `into`.
    /// Order of arrival is kept. Frames that were taken and not used are given back, at once or, where the kernel receives
    /// straight into them (`holds`), when it gave them back.
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>);

    /// Transmit `packets` in order; returns how many were taken (the rest: port full, or down).
    /// A frame that was taken is free again when `completed` names it.
    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize;

    /// Frames whose transmission is over, appended to `into`. A copying backend names them at once.
    fn completed(&mut self, into: &mut Vec<u32>);

    /// What to sleep on for packets, or none (see `due`).
    fn descriptor(&self) -> Option<RawFd>;

    /// When `receive` may next have something without its descriptor saying so: now, later, or never (None).
    fn due(&self) -> Option<Instant>;

    /// When `completed` may next have something: while frames are being transmitted by a kernel that tells nobody of it.
    fn completion_due(&self) -> Option<Instant> {
        None
    }

    /// Frames of the stock that it keeps between calls.
    fn holds(&self) -> usize {
        0
    }

    /// What people should know of a port that works, for example why it works in another way than it was asked to.
    fn note(&self) -> Option<String> {
        None
    }

    /// A replaying port at the end of its input.
    fn done(&self) -> bool {
        false
    }

    /// Counters of the kernel's side.
    fn missed(&mut self) -> Missed {
        Missed::default()
    }

    /// Faults injected on purpose.
    fn injected(&self) -> Injected {
        Injected::default()
    }

    /// Up or down. Cheap; asked once a pass.
    fn state(&self) -> State {
        State::Up
    }

    /// Largest frame, in bytes with the Ethernet header, that `transmit` takes; a VLAN tag may come on top where the link takes it.
    fn largest(&self) -> usize;
}
