//! A PF_PACKET socket and what is asked of the interface that it is bound to.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, c_void, socklen_t};

use super::{Ring, OFFLOAD_LENGTH};
use crate::{Frames, Packet};

/// Packets of one call.
const BATCH: usize = 64;
/// Large packets that wait beside the ring, and packets on their way out, in bytes.
const BUFFER_BYTES: c_int = 8 << 20;

/// Reserved (IANA, EtherTypes): no packet has it.
const NO_PROTOCOL: u16 = 0xffff;

pub(crate) struct Socket {
    fd: OwnedFd,
    protocol: u16,
    batch: Box<Batch>,
}

/// What `sendmmsg` reads; every pointer in it is written anew before a call.
struct Batch {
    messages: [libc::mmsghdr; BATCH],
    parts: [[libc::iovec; 2]; BATCH],
}

// SAFETY: the pointers are only followed during `send`, which writes them first.
unsafe impl Send for Batch {}

/// No checksum to complete, nothing to cut.
static NO_OFFLOAD: [u8; OFFLOAD_LENGTH] = [0; OFFLOAD_LENGTH];

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

impl Socket {
    /// A socket that receives everything, once it is bound.
    pub fn listening() -> io::Result<Self> {
        Self::new(libc::ETH_P_ALL as u16)
    }

    /// A socket that hears of its interface going down, and has it hear everything, but receives nothing itself.
    pub fn watching() -> io::Result<Self> {
        Self::new(NO_PROTOCOL)
    }

