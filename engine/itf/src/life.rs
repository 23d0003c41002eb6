//! The lives of component processes: they come, they die, another one takes over.
use crate::graph::*;
use crate::stage::Stage;
use channel::layout::*;
use channel::sync::Ordering::*;
use channel::Edge;

impl Stage {
    /// A process was started in a slot.
    pub fn supervise(&mut self, slot: u8) -> Result<(), Refusal> {
        let component = self.component_mut(slot)?;
        component.restarts += u64::from(component.supervised > 0);
        component.supervised += 1;
        if component.life == Life::Vacant {
            component.life = Life::Alive;
        }
        Ok(())
    }

    /// There is a component in this slot.
    pub fn known(&mut self, slot: u8) -> Result<(), Refusal> {
        self.component_mut(slot).map(|_| ())
    }

    pub(crate) fn component_mut(&mut self, slot: u8) -> Result<&mut Component, Refusal> {
        let component = self.components.get_mut(slot as usize).and_then(|c| c.as_deref_mut());
        component.ok_or_else(|| Refusal::new("no-such-slot", format!("there is no component in slot {slot}")))
    }

    /// Tell the process in a slot to end.
    pub fn order_stop(&mut self, slot: u8) -> Result<(), Refusal> {
        self.component_mut(slot)?;
        if let Some(pool) = &self.pool {
            pool.slots[slot as usize].stop().store(1, SeqCst);
        }
        self.rouse(slot);
        Ok(())
    }

    /// Wake a component, whatever its park word says.
    pub(crate) fn rouse(&self, slot: u8) {
        if let Some(pool) = &self.pool {
            let _ = channel::park::wake(pool.slots[slot as usize].park());
            pool.bells[slot as usize].ring();
        }
    }

    /// What a slot says of its process: (state, pid).
    pub fn claim(&self, slot: u8) -> (u32, u32) {
        let Some(pool) = &self.pool else { return (0, 0) };
        let slot = &pool.slots[slot as usize];
        (slot.state().load(Acquire), slot.pid().load(Relaxed))
    }

    /// The process in a slot is gone: take back what it held, and its place.
    pub fn exited(&mut self, slot: u8, pid: u32, crashed: bool) {
        if self.component_mut(slot).is_err() {
            return;
        }
        self.restate(slot);
        self.collect();
        // From here on nobody but the engine is at the ends that were the dead one's.
        let stand_in = self.components[slot as usize].as_ref().map(|c| StandIn::new(slot, c.spec.on_crash, &self.edges));
        self.mend_outputs(slot);
        self.sweep(slot);
        self.keep_counters(slot);
        self.clear_slot(slot);
        if let Ok(component) = self.component_mut(slot) {
            component.stand_in = stand_in.flatten();
            component.life = Life::Dead;
            (component.attached, component.hung, component.still_since) = (false, false, None);
        }
        self.publish(slot);
        if crashed {
            self.events.push(Event::Exited(slot, pid));
        }
        if let Some(pool) = &self.pool {
            pool.bells.iter().for_each(|bell| bell.ring());
        }
    }

    /// The engine's own cursors beside a dead component are what the engine says, not what the component may have left there.
    fn restate(&self, slot: u8) {
        for edge in self.edges.iter().flatten() {
            match &edge.end {
                End::Ingress(producer, _) if edge.spec.to.0 == slot => producer.restate(),
                End::Egress(consumer) if edge.spec.from.0 == slot => consumer.restate(),
                _ => {}
            }
        }
        if let Some(component) = &self.components[slot as usize] {
            component.returns.1.restate();
            component.alloc.iter().for_each(|(_, alloc)| alloc.restate());
        }
    }

    /// A head that can't be becomes the tail: nothing was published there, so the sweep finds what was lost.
    fn mend_outputs(&self, slot: u8) {
        for edge in self.edges.iter().flatten().filter(|edge| edge.spec.from.0 == slot) {
            channel::Producer::take_over(edge.cells, edge.spec.id, edge.spec.limit);
        }
        for edge in self.edges.iter().flatten().filter(|edge| edge.spec.to.0 == slot) {
            channel::Consumer::take_over(edge.cells, false);
        }
        if let Some(component) = &self.components[slot as usize] {
            channel::Producer::take_over(component.returns.1.cells(), 0, 0);
            if let Some((_, alloc)) = &component.alloc {
                channel::Consumer::take_over(alloc.cells(), false);
            }
        }
    }

