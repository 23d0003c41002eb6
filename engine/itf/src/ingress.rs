//! From ports into the pool. Pulled: no more is received than the edges behind the port can take, so that what is too much is lost
//! in the NIC's queue, before any work.
use crate::graph::*;
use crate::shelf::Shelf;
use crate::stage::{end, refuse, send, Pool, Stage};
use channel::layout::*;
use channel::{expect_use, Descriptor, Line, State};
use nshp::{Entry, Inside, Role, View};
use vns::{Fault, Packet, Received};

/// First bytes of a frame that the flow hash may look at.
const HASHED: usize = 128;

impl Stage {
    pub(crate) fn ingress(&mut self) -> bool {
        let mut moved = false;
        for number in 0..if self.receiving { self.reach.ports } else { 0 } {
            // A port is out of its place while its packets go to others, or back to itself.
            let Some(mut port) = self.ports[number].take() else { continue };
            let received = self.receive_from(&mut port);
            self.ports[number] = Some(port);
            if received {
                self.post_ingress();
                moved = true;
            }
        }
        moved
    }

    /// How many packets the edges behind a port can take now.
    pub(crate) fn room(&mut self, port: &PortEnd) -> usize {
        let (mut blocking, mut most) = (BURST as u32, 0);
        let Self { edges, fans, .. } = self;
        for route in &port.routes {
            let behind = match &route.to {
                Way::Edge(edge) => std::slice::from_ref(edge),
                Way::Fan(fan) => &fans[*fan].places[..],
                Way::Port(_) => {
                    most = BURST as u32;
                    continue;
                }
            };
            for &edge in behind {
                let Some(edge) = edges[edge].as_mut() else { continue };
                let End::Ingress(producer, _) = &mut edge.end else { continue };
                let space = producer.space(BURST as u32);
                most = most.max(space);
                if edge.spec.block {
                    blocking = blocking.min(space);
                }
            }
        }
        // A port that no path begins at is emptied, and what came is counted.
        let most = if port.routes.is_empty() { BURST as u32 } else { most };
        blocking.min(most) as usize
    }

    fn receive_from(&mut self, port: &mut PortEnd) -> bool {
        let room = self.room(port);
        let Some(pool) = &mut self.pool else { return false };
        if room == 0 || pool.ledger.count(State::Home) == 0 {
            return false;
        }
        let mut received = std::mem::take(&mut self.scratch.received);
        let mut shelf = Shelf { ledger: &mut pool.ledger, port: port.number };
        port.port.receive(&pool.frames, &mut shelf, pool.segment.header().data_offset as u16, room, &mut received);
        let moved = !received.is_empty();
        match (port.nsh.role == Role::None).then(|| port.route(None)).flatten() {
            Some(&Route { to: Way::Edge(edge), path, .. }) => self.take_in_plain(port, &received, edge, path),
            _ => self.take_in(port, &received),
        }
        received.clear();
        self.scratch.received = received;
        moved
    }

    /// What came in belongs to the components from here on. A packet in a frame that is not in stock is none.
    fn take_in(&mut self, port: &mut PortEnd, received: &[Received]) {
        let (mut packets, mut bytes) = (0, 0);
        if let Some(pool) = &self.pool {
            received.iter().for_each(|one| expect_use(&pool.kept[one.packet.frame as usize]));
        }
        for one in received {
            let Some(pool) = &mut self.pool else { return };
            if pool.ledger.receive_in_burst(one.packet.frame, 0).is_some() {
                packets += 1;
                bytes += u64::from(one.packet.length);
                self.admit_packet(port, one);
            }
        }
        self.count_in(port, packets, bytes);
    }

    /// The same where all that comes in takes one path, and its first edge.
    fn take_in_plain(&mut self, port: &mut PortEnd, received: &[Received], edge: usize, path: u16) {
        let Self { pool: Some(pool), edges, counters, .. } = self else { return };
        let Some(End::Ingress(_, staged)) = edges[edge].as_mut().map(|edge| &mut edge.end) else {
            return self.take_in(port, received);
        };
        let (mut packets, mut bytes) = (0, 0);
        for Received { packet, time_ns, fault } in received {
            let Some(generation) = pool.ledger.receive_in_burst(packet.frame, path) else { continue };
            packets += 1;
            bytes += u64::from(packet.length);
            if pool.nsh {
                pool.kept[packet.frame as usize].forget();
            }
            if let Some(fault) = fault {
                end(pool, counters, packet.frame, reason_of(*fault));
                continue;
            }
            if pool.metadata {
                describe(pool, Line { ingress_port: port.number.into(), time_ns: *time_ns, ..Line::default() }, packet);
            }
            staged.push(Descriptor::packet(packet.frame, generation, packet.offset, packet.length));
        }
        self.count_in(port, packets, bytes);
    }

