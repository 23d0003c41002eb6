//! Where the engine meets the backends of VNS. Nothing else in this crate knows them.
use itf::Refusal;
use serde_json::Value;
use vns::{Frames, Port};

/// Open a port for a pool.
pub fn open(backend: &str, options: &Value, frames: &Frames) -> Result<Box<dyn Port>, Refusal> {
    vns::open(backend, options, frames).map_err(|refused| Refusal::new(refused.reason, refused.message))
}
