//! `record`: a wrapper that writes every frame received and transmitted to a pcap file.
use std::os::fd::RawFd;
use std::time::Instant;

use crate::loopback::now_ns;
use crate::pcap::Writer;
use crate::{Frames, Injected, Missed, OpenError, Packet, Port, Received, State, Stock};

pub(crate) struct Record {
    port: Box<dyn Port>,
    writer: Writer,
    said: bool,
}

impl Record {
    pub fn open(port: Box<dyn Port>, file: &str) -> Result<Self, OpenError> {
        Ok(Self { port, writer: Writer::create(file)?, said: false })
    }

    /// A full disk ends the recording, never the traffic.
    fn complain_once(&mut self) {
        if let (Some(why), false) = (self.writer.failed(), self.said) {
            eprintln!("coven-engine: recording ended: {why}");
            self.said = true;
        }
    }
}

impl Port for Record {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let before = into.len();
        self.port.receive(frames, stock, data_offset, max, into);
        for received in into[before..].iter().filter(|received| received.fault.is_none()) {
            self.writer.write(frames, received.packet, received.time_ns);
        }
        self.writer.flush_when_due();
        self.complain_once();
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let taken = self.port.transmit(frames, packets);
        let time_ns = now_ns();
        packets[..taken].iter().for_each(|packet| self.writer.write(frames, *packet, time_ns));
        taken
    }

    fn due(&self) -> Option<Instant> {
        self.writer.due().into_iter().chain(self.port.due()).min()
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        self.port.completed(into);
    }

    fn descriptor(&self) -> Option<RawFd> {
        self.port.descriptor()
    }

    fn done(&self) -> bool {
        self.port.done()
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

    fn injected(&self) -> Injected {
        self.port.injected()
    }

    fn state(&self) -> State {
        self.port.state()
    }

    fn largest(&self) -> usize {
        self.port.largest()
    }
}
