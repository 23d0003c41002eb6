//! `af_xdp`: a network interface of the host, through AF_XDP sockets. Packets come straight into frames of the pool and leave from them,
//! past the host's stack; where the driver can, without any copy. Where AF_XDP can't be had, AF_PACKET does the same with one copy more.
mod held;
mod live;
mod os;
mod partial;

use std::io;
use std::os::fd::{AsFd, RawFd};
use std::time::{Duration, Instant};

use crate::af_packet::{link::Link, os::Socket, AfPacket};
use crate::loopback::now_ns;
use crate::options::Options;
use crate::place::room;
use crate::{Frames, Member, Missed, OpenError, Packet, Port, Received, State, Stock};
use live::{Live, Refused, Shape};
use os::{Driver, Poll};
use partial::Partial;

const QUEUES_MAX: u32 = 64;
/// Frames lent to the kernel at most, over all queues, and packets that it transmits at a time (control/vns/src/backends.ts). As many
/// as AF_PACKET has slots: what comes while this CPU is another's for a millisecond or two waits in them.
const FILL_MAX: usize = 2048;
const TRANSMIT_MAX: u32 = 512;
/// How long a queue may be busy because its last owner was closed a moment ago.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between attempts while the sockets can't be had.
const TRY_EVERY: Duration = Duration::from_millis(200);
/// The kernel tells nobody that a transmission is over.
const COMPLETION_TICK: Duration = Duration::from_millis(1);
/// Queues are filled by a hash of the card's own, which seldom is the same for both directions of a flow.
const SPREAD: &str = "several threads need both directions of a flow in one queue";
/// A VLAN tag comes on top of what the link takes.
const TAG: usize = wire::TAG_LENGTH;

pub(crate) struct AfXdp {
    live: Option<Live>,
    /// Interface that `live` is on.
    index: u32,
    shape: Shape,
    name: String,
    link: Link,
    watch: Socket,
    poll: Poll,
    partial: Option<Partial>,
    /// Frames that came back from closed sockets: unused, and transmitted.
    unused: Vec<u32>,
    sent: Vec<u32>,
    missed: Missed,
    /// Why there are no sockets though the interface is up, and when to try again.
    refused: Option<String>,
    retry: Instant,
}

/// Open it, or AF_PACKET in its place.
pub(crate) fn open(options: &Options, frames: &Frames, member: &Member) -> Result<Box<dyn Port>, OpenError> {
    options.only(&["interface"])?;
    let name = options.text("interface")?.ok_or_else(|| options.bad("interface", "is missing"))?;
    let own = if member.is_alone() { AfXdp::on(name, *frames) } else { Err(SPREAD.into()) };
    match own {
        Ok(port) => {
            let manner = port.live.as_ref().map_or("AF_XDP, once it is up".into(), Live::manner);
            eprintln!("coven-engine: interface {name}: {manner}");
            Ok(Box::new(port))
        }
        Err(why) => {
            let port = AfPacket::instead(name, format!("AF_PACKET in place of AF_XDP: {why}"), member)?;
            eprintln!("coven-engine: interface {name}: {}", port.note().unwrap_or_default());
            Ok(Box::new(port))
        }
    }
}

impl AfXdp {
    fn on(name: &str, frames: Frames) -> Result<Self, String> {
        let plain = |error: io::Error| error.to_string();
        check_pool(&frames)?;
        let watch = Socket::watching().map_err(plain)?;
        if !watch.is_ethernet(name).map_err(plain)? {
            return Err("it carries no Ethernet frames".into());
        }
        let link = Link::bind(name, Socket::index_of(name).map_err(plain)?, &watch).map_err(plain)?;
        let driver = Driver::of(watch.as_fd(), name);
        let shape = shape(&link, driver.queues, frames)?;
        let poll = Poll::new().map_err(plain)?;
        poll.add(watch.as_fd()).map_err(plain)?;
        let mut port = Self {
            live: None,
            index: link.index(),
            shape,
            name: name.into(),
            link,
            watch,
            poll,
            partial: driver.virtual_.then(Partial::default),
            unused: Vec::new(),
            sent: Vec::new(),
            missed: Missed::default(),
            refused: None,
            retry: Instant::now(),
        };
        match port.go_live(PATIENCE) {
            Err(refused) if port.link.is_up() || !is_down(&refused.error) => Err(port.explain(&refused)),
            _ => Ok(port),
        }
    }

    fn go_live(&mut self, patience: Duration) -> Result<(), Refused> {
        self.index = self.link.index();
        self.live = Some(Live::new(self.index, &self.shape, &self.poll, patience)?);
        self.refused = None;
        Ok(())
    }

    /// Without waiting: the engine has other ports.
    fn try_again(&mut self) {
        let now = Instant::now();
        if !self.link.is_up() || now < self.retry {
            return;
        }
        self.retry = now + TRY_EVERY;
        if let Err(refused) = self.go_live(Duration::ZERO) {
            self.refused = Some(format!("interface {}: {}", self.name, self.explain(&refused)));
        }
    }

    /// To be called when nothing was received: an interface that went takes its sockets with it.
    fn look(&mut self) {
        self.link.look(&self.watch);
        if !self.link.is_up() || self.link.index() != self.index {
            self.close();
        }
    }

    /// What was being transmitted counts as taken, and as missed.
    fn close(&mut self) {
        let Some(live) = self.live.take() else { return };
        let counted = live.missed();
        let [unused, sent] = live.close(self.index, &self.shape);
        self.missed.rx += counted.rx;
        self.missed.tx += counted.tx + sent.len() as u64;
        self.unused.extend(unused);
        self.sent.extend(sent);
        self.retry = Instant::now();
    }

