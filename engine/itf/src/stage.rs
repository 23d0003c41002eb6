//! The forwarding stage: one pass moves bursts from rings and ports to rings and ports.
//! Hot path: no allocation, no system call but the ports' own and bells of sleepers, no lock, no log.
use crate::counters::Counters;
use crate::fan::Fan;
use crate::graph::*;
use crate::nsh_rules::NshRules;
use crate::wait::Patience;
use channel::layout::*;
use channel::sync::AtomicU64;
use channel::{park, Bell, Bounds, Descriptor, Frames, Ledger, Meta, Rings, Segment, Slot, State};
use nshp::{Contexts, Flows, Kept, Keys, Leaving, Role, View};
use vns::{Packet, Received};

/// The mapped channel and what the engine alone knows of its frames.
pub struct Pool {
    pub(crate) segment: Segment,
    pub(crate) rings: Rings,
    pub(crate) slots: Vec<Slot>,
    pub(crate) bells: Vec<Bell>,
    pub(crate) frames: Frames,
    pub(crate) meta: Meta,
    pub(crate) owners: &'static [AtomicU64],
    pub(crate) bounds: Bounds,
    pub(crate) ledger: Ledger,
    /// The NSH of each frame's packet, beside the ledger.
    pub(crate) kept: Vec<Kept>,
    /// Some component reads the metadata line.
    pub(crate) metadata: bool,
    /// Some component makes packets of its own.
    pub(crate) creates: bool,
    /// Some port has, or had, a part in NSH: then `kept` is.
    pub(crate) nsh: bool,
    /// Contexts that people look at or set; none where nobody does.
    pub(crate) contexts: Option<Box<Contexts>>,
    /// Of service paths whose packets are protected.
    pub(crate) keys: Keys,
    /// Owner words that the audit has seen popped; and the frames that it suspects, by generation.
    pub(crate) noted: Vec<u64>,
    pub(crate) suspects: Vec<(u32, u8)>,
}

impl Pool {
    /// Wake the sleeper of a slot, if it sleeps.
    #[inline]
    pub(crate) fn wake(&self, slot: u8) {
        if park::wake(self.slots[slot as usize].park()) {
            self.bells[slot as usize].ring();
        }
    }
}

/// All of an engine's forwarding.
pub struct Stage {
    pub(crate) flows: Flows,
    pub(crate) pool: Option<Pool>,
    pub(crate) ports: Vec<Option<Box<PortEnd>>>,
    pub(crate) components: Vec<Option<Box<Component>>>,
    pub(crate) edges: Vec<Option<Box<EdgeEnd>>>,
    pub(crate) paths: Vec<NewPath>,
    pub(crate) fans: Vec<Fan>,
    pub(crate) retired: Vec<Retired>,
    pub(crate) spent: Vec<NshRules>,
    pub(crate) counters: Counters,
    pub(crate) events: Vec<Event>,
    pub(crate) receiving: bool,
    pub(crate) eager: bool,
    pub(crate) hungry: bool,
    pub(crate) scratch: Scratch,
    pub(crate) reach: Reach,
    pub(crate) patience: Patience,
}

/// One past the last port and the last component that there are: passes look no further.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reach {
    pub ports: usize,
    pub components: usize,
}

/// A removed edge whose ring somebody may still use: until these slots have taken up these epochs.
pub(crate) struct Retired {
    pub edge: Box<EdgeEnd>,
    pub left: Vec<(u8, u32)>,
}

#[derive(Default)]
pub(crate) struct Scratch {
    pub received: Vec<Received>,
    pub completed: Vec<u32>,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// Nothing there as yet.
    pub fn new() -> Self {
        Self {
            flows: Flows::default(),
            pool: None,
            ports: (0..PORTS_MAX).map(|_| None).collect(),
            components: (0..LIMITS_SLOTS_MAX).map(|_| None).collect(),
            edges: Vec::new(),
            paths: Vec::new(),
            fans: Vec::new(),
            retired: Vec::new(),
            spent: Vec::new(),
            counters: Counters::default(),
            events: Vec::new(),
            receiving: false,
            eager: false,
            hungry: false,
            scratch: Scratch { received: Vec::with_capacity(2 * BURST), completed: Vec::with_capacity(4 * BURST) },
            reach: Reach::default(),
            patience: Patience::default(),
        }
    }

