//! `af_packet`: a network interface of the host, through a PF_PACKET socket. Received by a memory-mapped ring, copied once into
//! the pool; sent straight from the pool, one call a burst.
pub(crate) mod large;
pub(crate) mod link;
mod offload;
pub(crate) mod os;
mod segment;
mod share;
mod spread;

use std::io;
use std::os::fd::RawFd;
use std::time::Instant;

use crate::options::Options;
use crate::place::{fault, place, refused, room};
use crate::{Frames, Member, Missed, OpenError, Packet, Port, Received, State, Stock};
use large::Large;
use link::Link;
use offload::Offload;
use os::{Ring, Slot, Socket};
use share::Share;

pub(crate) struct AfPacket {
    ring: Ring,
    socket: Socket,
    link: Link,
    large: Large,
    sent: Vec<u32>,
    missed: Missed,
    note: Option<String>,
    /// With the same port of the engine's other threads, if there are any.
    share: Option<Share>,
}

impl AfPacket {
    pub fn open(options: &Options, member: &Member) -> Result<Self, OpenError> {
        options.only(&["interface"])?;
        let name = options.text("interface")?.ok_or_else(|| options.bad("interface", "is missing"))?;
        Self::on(name, member).map_err(|error| explain(name, &error))
    }

    /// In place of another backend, which could not be had, and why.
    pub fn instead(name: &str, note: String, member: &Member) -> Result<Self, OpenError> {
        let port = Self::on(name, member).map_err(|error| explain(name, &error))?;
        Ok(Self { note: Some(note), ..port })
    }

    fn on(name: &str, member: &Member) -> io::Result<Self> {
        let mut share = Share::of(name, member);
        let (socket, ring, link) = match &mut share {
            Some(share) => share.open()?,
            None => sockets(name, |_| Ok(()))?,
        };
        Ok(Self { ring, socket, link, large: Large::new(), sent: Vec::new(), missed: Missed::default(), note: None, share })
    }

    /// To be called when nothing was received.
    fn look(&mut self) {
        let looked = self.link.look(&self.socket);
        let Some(share) = self.share.as_mut().filter(|_| looked) else { return };
        if let Some((socket, ring, link)) = share.look(&self.socket, &self.link) {
            self.missed.rx += self.socket.missed().unwrap_or(0);
            (self.socket, self.ring, self.link) = (socket, ring, link);
        }
    }

    /// Packets of the usual size go from their slot to a frame; the others are set aside to be cut. True: go on.
    fn receive_one(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, into: &mut Vec<Received>) -> bool {
        let Some(slot) = self.ring.front() else { return false };
        let offload = Offload::parse(&slot.offload);
        if slot.queued || offload.cut.is_some() || slot.bytes.len() < slot.original {
            self.missed.rx += u64::from(!self.large.take(&slot, offload, &self.socket));
        } else {
            let Some(frame) = stock.take() else { return false };
            into.push(copy(frames, frame, data_offset, &slot, offload));
        }
        self.ring.release();
        true
    }

    /// A packet that the link refuses must not hold up those behind it: it counts as taken, and as missed.
    fn refused(&mut self, error: &io::Error) -> usize {
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM | libc::EINTR) => 0,
            Some(libc::ENETDOWN | libc::ENXIO | libc::ENODEV) => {
                self.link.went_down(error);
                0
            }
            _ => {
                self.missed.tx += 1;
                1
            }
        }
    }
}

/// A socket on an interface with its ring; `prepare` comes before it hears anything.
fn sockets(name: &str, prepare: impl FnOnce(&Socket) -> io::Result<()>) -> io::Result<(Socket, Ring, Link)> {
    let index = Socket::index_of(name)?;
    let socket = Socket::listening()?;
    if !socket.is_ethernet(name)? {
        return Err(io::ErrorKind::Unsupported.into());
    }
    prepare(&socket)?;
    let ring = socket.ring(socket.mtu_of(name)? + link::HEADER_BYTES)?;
    let link = Link::bind(name, index, &socket)?;
    Ok((socket, ring, link))
}

/// With the tag put back that the kernel took out, and the checksum completed that it left open.
fn copy(frames: &Frames, frame: u32, offset: u16, slot: &Slot, offload: Offload) -> Received {
    let mut shift = 0;
    let received = match slot.tag {
        None => place(frames, frame, offset, slot.bytes, slot.original, slot.time_ns),
        Some(tag) => {
            shift = wire::TAG_LENGTH;
            let whole = slot.bytes.len() + shift;
            if let Some(fault) = fault(room(frames, offset), whole, slot.original + shift) {
                return refused(frame, offset, slot.time_ns, fault);
            }
            let at = u32::from(offset);
            frames.copy_in(frame, at, &slot.bytes[..12]);
            frames.copy_in(frame, at + 12, &tag.emit());
            frames.copy_in(frame, at + 16, &slot.bytes[12..]);
            Received { packet: Packet { frame, offset, length: whole as u16 }, time_ns: slot.time_ns, fault: None }
        }
    };
    if let (Some(checksum), None) = (offload.checksum, received.fault) {
        checksum.complete(slot.bytes, frames, frame, usize::from(offset) + shift);
    }
    received
}

impl Port for AfPacket {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let (before, end) = (into.len(), into.len() + max);
        while into.len() < end {
            if self.large.waits() {
                let Some(frame) = stock.take() else { return };
                into.push(self.large.next(frames, frame, data_offset));
            } else if !self.receive_one(frames, stock, data_offset, into) {
                break;
            }
        }
        if into.len() == before {
            self.look();
        }
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let mut taken = 0;
        while taken < packets.len() && self.link.is_up() {
            let now = match self.socket.send(frames, &packets[taken..]) {
                Ok(now) => now,
                Err(error) => self.refused(&error),
            };
            if now == 0 {
                break;
            }
            taken += now;
        }
        self.sent.extend(packets[..taken].iter().map(|packet| packet.frame));
        taken
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.socket.raw())
    }

    fn due(&self) -> Option<Instant> {
        let gathers = self.share.as_ref().is_some_and(|share| !share.is_whole());
        match self.large.waits() {
            true => Some(self.link.opened()),
            false if gathers => Some(self.link.next_look()),
            false => self.link.due(),
        }
    }

    fn note(&self) -> Option<String> {
        self.note.clone()
    }

    fn missed(&mut self) -> Missed {
        self.missed.rx += self.socket.missed().unwrap_or(0);
        let _ = self.link.measure(&self.socket); // gone: `look` says so
        self.missed
    }

    fn state(&self) -> State {
        self.link.state()
    }

    fn largest(&self) -> usize {
        self.link.largest()
    }
}

/// What to do about it, where there is something.
fn explain(name: &str, error: &io::Error) -> OpenError {
    match error.raw_os_error() {
        Some(libc::ENODEV | libc::ENXIO) => {
            let message = format!("there is no interface {name} here; `ip link` lists them");
            OpenError::new("interface-missing", message)
        }
        Some(libc::EPERM | libc::EACCES) => {
            let todo = "start the engine as root, or give it the capability: setcap cap_net_raw+ep coven-engine";
            OpenError::new("not-permitted", format!("interface {name} needs the capability CAP_NET_RAW: {todo}"))
        }
        None if error.kind() == io::ErrorKind::Unsupported => {
            let message = format!("interface {name} carries no Ethernet frames; use one of type ether");
            OpenError::new("interface-not-ethernet", message)
        }
        _ => OpenError::new("port-failed", format!("interface {name} can't be opened: {error}")),
    }
}
