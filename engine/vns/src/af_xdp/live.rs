//! The sockets of an interface, from when it is up until it goes: frames lent to the kernel, packets taken from it, packets handed to it.
use std::io;
use std::os::fd::AsFd;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libc::xdp_desc;

use super::held::Held;
use super::os::{raise_locked_memory, Attached, Bound, Map, Mode, Poll, Program, Sizes, Xsk};
use crate::{Fault, Frames, Missed, Packet, Received, Stock};

/// Between the kernel's own 256 bytes and the packet, so that it begins where the others' do (spec/channel.toml, data_offset_default).
const HEADROOM: u32 = channel::layout::LIMITS_DATA_OFFSET_DEFAULT - 256;
/// Shorter is no packet: an Ethernet header.
const SHORTEST: u16 = 14;
/// Packets that one call of the kernel takes, and calls that are made at most.
const KICKS_MAX: u32 = 1 + super::TRANSMIT_MAX / 32;

/// What does not change while the port is open.
pub(crate) struct Shape {
    pub frames: Frames,
    pub queues: u32,
    /// Frames lent to each queue.
    pub fill: usize,
    pub transmit: usize,
}

/// What the kernel refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub what: &'static str,
    pub error: io::Error,
}

trait At<T> {
    fn at(self, what: &'static str) -> Result<T, Refused>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, what: &'static str) -> Result<T, Refused> {
        self.map_err(|error| Refused { what, error })
    }
}

struct Queue {
    socket: Xsk,
    /// Frames that it has.
    lent: usize,
}

pub(crate) struct Live {
    // Dropped first, so that nothing is redirected to a socket that goes.
    attached: Attached,
    map: Map,
    queues: Vec<Queue>,
    entered: bool,
    next: usize,
    held: Held,
    frame_shift: u32,
}

impl Live {
    /// Where another has its queues, or had them a moment ago, try for so long.
    pub fn new(index: u32, shape: &Shape, poll: &Poll, patience: Duration) -> Result<Self, Refused> {
        raise_locked_memory();
        let map = Map::new(shape.queues).at("map")?;
        let program = Program::redirect(&map).at("program")?;
        let attached = Attached::to(index, &program).at("program on the interface")?;
        let copy = attached.mode == Mode::Generic;
        let mut queues: Vec<Queue> = Vec::new();
        for number in 0..shape.queues {
            let socket = socket(shape, number)?;
            let how = || queues.first().map_or(Bound::First { copy }, |first| Bound::Shared(&first.socket));
            patiently(patience, || socket.bind(index, number, how())).at("queue")?;
            poll.add(socket.as_fd()).at("epoll")?;
            queues.push(Queue { socket, lent: 0 });
        }
        let frame_shift = shape.frames.size().trailing_zeros();
        Ok(Self { attached, map, queues, entered: false, next: 0, held: Held::new(shape.frames.count()), frame_shift })
    }

    /// How it works, for people.
    pub fn manner(&self) -> String {
        let mode = match self.attached.mode {
            Mode::Native => "in the driver",
            Mode::Generic => "behind the driver",
        };
        let copies = if self.is_zero_copy() { "without copies" } else { "with copies" };
        format!("AF_XDP {mode}, {copies}, queues: {}", self.queues.len())
    }

    fn is_zero_copy(&self) -> bool {
        self.queues.first().is_some_and(|queue| queue.socket.is_zero_copy())
    }

    /// Queues take turns to be first.
    pub fn receive(
        &mut self,
        shape: &Shape,
        stock: &mut dyn Stock,
        max: usize,
        time_ns: impl Fn() -> u64,
        into: &mut Vec<Received>,
    ) {
        let (before, end) = (into.len(), into.len() + max);
        for turn in 0..self.queues.len() {
            let number = (self.next + turn) % self.queues.len();
            self.take(number, end, into);
            self.lend(number, shape, stock);
        }
        self.next = (self.next + 1) % self.queues.len();
        if into.len() > before {
            let time_ns = time_ns();
            into[before..].iter_mut().for_each(|received| received.time_ns = time_ns);
        }
        if !self.entered && self.held.receiving > 0 {
            self.enter();
        }
    }

    #[inline]
    fn take(&mut self, number: usize, end: usize, into: &mut Vec<Received>) {
        let queue = &mut self.queues[number];
        let before = into.len();
        while into.len() < end {
            let Some(one) = queue.socket.received.pop() else { break };
            queue.lent = queue.lent.saturating_sub(1);
            let (frame, offset) = ((one.addr >> self.frame_shift) as u32, one.addr as u32 & ((1 << self.frame_shift) - 1));
            if self.held.received(frame) {
                let packet = Packet { frame, offset: offset as u16, length: one.len as u16 };
                let fault = (packet.length < SHORTEST).then_some(Fault::Truncated);
                into.push(Received { packet, time_ns: 0, fault });
            }
        }
        if into.len() > before {
            queue.socket.received.release();
        }
    }

