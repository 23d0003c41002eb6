//! `generate`: a source and sink of packets that needs nothing of the host, for benches and tests. It makes numbered UDP packets
//! and takes whatever is transmitted.
mod stamp;

use std::os::fd::RawFd;
use std::time::{Duration, Instant};

use crate::loopback::now_ns;
use crate::options::Options;
use crate::place::{refused, room};
use crate::{Fault, Frames, Member, OpenError, Packet, Port, Received, Stock};
use stamp::Stamp;

const SIZES: std::ops::RangeInclusive<u64> = 60..=1514;
const SIZE_DEFAULT: u64 = 64;
const FLOWS_MAX: u64 = 4096;
const SPI_MAX: u64 = (1 << 24) - 1;
/// Further behind than this (the port stood still, or its CPU was another's), the schedule starts again: a burst that made up for it
/// would be another load than the rate says.
const BEHIND_MAX: Duration = Duration::from_millis(2);

/// When packets are due: the one with `number` was at `at`, and so on at `rate`.
#[derive(Clone, Copy)]
struct Start {
    at: Instant,
    number: u64,
}

pub(crate) struct Generate {
    stamp: Stamp,
    /// Packets a second; none: as many as are taken.
    rate: Option<f64>,
    count: u64,
    number: u64,
    start: Start,
    taken: Vec<u32>,
    sent: Vec<u32>,
}

impl Generate {
    /// Of several threads, each makes its part of the rate, the count and the flows.
    pub fn open(options: &Options, member: &Member) -> Result<Self, OpenError> {
        options.only(&["size", "rate", "count", "flows", "spi"])?;
        let size = options.within("size", SIZES)?.unwrap_or(SIZE_DEFAULT);
        let least = member.of as u64;
        let flows = options.within("flows", least..=FLOWS_MAX)?.unwrap_or(least);
        let spi = options.within("spi", 1..=SPI_MAX)?;
        Ok(Self {
            stamp: Stamp::new(size as usize, (member.number..flows as usize).step_by(member.of), spi.map(|spi| spi as u32)),
            rate: rate(options)?.map(|rate| rate / member.of as f64),
            count: options.count("count", u64::MAX)?.map_or(u64::MAX, |count| member.part(count)),
            number: 0,
            start: Start { at: Instant::now(), number: 0 },
            taken: Vec::new(),
            sent: Vec::new(),
        })
    }

    /// Packets whose time has come, of those that are left.
    fn ready(&mut self) -> u64 {
        let left = self.count - self.number;
        let Some(rate) = self.rate else { return left };
        let now = Instant::now();
        if now.saturating_duration_since(self.arrival(rate)) > BEHIND_MAX {
            self.start = Start { at: now, number: self.number };
        }
        let until_now = 1 + (now.saturating_duration_since(self.start.at).as_secs_f64() * rate) as u64;
        left.min((self.start.number + until_now).saturating_sub(self.number))
    }

    /// When the next packet arrives.
    fn arrival(&self, rate: f64) -> Instant {
        let after = Duration::try_from_secs_f64((self.number - self.start.number) as f64 / rate).unwrap_or(Duration::MAX);
        self.start.at.checked_add(after).unwrap_or(self.start.at + Duration::from_secs(u32::MAX.into()))
    }
}

fn rate(options: &Options) -> Result<Option<f64>, OpenError> {
    let Some(value) = options.get("rate").filter(|value| value.as_str() != Some("full")) else { return Ok(None) };
    let rate = value.as_f64().filter(|rate| *rate > 0.0 && rate.is_finite());
    rate.map(Some).ok_or_else(|| options.bad("rate", "has to be \"full\" or a number of packets a second above 0"))
}

impl Port for Generate {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let ready = self.ready().min(max as u64);
        let fits = self.stamp.written() <= room(frames, data_offset);
        self.stamp.look_at(frames, data_offset);
        let time_ns = if ready > 0 { now_ns() } else { 0 };
        self.taken.clear();
        stock.take_burst(ready as usize, &mut self.taken);
        if fits {
            self.stamp.write(frames, &self.taken, self.number);
            let packet = |&frame| Packet { frame, offset: data_offset, length: self.stamp.size() as u16 };
            into.extend(self.taken.iter().map(|frame| Received { packet: packet(frame), time_ns, fault: None }));
        } else {
            into.extend(self.taken.iter().map(|&frame| refused(frame, data_offset, time_ns, Fault::TooLarge)));
        }
        self.number += self.taken.len() as u64;
    }

    /// Packets end here.
    fn transmit(&mut self, _: &Frames, packets: &[Packet]) -> usize {
        self.sent.extend(packets.iter().map(|packet| packet.frame));
        packets.len()
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<RawFd> {
        None
    }

    fn due(&self) -> Option<Instant> {
        (!self.done()).then(|| self.rate.map_or(self.start.at, |rate| self.arrival(rate)))
    }

    fn done(&self) -> bool {
        self.number == self.count
    }

    fn largest(&self) -> usize {
        u16::MAX.into()
    }
}
