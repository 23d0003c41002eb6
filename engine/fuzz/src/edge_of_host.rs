//! In place of the engine's own: a plan may open what touches nothing outside of this process.
use coven_itf::Refusal;
use serde_json::Value;
use vns::{Frames, Member, Port};

pub fn open(backend: &str, options: &Value, frames: &Frames, member: &Member) -> Result<Box<dyn Port>, Refusal> {
    if !matches!(backend, "generate" | "loopback") || options.get("record").is_some() {
        return Err(Refusal::new("unsupported", format!("{backend} touches the host")));
    }
    vns::open_among(backend, options, frames, member).map_err(|refused| Refusal::new(refused.reason, refused.message))
}
