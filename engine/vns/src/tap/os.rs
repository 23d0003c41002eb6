//! A TAP device: an interface of the host's whose packets are read from and written to a descriptor.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Read, Write};
use std::mem::zeroed;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;

use libc::{c_int, c_ulong, ifreq};

use crate::af_packet::os::OFFLOAD_LENGTH;
use crate::{Frames, Packet};

/// What the host may leave to us: checksums, and cutting TCP and UDP. Older kernels know no UDP.
const LEAVE: [c_ulong; 2] = [0x01 | 0x02 | 0x04 | 0x08 | 0x20 | 0x40, 0x01 | 0x02 | 0x04 | 0x08];
/// No checksum to complete, nothing to cut.
static NO_OFFLOAD: [u8; OFFLOAD_LENGTH] = [0; OFFLOAD_LENGTH];

pub(crate) struct Device {
    file: File,
    /// Any socket: what an interface is asked by.
    socket: OwnedFd,
    name: String,
}

impl Device {
    /// Make the device, or take up one that was left for us. It goes when it is closed, unless it was there before.
    pub fn open(name: &str) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun")?;
        let mut request = request(name);
        request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR) as libc::c_short;
        call(&file, libc::TUNSETIFF as c_ulong, std::ptr::from_mut(&mut request) as c_ulong)?;
        LEAVE.iter().map(|what| call(&file, libc::TUNSETOFFLOAD as c_ulong, *what)).find(Result::is_ok).transpose()?;
        // SAFETY: no memory is involved; the descriptor that comes back is owned by nobody else.
        let socket = unsafe {
            let fd = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
            (fd >= 0).then(|| OwnedFd::from_raw_fd(fd)).ok_or_else(io::Error::last_os_error)?
        };
        Ok(Self { file, socket, name: name.into() })
    }

    fn ask(&self, what: c_ulong, request: &mut ifreq) -> io::Result<()> {
        call(&self.socket, what, std::ptr::from_mut(request) as c_ulong)
    }

    /// Set it up, if it is not.
    pub fn bring_up(&self) -> io::Result<()> {
        let mut request = request(&self.name);
        self.ask(libc::SIOCGIFFLAGS as c_ulong, &mut request)?;
        // SAFETY: the kernel filled in this member.
        let flags = unsafe { request.ifr_ifru.ifru_flags };
        if c_int::from(flags) & libc::IFF_UP != 0 {
            return Ok(());
        }
        request.ifr_ifru.ifru_flags = flags | libc::IFF_UP as libc::c_short;
        self.ask(libc::SIOCSIFFLAGS as c_ulong, &mut request)
    }

    pub fn set_mtu(&self, mtu: c_int) -> io::Result<()> {
        let mut request = request(&self.name);
        request.ifr_ifru.ifru_mtu = mtu;
        self.ask(libc::SIOCSIFMTU as c_ulong, &mut request)
    }

    pub fn mtu(&self) -> io::Result<usize> {
        let mut request = request(&self.name);
        self.ask(libc::SIOCGIFMTU as c_ulong, &mut request)?;
        // SAFETY: the kernel filled in this member.
        Ok(usize::try_from(unsafe { request.ifr_ifru.ifru_mtu }).unwrap_or(0))
    }

    /// The next packet, offload header first. Returns the length of both.
    #[inline]
    pub fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        (&self.file).read(into)
    }

    /// Hand a packet to the host, straight from the pool.
    #[inline]
    pub fn write(&self, frames: &Frames, packet: &Packet) -> io::Result<()> {
        let at = frames.pointer(packet.frame, packet.offset.into(), packet.length.into());
        // SAFETY: in the pool (`pointer` checks), and the kernel alone reads it, as memory that may change at any time.
        let bytes = unsafe { std::slice::from_raw_parts(at, packet.length.into()) };
        (&self.file).write_vectored(&[IoSlice::new(&NO_OFFLOAD), IoSlice::new(bytes)]).map(drop)
    }

    /// What to poll.
    pub fn raw(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

fn request(name: &str) -> ifreq {
    // SAFETY: a plain C struct; zeros are a name without letters.
    let mut request: ifreq = unsafe { zeroed() };
    let room = request.ifr_name.len() - 1;
    for (to, from) in request.ifr_name[..room].iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request
}

/// `argument` is a number, or the address of a live value of the size that belongs to `what`.
fn call(on: &impl AsRawFd, what: c_ulong, argument: c_ulong) -> io::Result<()> {
    // SAFETY: as said above, which the callers here keep to.
    match unsafe { libc::ioctl(on.as_raw_fd(), what as _, argument) } {
        0.. => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
