//! VNS, the Virtual Network Subsystem: moves packets between virtual NICs and the pool, through one small interface.
mod port;
pub use port::*;
