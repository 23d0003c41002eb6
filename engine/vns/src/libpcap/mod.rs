//! `libpcap`: an interface through libpcap, and so through whatever the installed build of it stands on (PF_RING, netmap).
//! Received packets are copied once; each one sent is a system call: the portable way, not the fast one.
mod os;

use std::os::fd::RawFd;
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::place::place;
use crate::{Frames, Missed, OpenError, Packet, Port, Received, State, Stock};
use os::{Capture, Refused};

const SMALLEST: u32 = 2048;
/// Between two attempts to open it again after an error.
const TRY_EVERY: Duration = Duration::from_millis(200);

pub(crate) struct Libpcap {
    interface: String,
    /// Bytes of a frame.
    frame: u32,
    capture: Result<Capture, (String, Instant)>,
    sent: Vec<u32>,
    /// On captures that ended, and packets that were refused.
    missed: Missed,
}

impl Libpcap {
    pub fn open(options: &Options, frames: &Frames) -> Result<Self, OpenError> {
        options.only(&["interface"])?;
        let interface = options.text("interface")?.ok_or_else(|| options.bad("interface", "is missing"))?;
        let frame = frames.size().max(SMALLEST);
        let capture = Capture::open(interface, frame).map_err(|refused| explain(interface, &refused))?;
        Ok(Self { interface: interface.into(), frame, capture: Ok(capture), sent: Vec::new(), missed: Missed::default() })
    }

    fn failed(&mut self, why: String) {
        if let Ok(capture) = &self.capture {
            self.missed.rx += capture.missed();
        }
        self.capture = Err((why, Instant::now() + TRY_EVERY));
    }

    fn try_again(&mut self) {
        if self.capture.as_ref().is_err_and(|(_, due)| *due <= Instant::now()) {
            let tried = Capture::open(&self.interface, self.frame);
            self.capture = tried.map_err(|refused| (explain(&self.interface, &refused).message, Instant::now() + TRY_EVERY));
        }
    }

    /// Did it, or nobody for good, take it? What is refused is missed, and must not hold up what is behind it.
    fn is_taken(&mut self, frames: &Frames, packet: &Packet) -> bool {
        let Ok(capture) = &self.capture else { return false };
        let Err(error) = capture.send(frames, packet) else { return true };
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM | libc::EINTR | libc::ENETDOWN) => false,
            Some(libc::ENXIO | libc::ENODEV) => {
                self.failed(format!("interface {}: {error}", self.interface));
                false
            }
            _ => {
                self.missed.tx += 1;
                true
            }
        }
    }
}

impl Port for Libpcap {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        self.try_again();
        for _ in 0..max {
            let Ok(capture) = &mut self.capture else { return };
            let Some(frame) = stock.take() else { return };
            match capture.next() {
                Ok(Some(one)) => into.push(place(frames, frame, data_offset, one.bytes, one.original, one.time_ns)),
                Ok(None) => return stock.give(frame),
                Err(why) => {
                    stock.give(frame);
                    return self.failed(format!("interface {}: {why}", self.interface));
                }
            }
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
        self.capture.as_ref().ok()?.descriptor()
    }

    fn due(&self) -> Option<Instant> {
        match &self.capture {
            Err((_, due)) => Some(*due),
            Ok(capture) => capture.descriptor().is_none().then(|| Instant::now() + Duration::from_millis(1)),
        }
    }

    fn missed(&mut self) -> Missed {
        let now = self.capture.as_ref().map_or(0, Capture::missed);
        Missed { rx: self.missed.rx + now, ..self.missed }
    }

    fn state(&self) -> State {
        self.capture.as_ref().err().map_or(State::Up, |(why, _)| State::Down(why.clone()))
    }

    /// As far as libpcap is concerned; what the link refuses is missed.
    fn largest(&self) -> usize {
        u16::MAX.into()
    }
}

/// What to do about it, where there is something.
fn explain(interface: &str, refused: &Refused) -> OpenError {
    let (reason, what) = match refused {
        Refused::NoLibrary(why) => ("libpcap-missing", why.clone()),
        Refused::NoInterface => ("interface-missing", "there is no such interface here; `ip link` lists them".into()),
        Refused::NotPermitted => ("not-permitted", "it takes the capability CAP_NET_RAW; start the engine as root".into()),
        Refused::NotEthernet => ("interface-not-ethernet", "it carries no Ethernet frames; use one of type ether".into()),
        Refused::Other(why) => ("port-failed", why.clone()),
    };
    OpenError::new(reason, format!("interface {interface} through libpcap: {what}"))
}
