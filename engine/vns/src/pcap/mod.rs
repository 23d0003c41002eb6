//! `pcap`: replays a capture and writes what is transmitted to another.
mod read;
mod replay;
mod write;

use std::os::fd::RawFd;
use std::time::Instant;

use crate::loopback::now_ns;
use crate::options::Options;
use crate::{Frames, Missed, OpenError, Packet, Port, Received, State, Stock};
use replay::Replay;
pub(crate) use write::Writer;

pub(crate) struct Pcap {
    replay: Option<Replay>,
    writer: Option<Writer>,
    sent: Vec<u32>,
}

impl Pcap {
    pub fn open(options: &Options) -> Result<Self, OpenError> {
        options.only(&["in", "out", "rate"])?;
        let rate = replay::rate(options)?;
        let replay = options.text("in")?.map(|file| Replay::open(file, rate)).transpose()?;
        let writer = options.text("out")?.map(Writer::create).transpose()?;
        Ok(Self { replay, writer, sent: Vec::new() })
    }
}

impl Port for Pcap {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        if let Some(replay) = &mut self.replay {
            replay.receive(frames, stock, data_offset, max, into);
        }
        if let Some(writer) = &mut self.writer {
            writer.flush_when_due();
        }
    }

    /// Without `out` packets end here: a port that only replays takes what comes back.
    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        if let Some(writer) = &mut self.writer {
            let time_ns = now_ns();
            for packet in packets {
                writer.write(frames, *packet, time_ns);
            }
        }
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
        let flush = self.writer.as_ref().and_then(Writer::due);
        let packet = self.replay.as_ref().and_then(Replay::due);
        flush.into_iter().chain(packet).min()
    }

    fn done(&self) -> bool {
        self.replay.as_ref().is_some_and(Replay::done)
    }

    fn missed(&mut self) -> Missed {
        Missed::default()
    }

    fn state(&self) -> State {
        let wrong = self.replay.as_ref().and_then(Replay::failed).or(self.writer.as_ref().and_then(Writer::failed));
        wrong.map_or(State::Up, |why| State::Down(why.into()))
    }

    fn largest(&self) -> usize {
        u16::MAX.into()
    }
}
