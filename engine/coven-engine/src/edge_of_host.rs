//! Where the engine meets the backends of VNS. Nothing else in this crate knows them.
use itf::Refusal;
use serde_json::Value;
use vns::{Frames, Member, Port};

/// Open a port for the pool of one of the engine's threads.
pub fn open(backend: &str, options: &Value, frames: &Frames, member: &Member) -> Result<Box<dyn Port>, Refusal> {
    vns::open_among(backend, options, frames, member).map_err(|refused| Refusal::new(refused.reason, refused.message))
}
