//! memif 2.0, the shared-memory interface of VPP and DPDK, to the layout of its public header (`memif.h` of libmemif): a control
//! socket on which the client offers memory with two rings, and packets in that memory. Both roles; one ring each way.
//!
//! The other side is not trusted: what it says is copied, then checked, then used, and memory that it could take away again is refused.
mod bell;
mod client;
mod control;
mod memory;
mod message;
mod port;
mod ring;
mod server;

pub use memory::Piece;
pub use port::{Config, Memif, Role};
pub use ring::{Broken, Chain, Reader, Reserved, Writer};

/// An interface that is connected: packets in, packets out.
pub struct Link {
    /// What the peer sends.
    pub reader: Reader,
    /// What is sent to it.
    pub writer: Writer,
}
