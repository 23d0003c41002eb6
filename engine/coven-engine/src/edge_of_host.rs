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

/// Open a port for a pool.
pub fn open(backend: &str, options: &Value, frames: &Frames) -> Result<Box<dyn Port>, Refusal> {
    vns::open(backend, options, frames).map_err(|refused| Refusal::new(refused.reason, refused.message))
}
