//! Where the engine meets the rooms beside ITF: the backends of VNS, NSHP, and the flow hash. Nothing else in this crate knows them.
use itf::{Entered, Processor, Refusal, Rule};
use serde_json::Value;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hasher};
use std::time::{Instant, SystemTime};
use vns::{Frames, Packet, Port, Received, Stock};

/// NSHP, as the stage sees it.
#[derive(Default)]
pub struct Host;

impl Processor for Host {
    type Kept = ();

    fn none() {}

    fn flow_hash(bytes: &[u8]) -> u32 {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes.get(..34).unwrap_or(bytes));
        hasher.finish() as u32
    }

    fn learn(&mut self, _: u8, _: &[Rule]) {}

    fn enter(&self, _: u8, _: &Frames, _: Packet, _: &mut ()) -> Entered {
        Entered::Plain
    }

    fn leave(_: &Frames, packet: Packet, _: &(), _: [u8; 16], _: usize) -> Result<(u16, u16), u32> {
        Ok((packet.offset, packet.length))
    }
}

/// Open a port.
pub fn open(backend: &str, _: &Value) -> Result<Box<dyn Port>, Refusal> {
    match backend {
        "loopback" => Ok(Box::<Loopback>::default()),
        _ => Err(Refusal::new("unknown-backend", format!("no backend is named {backend}"))),
    }
}

/// What is transmitted is received again.
#[derive(Default)]
struct Loopback {
    packets: VecDeque<Vec<u8>>,
    sent: Vec<u32>,
}

const HELD_MAX: usize = 1024;

impl Port for Loopback {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        for _ in 0..max.min(self.packets.len()) {
            let Some(frame) = stock.take() else { return };
            let Some(bytes) = self.packets.pop_front() else { return stock.give(frame) };
            frames.copy_in(frame, data_offset.into(), &bytes);
            let time_ns = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |t| t.as_nanos() as u64);
            into.push(Received {
                packet: Packet { frame, offset: data_offset, length: bytes.len() as u16 },
                time_ns,
                fault: None,
            });
        }
    }

    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let count = packets.len().min(HELD_MAX - self.packets.len());
        for packet in &packets[..count] {
            let mut bytes = vec![0; packet.length.into()];
            frames.copy_out(packet.frame, packet.offset.into(), &mut bytes);
            self.packets.push_back(bytes);
            self.sent.push(packet.frame);
        }
        count
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.sent);
    }

    fn descriptor(&self) -> Option<std::os::fd::RawFd> {
        None
    }

    fn due(&self) -> Option<Instant> {
        (!self.packets.is_empty()).then(Instant::now)
    }

    fn largest(&self) -> usize {
        1514
    }
}
