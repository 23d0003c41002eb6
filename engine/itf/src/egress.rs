//! From components: packets that leave by a port, frames that end. What they post is admitted by the ledger, or refused.
use crate::counters::Counters;
use crate::created::Ground;
use crate::graph::*;
use crate::stage::{end, queue, send, Pool, Stage};
use channel::layout::*;
use channel::{expect_use, BadCursor, Descriptor, State};
use vns::Packet;

impl Stage {
    pub(crate) fn egress(&mut self) -> bool {
        let Self { pool: Some(pool), edges, ports, counters, components, paths, flows, .. } = self else { return false };
        let ground = Ground { paths, flows };
        let mut moved = false;
        for edge in edges.iter_mut().flatten() {
            let End::Egress(consumer) = &mut edge.end else { continue };
            let mut burst = [Descriptor::default(); BURST];
            let taken = consumer.take(&mut burst);
            let freed = consumer.freed();
            let from = edge.spec.from.0;
            if pool.nsh {
                expect(pool, &burst[..*taken.as_ref().unwrap_or(&0)]);
            }
            let count = taken.unwrap_or_else(|BadCursor| blame(&mut components[from as usize], ERROR_BAD_CURSOR));
            for d in &burst[..count] {
                if !leave_plainly(pool, counters, ports, edge, *d) {
                    leave(pool, counters, ports, edge, *d, &mut components[from as usize], &ground);
                }
            }
            if freed {
                pool.wake(from);
            }
            moved |= count > 0;
        }
        moved
    }

    pub(crate) fn returns(&mut self) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let mut moved = false;
        for component in self.components[..self.reach.components].iter_mut().flatten() {
            let mut burst = [Descriptor::default(); BURST];
            let taken = component.returns.1.take(&mut burst);
            let count = taken.unwrap_or_else(|BadCursor| {
                component.error = ERROR_BAD_CURSOR;
                0
            });
            for d in &burst[..count] {
                if !give_back(pool, &mut self.counters, component.spec.slot, *d) {
                    component.error = ERROR_BAD_DESCRIPTOR;
                }
            }
            moved |= count > 0;
        }
        moved
    }
}

/// Headers are about to be written before these packets, from what was kept of them. The component on another CPU had them last.
#[inline]
fn expect(pool: &Pool, burst: &[Descriptor]) {
    for d in burst {
        pool.frames.expect_write(d.frame(), u32::from(d.offset()).saturating_sub(nshp::USUAL as u32));
        if let Some(kept) = pool.kept.get(d.frame() as usize) {
            expect_use(kept);
        }
    }
}

/// Note privately that a component wrote what can't be.
fn blame(component: &mut Option<Box<Component>>, error: u32) -> usize {
    if let Some(component) = component {
        component.error = error;
    }
    0
}

/// What most that arrives on an edge to slot 0 is: a packet that the engine gave, on its way to a port without a part in NSH.
/// False: it is not, nothing was done, and `leave` looks closer.
#[inline(always)]
fn leave_plainly(
    pool: &mut Pool,
    counters: &mut Counters,
    ports: &mut [Option<Box<PortEnd>>],
    edge: &EdgeEnd,
    d: Descriptor,
) -> bool {
    let path = if pool.nsh || edge.in_chain || d.more() || !pool.bounds.allow(d) { None } else { pool.ledger.admit_packet(d) };
    let packet = Packet { frame: d.frame(), offset: d.offset(), length: d.length() };
    let port = path.and_then(|path| edge.exits.get(path)).and_then(|port| ports[port as usize].as_mut());
    match port.filter(|to| usize::from(packet.length) <= to.largest) {
        Some(to) => queue(pool, counters, to, packet),
        None => return false,
    }
    true
}

/// A packet, or what poses as one, that arrived on an edge to slot 0.
#[inline(never)]
fn leave(
    pool: &mut Pool,
    counters: &mut Counters,
    ports: &mut [Option<Box<PortEnd>>],
    edge: &mut EdgeEnd,
    d: Descriptor,
    poster: &mut Option<Box<Component>>,
    ground: &Ground,
) {
    if d.is_marker() {
        return;
    }
    let Some(state) = pool.ledger.admit(d) else {
        counters.bad_frames += 1;
        blame(poster, ERROR_BAD_DESCRIPTOR);
        return;
    };
    let frame = d.frame();
    if state == State::Lent {
        ground.create(pool, counters, frame, edge);
    }
    // No component is offered chains (spec/channel.md §5): what comes as one is dropped, to its last part.
    let chained = std::mem::replace(&mut edge.in_chain, d.more()) || d.more();
    if chained || !pool.bounds.allow(d) {
        blame(poster, ERROR_BAD_DESCRIPTOR);
        return end(pool, counters, frame, REASON_BAD_DESCRIPTOR);
    }
    let Some(port) = edge.exits.get(pool.ledger.entry(frame).path) else {
        return end(pool, counters, frame, REASON_NO_ROUTE);
    };
    let packet = Packet { frame, offset: d.offset(), length: d.length() };
    if state == State::Lent {
        ground.adopt(pool, ports, packet);
    }
    if pool.nsh {
        if pool.metadata {
            pool.kept[frame as usize].set_context(&pool.meta.context(frame));
        }
        if pool.contexts.is_some() {
            pool.leave_contexts(packet);
        }
    }
    match &mut ports[port as usize] {
        Some(to) => send(pool, counters, to, packet),
        None => end(pool, counters, frame, REASON_PORT_DOWN),
    }
}

/// A frame that ended with a component. False: it was not the component's to end.
#[inline]
fn give_back(pool: &mut Pool, counters: &mut Counters, slot: u8, d: Descriptor) -> bool {
    let Some(state) = pool.ledger.admit(d) else {
        counters.bad_frames += 1;
        return false;
    };
    let reason = if d.high() <= REASON_UNKNOWN_OUTPUT { d.high() } else { REASON_COMPONENT };
    let unused = state == State::Lent && pool.ledger.entry(d.frame()).slot == slot && reason == REASON_COMPONENT;
    end_granted(pool, counters, d.frame(), reason, unused);
    true
}

/// A frame with the components ends; one that was lent ends as a packet unless it was not used.
pub(crate) fn end_granted(pool: &mut Pool, counters: &mut Counters, frame: u32, reason: u32, unused: bool) {
    if pool.ledger.entry(frame).state == State::Lent {
        if unused {
            return pool.ledger.free(frame);
        }
        counters.created += 1;
        pool.kept[frame as usize].forget();
    }
    end(pool, counters, frame, reason);
}
