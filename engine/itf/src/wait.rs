//! The stage's side of going to sleep (spec/channel.md §2, P1 to P5), for slot 0 and for every slot that it stands in for.
use crate::graph::*;
use crate::stage::Stage;
use channel::layout::PROFILE_LATENCY;
use channel::{park, Bell, State};
use std::time::Instant;

impl Stage {
    fn standing_in(&self) -> impl Iterator<Item = (u8, &StandIn)> {
        self.components_there().filter_map(|c| Some((c.spec.slot, c.stand_in.as_ref()?)))
    }

    fn components_there(&self) -> impl Iterator<Item = &Component> {
        self.components[..self.reach.components].iter().flatten().map(|component| &**component)
    }

    /// A wake-up is more than some component's packets may wait for.
    pub fn polls(&self) -> bool {
        self.receiving && self.components_there().any(|component| component.spec.profile == PROFILE_LATENCY)
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
            for component in self.components_there() {
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
        edges || self.components_there().any(|c| c.returns.1.moved()) || self.standing_in().any(|(_, stand_in)| stand_in.news())
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
    pub fn bells(&self) -> impl Iterator<Item = (u8, &Bell)> {
        let slots = || std::iter::once(0).chain(self.standing_in().map(|(slot, _)| slot));
        self.pool.iter().flat_map(move |pool| slots().map(|slot| (slot, &pool.bells[slot as usize])))
    }

    /// When a port next may have packets, or frames that it has transmitted, without a descriptor saying so; `now` or earlier: at once.
    pub fn due(&mut self) -> Option<Instant> {
        let mut first: Option<Instant> = None;
        for number in 0..self.reach.ports {
            let open = self.open(number);
            let Some(end) = &self.ports[number] else { continue };
            let packets = if open { end.port.due() } else { None };
            first = [first, packets, end.port.completion_due()].into_iter().flatten().min();
        }
        first
    }

    /// Look at the states of all ports; new ones become events.
    pub fn check_ports(&mut self) {
        for end in self.ports[..self.reach.ports].iter_mut().flatten() {
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

    /// Calls with the number and descriptor of each port that can receive now and has one.
    pub fn watches(&mut self, mut with: impl FnMut(u8, std::os::fd::RawFd)) {
        for number in 0..self.reach.ports {
            let open = self.open(number);
            let Some(end) = self.ports[number].as_ref().filter(|end| open && !end.down) else { continue };
            end.port.descriptor().into_iter().for_each(|fd| with(number as u8, fd));
        }
    }
}