    fn new(protocol: u16) -> io::Result<Self> {
        // SAFETY: no memory is involved; the descriptor that comes back is owned by nobody else.
        let fd = unsafe {
            let fd = check(libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0))?;
            OwnedFd::from_raw_fd(fd)
        };
        // SAFETY: integers and null pointers, for which all zeros stand.
        let socket = Self { fd, protocol, batch: Box::new(unsafe { zeroed() }) };
        socket.prepare()?;
        Ok(socket)
    }

    /// Before the ring: these options are refused after it.
    fn prepare(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V2 as c_int))?;
        self.set(libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1)?;
        self.set(libc::SOL_PACKET, libc::PACKET_COPY_THRESH, &1)?;
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1)?;
        for (forced, allowed) in [(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF), (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF)] {
            self.set(libc::SOL_SOCKET, forced, &BUFFER_BYTES).or_else(|_| self.set(libc::SOL_SOCKET, allowed, &BUFFER_BYTES))?;
        }
        Ok(())
    }

    pub(super) fn set<T>(&self, level: c_int, name: c_int, value: &T) -> io::Result<()> {
        let length = size_of::<T>() as socklen_t;
        // SAFETY: the kernel reads `length` bytes of a live value.
        check(unsafe { libc::setsockopt(self.raw(), level, name, std::ptr::from_ref(value).cast(), length) }).map(drop)
    }

    pub(super) fn get<T: Copy>(&self, level: c_int, name: c_int, mut value: T) -> io::Result<T> {
        let mut length = size_of::<T>() as socklen_t;
        let to = std::ptr::from_mut(&mut value).cast();
        // SAFETY: the kernel writes at most `length` bytes of a live value; only plain C structs and integers are asked for.
        check(unsafe { libc::getsockopt(self.raw(), level, name, to, &mut length) })?;
        Ok(value)
    }

    /// Give the socket its receive ring, for packets of up to `largest` bytes.
    pub fn ring(&self, largest: usize) -> io::Result<Ring> {
        let request = Ring::request(largest);
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        Ring::map(self.fd.as_fd(), &request)
    }

    /// Receive what interface `index` sees, and send by it. Works again when the interface has come back.
    pub fn bind(&self, index: u32) -> io::Result<()> {
        // SAFETY: a plain C struct of integers.
        let mut address: libc::sockaddr_ll = unsafe { zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = self.protocol.to_be();
        address.sll_ifindex = index as c_int;
        let length = size_of::<libc::sockaddr_ll>() as socklen_t;
        // SAFETY: the kernel reads `length` bytes of a live value.
        check(unsafe { libc::bind(self.raw(), std::ptr::from_ref(&address).cast(), length) })?;
        // SAFETY: as above.
        let mut promiscuous: libc::packet_mreq = unsafe { zeroed() };
        promiscuous.mr_ifindex = index as c_int;
        promiscuous.mr_type = libc::PACKET_MR_PROMISC as u16;
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &promiscuous)
    }

    /// The oldest packet that did not fit in its slot, offload header first. Returns its length, which may exceed `into`.
    pub fn receive_queued(&self, into: &mut [u8]) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
        // SAFETY: the kernel writes at most `into.len()` bytes.
        let length = unsafe { libc::recv(self.raw(), into.as_mut_ptr().cast::<c_void>(), into.len(), flags) };
        usize::try_from(length).map_err(|_| io::Error::last_os_error())
    }

    /// Send in order, straight from the pool, in one call a batch; the kernel copies. Returns how many it took, if any.
    pub fn send(&mut self, frames: &Frames, packets: &[Packet]) -> io::Result<usize> {
        let packets = &packets[..packets.len().min(BATCH)];
        let Batch { messages, parts } = &mut *self.batch;
        for ((packet, parts), message) in packets.iter().zip(parts).zip(messages.iter_mut()) {
            parts[0] = libc::iovec { iov_base: NO_OFFLOAD.as_ptr().cast_mut().cast(), iov_len: OFFLOAD_LENGTH };
            let bytes = frames.pointer(packet.frame, packet.offset.into(), packet.length.into());
            parts[1] = libc::iovec { iov_base: bytes.cast(), iov_len: packet.length.into() };
            message.msg_hdr.msg_iov = parts.as_mut_ptr();
            message.msg_hdr.msg_iovlen = 2;
        }
        // SAFETY: every message points to two parts, these to bytes in the pool (`pointer` checks) that the kernel only reads.
        let taken =
            unsafe { libc::sendmmsg(self.fd.as_raw_fd(), messages.as_mut_ptr(), packets.len() as u32, libc::MSG_DONTWAIT as _) };
        check(taken).map(|taken| taken as usize)
    }

    /// Packets that the kernel could not hand over since the last call.
    pub fn missed(&self) -> io::Result<u64> {
        // SAFETY: a plain C struct of integers.
        let nothing: libc::tpacket_stats = unsafe { zeroed() };
        self.get(libc::SOL_PACKET, libc::PACKET_STATISTICS, nothing).map(|counted| counted.tp_drops.into())
    }

    /// The error that waits on the socket; taking it clears it.
    pub fn take_error(&self) -> Option<io::Error> {
        let code = self.get(libc::SOL_SOCKET, libc::SO_ERROR, 0 as c_int).unwrap_or(0);
        (code != 0).then(|| io::Error::from_raw_os_error(code))
    }

    /// Number of the interface with this name.
    pub fn index_of(name: &str) -> io::Result<u32> {
        let name = CString::new(name)?;
        // SAFETY: a string that ends with a zero.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => Err(io::Error::last_os_error()),
            index => Ok(index),
        }
    }

    /// Its MTU, without the Ethernet header.
    pub fn mtu_of(&self, name: &str) -> io::Result<usize> {
        let asked = self.ask(name, libc::SIOCGIFMTU)?;
        // SAFETY: the kernel filled in this member.
        Ok(usize::try_from(unsafe { asked.ifr_ifru.ifru_mtu }).unwrap_or(0))
    }

    /// Is it up?
    pub fn is_up(&self, name: &str) -> io::Result<bool> {
        let asked = self.ask(name, libc::SIOCGIFFLAGS)?;
        // SAFETY: the kernel filled in this member.
        Ok(c_int::from(unsafe { asked.ifr_ifru.ifru_flags }) & libc::IFF_UP != 0)
    }

    /// Do its frames begin with an Ethernet header? Those of the host's loopback do.
    pub fn is_ethernet(&self, name: &str) -> io::Result<bool> {
        let asked = self.ask(name, libc::SIOCGIFHWADDR)?;
        // SAFETY: the kernel filled in this member.
        let kind = unsafe { asked.ifr_ifru.ifru_hwaddr.sa_family };
        Ok(matches!(kind, libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK))
    }

    fn ask(&self, name: &str, what: libc::c_ulong) -> io::Result<libc::ifreq> {
        // SAFETY: a plain C struct; zeros are a name without letters.
        let mut request: libc::ifreq = unsafe { zeroed() };
        let room = request.ifr_name.len() - 1;
        for (to, from) in request.ifr_name[..room].iter_mut().zip(name.bytes()) {
            *to = from as libc::c_char;
        }
        // SAFETY: the request is live and of the size that the kernel reads and writes.
        check(unsafe { libc::ioctl(self.raw(), what as _, &mut request) })?;
        Ok(request)
    }

    /// What to poll.
    pub fn raw(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
