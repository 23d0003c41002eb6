//! While a component is dead the engine takes its place (spec/channel.md §6): the neighbours notice nothing.
use crate::counters::Counters;
use crate::egress::end_granted;
use crate::graph::*;
use crate::stage::{Pool, Stage};
use channel::layout::*;
use channel::{Consumer, Descriptor, Producer};

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
        Some(Self { inputs: inputs.collect(), outputs: outputs.collect() })
    }

    /// P2 of the park handshake, in the dead component's place.
    pub(crate) fn news(&self) -> bool {
        self.outputs.iter().any(|(producer, ..)| producer.moved())
            || self.inputs.iter().any(|(consumer, _, lane)| consumer.moved() && !self.blocked(*lane))
    }

    fn blocked(&self, lane: u8) -> bool {
        let output = self.outputs.iter().find(|output| output.2 == lane);
        output.is_some_and(|(producer, _, _, block)| *block && producer.full())
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
            let Some(StandIn { inputs, outputs }) = &mut component.stand_in else { continue };
            for input in inputs {
                let output = outputs.iter_mut().find(|output| output.2 == input.2);
                let output = output.filter(|_| component.spec.on_crash == OnCrash::Bypass);
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
    let mut burst = [Descriptor::default(); BURST];
    let room = match &mut output {
        Some((producer, _, _, true)) => producer.room().min(BURST as u32) as usize,
        _ => BURST,
    };
    // A damaged cursor is the poster's; the next take-over mends it.
    let Ok(taken) = input.0.take(&mut burst[..room]) else { return false };
    let mut count = 0;
    for i in 0..taken {
        let known = pool.ledger.admit(burst[i]).is_some();
        counters.bad_frames += u64::from(!known && !burst[i].is_marker());
        burst[count] = burst[i];
        count += usize::from(known);
    }
    let (posted, reason) = match output {
        Some((producer, to, ..)) => {
            let posted = producer.post(pool.owners, &burst[..count]);
            pool.wake(*to);
            (posted, REASON_EDGE_FULL)
        }
        None => (0, REASON_COMPONENT_DOWN),
    };
    for d in &burst[posted..count] {
        // Asked again: a hostile poster may have named one frame twice.
        if pool.ledger.admit(*d).is_some() {
            end_granted(pool, counters, d.frame(), reason, false);
        }
    }
    if input.0.freed() {
        pool.wake(input.1);
    }
    taken > 0
}
