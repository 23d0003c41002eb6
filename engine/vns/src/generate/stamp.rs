//! What a generated packet holds, and how it gets into a frame at the cost of one cache line.
use wire::{ether_type, next_protocol, NshFields, ETHERNET_LENGTH, NSH_MD1_LENGTH};

use crate::Frames;

/// Headers, number and the first bytes of the payload: the line that is written for every packet. What is behind it is written the
/// first time that a frame is used; the UDP checksum is 0 (none), so that it may be anything.
const LINE: usize = 64;
const NUMBER_AT: usize = 42;
const ETHERNET: [u8; 14] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];
/// Networks of benchmarks (RFC 2544, appendix C.2.2): 198.18 to 198.19.0.1.
const NETWORK: u16 = 0xc612;
const TO: [u8; 4] = [198, 19, 0, 1];
const FIRST_PORT: u16 = 1024;
/// Ethernet and an NSH of MD type 1, where packets are on a service path: a second line, before that of the packet.
const OUTER: usize = ETHERNET_LENGTH + NSH_MD1_LENGTH;
/// "discard" (RFC 863).
const TO_PORT: u16 = 9;

pub(crate) struct Stamp {
    /// Bytes of a packet without what is before it on a service path.
    size: usize,
    outer: Option<[u8; OUTER]>,
    /// The first line of each flow's packets.
    lines: Vec<[u8; LINE]>,
    /// Flow of the next packet.
    flow: usize,
    rest: Vec<u8>,
    /// Frames whose bytes behind the first line were written, a bit each.
    primed: Vec<u64>,
    offset: u16,
}

impl Stamp {
    /// `flows` by their numbers.
    pub fn new(size: usize, flows: impl Iterator<Item = usize>, spi: Option<u32>) -> Self {
        let lines = flows.map(|flow| line(size, flow as u16)).collect();
        let rest = (LINE..size).map(|at| at as u8).collect();
        Self { size, outer: spi.map(outer), lines, flow: 0, rest, primed: Vec::new(), offset: 0 }
    }

    /// Bytes of a whole packet.
    pub fn size(&self) -> usize {
        self.size + self.outer.map_or(0, |outer| outer.len())
    }

    /// Bytes that are written, which may be some more.
    pub fn written(&self) -> usize {
        self.size().max(LINE)
    }

    /// The pool, and where packets begin in it: as before, or nothing is primed.
    pub fn look_at(&mut self, frames: &Frames, offset: u16) {
        let words = (frames.count() as usize).div_ceil(64);
        if self.offset != offset || self.primed.len() != words {
            (self.offset, self.primed) = (offset, vec![0; words]);
        }
    }

    /// Make packets with the numbers from this one in frames; one flow after the other.
    pub fn write(&mut self, frames: &Frames, into: &[u32], number: u64) {
        let at = u32::from(self.offset);
        // Whoever had them last may have been another CPU: their lines are fetched all at once.
        into.iter().for_each(|&frame| frames.expect_write(frame, at));
        for (&frame, number) in into.iter().zip(number..) {
            let line = &self.lines[self.flow];
            self.flow = if self.flow + 1 == self.lines.len() { 0 } else { self.flow + 1 };
            let mut at = at;
            if let Some(outer) = &self.outer {
                frames.copy_in(frame, at, outer);
                at += OUTER as u32;
            }
            // The number goes straight into the frame: put into the line first, the copy would wait for it behind every store before.
            frames.copy_in(frame, at, line);
            frames.copy_in(frame, at + NUMBER_AT as u32, &number.to_be_bytes());
            if self.size > LINE {
                self.prime(frames, frame, at + LINE as u32);
            }
        }
    }

    fn prime(&mut self, frames: &Frames, frame: u32, at: u32) {
        let (word, bit) = (&mut self.primed[frame as usize / 64], 1 << (frame % 64));
        if *word & bit == 0 {
            frames.copy_in(frame, at, &self.rest);
            *word |= bit;
        }
    }
}

fn outer(spi: u32) -> [u8; OUTER] {
    let mut outer = [0; OUTER];
    outer[..12].copy_from_slice(&ETHERNET[..12]);
    outer[12..ETHERNET_LENGTH].copy_from_slice(&ether_type::NSH.to_be_bytes());
    let fields = NshFields { oam: false, ttl: 63, next_protocol: next_protocol::ETHERNET, spi, si: 255, context: Some([0; 16]) };
    fields.emit(&mut outer[ETHERNET_LENGTH..]);
    outer
}

fn line(size: usize, flow: u16) -> [u8; LINE] {
    let mut line = std::array::from_fn(|at| at as u8);
    line[..14].copy_from_slice(&ETHERNET);
    let from = u32::from(NETWORK) << 16 | u32::from(flow);
    line[14..34].copy_from_slice(&ip((size - 14) as u16, from.to_be_bytes()));
    for (at, field) in [(34, FIRST_PORT + flow), (36, TO_PORT), (38, (size - 34) as u16), (40, 0)] {
        line[at..at + 2].copy_from_slice(&field.to_be_bytes());
    }
    line
}

fn ip(length: u16, from: [u8; 4]) -> [u8; 20] {
    let mut header = [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, wire::protocol::UDP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[2..4].copy_from_slice(&length.to_be_bytes());
    header[12..16].copy_from_slice(&from);
    header[16..20].copy_from_slice(&TO);
    let sum = wire::sum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}