    /// Ports receive, or no longer do.
    pub fn receive(&mut self, on: bool) {
        self.receiving = on;
        if let Some(pool) = &self.pool {
            pool.segment.set_state(if on { CHANNEL_STATE_RUNNING } else { CHANNEL_STATE_DRAINING });
        }
    }

    /// Ports receive.
    pub fn receiving(&self) -> bool {
        self.receiving
    }

    /// Have returned frames told at once, because somebody waits until nothing is in flight.
    pub fn set_eager(&mut self, eager: bool) {
        self.eager = eager;
    }

    /// What happened since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Move a burst of everything once. False: there was nothing to do.
    pub fn pass(&mut self) -> bool {
        if self.pool.is_none() {
            return false;
        }
        let mut moved = self.egress();
        moved |= self.returns();
        moved |= self.stand_in();
        moved |= self.ingress();
        moved |= self.flush();
        self.lend();
        moved
    }

    /// Take in all that components have handed over so far.
    pub fn collect(&mut self) {
        if self.pool.is_none() {
            return;
        }
        // Every ring is finite and its producers may go on: so often and no longer.
        for _ in 0..self.pool.as_ref().map_or(0, |pool| pool.ledger.total() as usize / BURST + 1) {
            let moved = self.egress() | self.returns();
            self.flush();
            if !moved {
                break;
            }
        }
    }

    /// Packets inside: with components or being transmitted.
    pub fn in_flight(&self) -> u64 {
        self.pool
            .as_ref()
            .map_or(0, |pool| u64::from(pool.ledger.count(State::Out)) + u64::from(pool.ledger.count(State::Kernel)))
    }

    /// Nothing is in flight, and nothing lies in a ring between components.
    pub fn empty(&self) -> bool {
        self.in_flight() == 0 && self.edges.iter().flatten().all(|edge| edge.cells.fill() == 0)
    }

    /// Every port that replays is at its end.
    pub fn replayed(&self) -> bool {
        self.ports.iter().flatten().all(|end| end.port.done() || !end.replays)
    }

    /// Grant empty frames to components that make packets. Ports come first: a quarter of the pool is theirs.
    fn lend(&mut self) {
        let Some(pool) = &mut self.pool else { return };
        for component in self.components[..self.reach.components].iter_mut().flatten().filter(|c| c.life != Life::Dead) {
            let Some((_, alloc)) = &mut component.alloc else { continue };
            if alloc.space(LIMITS_ALLOC_LIMIT) < BURST as u32 {
                continue;
            }
            let mut burst = [Descriptor::default(); BURST];
            let mut count = 0;
            while count < BURST && pool.ledger.count(State::Home) > pool.ledger.total() / 4 {
                let Some(frame) = pool.ledger.grant(State::Lent) else { break };
                pool.ledger.lend(frame, component.spec.slot);
                let generation = pool.ledger.entry(frame).generation;
                burst[count] = Descriptor::packet(frame, generation, pool.segment.header().data_offset as u16, 0);
                count += 1;
            }
            alloc.post(pool.owners, &burst[..count]);
        }
    }

    /// Transmit what waits in the outboxes, and bring home what was transmitted.
    pub(crate) fn flush(&mut self) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let mut moved = false;
        for end in self.ports[..self.reach.ports].iter_mut().flatten() {
            moved |= !end.outbox.is_empty();
            transmit(pool, &mut self.counters, end);
            end.largest = end.port.largest();
            end.port.completed(&mut self.scratch.completed);
            moved |= complete(pool, &mut self.counters, end, &mut self.scratch.completed);
        }
        moved
    }
}

