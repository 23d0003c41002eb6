//! Once a second, while anything is inside: who does not move, and frames that nobody accounts for.
use crate::egress::end_granted;
use crate::graph::*;
use crate::reclaim::{held, owned, Held};
use crate::stage::Stage;
use channel::layout::*;
use channel::sync::Ordering::*;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// An input that waits so long at a still heartbeat makes its component hung.
const HUNG: Duration = Duration::from_secs(2);

impl Stage {
    /// The audit has something to look at.
    pub fn auditable(&self) -> bool {
        self.pool.is_some() && (!self.empty() || !self.retired.is_empty())
    }

    /// One audit; they are to be a second apart.
    pub fn audit(&mut self, now: Instant) {
        self.collect();
        self.settle();
        for slot in 1..self.components.len() as u8 {
            self.check_heartbeat(slot, now);
        }
        self.attribute();
    }

    fn input_waits(&self, slot: u8) -> bool {
        self.edges.iter().flatten().any(|edge| edge.spec.to.0 == slot && edge.cells.fill() > 0)
    }

    fn check_heartbeat(&mut self, slot: u8, now: Instant) {
        let waits = self.input_waits(slot);
        let (Some(pool), Some(component)) = (&self.pool, &mut self.components[slot as usize]) else { return };
        let heartbeat = pool.slots[slot as usize].heartbeat().load(Relaxed);
        let still = waits && component.attached && component.life == Life::Alive && heartbeat == component.heartbeat;
        component.heartbeat = heartbeat;
        if !still {
            (component.still_since, component.hung) = (None, false);
            return;
        }
        let since = *component.still_since.get_or_insert(now);
        if now - since >= HUNG && !component.hung {
            component.hung = true;
            self.events.push(Event::Hung(slot, heartbeat));
        }
        self.rouse(slot);
    }

    /// Take back frames that two audits find nowhere and that lie in no ring.
    fn attribute(&mut self) {
        let views = self.views();
        let gone = |slot: u8| slot == 0 || !self.components[slot as usize].as_ref().is_some_and(|c| c.life == Life::Alive);
        let Some(pool) = &mut self.pool else { return };
        let mut lost = Vec::new();
        let mut popped = Vec::new();
        for (frame, word, generation) in owned(pool) {
            match held(&views, word, generation, pool.noted[frame as usize] == word) {
                Held::Popped(slot) if gone(slot) => lost.push((frame, generation)),
                Held::Popped(_) => popped.push((frame, word)),
                Held::Unpublished(slot) if gone(slot) => lost.push((frame, generation)),
                Held::Unknown => lost.push((frame, generation)),
                Held::Waiting(_) | Held::Unpublished(_) => {}
            }
        }
        popped.into_iter().for_each(|(frame, word)| pool.noted[frame as usize] = word);
        let twice: Vec<_> = lost.iter().copied().filter(|suspect| pool.suspects.binary_search(suspect).is_ok()).collect();
        pool.suspects = lost;
        if !twice.is_empty() {
            self.reclaim_unattributed(&twice);
        }
    }

    fn reclaim_unattributed(&mut self, suspects: &[(u32, u8)]) {
        let rings = self.edges.iter().flatten().chain(self.retired.iter().map(|retired| &retired.edge)).map(|edge| edge.cells);
        let own = self.components.iter().flatten().map(|component| component.returns.1.cells());
        let lent = self.components.iter().flatten().filter_map(|component| Some(component.alloc.as_ref()?.1.cells()));
        let cells: Vec<_> = rings.chain(own).chain(lent).collect();
        let lying: BTreeSet<(u32, u8)> =
            cells.iter().flat_map(|cells| cells.waiting()).map(|d| (d.frame(), d.generation())).collect();
        let Some(pool) = &mut self.pool else { return };
        for &(frame, _) in suspects.iter().filter(|suspect| !lying.contains(suspect)) {
            end_granted(pool, &mut self.counters, frame, REASON_UNATTRIBUTED, false);
        }
    }

    /// Give back the rings of removed edges that nobody uses any more; what still lies there is dropped.
    pub(crate) fn settle(&mut self) {
        let Some(pool) = &mut self.pool else { return };
        let components = &self.components;
        let left = |&(slot, epoch): &(u8, u32)| {
            let dead = !components[slot as usize].as_ref().is_some_and(|c| c.life == Life::Alive && c.attached);
            dead || pool.slots[slot as usize].ack_epoch().load(Acquire).wrapping_sub(epoch) as i32 >= 0
        };
        let (free, kept) =
            std::mem::take(&mut self.retired).into_iter().partition::<Vec<_>, _>(|retired| retired.left.iter().all(left));
        self.retired = kept;
        for retired in free {
            let lying: Vec<_> = retired.edge.cells.waiting().collect();
            for d in lying {
                if pool.ledger.admit(d).is_some() {
                    end_granted(pool, &mut self.counters, d.frame(), REASON_STOPPED, false);
                }
            }
            pool.rings.give(retired.edge.place);
        }
    }
}
