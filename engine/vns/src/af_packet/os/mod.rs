//! The kernel's side of `af_packet`: the only files of VNS with unsafe code. What they offer is safe.
mod fanout;
mod ring;
mod socket;

pub(crate) use ring::{Ring, Slot};
pub(crate) use socket::Socket;

/// Bytes of the header (virtio_net_hdr) that says which checksum is missing and how a large packet is to be cut.
pub(crate) const OFFLOAD_LENGTH: usize = 10;
