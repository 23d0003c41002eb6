//! What the stage asks of the rooms beside it: the NSH Processor and the flow hash. One implementation stands in `coven-engine`.
use vns::{Frames, Packet};

/// What a packet at a `proxy` port turned out to be.
#[derive(Clone, Copy, Debug)]
pub enum Entered {
    /// No NSH.
    Plain,
    /// NSH taken off.
    Nsh {
        /// First byte of what the components see.
        offset: u16,
        /// Its bytes.
        length: u16,
        /// First 32 bits of the NSH.
        base: u32,
        /// SPI << 8 | SI.
        path: u32,
        /// MD type 1 context.
        context: [u8; 16],
    },
    /// To be dropped.
    Drop {
        /// A reason of spec/channel.toml.
        reason: u32,
        /// SPI << 8 | SI, if it was read.
        path: Option<u32>,
    },
}

/// What the plan says of a path's context bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextRule {
    /// Handed on whatever it means.
    Opaque,
    /// The package states its layout.
    Known,
    /// Packets that carry one are dropped.
    None,
}

/// What the plan says of the service path that a port's packets may come on.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its identifier.
    pub spi: u32,
    /// Its context.
    pub context: ContextRule,
    /// OAM packets go on.
    pub oam: bool,
}

/// NSHP and the flow hash, as the stage sees them.
pub trait Processor {
    /// What is kept of a packet's NSH while components have its payload.
    type Kept: Clone;

    /// Kept of a packet without NSH.
    fn none() -> Self::Kept;

    /// Hash of the flow that these first bytes of a frame belong to.
    fn flow_hash(bytes: &[u8]) -> u32;

    /// The service paths of a port, in place of those before.
    fn learn(&mut self, port: u8, rules: &[Rule]);

    /// Take the NSH off a packet that came in by `port`.
    fn enter(&self, port: u8, frames: &Frames, packet: Packet, kept: &mut Self::Kept) -> Entered;

    /// Put the NSH back: offset and length on the wire, or a reason.
    fn leave(frames: &Frames, packet: Packet, kept: &Self::Kept, context: [u8; 16], largest: usize) -> Result<(u16, u16), u32>;
}
