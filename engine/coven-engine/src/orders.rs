//! What a shard does when the control thread asks (spec/engine.md), and what it tells by itself.
use crate::crew::Note;
use crate::plan::{prepare, Site, Steps};
use crate::report::statistics;
use crate::rpc::Failure;
use crate::shard::{Awaited, Owed, Shard};
use channel::layout::*;
use itf::{Change, Event, NshRules, Refusal};
use serde_json::{json, Value};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// Tables, and steps that were not done.
pub type Spent = (Vec<NshRules>, Steps);

impl Shard {
    /// Where components find the channel and the bells; whether ports receive.
    pub fn hello(&self) -> Value {
        let channel = self.stage.segment().map(|segment| {
            let path = format!("/proc/{}/fd/{}", std::process::id(), segment.as_fd().as_raw_fd());
            json!({"path": path, "major": CHANNEL_MAJOR, "minor": CHANNEL_MINOR})
        });
        json!({"channel": channel, "bells": self.place.folder, "receiving": self.stage.receiving()})
    }

    /// Do these, and make them count if the verdict is that all shards could, or take them back. No packet is moved in between; what is
    /// to be dropped is given back for that reason.
    pub fn apply(&mut self, mut steps: Steps, quiet: bool, told: Sender<Result<(), Failure>>, verdict: Receiver<bool>) -> Spent {
        let outcome = self.changes(&mut steps, quiet);
        let (changes, outcome) = match outcome {
            Ok(changes) => (changes, Ok(())),
            Err(failure) => (Vec::new(), Err(failure)),
        };
        let done = outcome.is_ok();
        let _ = told.send(outcome);
        if done && verdict.recv() == Ok(true) {
            self.stage.commit(changes);
        } else {
            self.stage.undo(changes);
        }
        self.forget_watches();
        (self.stage.spent(), steps)
    }

    fn changes(&mut self, steps: &mut Steps, quiet: bool) -> Result<Vec<Change>, Failure> {
        if quiet && !self.stage.empty() {
            let what = format!("{} packets are still with the components; nothing was changed", self.stage.in_flight());
            return Err(Refusal::new("busy", what).into());
        }
        let site = Site { folder: &self.place.folder, member: &self.place.member };
        prepare(&mut self.stage, &site, steps).map_err(|(action, refusal)| Failure::in_action(action, refusal))
    }

    /// Watch a process as the one in a slot.
    pub fn supervise(&mut self, slot: u8, pid: u32) -> Result<(), Refusal> {
        self.stage.known(slot)?;
        // One that has died before it was watched held frames like any other.
        let watched = self.processes.watch(slot, pid, &self.poller);
        if watched.as_ref().is_err_and(|refusal| refusal.reason == "no-process") {
            self.stage.exited(slot, pid, true);
        }
        let process = watched?;
        channel::schedule::hasten(process);
        if let Some(cpu) = self.place.cpu {
            crate::cpu::keep_process(process, cpu);
        }
        self.stage.supervise(slot)
    }

    /// Have the component in a slot leave.
    pub fn release(&mut self, slot: u8) -> Result<(), Refusal> {
        self.stage.order_stop(slot)?;
        self.processes.release(slot);
        Ok(())
    }

    /// Statistics, at this instant.
    pub fn statistics(&mut self) -> Value {
        statistics(self)
    }

    /// Answer later, by this ticket: once it has come, or the time is over.
    pub fn owe(&mut self, ticket: u64, what: Awaited, wait_ms: u64) {
        let until = Instant::now() + Duration::from_millis(wait_ms.min(u64::from(u32::MAX)));
        self.owed.push(Owed { ticket, until, what });
    }

    /// Give the answers that are due.
    pub fn settle_owed(&mut self) {
        if self.owed.is_empty() {
            return;
        }
        let now = Instant::now();
        self.stage.collect();
        let (due, still) = std::mem::take(&mut self.owed).into_iter().partition::<Vec<_>, _>(|owed| {
            let come = match owed.what {
                Awaited::Empty => self.stage.empty(),
                Awaited::Left(slot) => self.left(slot),
                Awaited::Seen(_) => false,
            };
            come || now >= owed.until
        });
        self.owed = still;
        for owed in due {
            let answer = match owed.what {
                Awaited::Empty => json!({"in_flight": self.stage.in_flight()}),
                Awaited::Left(slot) => json!({"state": itf::state_name(self.stage.claim(slot).0)}),
                Awaited::Seen(flows) => self.contexts(flows),
            };
            self.place.news.tell(Note::Owed(owed.ticket, answer));
        }
    }

    fn left(&self, slot: u8) -> bool {
        let (state, _) = self.stage.claim(slot);
        self.processes.pid(slot) == 0 && !matches!(state, SLOT_STATE_ATTACHED | SLOT_STATE_RUNNING)
    }

    /// Tell subscribers and the log what happened.
    pub fn tell_events(&mut self) {
        for (path, reason) in self.stage.first_nsh_drops() {
            let (spi, si, reason) = (path >> 8, path & 0xff, itf::name_of(REASON_NAMES, reason));
            eprintln!("coven-engine: packets of SPI {spi} SI {si} are dropped: {reason}");
        }
        for one in self.stage.events() {
            self.place.news.tell(Note::Event(describe(one)));
        }
    }
}

fn describe(one: Event) -> Value {
    match one {
        Event::Attached(slot) => json!({"event": "component-attached", "slot": slot}),
        Event::Exited(slot, pid) => json!({"event": "component-exited", "slot": slot, "pid": pid}),
        Event::Hung(slot, heartbeat) => json!({"event": "component-hung", "slot": slot, "heartbeat": heartbeat}),
        Event::PortDown(port, reason) => json!({"event": "port-down", "port": port, "reason": reason}),
        Event::PortDone(port) => json!({"event": "port-done", "port": port}),
    }
}
