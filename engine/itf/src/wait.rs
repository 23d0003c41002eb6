//! The stage's side of going to sleep (spec/channel.md §2, P1 to P5), for slot 0 and for every slot that it stands in for.
use crate::graph::*;
use crate::stage::Stage;
use channel::layout::{PROFILE_BALANCED, PROFILE_LATENCY};
use channel::{park, Bell, State, Waits};
use std::time::Instant;

const YIELDS: u32 = 2;

/// What slot 0 does after a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another pass at once.
    Pass,
    /// Another one, once others on this CPU had their turn.
    Yield,
    /// Sleep.
    Park,
}

/// How slot 0 waits (spec/channel.md §3). It only ever spins as the profile `balanced` does: with `latency` it yields between passes.
#[derive(Debug, Default)]
pub struct Patience {
    waits: Waits,
    since: Option<Instant>,
    slept: bool,
    yields: u32,
}

impl Patience {
    /// The plan says how long it may spin: only where it has a CPU alone.
    pub fn new(spin_ns: u32) -> Self {
        Self { waits: Waits::new(PROFILE_BALANCED, spin_ns), ..Self::default() }
    }

    /// After a pass that moved something or not. `polls`: it must not sleep.
    pub fn after(&mut self, moved: bool, polls: bool, now: impl Fn() -> Instant) -> Next {
        if moved {
            self.end_wait(now);
            Next::Pass
        } else if polls {
            Next::Yield
        } else if self.spins(now) {
            Next::Pass
        } else {
            self.give_way()
        }
    }

    fn end_wait(&mut self, now: impl Fn() -> Instant) {
        if let Some(since) = self.since.take() {
            self.waits.ended((now() - since).as_nanos() as u64, self.slept);
        }
        (self.slept, self.yields) = (false, 0);
    }

    /// Who has slept knows that there was nothing: it looks once more and sleeps again.
    fn spins(&mut self, now: impl Fn() -> Instant) -> bool {
        if !self.waits.counts() {
            return false;
        }
        let now = now();
        let since = *self.since.get_or_insert(now);
        !self.slept && ((now - since).as_nanos() as u64) < self.waits.spin_ns()
    }

    fn give_way(&mut self) -> Next {
        self.yields += 1;
        if self.yields <= YIELDS {
            return Next::Yield;
        }
        (self.slept, self.yields) = (true, 0);
        Next::Park
    }
}

impl Stage {
    fn standing_in(&self) -> impl Iterator<Item = (u8, &StandIn)> {
        self.components_there().filter_map(|c| Some((c.spec.slot, c.stand_in.as_ref()?)))
    }

    fn components_there(&self) -> impl Iterator<Item = &Component> {
        self.components[..self.reach.components].iter().flatten().map(|component| &**component)
    }

    /// The engine itself may spin so long: as the plan says, which knows who else has its CPU.
    pub fn set_spin(&mut self, spin_ns: u32) {
        self.patience = Patience::new(spin_ns);
    }

    /// What comes after a pass that moved something, or nothing. `busy`: it must not sleep.
    pub fn next(&mut self, moved: bool, busy: bool) -> Next {
        self.patience.after(moved, busy, Instant::now)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Waits of so many microseconds each, by a clock that goes 1 µs a look; what was done before each packet.
    fn waits(patience: &mut Patience, begin: Instant, lengths_us: &[u32]) -> Vec<(u32, u32, u32)> {
        let clock = std::cell::Cell::new(begin);
        let now = || {
            clock.set(clock.get() + Duration::from_micros(1));
            clock.get()
        };
        let wait = |&length: &u32| {
            let (mut passes, mut yields, mut parks) = (0, 0, 0);
            let until = clock.get() + Duration::from_micros(length.into());
            while clock.get() < until {
                match patience.after(false, false, now) {
                    Next::Pass => passes += 1,
                    Next::Yield => yields += 1,
                    Next::Park => {
                        parks += 1;
                        clock.set(until);
                    }
                }
            }
            assert_eq!(patience.after(true, false, now), Next::Pass);
            (passes, yields, parks)
        };
        lengths_us.iter().map(wait).collect()
    }

    #[test]
    fn spins_once_short_waits_are_the_rule_and_not_after_a_long_one() {
        let mut patience = Patience::new(50_000);
        let short = waits(&mut patience, Instant::now(), &[20; 40]);
        assert_eq!(short[0], (0, 2, 1), "it begins with sleeping");
        assert!(short[39].0 > 0 && (short[39].1, short[39].2) == (0, 0), "{:?}", short[39]);
        let long = waits(&mut patience, Instant::now(), &[10_000, 10_000]);
        assert!(long[0].0 > 40 && long[0].2 == 1, "it spins as long as it may, then sleeps: {:?}", long[0]);
        assert_eq!(long[1], (0, 2, 1));
    }

    #[test]
    fn without_a_cpu_of_its_own_it_yields_twice_and_never_looks_at_the_clock() {
        let mut patience = Patience::new(0);
        let no_clock = || -> Instant { unreachable!() };
        for _ in 0..3 {
            let steps: Vec<_> = (0..3).map(|_| patience.after(false, false, no_clock)).collect();
            assert_eq!(steps, [Next::Yield, Next::Yield, Next::Park]);
            assert_eq!(patience.after(true, false, no_clock), Next::Pass);
        }
        assert!((0..100).all(|_| patience.after(false, true, no_clock) == Next::Yield), "latency: it does not sleep");
    }
}