    /// The next process starts in an empty slot.
    fn clear_slot(&mut self, slot: u8) {
        let (Some(pool), Some(component)) = (&self.pool, &mut self.components[slot as usize]) else { return };
        let words = &pool.slots[slot as usize];
        let error = words.error().load(Relaxed);
        if error != 0 {
            component.error = error;
        }
        for word in [words.state(), words.pid(), words.error(), words.heartbeat(), words.stop(), words.park(), words.ack_epoch()]
        {
            word.store(0, SeqCst);
        }
        words.counters().iter().for_each(|counter| counter.store(0, Relaxed));
    }

    /// The edge table of a slot as it has to be now. Where the engine stands in, the next process gets its rings only when it runs:
    /// cursors are read when an edge is taken up, and must not move after that.
    fn table(&self, slot: u8) -> Vec<Edge> {
        let Some(component) = &self.components[slot as usize] else { return Vec::new() };
        let mut table = Vec::new();
        if component.stand_in.is_none() {
            let edges = || self.edges.iter().flatten();
            table.extend(edges().filter(|edge| edge.spec.to.0 == slot).map(|edge| edge.entry_in()));
            table.extend(edges().filter(|edge| edge.spec.from.0 == slot).map(|edge| edge.entry_out()));
        }
        let own = |role: u32, id: u16, place: channel::Place, limit: u32| {
            let (ring, cap_log2) = place.entry();
            Edge { ring, cap_log2, id: id + u16::from(slot), role: role as u8, limit, ..Edge::default() }
        };
        let place = component.returns.0;
        table.push(own(ROLE_RETURN, RETURN_EDGES, place, place.capacity));
        table.extend(component.alloc.as_ref().map(|(place, _)| own(ROLE_ALLOC, ALLOC_EDGES, *place, LIMITS_ALLOC_LIMIT)));
        table
    }

    /// Its edges are others now: stand in for those.
    pub(crate) fn renew_stand_in(&mut self, slot: u8) {
        let Some(component) = self.components[slot as usize].as_mut().filter(|c| c.stand_in.is_some()) else { return };
        component.stand_in = StandIn::new(slot, component.spec.on_crash, &self.edges);
    }

    /// Write a component's table and order it to be taken up.
    pub(crate) fn publish(&mut self, slot: u8) {
        let table = self.table(slot);
        let (Some(pool), Some(component)) = (&self.pool, &mut self.components[slot as usize]) else { return };
        let words = &pool.slots[slot as usize];
        words.spin_ns().store(component.spec.spin_ns, Relaxed);
        words.profile().store(component.spec.profile, Relaxed);
        component.epoch = words.publish(&table);
        self.rouse(slot);
    }

    /// Look at what the slots say: who has attached, and who runs and so gets its place back. True: a switch is under way.
    pub fn look_at_slots(&mut self) -> bool {
        let mut joining = false;
        for slot in 1..self.reach.components as u8 {
            let (Some(pool), Some(component)) = (&self.pool, &mut self.components[slot as usize]) else { continue };
            let words = &pool.slots[slot as usize];
            // Seq_cst: it is looked at between P1 and P3, and rung for only if this side was seen asleep.
            let state = words.state().load(SeqCst);
            let here = matches!(state, SLOT_STATE_ATTACHED | SLOT_STATE_RUNNING);
            if here && !component.attached {
                component.attached = true;
                component.error = ERROR_NONE;
                self.events.push(Event::Attached(slot));
            }
            if component.life != Life::Dead || !here {
                component.life = if here { Life::Alive } else { component.life };
                continue;
            }
            joining = true;
            if state == SLOT_STATE_RUNNING && words.ack_epoch().load(SeqCst) == component.epoch {
                component.life = Life::Alive;
                if component.stand_in.take().is_some() {
                    self.publish(slot);
                }
            }
        }
        joining
    }

    /// A component's process is, or may be, at its rings.
    pub fn alive(&self, slot: u8) -> bool {
        self.components.get(slot as usize).and_then(|c| c.as_ref()).is_some_and(|c| c.life == Life::Alive)
    }
}
