//! Opening a port by the name of its backend.
use std::fmt;

use serde_json::Value;

use crate::faulty::Faulty;
use crate::generate::Generate;
use crate::loopback::Loopback;
use crate::options::Options;
use crate::pcap::Pcap;
use crate::record::Record;
use crate::{Frames, Member, Port};

/// Why a port could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenError {
    /// Stable name, kebab-case.
    pub reason: &'static str,
    /// A sentence: what, where, what to do.
    pub message: String,
}

impl OpenError {
    pub(crate) fn new(reason: &'static str, message: String) -> Self {
        Self { reason, message }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OpenError {}

/// Open a port for a pool; `options` as in spec/engine.md, `open-port`. Faults are injected before the packets are recorded.
pub fn open(backend: &str, options: &Value, frames: &Frames) -> Result<Box<dyn Port>, OpenError> {
    open_among(backend, options, frames, &Member::alone())
}

/// Open a thread's part of a port, the threads in their order.
pub fn open_among(backend: &str, options: &Value, frames: &Frames, member: &Member) -> Result<Box<dyn Port>, OpenError> {
    let options = Options::new(backend, options)?;
    if !member.is_alone() {
        divisible(backend, &options)?;
    }
    let mut port: Box<dyn Port> = match backend {
        #[cfg(target_os = "linux")]
        "af_packet" => Box::new(crate::af_packet::AfPacket::open(&options, member)?),
        #[cfg(target_os = "linux")]
        "af_xdp" => crate::af_xdp::open(&options, frames, member)?,
        #[cfg(target_os = "linux")]
        "libpcap" => Box::new(crate::libpcap::Libpcap::open(&options, frames)?),
        #[cfg(target_os = "linux")]
        "memif" => Box::new(crate::memif::Memif::open(&options)?),
        "pcap" => Box::new(Pcap::open(&options)?),
        #[cfg(target_os = "linux")]
        "tap" => Box::new(crate::tap::Tap::open(&options)?),
        #[cfg(target_os = "linux")]
        "plugin" => Box::new(crate::plugin::Plugin::open(&options, frames)?),
        "generate" => Box::new(Generate::open(&options, member)?),
        "loopback" => options.only(&[]).map(|()| Box::new(Loopback::new()))?,
        _ => {
            let known = "the backends are af_packet, af_xdp, generate, libpcap, loopback, memif, pcap, plugin and tap";
            return Err(OpenError::new("unknown-backend", format!("no backend is named {backend}; {known}")));
        }
    };
    if let Some(faults) = options.get("faults") {
        port = Box::new(Faulty::open(port, faults)?);
    }
    if let Some(file) = options.text("record")? {
        port = Box::new(Record::open(port, file)?);
    }
    Ok(port)
}

/// What several threads can't have a part of each.
fn divisible(backend: &str, options: &Options) -> Result<(), OpenError> {
    let refused = |what: String| Err(OpenError::new("one-thread", format!("{what}; use threads: 1")));
    match backend {
        "af_packet" | "af_xdp" | "generate" | "loopback" => {}
        _ => return refused(format!("the packets of {backend} can't be shared out to several threads by their flows")),
    }
    match options.get("record") {
        Some(_) => refused("several threads can't record to one file".into()),
        None => Ok(()),
    }
}
