//! `memif`: packets to and from a program that speaks memif 2.0 (VPP, DPDK), through memory that it and the port share.
//! Copied once each way: what lies in that memory belongs to both.
mod os;

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use memif::{Broken, Chain, Config, Memif as Interface, Reader, Reserved, Role, Writer};

use crate::loopback::now_ns;
use crate::options::Options;
use crate::place::{fault, refused, room};
use crate::{Frames, Missed, OpenError, Packet, Port, Received, State, Stock};

/// Bursts between two looks at the control socket while packets come.
const TEND_EVERY: u32 = 256;
/// A peer that published a packet just before it could see that it has to ring is looked after once more so much later.
const UNSEEN: Duration = Duration::from_micros(50);
/// `sun_path`, with the zero that ends it.
const SOCKET_PATH: usize = 107;
const RING_SIZE: u64 = 1024;
const BUFFER_SIZE: u64 = 2048;

pub(crate) struct Memif {
    interface: Interface,
    socket: String,
    sent: Vec<u32>,
    missed: Missed,
    bursts: u32,
    unseen: Option<Instant>,
}

impl Memif {
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        options.only(&["socket", "id", "role", "ring_size", "buffer_size"])?;
        let socket = options.text("socket")?.ok_or_else(|| options.bad("socket", "is missing"))?;
        if socket.len() > SOCKET_PATH {
            return Err(options.bad("socket", "is longer than the 107 bytes that the path of a socket may have"));
        }
        let role = match options.text("role")? {
            Some("server") => Role::Server,
            Some("client") => Role::Client,
            _ => return Err(options.bad("role", "has to be server (it listens at the socket) or client (it connects)")),
        };
        let ring_size = options.within("ring_size", 16..=16_384)?.unwrap_or(RING_SIZE);
        if !ring_size.is_power_of_two() {
            return Err(options.bad("ring_size", "has to be a power of two"));
        }
        let config = Config {
            socket: socket.into(),
            id: options.count("id", u32::MAX.into())?.unwrap_or(0) as u32,
            role,
            ring_log2: ring_size.ilog2() as u8,
            buffer_size: options.within("buffer_size", 128..=65_536)?.unwrap_or(BUFFER_SIZE) as u32,
            name: "coven".into(),
        };
        let interface = Interface::open(config).map_err(|error| explain(socket, &error))?;
        let (sent, missed) = (Vec::new(), Missed::default());
        Ok(Self { interface, socket: socket.into(), sent, missed, bursts: 0, unseen: None })
    }

    /// Nothing came: have the peer ring from now on, and see what it says besides.
    fn rest(&mut self) {
        let now = Instant::now();
        match self.interface.link() {
            Some(link) if link.reader.is_masked() => {
                link.reader.set_masked(false);
                self.unseen = Some(now + UNSEEN);
            }
            _ => {
                let left = self.unseen.filter(|until| *until > now);
                self.unseen = if self.interface.tend() { Some(now) } else { left };
            }
        }
    }

    /// Something came: it need not ring while we look anyway.
    fn work(&mut self) {
        if let Some(link) = self.interface.link() {
            link.reader.set_masked(true);
        }
        self.unseen = None;
        self.bursts = self.bursts.wrapping_add(1);
        if self.bursts % TEND_EVERY == 0 {
            self.interface.tend();
        }
    }
}

fn receive(
    reader: &mut Reader,
    frames: &Frames,
    stock: &mut dyn Stock,
    offset: u16,
    max: usize,
    into: &mut Vec<Received>,
) -> Result<(), Broken> {
    let (room, mut time_ns) = (room(frames, offset), 0);
    for number in 0..max {
        let Some(Chain { length, cut }) = reader.peek()? else { break };
        let Some(frame) = stock.take() else { break };
        if number == 0 {
            time_ns = now_ns();
        }
        into.push(match fault(room, if cut { 0 } else { length }, length.max(1)) {
            Some(fault) => refused(frame, offset, time_ns, fault),
            None => {
                let mut at = u32::from(offset);
                for piece in reader.pieces() {
                    os::copy_in(frames, frame, at, &piece);
                    at += piece.length as u32;
                }
                Received { packet: Packet { frame, offset, length: length as u16 }, time_ns, fault: None }
            }
        });
        reader.skip();
    }
    reader.release();
    Ok(())
}

/// How many were taken, and how many of these fit nowhere.
fn transmit(writer: &mut Writer, frames: &Frames, packets: &[Packet]) -> Result<(usize, u64), Broken> {
    let mut missed = 0;
    for (number, packet) in packets.iter().enumerate() {
        match writer.reserve(packet.length.into())? {
            Reserved::Full => return Ok((number, missed)),
            Reserved::TooLarge => missed += 1,
            Reserved::Room => {
                let mut at = u32::from(packet.offset);
                for piece in writer.pieces() {
                    os::copy_out(frames, packet.frame, at, &piece);
                    at += piece.length as u32;
                }
                writer.commit();
            }
        }
    }
    Ok((packets.len(), missed))
}

impl Port for Memif {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let before = into.len();
        if let Some(link) = self.interface.link() {
            if let Err(broken) = receive(&mut link.reader, frames, stock, data_offset, max, into) {
                self.interface.give_up(broken);
            }
        }
        if into.len() > before {
            self.work();
        } else if max > 0 {
            self.rest();
        }
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let Some(link) = self.interface.link() else { return 0 };
        let taken = match transmit(&mut link.writer, frames, packets) {
            Ok((taken, missed)) => {
                link.writer.publish();
                self.missed.tx += missed;
                taken
            }
            Err(broken) => {
                self.interface.give_up(broken);
                0
            }
        };
        self.sent.extend(packets[..taken].iter().map(|packet| packet.frame));
        taken
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.interface.descriptor().as_raw_fd())
    }

    fn due(&self) -> Option<Instant> {
        self.unseen.or_else(|| self.interface.due())
    }

    fn missed(&mut self) -> Missed {
        self.missed
    }

    fn state(&self) -> State {
        self.interface.why_down().map_or(State::Up, |why| State::Down(format!("memif at {}: {why}", self.socket)))
    }

    /// What does not fit into one buffer goes as a chain of them.
    fn largest(&self) -> usize {
        u16::MAX.into()
    }
}

/// What to do about it, where there is something.
fn explain(socket: &str, error: &io::Error) -> OpenError {
    let (reason, what) = match error.kind() {
        io::ErrorKind::AddrInUse => {
            ("socket-busy", "another server listens there, or the file is no socket; choose another path".into())
        }
        io::ErrorKind::PermissionDenied => {
            ("not-permitted", "its folder can't be written; choose one that belongs to this user".into())
        }
        io::ErrorKind::NotFound => ("socket-folder-missing", "its folder does not exist; make it".into()),
        _ => ("port-failed", error.to_string()),
    };
    OpenError::new(reason, format!("memif socket {socket}: {what}"))
}
