//! From ports into the pool. Pulled: no more is received than the edges behind the port can take, so that what is too much is lost
//! in the NIC's queue, before any work.
use crate::counters::Counters;
use crate::graph::*;
use crate::processor::{Entered, Processor};
use crate::stage::{end, send, Pool, Stage};
use channel::layout::*;
use channel::{Descriptor, Ledger, Line, State};
use vns::{Fault, Packet, Received, Stock};

/// First bytes of a frame that the flow hash may look at.
const HASHED: usize = 128;

struct Shelf<'a> {
    ledger: &'a mut Ledger,
    port: u8,
}

impl Stock for Shelf<'_> {
    fn take(&mut self) -> Option<u32> {
        let frame = self.ledger.grant(State::Stock)?;
        self.ledger.note(frame, self.port, 0, 0);
        Some(frame)
    }

    fn give(&mut self, frame: u32) {
        if self.ledger.entry(frame).state == State::Stock {
            self.ledger.free(frame);
        }
    }
}

impl<P: Processor> Stage<P> {
    pub(crate) fn ingress(&mut self) -> bool {
        let mut moved = false;
        for number in 0..if self.receiving { self.ports.len() } else { 0 } {
            // A port is out of its place while its packets go to others, or back to itself.
            let Some(mut port) = self.ports[number].take() else { continue };
            moved |= self.receive_from(&mut port);
            self.ports[number] = Some(port);
            moved |= self.post_ingress();
        }
        moved
    }

    /// How many packets the edges behind a port can take now.
    pub(crate) fn room(&mut self, port: &PortEnd) -> usize {
        let (mut blocking, mut most) = (BURST as u32, 0);
        for route in &port.routes {
            let Way::Edge(edge) = route.to else {
                most = BURST as u32;
                continue;
            };
            let Some(edge) = self.edges[edge].as_mut() else { continue };
            let End::Ingress(producer, _) = &mut edge.end else { continue };
            let space = producer.space(BURST as u32);
            most = most.max(space);
            if edge.spec.block {
                blocking = blocking.min(space);
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
        for one in received.drain(..) {
            self.admit_packet(port, one);
        }
        self.scratch.received = received;
        moved
    }

    fn admit_packet(&mut self, port: &mut PortEnd, one: Received) {
        let Self { pool: Some(pool), counters, processor, .. } = self else { return };
        let frame = one.packet.frame;
        if pool.ledger.entry(frame).state != State::Stock {
            return;
        }
        pool.ledger.shift(frame, State::Out);
        count_in(counters, port, &one);
        let (route, packet) = match classify(pool, processor, port, &one) {
            Ok(found) => found,
            Err((reason, path)) => {
                pool.side[frame as usize].nsh_path = path;
                return end(pool, counters, frame, reason);
            }
        };
        pool.ledger.note(frame, port.number, route.path, packet.length);
        match route.to {
            Way::Edge(edge) => self.stage_ingress(edge, packet),
            Way::Port(to) => self.send_direct(port, to, packet),
        }
    }

    fn stage_ingress(&mut self, edge: usize, packet: Packet) {
        let Some(pool) = &mut self.pool else { return };
        let Some(End::Ingress(_, staged)) = self.edges[edge].as_mut().map(|edge| &mut edge.end) else {
            return end(pool, &mut self.counters, packet.frame, REASON_NO_ROUTE);
        };
        let generation = pool.ledger.entry(packet.frame).generation;
        staged.push(Descriptor::packet(packet.frame, generation, packet.offset, packet.length));
    }

    fn send_direct(&mut self, from: &mut PortEnd, to: u8, packet: Packet) {
        let Some(pool) = &mut self.pool else { return };
        let to = if to == from.number { Some(from) } else { self.ports[to as usize].as_deref_mut() };
        match to {
            Some(to) => send::<P>(pool, &mut self.counters, to, packet),
            None => end(pool, &mut self.counters, packet.frame, REASON_PORT_DOWN),
        }
    }

    fn post_ingress(&mut self) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let mut moved = false;
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
            moved = true;
        }
        moved
    }

    /// This port has something to receive into, and somewhere to put it.
    pub(crate) fn open(&mut self, number: usize) -> bool {
        let Some(port) = self.ports[number].take() else { return false };
        let room = self.receiving && self.room(&port) > 0;
        self.ports[number] = Some(port);
        room && self.pool.as_ref().is_some_and(|pool| pool.ledger.count(State::Home) > 0)
    }
}

fn count_in(counters: &mut Counters, port: &mut PortEnd, one: &Received) {
    counters.received += 1;
    port.counts[0] += 1;
    port.counts[1] += u64::from(one.packet.length);
}

type Found = Result<(Route, Packet), (u32, Option<u32>)>;

fn classify<P: Processor>(pool: &mut Pool<P::Kept>, processor: &P, port: &PortEnd, one: &Received) -> Found {
    let fault = |fault| match fault {
        Fault::TooLarge => REASON_TOO_LARGE,
        Fault::Truncated => REASON_TRUNCATED,
        Fault::Injected => REASON_FAULTY,
    };
    let side = &mut pool.side[one.packet.frame as usize];
    (side.nsh_path, side.context) = (None, [0; 16]);
    if let Some(what) = one.fault {
        return Err((fault(what), None));
    }
    let mut packet = one.packet;
    let mut line = Line { ingress_port: port.number.into(), time_ns: one.time_ns, ..Line::default() };
    let entered = if port.proxy { processor.enter(port.number, &pool.frames, packet, &mut side.kept) } else { Entered::Plain };
    let route = match entered {
        Entered::Drop { reason, path } => return Err((reason, path)),
        Entered::Plain => port.route(None).ok_or((REASON_NO_ROUTE, None))?,
        Entered::Nsh { offset, length, base, path, context } => {
            line.nsh_place = place(base, offset);
            (packet.offset, packet.length) = (offset, length);
            (side.nsh_path, side.context) = (Some(path), context);
            (line.nsh_base, line.nsh_path, line.context) = (base, path, context);
            line.flags = META_FLAG_NSH as u16 | if base >> 8 & 0xf == 2 { META_FLAG_MD2 as u16 } else { 0 };
            port.route(Some(path >> 8)).ok_or((REASON_NSH_NO_PATH, Some(path)))?
        }
    };
    if matches!(route.to, Way::Edge(_)) && pool.metadata {
        describe::<P>(pool, line, &packet);
    }
    Ok((route, packet))
}

/// Where the NSH lies: before what the component sees, whose Ethernet header is made over its end if the payload is bare IP.
fn place(base: u32, offset: u16) -> (u16, u16) {
    const MADE_ETHERNET: u16 = 14;
    let length = (base >> 16 & 0x3f) as u16 * 4;
    let end = offset + if matches!(base & 0xff, 1 | 2) { MADE_ETHERNET } else { 0 };
    (end.saturating_sub(length), length)
}

/// Fill the metadata line.
#[inline]
fn describe<P: Processor>(pool: &mut Pool<P::Kept>, mut line: Line, packet: &Packet) {
    let mut first = [0; HASHED];
    let first = &mut first[..HASHED.min(packet.length.into())];
    pool.frames.copy_out(packet.frame, packet.offset.into(), first);
    line.flow_hash = P::flow_hash(first);
    pool.meta.fill(packet.frame, &line);
}
