//! When the packets of a capture arrive.
use std::time::{Duration, Instant};

use super::read::{Reader, Record};
use crate::options::Options;
use crate::place::place;
use crate::{Frames, OpenError, Received, Stock};

/// Further behind than this (the port stood still), the schedule starts again instead of making up for it in one burst.
const BEHIND_MAX: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rate {
    /// As fast as they are taken.
    Full,
    /// With the gaps of the recording.
    Recorded,
    /// Packets per second.
    Steady(f64),
}

pub(crate) fn rate(options: &Options) -> Result<Rate, OpenError> {
    let Some(value) = options.get("rate") else { return Ok(Rate::Full) };
    match (value.as_str(), value.as_f64()) {
        (Some("full"), _) => Ok(Rate::Full),
        (Some("recorded"), _) => Ok(Rate::Recorded),
        (_, Some(rate)) if rate > 0.0 => Ok(Rate::Steady(rate)),
        _ => Err(options.bad("rate", "has to be \"full\", \"recorded\" or a number of packets a second above 0")),
    }
}

/// Where the schedule began.
#[derive(Clone, Copy)]
struct Start {
    at: Instant,
    time_ns: u64,
    number: u64,
}

pub(crate) struct Replay {
    reader: Reader,
    rate: Rate,
    next: Option<Record>,
    bytes: Vec<u8>,
    number: u64,
    start: Option<Start>,
    opened: Instant,
    failed: Option<String>,
}

impl Replay {
    /// Reads the first packet, so that a file without any right one is refused.
    pub fn open(file: &str, rate: Rate) -> Result<Self, OpenError> {
        let mut reader = Reader::open(file)?;
        let mut bytes = Vec::with_capacity(u16::MAX.into());
        let next = reader.next(&mut bytes).map_err(|why| OpenError::new("capture-malformed", why))?;
        Ok(Self { reader, rate, next, bytes, number: 0, start: None, opened: Instant::now(), failed: None })
    }

    pub fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let now = self.now();
        for _ in 0..max {
            let Some(record) = self.next.filter(|_| self.arrival().is_none_or(|at| at <= now)) else { return };
            let Some(frame) = stock.take() else { return };
            into.push(place(frames, frame, data_offset, &self.bytes, record.original, record.time_ns));
            self.advance();
        }
    }

    /// The time, and where a paced schedule begins or begins again.
    fn now(&mut self) -> Instant {
        let Some(record) = self.next.filter(|_| self.rate != Rate::Full) else { return self.opened };
        let now = Instant::now();
        if self.arrival().is_none_or(|at| now.saturating_duration_since(at) > BEHIND_MAX) {
            self.start = Some(Start { at: now, time_ns: record.time_ns, number: self.number });
        }
        now
    }

    /// When the next packet arrives; none before the first call, and where packets do not wait.
    fn arrival(&self) -> Option<Instant> {
        let (start, record) = (self.start?, self.next?);
        let after = match self.rate {
            Rate::Full => Duration::ZERO,
            Rate::Recorded => Duration::from_nanos(record.time_ns.saturating_sub(start.time_ns)),
            Rate::Steady(rate) => {
                Duration::try_from_secs_f64((self.number - start.number) as f64 / rate).unwrap_or(Duration::MAX)
            }
        };
        start.at.checked_add(after).or(Some(start.at + Duration::from_secs(u32::MAX.into())))
    }

    fn advance(&mut self) {
        self.number += 1;
        self.next = self.reader.next(&mut self.bytes).unwrap_or_else(|why| {
            self.failed = Some(why);
            None
        });
    }

    pub fn due(&self) -> Option<Instant> {
        self.next.map(|_| self.arrival().unwrap_or(self.opened))
    }

    pub fn done(&self) -> bool {
        self.next.is_none()
    }

    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }
}