/// A packet ends without being transmitted.
#[inline]
pub(crate) fn end(pool: &mut Pool, counters: &mut Counters, frame: u32, reason: u32) {
    // NSHP refuses for these; what a component or a port dropped is no fault of the service path.
    if reason >= REASON_NSH_VERSION || reason == REASON_TRUNCATED {
        let path = pool.kept[frame as usize].path();
        return refuse(pool, counters, frame, reason, path);
    }
    counters.drop(reason);
    pool.ledger.free(frame);
}

/// A packet on this service path ends, for NSHP refuses it.
#[cold]
pub(crate) fn refuse(pool: &mut Pool, counters: &mut Counters, frame: u32, reason: u32, path: Option<u32>) {
    counters.drop(reason);
    if reason >= REASON_NSH_VERSION || path.is_some() {
        counters.drop_nsh(reason, path);
    }
    pool.ledger.free(frame);
}

/// Put a packet, now the engine's, into the outbox of the port that it leaves by.
#[inline(always)]
pub(crate) fn send(pool: &mut Pool, counters: &mut Counters, to: &mut PortEnd, packet: Packet) {
    let packet = match wire_form(pool, to, packet) {
        Ok((offset, length)) => Packet { offset, length, ..packet },
        Err(reason) => return end(pool, counters, packet.frame, reason),
    };
    queue(pool, counters, to, packet);
}

/// Put a packet as it leaves into the outbox of its port.
#[inline(always)]
pub(crate) fn queue(pool: &mut Pool, counters: &mut Counters, to: &mut PortEnd, packet: Packet) {
    // At once, so that it is admitted no second time; `transmit` counts it.
    pool.ledger.transmit_in_burst(packet.frame, to.number, packet.length);
    to.outbox.push(packet);
    if to.outbox.len() == BURST {
        transmit(pool, counters, to);
    }
}

/// Offset and length of the packet as it leaves by this port, or why it can't.
#[inline]
fn wire_form(pool: &Pool, to: &PortEnd, packet: Packet) -> Result<(u16, u16), u32> {
    if to.nsh.role == Role::None {
        return if usize::from(packet.length) <= to.largest { Ok((packet.offset, packet.length)) } else { Err(REASON_TOO_LARGE) };
    }
    service_form(pool, to, packet)
}

/// Of a packet that leaves by a port with a part in NSH. Apart, for it is long, and `send` is for every packet.
#[inline(never)]
fn service_form(pool: &Pool, to: &PortEnd, packet: Packet) -> Result<(u16, u16), u32> {
    let kept = Some(&pool.kept[packet.frame as usize]).filter(|kept| !kept.is_none());
    let back = pool.ledger.entry(packet.frame).port == to.number;
    nshp::leave(to.nsh.role, &Leaving { packet: view(pool, packet), kept, back, keys: &pool.keys, largest: to.largest })
}

/// A packet as NSHP looks at it.
pub(crate) fn view(pool: &Pool, Packet { frame, offset, length }: Packet) -> View<'_> {
    View { frames: &pool.frames, frame, offset, length }
}

#[inline(never)]
fn transmit(pool: &mut Pool, counters: &mut Counters, end_: &mut PortEnd) {
    if end_.outbox.is_empty() {
        return;
    }
    pool.ledger.count_burst(State::Out, State::Kernel, end_.outbox.len() as u32);
    let taken = end_.port.transmit(&pool.frames, &end_.outbox).min(end_.outbox.len());
    let reason = if end_.down { REASON_PORT_DOWN } else { REASON_PORT_FULL };
    for packet in &end_.outbox[taken..] {
        end(pool, counters, packet.frame, reason);
    }
    end_.outbox.clear();
}

fn complete(pool: &mut Pool, counters: &mut Counters, end: &mut PortEnd, completed: &mut Vec<u32>) -> bool {
    if completed.is_empty() {
        return false;
    }
    let (packets, bytes) = pool.ledger.complete(end.number, completed);
    completed.clear();
    counters.transmitted += u64::from(packets);
    end.counts[2] += u64::from(packets);
    end.counts[3] += bytes;
    true
}
