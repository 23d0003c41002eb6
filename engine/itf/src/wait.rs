//! The stage's side of going to sleep (spec/channel.md §2, P1 to P5), for slot 0 and for every slot that it stands in for.
use crate::graph::*;
use crate::stage::Stage;
use channel::{park, Bell, State};
use std::time::Instant;

impl Stage {
    fn standing_in(&self) -> impl Iterator<Item = (u8, &StandIn)> {
        self.components.iter().flatten().filter_map(|c| Some((c.spec.slot, c.stand_in.as_ref()?)))
    }

    /// P1: set the park words, and ask the others to tell of what is waited for.
    pub fn arm(&mut self) {
        let Some(pool) = &self.pool else { return };
        park::announce(pool.slots[0].park());
        for (slot, stand_in) in self.standing_in() {
            park::announce(pool.slots[slot as usize].park());
            stand_in.want();
        }
        for edge in self.edges.iter().flatten() {
            if let End::Ingress(producer, _) = &edge.end {
                if self.receiving && producer.full() {
                    producer.want();
                }
            }
        }
        self.hunger();
    }

    /// Have returned frames told at once while they are missed.
    fn hunger(&mut self) {
        let Some(pool) = &self.pool else { return };
        let hungry = self.eager || (self.receiving && pool.ledger.count(State::Home) < BURST as u32);
        if hungry != self.hungry {
            for component in self.components.iter().flatten() {
                pool.slots[component.spec.slot as usize].hungry().store(hungry.into(), channel::sync::Ordering::SeqCst);
            }
            self.hungry = hungry;
        }
    }

    /// P2: somebody posted, or freed what is waited for, since the last pass.
    pub fn news(&self) -> bool {
        let edges = self.edges.iter().flatten().any(|edge| match &edge.end {
            End::Egress(consumer) => consumer.moved(),
            End::Ingress(producer, _) => self.receiving && producer.full() && producer.moved(),
            End::None => false,
        });
        edges
            || self.components.iter().flatten().any(|c| c.returns.1.moved())
            || self.standing_in().any(|(_, stand_in)| stand_in.news())
    }

    /// P4: awake. True: bells were rung, or may be about to.
    pub fn disarm(&mut self) -> bool {
        let Some(pool) = &self.pool else { return false };
        let mut rung = !park::retract(pool.slots[0].park());
        for (slot, _) in self.standing_in() {
            rung |= !park::retract(pool.slots[slot as usize].park());
        }
        rung
    }

    /// The bells to sleep on: slot 0's, and those of the slots that the engine stands in for.
    pub fn bells(&self) -> Vec<(u8, &Bell)> {
        let Some(pool) = &self.pool else { return Vec::new() };
        let others = self.standing_in().map(|(slot, _)| slot);
        std::iter::once(0).chain(others).map(|slot| (slot, &pool.bells[slot as usize])).collect()
    }

    /// When a port next may have packets, or frames that it has transmitted, without a descriptor saying so; `now` or earlier: at once.
    pub fn due(&mut self) -> Option<Instant> {
        let completions = self.ports.iter().flatten().filter_map(|end| end.port.completion_due()).min();
        let open: Vec<_> = (0..self.ports.len()).filter(|&number| self.ports[number].is_some() && self.open(number)).collect();
        open.into_iter().filter_map(|number| self.ports[number].as_ref()?.port.due()).chain(completions).min()
    }

    /// Look at the states of all ports; new ones become events.
    pub fn check_ports(&mut self) {
        for end in self.ports.iter_mut().flatten() {
            let state = end.port.state();
            let down = state != vns::State::Up;
            if let vns::State::Down(why) = state {
                if !end.down {
                    self.events.push(Event::PortDown(end.number, why));
                }
            }
            let done = end.port.done();
            if done && !end.done {
                self.events.push(Event::PortDone(end.number));
            }
            (end.down, end.done) = (down, done);
        }
    }

    /// Numbers of the ports that have a descriptor, with it, and whether they can receive now.
    pub fn watches(&mut self) -> Vec<(u8, std::os::fd::RawFd, bool)> {
        let numbers: Vec<_> = (0..self.ports.len()).filter(|&number| self.ports[number].is_some()).collect();
        let mut watches = Vec::with_capacity(numbers.len());
        for number in numbers {
            let open = self.open(number);
            let Some(end) = &self.ports[number] else { continue };
            watches.extend(end.port.descriptor().map(|fd| (number as u8, fd, open && !end.down)));
        }
        watches
    }
}
