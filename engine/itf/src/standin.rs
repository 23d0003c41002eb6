//! While a component is dead the engine takes its place (spec/channel.md §6): the neighbours notice nothing.
use crate::counters::Counters;
use crate::egress::end_granted;
use crate::fan::Fan;
use crate::graph::*;
use crate::stage::{Pool, Stage};
use channel::layout::*;
use channel::{Consumer, Descriptor, Producer};
use std::collections::BTreeSet;

impl StandIn {
    /// Take over the rings of a dead component's edges. What `hold` keeps is not touched.
    pub(crate) fn new(slot: u8, on_crash: OnCrash, edges: &[Option<Box<EdgeEnd>>]) -> Option<Self> {
        if on_crash == OnCrash::Hold {
            return None;
        }
        let inputs = edges.iter().flatten().filter(|edge| edge.spec.to.0 == slot);
        let inputs = inputs.map(|edge| {
            let wants = edge.spec.block || edge.spec.from.0 == 0;
            (Consumer::take_over(edge.cells, wants), edge.spec.from.0, edge.spec.to.1)
        });
        let outputs = edges.iter().flatten().filter(|edge| edge.spec.from.0 == slot && edge.spec.from.1 == 0);
        let outputs = outputs.map(|edge| {
            let producer = Producer::take_over(edge.cells, edge.spec.id, edge.spec.limit);
            (producer, edge.spec.to.0, edge.spec.from.2, edge.spec.block)
        });
        let outputs: Vec<_> = outputs.collect();
        let replicas = |lane: u8| -> Vec<_> {
            (0..).zip(&outputs).filter(|(_, output)| output.2 == lane).map(|(index, output)| (index, output.1)).collect()
        };
        let lanes: BTreeSet<u8> = outputs.iter().map(|output| output.2).collect();
        let fans = lanes.into_iter().filter_map(|lane| Some((lane, Fan::new(&replicas(lane))?))).collect();
        Some(Self { inputs: inputs.collect(), outputs, fans })
    }

    /// P2 of the park handshake, in the dead component's place.
    pub(crate) fn news(&self) -> bool {
        self.outputs.iter().any(|(producer, ..)| producer.moved())
            || self.inputs.iter().any(|(consumer, _, lane)| consumer.moved() && !self.blocked(*lane))
    }

    fn blocked(&self, lane: u8) -> bool {
        self.outputs.iter().any(|(producer, _, of, block)| *of == lane && *block && producer.full())
    }

    /// Before sleeping: have the next ones tell when there is space.
    pub(crate) fn want(&self) {
        for (producer, _, lane, _) in &self.outputs {
            if self.blocked(*lane) {
                producer.want();
            }
        }
    }
}

impl Stage {
    pub(crate) fn stand_in(&mut self) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let mut moved = false;
        for component in self.components[..self.reach.components].iter_mut().flatten() {
            let Some(StandIn { inputs, outputs, fans }) = &mut component.stand_in else { continue };
            let bypass = component.spec.on_crash == OnCrash::Bypass;
            for input in inputs {
                if let Some((_, fan)) = fans.iter().find(|(lane, _)| bypass && *lane == input.2) {
                    moved |= share_out(pool, &mut self.counters, input, outputs, fan);
                    continue;
                }
                let output = outputs.iter_mut().find(|output| output.2 == input.2);
                let output = output.filter(|_| bypass);
                moved |= pass_on(pool, &mut self.counters, input, output);
            }
        }
        moved
    }
}

fn pass_on(
    pool: &mut Pool,
    counters: &mut Counters,
    input: &mut (Consumer, u8, u8),
    mut output: Option<&mut (Producer, u8, u8, bool)>,
) -> bool {
    let room = output.as_deref_mut().map_or(BURST, room_on);
    let Some((burst, count)) = take_known(pool, counters, input, room) else { return false };
    let (posted, reason) = match output {
        Some((producer, to, ..)) => {
            let posted = producer.post(pool.owners, &burst[..count]);
            pool.wake(*to);
            (posted, REASON_EDGE_FULL)
        }
        None => (0, REASON_COMPONENT_DOWN),
    };
    burst[posted..count].iter().for_each(|d| lose(pool, counters, *d, reason));
    if input.0.freed() {
        pool.wake(input.1);
    }
    true
}

/// The same where the next component has replicas.
fn share_out(
    pool: &mut Pool,
    counters: &mut Counters,
    input: &mut (Consumer, u8, u8),
    outputs: &mut [(Producer, u8, u8, bool)],
    fan: &Fan,
) -> bool {
    let room = fan.places.iter().map(|&at| room_on(&mut outputs[at])).min().unwrap_or(0);
    let Some((burst, count)) = take_known(pool, counters, input, room) else { return false };
    for d in &burst[..count] {
        let (producer, to, ..) = &mut outputs[fan.place(pool.meta.flow_hash(d.frame()))];
        if producer.post(pool.owners, std::slice::from_ref(d)) == 0 {
            lose(pool, counters, *d, REASON_EDGE_FULL);
        }
        pool.wake(*to);
    }
    if input.0.freed() {
        pool.wake(input.1);
    }
    true
}

fn room_on((producer, _, _, block): &mut (Producer, u8, u8, bool)) -> usize {
    if *block {
        producer.room().min(BURST as u32) as usize
    } else {
        BURST
    }
}

/// Descriptors of frames that components have, and how many; none if nothing was taken.
fn take_known(
    pool: &Pool,
    counters: &mut Counters,
    input: &mut (Consumer, u8, u8),
    room: usize,
) -> Option<([Descriptor; BURST], usize)> {
    let mut burst = [Descriptor::default(); BURST];
    // A damaged cursor is the poster's; the next take-over mends it.
    let taken = input.0.take(&mut burst[..room]).ok().filter(|&taken| taken > 0)?;
    let mut count = 0;
    for i in 0..taken {
        let known = pool.ledger.admit(burst[i]).is_some();
        counters.bad_frames += u64::from(!known && !burst[i].is_marker());
        burst[count] = burst[i];
        count += usize::from(known);
    }
    Some((burst, count))
}

/// Asked again: a hostile poster may have named one frame twice.
fn lose(pool: &mut Pool, counters: &mut Counters, d: Descriptor, reason: u32) {
    if pool.ledger.admit(d).is_some() {
        end_granted(pool, counters, d.frame(), reason, false);
    }
}
