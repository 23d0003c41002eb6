//! An AF_XDP socket: one queue of an interface, with the pool as its memory.
#![allow(unsafe_code)]

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use libc::{c_int, socklen_t, xdp_desc, xdp_mmap_offsets, xdp_ring_offset, xdp_statistics, xdp_umem_reg};

use super::{Consumer, Producer};
use crate::Frames;

/// Packets on their way out, in bytes of the kernel's memory.
const BUFFER_BYTES: c_int = 8 << 20;

/// Entries of a socket's rings, powers of two. Without `transmit` it only receives.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub receive: u32,
    pub transmit: Option<u32>,
}

/// How a socket is bound.
pub(crate) enum Bound<'a> {
    /// With memory of its own: by copies, or without where the driver can.
    First { copy: bool },
    /// With the memory of a socket that was bound before.
    Shared(&'a Xsk),
}

pub(crate) struct Xsk {
    pub fill: Producer<u64>,
    pub received: Consumer<xdp_desc>,
    pub transmit: Option<Producer<xdp_desc>>,
    pub completed: Consumer<u64>,
    fd: OwnedFd,
}

pub(crate) fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Bytes of a page of this machine: 4, 16 or 64 KiB.
pub(crate) fn page_size() -> usize {
    // SAFETY: no memory is involved.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// Let the pool be pinned whatever its size, where that is permitted; where it is not, the kernel says so later.
pub(crate) fn raise_locked_memory() {
    let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the kernel reads a live value.
    let _ = unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &limit) };
}

impl Xsk {
    /// With its rings, bound to nothing. `memory` is registered unless it is shared; received packets begin `headroom` bytes behind
    /// the kernel's own 256.
    pub fn new(memory: Option<(&Frames, u32)>, sizes: Sizes) -> io::Result<Self> {
        // SAFETY: no memory is involved; the descriptor that comes back is owned by nobody else.
        let fd = unsafe {
            let fd = check(libc::socket(libc::AF_XDP, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0))?;
            OwnedFd::from_raw_fd(fd)
        };
        let socket = fd.as_fd();
        if let Some((frames, headroom)) = memory {
            register(socket, frames, headroom)?;
        }
        let completion = sizes.transmit.unwrap_or(1);
        set(socket, libc::SOL_XDP, libc::XDP_UMEM_FILL_RING, &sizes.receive)?;
        set(socket, libc::SOL_XDP, libc::XDP_UMEM_COMPLETION_RING, &completion)?;
        set(socket, libc::SOL_XDP, libc::XDP_RX_RING, &sizes.receive)?;
        if let Some(entries) = sizes.transmit {
            set(socket, libc::SOL_XDP, libc::XDP_TX_RING, &entries)?;
            let _ = set(socket, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, &BUFFER_BYTES);
        }
        let no = xdp_ring_offset { producer: 0, consumer: 0, desc: 0, flags: 0 };
        let at = get(socket, libc::XDP_MMAP_OFFSETS, xdp_mmap_offsets { rx: no, tx: no, fr: no, cr: no })?;
        let transmit = sizes.transmit.map(|size| Producer::map(socket, libc::XDP_PGOFF_TX_RING, size, at.tx)).transpose()?;
        Ok(Self {
            fill: Producer::map(socket, libc::XDP_UMEM_PGOFF_FILL_RING as libc::off_t, sizes.receive, at.fr)?,
            received: Consumer::map(socket, libc::XDP_PGOFF_RX_RING, sizes.receive, at.rx)?,
            transmit,
            completed: Consumer::map(socket, libc::XDP_UMEM_PGOFF_COMPLETION_RING as libc::off_t, completion, at.cr)?,
            fd,
        })
    }

    /// Take up the packets of a queue.
    pub fn bind(&self, index: u32, queue: u32, how: Bound) -> io::Result<()> {
        let (flags, other) = match how {
            Bound::First { copy } => (libc::XDP_USE_NEED_WAKEUP | if copy { libc::XDP_COPY } else { 0 }, 0),
            Bound::Shared(first) => (libc::XDP_SHARED_UMEM, first.fd.as_raw_fd() as u32),
        };
        let address = libc::sockaddr_xdp {
            sxdp_family: libc::AF_XDP as u16,
            sxdp_flags: flags,
            sxdp_ifindex: index,
            sxdp_queue_id: queue,
            sxdp_shared_umem_fd: other,
        };
        let length = size_of::<libc::sockaddr_xdp>() as socklen_t;
        // SAFETY: the kernel reads `length` bytes of a live value.
        check(unsafe { libc::bind(self.fd.as_raw_fd(), std::ptr::from_ref(&address).cast(), length) }).map(drop)
    }

    /// Have the kernel look at the transmit ring; it takes a few tens of packets a call.
    pub fn kick_transmit(&self) -> io::Result<()> {
        // SAFETY: an empty message, no address.
        let sent = unsafe { libc::sendto(self.fd.as_raw_fd(), std::ptr::null(), 0, libc::MSG_DONTWAIT, std::ptr::null(), 0) };
        check(sent as c_int).map(drop)
    }

    /// Have the kernel look at the fill ring.
    pub fn kick_fill(&self) {
        let (null, no_address) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: nothing is received, into no memory.
        unsafe { libc::recvfrom(self.fd.as_raw_fd(), null, 0, libc::MSG_DONTWAIT, no_address, std::ptr::null_mut()) };
    }

    /// Counters of the kernel, since the socket was made.
    pub fn statistics(&self) -> io::Result<xdp_statistics> {
        // SAFETY: a plain C struct of integers.
        get(self.fd.as_fd(), libc::XDP_STATISTICS, unsafe { zeroed() })
    }

    /// Does the driver work on the pool itself?
    pub fn is_zero_copy(&self) -> bool {
        let options = get(self.fd.as_fd(), libc::XDP_OPTIONS, libc::xdp_options { flags: 0 });
        options.is_ok_and(|options| options.flags & libc::XDP_OPTIONS_ZEROCOPY != 0)
    }
}

impl AsFd for Xsk {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Frame `n` of the pool is chunk `n` of the memory.
fn register(socket: BorrowedFd, frames: &Frames, headroom: u32) -> io::Result<()> {
    // SAFETY: a plain C struct of integers.
    let mut memory: xdp_umem_reg = unsafe { zeroed() };
    memory.addr = frames.pointer(0, 0, 0) as u64;
    memory.len = u64::from(frames.count()) * u64::from(frames.size());
    memory.chunk_size = frames.size();
    memory.headroom = headroom;
    // The kernel pins the pages, and writes packets to frames in the fill ring only: frames of the stock, which nobody else has.
    set(socket, libc::SOL_XDP, libc::XDP_UMEM_REG, &memory)
}

fn set<T>(socket: BorrowedFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as socklen_t;
    // SAFETY: the kernel reads `length` bytes of a live value.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, std::ptr::from_ref(value).cast(), length) }).map(drop)
}

fn get<T: Copy>(socket: BorrowedFd, name: c_int, mut value: T) -> io::Result<T> {
    let mut length = size_of::<T>() as socklen_t;
    let to = std::ptr::from_mut(&mut value).cast();
    // SAFETY: the kernel writes at most `length` bytes of a live value; only plain C structs are asked for.
    check(unsafe { libc::getsockopt(socket.as_raw_fd(), libc::SOL_XDP, name, to, &mut length) })?;
    Ok(value)
}
