//! What NSH the last packet of a flow had, so that a packet that a component makes itself goes on under the same one.
use crate::kept::{Form, Kept};
use wire::{flow_hash, ETHERNET_LENGTH};

use crate::{Made, View};

/// Flows remembered; one that has the place of another takes it.
const FLOWS: usize = 4096;
/// Bytes that the flow hash may look at.
const HASHED: usize = 128;

/// Flow and path -> NSH. Takes memory only once something is remembered.
#[derive(Debug, Default)]
pub struct Flows(Vec<(u64, Kept)>);

fn key(hash: u32, path: u16) -> u64 {
    1 << 48 | u64::from(path) << 32 | u64::from(hash)
}

/// The NSH of packets that have none, on a path of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// As it comes to the components.
    pub made: Made,
    /// The components are a service function of the path: the SI is stepped when the packet leaves.
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
    pub fn adopt(&self, packet: View, path: u16, own: Option<Own>, kept: &mut Kept) -> bool {
        let mut first = [0; HASHED];
        let first = packet.first(&mut first);
        match (self.find(flow_hash(first), path), own) {
            (Some(known), _) => {
                kept.keep_like(known);
                kept.stamp();
            }
            // Visible: a component may make a packet with an NSH, or without one.
            (None, Some(own)) if first.len() >= ETHERNET_LENGTH => own.made.give(first, kept, Form::Visible, own.step),
            _ => kept.forget(),
        }
        !kept.is_none()
    }
}
