//! Where the engine meets the rooms beside ITF: the backends of VNS, NSHP, and the flow hash. Nothing else in this crate knows them.
use itf::{ContextRule, Entered, Processor, Refusal, Rule};
use nshp::{Context, Entry, Kept, Path, Rules};
use serde_json::Value;
use vns::{Frames, Packet, Port};

/// NSHP, as the stage sees it: the service paths of each port.
#[derive(Default)]
pub struct Host {
    rules: Vec<Rules>,
}

impl Processor for Host {
    type Kept = Kept;

    fn none() -> Kept {
        Kept::NONE
    }

    fn flow_hash(bytes: &[u8]) -> u32 {
        wire::flow_hash(bytes)
    }

    fn learn(&mut self, port: u8, rules: &[Rule]) {
        let port = usize::from(port);
        if self.rules.len() <= port {
            self.rules.resize_with(port + 1, Rules::default);
        }
        let mut known = Rules::default();
        for rule in rules {
            let context = match rule.context {
                ContextRule::Opaque => Context::Opaque,
                ContextRule::Known => Context::Known,
                ContextRule::None => Context::None,
            };
            known.set(rule.spi, Path { context, oam: rule.oam });
        }
        self.rules[port] = known;
    }

    fn enter(&self, port: u8, frames: &Frames, packet: Packet, kept: &mut Kept) -> Entered {
        match nshp::enter(frames, packet.frame, packet.offset, packet.length, &self.rules[usize::from(port)], kept) {
            Entry::Plain => Entered::Plain,
            Entry::Nsh { offset, length, base, path, context } => Entered::Nsh { offset, length, base, path, context },
            Entry::Drop { reason, path } => Entered::Drop { reason, path },
        }
    }

    fn leave(frames: &Frames, packet: Packet, kept: &Kept, context: [u8; 16], largest: usize) -> Result<(u16, u16), u32> {
        nshp::leave(frames, packet.frame, packet.offset, packet.length, kept, context, largest)
    }
}

/// Open a port.
<<<<<<< HEAD
pub fn open(backend: &str, options: &Value) -> Result<Box<dyn Port>, Refusal> {
    vns::open(backend, options).map_err(|refused| Refusal::new(refused.reason, refused.message))
=======
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
>>>>>>> engine
}
