//! `tap`: an interface of the host's that the port makes, and that goes with it. What the host sends by it is received, what is
//! transmitted reaches the host as if it came from a wire.
mod os;

use std::io;
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

use crate::af_packet::large::Large;
use crate::loopback::now_ns;
use crate::options::Options;
use crate::{Frames, Missed, OpenError, Packet, Port, Received, State, Stock};
use os::Device;

const ETHERNET: usize = 14;
/// What an interface's MTU may be.
const MTU: std::ops::RangeInclusive<u64> = 68..=65_521;
/// After a packet was refused because the interface is down.
const TRY_EVERY: Duration = Duration::from_millis(200);

pub(crate) struct Tap {
    device: Device,
    name: String,
    /// The packet that was read and is handed over, in pieces if it is a large one.
    large: Large,
    largest: usize,
    sent: Vec<u32>,
    /// Packets that the host dropped because they were not read in time, before the port was opened.
    dropped_before: u64,
    refused: u64,
    down_until: Option<Instant>,
    opened: Instant,
}

impl Tap {
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        options.only(&["interface", "mtu"])?;
        let name = options.text("interface")?.filter(|name| name.len() <= 15);
        let name = name.ok_or_else(|| options.bad("interface", "has to be a name of 1 to 15 letters"))?;
        let mtu = options.within("mtu", MTU)?;
        Self::named(name, mtu).map_err(|error| explain(name, &error))
    }

    fn named(name: &str, mtu: Option<u64>) -> io::Result<Self> {
        let device = Device::open(name)?;
        mtu.map(|mtu| device.set_mtu(mtu as i32)).transpose()?;
        device.bring_up()?;
        Ok(Self {
            largest: device.mtu()? + ETHERNET,
            device,
            name: name.into(),
            large: Large::new(),
            sent: Vec::new(),
            dropped_before: dropped(name),
            refused: 0,
            down_until: None,
            opened: Instant::now(),
        })
    }

    /// True: there is a packet to hand over.
    fn read(&mut self) -> bool {
        let device = &self.device;
        self.large.waits() || self.large.take_by(|into| device.read(into), now_ns).is_ok()
    }

    /// Did the host, or nobody for good, take it? What it refuses is missed, and must not hold up what is behind it.
    fn is_taken(&mut self, frames: &Frames, packet: &Packet) -> bool {
        let Err(error) = self.device.write(frames, packet) else { return true };
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM | libc::EINTR) => false,
            Some(libc::EIO) => {
                self.down_until = Some(Instant::now() + TRY_EVERY);
                false
            }
            _ => {
                self.refused += 1;
                true
            }
        }
    }
}

/// Packets to this interface that the host dropped (/proc/net/dev); none if it is not in this network.
fn dropped(name: &str) -> u64 {
    const DROPPED: usize = 11;
    let table = std::fs::read_to_string("/proc/net/dev").unwrap_or_default();
    let row = table.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(':'));
    row.and_then(|row| row.split_whitespace().nth(DROPPED)?.parse().ok()).unwrap_or(0)
}

impl Port for Tap {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        self.down_until = self.down_until.filter(|until| *until > Instant::now());
        for _ in 0..max {
            if !self.read() {
                return;
            }
            let Some(frame) = stock.take() else { return };
            into.push(self.large.next(frames, frame, data_offset));
        }
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let taken = packets.iter().take_while(|packet| self.is_taken(frames, packet)).count();
        self.sent.extend(packets[..taken].iter().map(|packet| packet.frame));
        taken
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.device.raw())
    }

    fn due(&self) -> Option<Instant> {
        self.large.waits().then_some(self.opened).or(self.down_until)
    }

    fn missed(&mut self) -> Missed {
        self.largest = self.device.mtu().map_or(self.largest, |mtu| mtu + ETHERNET); // it may be in another network now
        Missed { rx: dropped(&self.name).saturating_sub(self.dropped_before), tx: self.refused }
    }

    fn state(&self) -> State {
        self.down_until.map_or(State::Up, |_| State::Down(format!("interface {} is down", self.name)))
    }

    fn largest(&self) -> usize {
        self.largest
    }
}

/// What to do about it, where there is something.
fn explain(name: &str, error: &io::Error) -> OpenError {
    let (reason, what) = match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => {
            ("not-permitted", "it takes the capability CAP_NET_ADMIN to make it; start the engine as root".into())
        }
        Some(libc::EBUSY) => ("interface-busy", "others have it open".into()),
        Some(libc::EINVAL) => {
            ("interface-not-tap", "there is such an interface, and it is no TAP device; choose another name".into())
        }
        Some(libc::ENOENT | libc::ENODEV) => ("tap-missing", "there is no /dev/net/tun; load the module tun".into()),
        _ => ("port-failed", error.to_string()),
    };
    OpenError::new(reason, format!("TAP device {name}: {what}"))
}
