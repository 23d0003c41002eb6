//! Packets that components make themselves: which path they are on, and which NSH they leave with.
//!
//! A packet made like another one is on that one's path. It gets the NSH that the last packet of its flow had there, else the one
//! that the plan says for the path; made like a packet without NSH, it has none.
use crate::counters::Counters;
use crate::graph::*;
use crate::stage::{view, Pool};
use channel::layout::META_FLAG_NSH;
use channel::{Line, State};
use nshp::{Flows, Kept, Own, Role};
use vns::Packet;

/// What is known of paths, beside the pool.
pub(crate) struct Ground<'a> {
    pub paths: &'a [NewPath],
    pub flows: &'a Flows,
}

impl Ground<'_> {
    /// A lent frame turned out to carry a packet.
    pub(crate) fn create(&self, pool: &mut Pool, counters: &mut Counters, frame: u32, edge: &EdgeEnd) {
        counters.created += 1;
        let path = self.path_of(edge, &pool.meta.origin(frame));
        pool.kept[frame as usize].forget();
        pool.ledger.note(frame, NO_PORT, path, 0);
        pool.ledger.shift(frame, State::Out);
    }

    /// Of the paths that leave where it came out: its model's, by port and SPI or by port alone; else the first.
    fn path_of(&self, edge: &EdgeEnd, like: &Line) -> u16 {
        let port = made_like(like).then_some(like.ingress_port);
        let spi = has_nsh(like).then_some(like.nsh_path >> 8);
        let its = || self.paths.iter().filter(|path| port == Some(path.port.into()) && edge.exits.get(path.path).is_some());
        let found = its().find(|path| path.spi == spi).or_else(|| its().next()).map(|path| path.path);
        found.or_else(|| edge.exits.iter().next().map(|(path, _)| path)).unwrap_or_default()
    }

    /// Give it its NSH.
    pub(crate) fn adopt(&self, pool: &mut Pool, ports: &[Option<Box<PortEnd>>], packet: Packet) {
        let number = pool.ledger.entry(packet.frame).path;
        let like = pool.meta.origin(packet.frame);
        let path = self.paths.iter().find(|path| path.path == number && (has_nsh(&like) || !made_like(&like)));
        let own = path.and_then(|path| {
            let classified = ports[path.port as usize].as_ref().is_some_and(|port| port.nsh.role == Role::Classify);
            path.nsh.map(|made| Own { made, step: !classified })
        });
        if own.is_none() && self.flows.is_empty() {
            return;
        }
        let mut kept = Kept::NONE;
        self.flows.adopt(view(pool, packet), number, own, &mut kept);
        pool.kept[packet.frame as usize] = kept;
    }
}

/// The component made it like another packet: then there is an arrival.
fn made_like(line: &Line) -> bool {
    line.time_ns != 0
}

fn has_nsh(line: &Line) -> bool {
    u32::from(line.flags) & META_FLAG_NSH != 0
}
