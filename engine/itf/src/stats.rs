//! What is told of the stage, exact at the instant of asking.
use crate::counters::Counters;
use crate::graph::*;
use crate::stage::Stage;
use channel::layout::*;
use channel::sync::Ordering::Relaxed;
use channel::{Segment, State};

/// Frames by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts {
    /// In the pool.
    pub total: u32,
    /// Free.
    pub home: u32,
    /// With components, carrying packets.
    pub out: u32,
    /// With components, empty.
    pub lent: u32,
    /// With ports.
    pub kernel: u32,
}

/// One component, as it is told.
#[derive(Clone, Debug)]
pub struct ComponentReport<'a> {
    /// From 1.
    pub slot: u8,
    /// For people.
    pub name: &'a str,
    /// A member of `slot_state`.
    pub state: u32,
    /// Passes of its loop.
    pub heartbeat: u32,
    /// Processes after the first.
    pub restarts: u64,
    /// The engine does its work.
    pub standing_in: bool,
    /// A member of `error`.
    pub error: u32,
    /// Descriptors that wait for it.
    pub queued: u32,
    /// By `enum.counter`; they never fall.
    pub counters: [u64; 16],
}

impl Stage {
    /// Packets, since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Service paths and reasons whose drops began since the last call (RFC 8300 §2: logged at least once for each SPI).
    pub fn first_nsh_drops(&mut self) -> Vec<(u32, u32)> {
        self.counters.first_drops()
    }

    /// The channel, once there is one.
    pub fn segment(&self) -> Option<&Segment> {
        self.pool.as_ref().map(|pool| &pool.segment)
    }

    /// Open ports.
    pub fn ports_mut(&mut self) -> impl Iterator<Item = &mut PortEnd> {
        self.ports.iter_mut().flatten().map(|end| &mut **end)
    }

    /// Frames by state.
    pub fn frame_counts(&self) -> FrameCounts {
        let Some(ledger) = self.pool.as_ref().map(|pool| &pool.ledger) else { return FrameCounts::default() };
        FrameCounts {
            total: ledger.total(),
            home: ledger.count(State::Home),
            out: ledger.count(State::Out),
            lent: ledger.count(State::Lent),
            kernel: ledger.count(State::Kernel) + ledger.count(State::Stock),
        }
    }

    /// Edges: id, from, to, fill, limit.
    pub fn edge_fills(&self) -> impl Iterator<Item = (u16, u8, u8, u32, u32)> + '_ {
        self.edges
            .iter()
            .flatten()
            .map(|edge| (edge.spec.id, edge.spec.from.0, edge.spec.to.0, edge.cells.fill(), edge.spec.limit))
    }

    /// All components.
    pub fn component_reports(&mut self) -> Vec<ComponentReport<'_>> {
        for slot in 1..self.components.len() as u8 {
            self.count_on(slot);
        }
        let Some(pool) = &self.pool else { return Vec::new() };
        let report = |component: &'_ Component| -> (u32, u32, u32) {
            let words = &pool.slots[component.spec.slot as usize];
            (words.state().load(Relaxed), words.heartbeat().load(Relaxed), words.error().load(Relaxed))
        };
        let fill =
            |slot: u8| self.edges.iter().flatten().filter(|edge| edge.spec.to.0 == slot).map(|edge| edge.cells.fill()).sum();
        let components = self.components.iter().flatten().map(|component| {
            let (state, heartbeat, error) = report(component);
            ComponentReport {
                slot: component.spec.slot,
                name: &component.spec.name,
                state,
                heartbeat,
                restarts: component.restarts,
                standing_in: component.stand_in.is_some() || component.life == Life::Dead,
                error: if error != 0 { error } else { component.error },
                queued: fill(component.spec.slot),
                counters: component.counted.map(|(before, now)| before.wrapping_add(now)),
            }
        });
        components.collect()
    }

    /// Bring the private view of a component's counters up to date. One that fell was started anew.
    fn count_on(&mut self, slot: u8) {
        let (Some(pool), Some(component)) = (&self.pool, &mut self.components[slot as usize]) else { return };
        for (shared, (before, last)) in pool.slots[slot as usize].counters().iter().zip(&mut component.counted) {
            let now = shared.load(Relaxed);
            if now < *last {
                *before = before.wrapping_add(*last);
            }
            *last = now;
        }
    }

    /// The process is gone: what it counted goes to the base.
    pub(crate) fn keep_counters(&mut self, slot: u8) {
        self.count_on(slot);
        let Some(component) = &mut self.components[slot as usize] else { return };
        for (before, last) in &mut component.counted {
            *before = before.wrapping_add(std::mem::take(last));
        }
    }
}

/// Name of a member of one of the layout's tables.
pub fn name_of(table: &[(u32, &'static str)], number: u32) -> &'static str {
    table.iter().find(|(known, _)| *known == number).map_or("unknown", |(_, name)| name)
}

/// Name of a member of `slot_state`.
pub fn state_name(state: u32) -> &'static str {
    name_of(SLOT_STATE_NAMES, state)
}

/// Name of a member of `error`.
pub fn error_name(error: u32) -> &'static str {
    name_of(ERROR_NAMES, error)
}