    fn kick(&mut self) {
        match self.live.as_mut().map_or(Ok(0), Live::kick) {
            Ok(dropped) => self.missed.tx += dropped,
            Err(error) => {
                self.link.went_down(&error);
                self.close();
            }
        }
    }

    /// The kernel takes descriptors and drops without a word what its link can't send.
    fn is_sendable(&self, packet: &Packet) -> bool {
        let (offset, length) = (u32::from(packet.offset), usize::from(packet.length));
        let in_frame = packet.frame < self.shape.frames.count() && offset as usize + length <= self.shape.frames.size() as usize;
        in_frame && (14..=self.link.largest() + TAG).contains(&length)
    }

    fn explain(&self, refused: &Refused) -> String {
        let Refused { what, error } = refused;
        match (*what, error.raw_os_error()) {
            (_, Some(libc::EPERM | libc::EACCES)) => {
                "it takes CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW on the host itself; start the engine as root".into()
            }
            ("program on the interface", Some(libc::EBUSY | libc::EEXIST)) => {
                "another XDP program is on the interface, and stays there".into()
            }
            ("queue", Some(libc::EBUSY)) => "others have its queues; end them".into(),
            ("socket", Some(libc::ENOBUFS)) => {
                "the pool is larger than the memory that may be locked; raise the limit (ulimit -l)".into()
            }
            (_, Some(libc::EAFNOSUPPORT | libc::ENOSYS)) => "this kernel has no AF_XDP".into(),
            _ => format!("{what}: {error}"),
        }
    }
}

fn is_down(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENETDOWN)
}

fn check_pool(frames: &Frames) -> Result<(), String> {
    let size = frames.size();
    if !matches!(size, 2048 | 4096) {
        return Err(format!("frames have to have 2048 or 4096 bytes, not {size}"));
    }
    let aligned = (frames.pointer(0, 0, 0) as usize) % os::page_size() == 0;
    aligned.then_some(()).ok_or_else(|| "the pool does not begin with a page".into())
}

fn shape(link: &Link, queues: u32, frames: Frames) -> Result<Shape, String> {
    if queues > QUEUES_MAX {
        return Err(format!("it has {queues} queues, more than {QUEUES_MAX}; lessen them with `ethtool -L`"));
    }
    let (largest, room) = (link.largest() + TAG, room(&frames, channel::layout::LIMITS_DATA_OFFSET_DEFAULT as u16));
    if largest > room {
        return Err(format!("its packets have up to {largest} bytes, and a frame holds {room}"));
    }
    // A quarter of the pool to receive, a quarter to transmit: the rest is for packets under way.
    let share = (frames.count() as usize / 4).max(1);
    let fill = (share.min(FILL_MAX) / queues as usize).max(1);
    Ok(Shape { frames, queues, fill, transmit: share.min(TRANSMIT_MAX as usize) })
}

impl Port for AfXdp {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, _: u16, max: usize, into: &mut Vec<Received>) {
        self.unused.drain(..).for_each(|frame| stock.give(frame));
        let before = into.len();
        match &mut self.live {
            Some(live) => live.receive(&self.shape, stock, max, now_ns, into),
            None => self.try_again(),
        }
        if let Some(partial) = &mut self.partial {
            let whole = into[before..].iter().filter(|received| received.fault.is_none());
            whole.for_each(|received| partial.complete(frames, received.packet));
        }
        if into.len() == before {
            self.look();
        }
    }

    fn transmit(&mut self, _: &Frames, packets: &[Packet]) -> usize {
        let mut taken = 0;
        while taken < packets.len() && self.live.is_some() {
            let good = packets[taken..].iter().take_while(|packet| self.is_sendable(packet)).count();
            let Some(live) = &mut self.live else { break };
            live.completed(&mut self.sent);
            let now = live.transmit(&self.shape, &packets[taken..taken + good]);
            taken += now;
            if now < good {
                break;
            }
            if let Some(bad) = packets.get(taken) {
                self.sent.push(bad.frame);
                self.missed.tx += 1;
                taken += 1;
            }
        }
        self.kick();
        taken
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        if let Some(live) = &mut self.live {
            live.completed(&mut self.sent);
            self.kick();
        }
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.poll.raw())
    }

    fn due(&self) -> Option<Instant> {
        let retry = (self.live.is_none() && self.link.is_up()).then_some(self.retry);
        retry.into_iter().chain(self.link.due()).min()
    }

    fn completion_due(&self) -> Option<Instant> {
        let waits = !self.sent.is_empty() || self.live.as_ref().is_some_and(Live::transmitting);
        waits.then(|| Instant::now() + COMPLETION_TICK)
    }

    fn holds(&self) -> usize {
        self.unused.len() + self.live.as_ref().map_or(0, Live::receiving)
    }

    fn missed(&mut self) -> Missed {
        let _ = self.link.measure(&self.watch); // gone: `look` says so
        let now = self.live.as_ref().map_or(Missed::default(), Live::missed);
        Missed { rx: self.missed.rx + now.rx, tx: self.missed.tx + now.tx }
    }

    fn state(&self) -> State {
        match (self.link.state(), &self.refused) {
            (State::Up, Some(why)) => State::Down(why.clone()),
            (state, _) => state,
        }
    }

    fn largest(&self) -> usize {
        self.link.largest()
    }
}

impl Drop for AfXdp {
    fn drop(&mut self) {
        self.close();
    }
}