    fn count_in(&mut self, port: &mut PortEnd, packets: u32, bytes: u64) {
        let Some(pool) = &mut self.pool else { return };
        pool.ledger.count_burst(State::Stock, State::Out, packets);
        self.counters.received += u64::from(packets);
        port.counts[0] += u64::from(packets);
        port.counts[1] += bytes;
    }

    /// What most packets are goes its way at once: a struct that two ways have in common would be written in pieces to the stack and
    /// read back whole, for which a CPU waits longer than all of this takes.
    #[inline(always)]
    fn admit_packet(&mut self, port: &mut PortEnd, one: &Received) {
        let Some(pool) = &mut self.pool else { return };
        let Packet { frame, offset, length } = one.packet;
        let view = View { frames: &pool.frames, frame, offset, length };
        if one.fault.is_none() {
            if let Some(inside) = port.nsh.enter_usual(view, &mut pool.kept[frame as usize]) {
                return self.follow(port, one, &inside);
            }
        }
        self.admit_any(port, one);
    }

    #[inline(never)]
    fn admit_any(&mut self, port: &mut PortEnd, one: &Received) {
        let Some(pool) = &mut self.pool else { return };
        let Packet { frame, offset, length } = one.packet;
        let kept = &mut pool.kept[frame as usize];
        let entered = match (one.fault, port.nsh.role) {
            (None, Role::None) if !pool.nsh => Entry::Plain,
            (None, _) => port.nsh.enter(View { frames: &pool.frames, frame, offset, length }, kept),
            (Some(fault), _) => {
                kept.forget();
                Entry::Drop { reason: reason_of(fault), path: None }
            }
        };
        match entered {
            Entry::Nsh(inside) => self.follow(port, one, &inside),
            Entry::Drop { reason, path } => refuse(pool, &mut self.counters, frame, reason, path),
            Entry::Plain => match port.route(None) {
                Some(&Route { path, to, .. }) => self.place(port, one, one.packet, (path, to), None),
                None => refuse(pool, &mut self.counters, frame, REASON_NO_ROUTE, None),
            },
        }
    }

    /// A packet with an NSH goes where its service path does.
    #[inline(always)]
    fn follow(&mut self, port: &mut PortEnd, one: &Received, inside: &Inside) {
        match self.pool.as_mut().filter(|pool| pool.contexts.is_some()) {
            Some(pool) => {
                let inside = pool.enter_contexts(one, inside);
                self.follow_path(port, one, &inside);
            }
            None => self.follow_path(port, one, inside),
        }
    }

    #[inline(always)]
    fn follow_path(&mut self, port: &mut PortEnd, one: &Received, inside: &Inside) {
        let packet = Packet { frame: one.packet.frame, offset: inside.offset, length: inside.length };
        match service_route(port, inside) {
            Some(route) => self.place(port, one, packet, route, Some(inside)),
            None => {
                let Some(pool) = &mut self.pool else { return };
                refuse(pool, &mut self.counters, packet.frame, REASON_NSH_NO_PATH, Some(inside.path));
            }
        }
    }

    #[inline(always)]
    fn place(&mut self, port: &mut PortEnd, one: &Received, packet: Packet, route: (u16, Way), inside: Option<&Inside>) {
        let Some(pool) = &mut self.pool else { return };
        let (path, to) = route;
        pool.ledger.note(packet.frame, port.number, path, packet.length);
        match to {
            Way::Edge(_) | Way::Fan(_) => {
                let mut hash = 0;
                if pool.metadata {
                    let line = Line {
                        ingress_port: port.number.into(),
                        time_ns: one.time_ns,
                        ..inside.map_or_else(Line::default, line_of)
                    };
                    hash = describe(pool, line, &packet);
                    if pool.creates && inside.is_some() {
                        self.flows.remember(hash, path, &pool.kept[packet.frame as usize]);
                    }
                }
                // With a fan there is metadata (rewire.rs).
                let edge = match to {
                    Way::Fan(fan) => self.fans[fan].place(hash),
                    Way::Edge(edge) => edge,
                    Way::Port(_) => return,
                };
                self.stage_ingress(edge, packet);
            }
            Way::Port(to) => self.send_direct(port, to, packet),
        }
    }

