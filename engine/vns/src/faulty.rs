//! `faults`: a wrapper that drops, corrupts and delays what is received, by seed: the same seed does the same to the same packets.
use std::os::fd::RawFd;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::line::Line;
use crate::options::Options;
use crate::{Fault, Frames, Injected, Missed, OpenError, Packet, Port, Received, State, Stock};

const DELAY_US_MAX: u64 = 1_000_000;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let a = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        b ^ (b >> 31)
    }

    /// True in `share` of all cases.
    fn hits(&mut self, share: f64) -> bool {
        ((self.roll() >> 11) as f64) < share * (1u64 << 53) as f64
    }
}

pub(crate) struct Faulty {
    port: Box<dyn Port>,
    dice: Dice,
    drop: f64,
    corrupt: f64,
    delay: Option<Duration>,
    /// When each may go on, and when it came.
    line: Line<(Instant, u64)>,
    fresh: Vec<Received>,
    injected: Injected,
}

impl Faulty {
    pub fn open(port: Box<dyn Port>, faults: &Value) -> Result<Self, OpenError> {
        let options = Options::new("faults", faults)?;
        options.only(&["seed", "drop", "corrupt", "delay_us"])?;
        Ok(Self {
            port,
            dice: Dice(options.count("seed", u64::MAX)?.unwrap_or(0)),
            drop: options.share("drop")?.unwrap_or(0.0),
            corrupt: options.share("corrupt")?.unwrap_or(0.0),
            delay: options.count("delay_us", DELAY_US_MAX)?.filter(|us| *us > 0).map(Duration::from_micros),
            line: Line::new(),
            fresh: Vec::new(),
            injected: Injected::default(),
        })
    }

    fn spoil(&mut self, frames: &Frames, received: &mut Received) {
        if received.fault.is_some() {
            return;
        }
        if self.dice.hits(self.drop) {
            received.fault = Some(Fault::Injected);
            self.injected.dropped += 1;
        } else if self.dice.hits(self.corrupt) {
            let Packet { frame, offset, length } = received.packet;
            let at = u32::from(offset) + (self.dice.roll() % u64::from(length)) as u32;
            let mut byte = [0];
            frames.copy_out(frame, at, &mut byte);
            frames.copy_in(frame, at, &[byte[0] ^ (1 + (self.dice.roll() % 255) as u8)]);
            self.injected.corrupted += 1;
        }
    }

    /// Copy what came into the line, and give its frames back; what has a fault goes on at once.
    fn hold(&mut self, frames: &Frames, stock: &mut dyn Stock, delay: Duration, into: &mut Vec<Received>) {
        let until = Instant::now() + delay;
        for received in self.fresh.drain(..) {
            if received.fault.is_some() {
                into.push(received);
                continue;
            }
            self.line.push(frames, received.packet, (until, received.time_ns));
            self.injected.delayed += 1;
            stock.give(received.packet.frame);
        }
    }

    fn let_go(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let now = Instant::now();
        for _ in 0..max {
            if self.line.front().is_none_or(|(until, _)| *until > now) {
                return;
            }
            let Some(frame) = stock.take() else { return };
            into.extend(self.line.pop(frames, frame, data_offset, |(_, time_ns)| *time_ns));
        }
    }
}

impl Port for Faulty {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let before = into.len();
        let most = if self.delay.is_some() { max.min(self.line.room()) } else { max };
        let mut fresh = std::mem::take(&mut self.fresh);
        self.port.receive(frames, stock, data_offset, most, &mut fresh);
        fresh.iter_mut().for_each(|received| self.spoil(frames, received));
        self.fresh = fresh;
        match self.delay {
            None => into.append(&mut self.fresh),
            Some(delay) => {
                self.hold(frames, stock, delay, into);
                let left = max - (into.len() - before);
                self.let_go(frames, stock, data_offset, left, into);
            }
        }
    }

    fn due(&self) -> Option<Instant> {
        let held = self.line.front().map(|(until, _)| *until);
        let inner = self.port.due().filter(|_| self.line.room() > 0);
        held.into_iter().chain(inner).min()
    }

    fn done(&self) -> bool {
        self.port.done() && self.line.front().is_none()
    }

    fn injected(&self) -> Injected {
        self.injected
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        self.port.transmit(frames, packets)
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        self.port.completed(into);
    }

    fn descriptor(&self) -> Option<RawFd> {
        self.port.descriptor()
    }

    fn completion_due(&self) -> Option<Instant> {
        self.port.completion_due()
    }

    fn holds(&self) -> usize {
        self.port.holds()
    }

    fn note(&self) -> Option<String> {
        self.port.note()
    }

    fn missed(&mut self) -> Missed {
        self.port.missed()
    }

    fn state(&self) -> State {
        self.port.state()
    }

    fn largest(&self) -> usize {
        self.port.largest()
    }
}
