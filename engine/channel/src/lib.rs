//! The channel (spec/channel.md): segment, rings, bells, and the engine's private ledger of frames.
#[allow(missing_docs)]
#[rustfmt::skip]
pub mod layout;

mod frames;
pub use frames::Frames;