    #[inline(always)]
    fn stage_ingress(&mut self, edge: usize, packet: Packet) {
        let Some(pool) = &mut self.pool else { return };
        let Some(End::Ingress(_, staged)) = self.edges[edge].as_mut().map(|edge| &mut edge.end) else {
            return end(pool, &mut self.counters, packet.frame, REASON_NO_ROUTE);
        };
        let generation = pool.ledger.entry(packet.frame).generation;
        staged.push(Descriptor::packet(packet.frame, generation, packet.offset, packet.length));
    }

    #[inline(never)]
    fn send_direct(&mut self, from: &mut PortEnd, to: u8, packet: Packet) {
        let Some(pool) = &mut self.pool else { return };
        let to = if to == from.number { Some(from) } else { self.ports[to as usize].as_deref_mut() };
        match to {
            Some(to) => send(pool, &mut self.counters, to, packet),
            None => end(pool, &mut self.counters, packet.frame, REASON_PORT_DOWN),
        }
    }

    fn post_ingress(&mut self) {
        let Some(pool) = &mut self.pool else { return };
        for edge in self.edges.iter_mut().flatten() {
            let End::Ingress(producer, staged) = &mut edge.end else { continue };
            if staged.is_empty() {
                continue;
            }
            let posted = producer.post(pool.owners, staged);
            for d in &staged[posted..] {
                end(pool, &mut self.counters, d.frame(), REASON_EDGE_FULL);
            }
            staged.clear();
            pool.wake(edge.spec.to.0);
        }
    }

    /// This port has something to receive into, and somewhere to put it.
    pub(crate) fn open(&mut self, number: usize) -> bool {
        let Some(port) = self.ports[number].take() else { return false };
        let room = self.receiving && self.room(&port) > 0;
        self.ports[number] = Some(port);
        room && self.pool.as_ref().is_some_and(|pool| pool.ledger.count(State::Home) > 0)
    }
}

/// What components learn of the NSH.
fn line_of(inside: &Inside) -> Line {
    let Inside { base, path, place, context, .. } = *inside;
    let flags = META_FLAG_NSH as u16 | if base >> 8 & 0xf == 2 { META_FLAG_MD2 as u16 } else { 0 };
    Line { flags, nsh_base: base, nsh_path: path, nsh_place: place, context, ..Line::default() }
}

fn reason_of(fault: Fault) -> u32 {
    match fault {
        Fault::TooLarge => REASON_TOO_LARGE,
        Fault::Truncated => REASON_TRUNCATED,
        Fault::Injected => REASON_FAULTY,
    }
}

/// By a table's entry or else by the SPI; straight to the exit if there is nothing in the packet for components.
#[inline(always)]
fn service_route(port: &PortEnd, inside: &Inside) -> Option<(u16, Way)> {
    let route = match inside.route {
        Some(path) => port.route_of(path),
        None => port.route(Some(inside.path >> 8)),
    }?;
    match (inside.straight, route.to) {
        (true, Way::Edge(_) | Way::Fan(_)) => Some((route.path, Way::Port(route.exit?))),
        (_, to) => Some((route.path, to)),
    }
}

/// Fill the metadata line; gives the flow hash.
#[inline]
fn describe(pool: &mut Pool, mut line: Line, packet: &Packet) -> u32 {
    let mut first = [0; HASHED];
    let first = &mut first[..HASHED.min(packet.length.into())];
    pool.frames.copy_out(packet.frame, packet.offset.into(), first);
    line.flow_hash = wire::flow_hash(first);
    // 0 says that there was no arrival (created.rs).
    line.time_ns = line.time_ns.max(1);
    pool.meta.fill(packet.frame, &line);
    line.flow_hash
}
