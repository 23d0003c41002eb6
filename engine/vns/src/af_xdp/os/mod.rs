//! The kernel's side of `af_xdp`: sockets with their rings, the program that hands packets to them, what the driver says of itself.
//! What it offers is safe.
mod bpf;
mod driver;
mod poll;
mod ring;
mod socket;

pub(crate) use bpf::{Attached, Map, Mode, Program};
pub(crate) use driver::Driver;
pub(crate) use poll::Poll;
pub(crate) use ring::{Consumer, Producer};
pub(crate) use socket::{page_size, raise_locked_memory, Bound, Sizes, Xsk};
