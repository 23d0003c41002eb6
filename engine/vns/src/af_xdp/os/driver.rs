//! What a driver says of itself (ethtool).
#![allow(unsafe_code)]

use std::mem::zeroed;
use std::os::fd::{AsRawFd, BorrowedFd};

const ETHTOOL_GDRVINFO: u32 = 0x3;
const ETHTOOL_GCHANNELS: u32 = 0x3c;

/// `struct ethtool_drvinfo`.
#[repr(C)]
struct Info {
    command: u32,
    driver: [u8; 32],
    version: [u8; 32],
    firmware: [u8; 32],
    bus: [u8; 32],
    rest: [u8; 68],
}

/// `struct ethtool_channels`: how many there may be, then how many there are.
#[repr(C)]
#[derive(Default)]
struct Channels {
    command: u32,
    most: [u32; 4],
    receive: u32,
    transmit: u32,
    other: u32,
    combined: u32,
}

/// A network interface's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Driver {
    /// Queues that packets arrive in.
    pub queues: u32,
    /// Packets that come out of it may come straight from a host's stack, with checksums that nobody completed.
    pub virtual_: bool,
}

impl Driver {
    /// A driver that says nothing is taken for a virtual one with a single queue.
    pub fn of(socket: BorrowedFd, interface: &str) -> Self {
        let mut channels = Channels { command: ETHTOOL_GCHANNELS, ..Channels::default() };
        let queues = if ask(socket, interface, &mut channels) { channels.receive + channels.combined } else { 1 };
        // SAFETY: integers and bytes, for which zeros stand.
        let mut info: Info = unsafe { zeroed() };
        info.command = ETHTOOL_GDRVINFO;
        let known = ask(socket, interface, &mut info);
        let virtual_ = !known || info.bus[0] == 0 || info.driver.starts_with(b"virtio_net\0");
        Self { queues: queues.max(1), virtual_ }
    }
}

/// `what` begins with its command and has the layout that the kernel knows for it.
fn ask<T>(socket: BorrowedFd, interface: &str, what: &mut T) -> bool {
    // SAFETY: a plain C struct; zeros are a name without letters.
    let mut request: libc::ifreq = unsafe { zeroed() };
    let room = request.ifr_name.len() - 1;
    for (to, from) in request.ifr_name[..room].iter_mut().zip(interface.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_data = std::ptr::from_mut(what).cast();
    // SAFETY: the kernel reads and writes a live value of the size that belongs to its command.
    unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, &mut request) == 0 }
}
