//! After a change: what the hot path reads is made anew, and what was removed is let go.
use crate::fan::Fan;
use crate::graph::*;
use crate::reclaim::{edge_of, owned};
use crate::stage::{end, Pool, Reach, Stage};
use channel::layout::*;
use channel::{Consumer, Place, Producer, State};
use nshp::Role;
use std::collections::BTreeMap;

impl Component {
    pub(crate) fn new(spec: NewComponent, returns: (Place, Consumer), alloc: Option<(Place, Producer)>) -> Self {
        Self {
            spec,
            returns,
            alloc,
            life: Life::Vacant,
            epoch: 0,
            stand_in: None,
            attached: false,
            supervised: 0,
            restarts: 0,
            error: ERROR_NONE,
            counted: [(0, 0); 16],
            heartbeat: 0,
            still_since: None,
            hung: false,
        }
    }
}

/// One past the last.
fn reach<T>(all: &[Option<T>]) -> usize {
    all.iter().rposition(Option::is_some).map_or(0, |last| last + 1)
}

impl Pool {
    /// `side` is kept as long as packets are inside that it may have something of.
    fn keep_nsh(&mut self, wanted: bool) {
        let inside = self.ledger.count(State::Out) + self.ledger.count(State::Kernel) + self.ledger.count(State::Lent) > 0;
        let ends = self.nsh && !wanted && !inside;
        if ends {
            self.kept.iter_mut().for_each(nshp::Kept::forget);
        }
        self.nsh = wanted || self.nsh && !ends;
    }
}

impl Stage {
    /// Edges from slot 0 with the same output and lane lead to replicas of one component.
    fn fans(&self) -> Vec<Fan> {
        let mut groups: BTreeMap<(u16, u8), Vec<(usize, u8)>> = BTreeMap::new();
        for (index, edge) in self.edges.iter().enumerate() {
            let Some(NewEdge { from: (0, output, lane), to, .. }) = edge.as_ref().map(|edge| edge.spec) else { continue };
            groups.entry((output, lane)).or_default().push((index, to.0));
        }
        groups.values().filter_map(|group| Fan::new(group)).collect()
    }

    /// Routes of the ports, rules of NSHP, who wants metadata.
    pub(crate) fn rewire(&mut self) {
        self.fans = self.fans();
        let fans = &self.fans;
        let index = |id: u16| self.edges.iter().position(|edge| edge.as_ref().is_some_and(|edge| edge.spec.id == id));
        for end in self.ports.iter_mut().flatten() {
            let its = || self.paths.iter().filter(|path| path.port == end.number);
            end.nsh.paths = nshp::Rules::default();
            its().filter_map(|path| Some((path.spi?, &path.rule))).for_each(|(spi, rule)| end.nsh.paths.set(spi, rule.clone()));
            let routes = its().filter_map(|path| {
                let to = match path.target {
                    Target::Port(port) => Way::Port(port),
                    Target::Edge(id) => {
                        let edge = index(id)?;
                        fans.iter().position(|fan| fan.places.contains(&edge)).map_or(Way::Edge(edge), Way::Fan)
                    }
                };
                let exit = self.edges.iter().flatten().find_map(|edge| edge.exits.get(path.path));
                Some(Route { spi: path.spi, path: path.path, to, exit })
            });
            end.routes = routes.collect();
        }
        self.reach = Reach { ports: reach(&self.ports), components: reach(&self.components) };
        if let Some(pool) = &mut self.pool {
            pool.keep_nsh(self.ports.iter().flatten().any(|end| end.nsh.role != Role::None));
            let components = || self.components.iter().flatten().map(|component| &component.spec);
            pool.keys = nshp::Keys::new(self.paths.iter().filter_map(|path| path.rule.integrity.clone()));
            pool.creates = components().any(|spec| spec.creates);
            pool.metadata = pool.creates || !self.fans.is_empty() || components().any(|spec| spec.metadata);
        }
    }

    /// Close a port: what it was transmitting is dropped.
    pub(crate) fn close(&mut self, port: PortEnd) {
        let Some(pool) = &mut self.pool else { return };
        let held: Vec<_> = pool.ledger.with_port(port.number).map(|(frame, entry)| (frame, entry.state)).collect();
        drop(port);
        for (frame, state) in held {
            match state {
                State::Kernel => end(pool, &mut self.counters, frame, REASON_PORT_DOWN),
                _ => pool.ledger.free(frame),
            }
        }
    }

    /// Let a component's slot go, with the frames that were lent to it.
    pub(crate) fn let_go(&mut self, component: Box<Component>) {
        let slot = component.spec.slot;
        let Some(pool) = &mut self.pool else { return };
        let lent: Vec<u32> = owned(pool)
            .filter(|(_, word, _)| edge_of(*word) == ALLOC_EDGES + u16::from(slot))
            .map(|(frame, ..)| frame)
            .filter(|&frame| pool.ledger.entry(frame).state == State::Lent)
            .collect();
        lent.into_iter().for_each(|frame| pool.ledger.free(frame));
        pool.slots[slot as usize].publish(&[]);
        pool.rings.give(component.returns.0);
        component.alloc.iter().for_each(|(place, _)| pool.rings.give(*place));
    }
}
