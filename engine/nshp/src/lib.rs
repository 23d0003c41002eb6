//! NSHP, the NSH Processor (RFC 8300): takes the NSH off before the first component and puts it back after the last.
//!
//! The seam that `coven-engine` stands on; the rules T1-T13 are named in `proxy`.

pub use channel::Frames;

/// What NSHP keeps of a packet's NSH, in private memory, while the payload is with the components.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// The outer Ethernet header and the NSH, as they came; `length` bytes of it count.
    pub bytes: [u8; 40],
    /// Bytes kept; 0: the packet came without NSH.
    pub length: u8,
    /// Next protocol 1 or 2: the components got an Ethernet header that is not the packet's own.
    pub made_ethernet: bool,
}

/// What a packet at a `proxy` port is.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// No NSH.
    Plain,
    /// NSH taken off: the payload begins at `offset`.
    Nsh {
        /// First byte of what the component sees.
        offset: u16,
        /// Its bytes.
        length: u16,
        /// First 32 bits of the NSH.
        base: u32,
        /// SPI << 8 | SI.
        path: u32,
        /// MD type 1 context; zero for MD type 2.
        context: [u8; 16],
        /// To be handed to `leave`.
        kept: Kept,
    },
    /// To be dropped; `path` is SPI << 8 | SI if it was read.
    Drop {
        /// A reason of spec/channel.toml.
        reason: u32,
        /// For the counter per SPI and SI.
        path: Option<u32>,
    },
}
