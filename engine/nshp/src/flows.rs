//! What NSH the last packet of a flow had, so that a packet that a component makes itself goes on under the same one.
use crate::kept::{Form, Kept};
use wire::{ether_type, flow_hash, NshFields, Outer, ETHERNET_LENGTH, NSH_MD1_LENGTH};

use crate::View;

/// Flows remembered; one that has the place of another takes it.
const FLOWS: usize = 4096;
/// Bytes that the flow hash may look at.
const HASHED: usize = 128;
const TTL: u8 = 63; // RFC 8300 §2.2

/// Flow and path -> NSH. Takes memory only once something is remembered.
#[derive(Debug, Default)]
pub struct Flows(Vec<(u64, Kept)>);

fn key(hash: u32, path: u16) -> u64 {
    1 << 48 | u64::from(path) << 32 | u64::from(hash)
}

/// The service path that a path of the plan stands for, for packets that have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// 24 bits.
    pub spi: u32,
    /// As it comes to the components.
    pub si: u8,
    /// The components are a service function of the path.
    pub step: bool,
}

impl Flows {
    /// A packet of this flow came on this path of the plan.
    pub fn remember(&mut self, hash: u32, path: u16, kept: &Kept) {
        if self.0.is_empty() {
            self.0 = vec![(0, Kept::NONE); FLOWS];
        }
        let (known, entry) = &mut self.0[hash as usize % FLOWS];
        *known = key(hash, path);
        entry.keep_like(kept);
    }

    /// Nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, hash: u32, path: u16) -> Option<&Kept> {
        let (known, kept) = self.0.get(hash as usize % FLOWS)?;
        (*known == key(hash, path)).then_some(kept)
    }

    /// Give a packet that a component made the NSH of its flow, or else the path's own. False: it has none.
    pub fn adopt(&self, packet: View, path: u16, default: Option<Own>, kept: &mut Kept) -> bool {
        let mut first = [0; HASHED];
        let first = packet.first(&mut first);
        match (self.find(flow_hash(first), path), default) {
            (Some(known), _) => kept.keep_like(known),
            (None, Some(default)) if first.len() >= ETHERNET_LENGTH => default.make(first, kept),
            _ => kept.forget(),
        }
        !kept.is_none()
    }
}

impl Own {
    fn make(&self, first: &[u8], kept: &mut Kept) {
        let mut headers = [0; ETHERNET_LENGTH + NSH_MD1_LENGTH];
        headers[..12].copy_from_slice(&first[..12]);
        headers[12..ETHERNET_LENGTH].copy_from_slice(&ether_type::NSH.to_be_bytes());
        let context = Some([0; 16]);
        NshFields { oam: false, ttl: TTL, next_protocol: wire::next_protocol::ETHERNET, spi: self.spi, si: self.si, context }
            .emit(&mut headers[ETHERNET_LENGTH..]);
        kept.keep(&headers, Outer::ethernet(ETHERNET_LENGTH), Form::Visible, self.step);
    }
}
