//! `loopback`: what is transmitted is received again. Needs nothing of the host.
use std::os::fd::RawFd;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::line::Line;
use crate::{Frames, Packet, Port, Received, Stock};

/// Nanoseconds of CLOCK_REALTIME.
pub(crate) fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

pub(crate) struct Loopback {
    line: Line<u64>,
    sent: Vec<u32>,
    opened: Instant,
}

impl Loopback {
    pub fn new() -> Self {
        Self { line: Line::new(), sent: Vec::new(), opened: Instant::now() }
    }
}

impl Port for Loopback {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        for _ in 0..max {
            if self.line.front().is_none() {
                return;
            }
            let Some(frame) = stock.take() else { return };
            into.extend(self.line.pop(frames, frame, data_offset, |sent_ns| *sent_ns));
        }
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let taken = packets.len().min(self.line.room());
        let time_ns = now_ns();
        for packet in &packets[..taken] {
            self.line.push(frames, *packet, time_ns);
            self.sent.push(packet.frame);
        }
        taken
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<RawFd> {
        None
    }

    fn due(&self) -> Option<Instant> {
        self.line.front().map(|_| self.opened)
    }

    fn largest(&self) -> usize {
        u16::MAX.into()
    }
}
