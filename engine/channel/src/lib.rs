//! The channel (spec/channel.md): segment, rings, bells, and the engine's private ledger of frames.
//!
//! Both sides of the contract stand on this crate: the engine, and components written in Rust.
//! Under `cfg(loom)` only the ring protocol is built, on loom's atomics.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod layout;

mod descriptor;
pub mod park;
mod ring;
pub mod sync;
mod waits;
pub use descriptor::{Bounds, Descriptor};
pub use ring::{owner_word, BadCursor, Cells, Consumer, Producer};
pub use waits::Waits;

#[cfg(not(loom))]
mod bell;
#[cfg(not(loom))]
mod edge;
mod frames;
#[cfg(not(loom))]
mod header;
mod ledger;
#[cfg(not(loom))]
mod mapping;
#[cfg(not(loom))]
mod meta;
#[cfg(not(loom))]
mod poller;
#[cfg(not(loom))]
mod rings;
#[cfg(not(loom))]
pub mod schedule;
#[cfg(not(loom))]
mod segment;
#[cfg(not(loom))]
mod slot;

pub use frames::{expect_use, Frames};
pub use ledger::{Entry, Ledger, State};
#[cfg(not(loom))]
pub use {
    bell::Bell,
    edge::Edge,
    header::{edge_capacity, ring_bytes, Header, Shape},
    mapping::Mapping,
    meta::{Line, Meta},
    poller::{Poller, Ready},
    rings::{Place, Rings},
    segment::{Segment, SegmentError},
    slot::Slot,
};

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod properties;