    #[inline]
    fn lend(&mut self, number: usize, shape: &Shape, stock: &mut dyn Stock) {
        let queue = &mut self.queues[number];
        while queue.lent < shape.fill {
            let Some(frame) = stock.take() else { break };
            self.held.lend(frame);
            queue.socket.fill.push(u64::from(frame) << self.frame_shift);
            queue.lent += 1;
        }
        if queue.socket.fill.publish() && queue.socket.fill.wants_wakeup() {
            queue.socket.kick_fill();
        }
    }

    /// Only now, that there is somewhere to put them, packets come here and no longer to the host.
    fn enter(&mut self) {
        let enter = |(number, queue): (usize, &Queue)| self.map.enter(number as u32, queue.socket.as_fd());
        self.entered = true;
        if let Some(error) = self.queues.iter().enumerate().map(enter).find_map(Result::err) {
            eprintln!("coven-engine: AF_XDP: a socket was refused in the map of the program: {error}");
        }
    }

    /// Hand packets to the kernel; it sees them with the next `kick`. Returns how many it takes.
    pub fn transmit(&mut self, shape: &Shape, packets: &[Packet]) -> usize {
        let room = shape.transmit.saturating_sub(self.held.transmitting);
        let Some(ring) = &mut self.queues[0].socket.transmit else { return 0 };
        for packet in packets.iter().take(room) {
            self.held.send(packet.frame);
            let addr = (u64::from(packet.frame) << self.frame_shift) + u64::from(packet.offset);
            ring.push(xdp_desc { addr, len: packet.length.into(), options: 0 });
        }
        ring.publish();
        packets.len().min(room)
    }

    /// Have what waits transmitted. Returns packets that the link dropped on the way; an error: it is down.
    pub fn kick(&mut self) -> io::Result<u64> {
        let socket = &self.queues[0].socket;
        let Some(ring) = &socket.transmit else { return Ok(0) };
        let (mut waiting, mut dropped) = (ring.waiting(), 0);
        for _ in 0..KICKS_MAX {
            if waiting == 0 || !ring.wants_wakeup() {
                break;
            }
            let before = waiting;
            match socket.kick_transmit().map_err(|error| (error.raw_os_error(), error)) {
                Err((Some(libc::EBUSY), _)) => dropped += 1,
                Err((Some(libc::ENETDOWN | libc::ENXIO | libc::ENODEV), error)) => return Err(error),
                _ => {}
            }
            waiting = ring.waiting();
            if waiting == before {
                break;
            }
        }
        Ok(dropped)
    }

    /// Frames whose transmission is over.
    pub fn completed(&mut self, into: &mut Vec<u32>) {
        let before = into.len();
        let ring = &mut self.queues[0].socket.completed;
        while let Some(addr) = ring.pop() {
            let frame = (addr >> self.frame_shift) as u32;
            if self.held.sent(frame) {
                into.push(frame);
            }
        }
        if into.len() > before {
            ring.release();
        }
    }

    pub fn transmitting(&self) -> bool {
        self.held.transmitting > 0
    }

    pub fn receiving(&self) -> usize {
        self.held.receiving
    }

    /// Counted by the sockets since they were opened.
    pub fn missed(&self) -> Missed {
        let all = self.queues.iter().filter_map(|queue| queue.socket.statistics().ok());
        all.fold(Missed::default(), |sum, one| Missed {
            rx: sum.rx + one.rx_dropped + one.rx_ring_full,
            tx: sum.tx + one.tx_invalid_descs,
        })
    }

    /// Close the sockets. Returns the frames that the kernel had: to receive into, and to transmit.
    pub fn close(self, index: u32, shape: &Shape) -> [Vec<u32>; 2] {
        let (zero_copy, frames) = (self.is_zero_copy(), self.held.all());
        drop(self);
        if zero_copy {
            wait_for_driver(index, shape);
        }
        frames
    }
}

fn socket(shape: &Shape, number: u32) -> Result<Xsk, Refused> {
    let first = number == 0;
    let transmit = first.then_some((shape.transmit as u32).next_power_of_two());
    let sizes = Sizes { receive: (shape.fill as u32).next_power_of_two(), transmit };
    Xsk::new(first.then_some((&shape.frames, HEADROOM)), sizes).at("socket")
}

/// The kernel lets go of a queue some time after its socket was closed; until then it says that it is busy.
fn patiently(patience: Duration, mut bind: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let until = Instant::now() + patience;
    let mut pause = Duration::from_millis(1);
    loop {
        match bind() {
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) && Instant::now() + pause < until => sleep(pause),
            done => return done,
        }
        pause *= 2;
    }
}

/// A driver that receives straight into frames may do so until the kernel has let go of its queues. It has when others can have them.
fn wait_for_driver(index: u32, shape: &Shape) {
    for number in 0..shape.queues {
        if let Ok(probe) = socket(shape, 0) {
            let _ = patiently(super::PATIENCE, || probe.bind(index, number, Bound::First { copy: true }));
        }
    }
}
