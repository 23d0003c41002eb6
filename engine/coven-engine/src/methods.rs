//! The methods of the control socket (spec/engine.md).
use crate::engine::{Awaited, Engine, Owed};
use crate::plan::{apply, keep};
use crate::report::{statistics, Loop};
use crate::rpc::{answer, event, Call, Failure};
use channel::layout::*;
use channel::schedule::hasten;
use itf::Event;
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{json, Value};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

#[derive(Deserialize)]
struct Apply {
    actions: Vec<Value>,
    quiet_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Supervise {
    slot: u8,
    pid: u32,
}

#[derive(Deserialize)]
struct Release {
    slot: u8,
    timeout_ms: u64,
}

#[derive(Deserialize)]
struct Drain {
    timeout_ms: u64,
}

/// An answer now, or one that is owed.
pub enum Outcome {
    Now(Value),
    Later(Awaited, u64),
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Failure> {
    serde_json::from_value(params).map_err(|error| Failure::params(&error))
}

pub const DONE: fn() -> Result<Outcome, Failure> = || Ok(Outcome::Now(json!({})));

impl Engine {
    /// Do what a line asks, and answer.
    pub fn serve_line(&mut self, client: u64, line: &str) {
        let call: Call = match serde_json::from_str(line) {
            Ok(call) => call,
            Err(error) => {
                return self.reply(client, &Value::Null, Err(Failure::line(format!("this is no JSON-RPC call: {error}"))))
            }
        };
        let id = call.id.unwrap_or(Value::Null);
        let silent = id.is_null();
        match self.call(client, &call.method, call.params) {
            Ok(Outcome::Later(what, timeout_ms)) => {
                let until = Instant::now() + Duration::from_millis(timeout_ms.min(u64::from(u32::MAX)));
                self.owed.push(Owed { client, id, until, what });
            }
            Ok(Outcome::Now(_)) if silent => {}
            Ok(Outcome::Now(result)) => self.reply(client, &id, Ok(result)),
            Err(failure) => self.reply(client, &id, Err(failure)),
        }
    }

    /// A line that is longer than a line may be.
    pub fn refuse_line(&mut self, client: u64) {
        self.reply(client, &Value::Null, Err(Failure::line("a line has at most 1 MiB".into())));
        self.clients.remove(client, &self.poller);
    }

    fn reply(&mut self, client: u64, id: &Value, outcome: Result<Value, Failure>) {
        self.clients.send(Some(client), &answer(id, outcome), &self.poller);
    }

    fn call(&mut self, client: u64, method: &str, params: Value) -> Result<Outcome, Failure> {
        match method {
            "hello" => Ok(Outcome::Now(self.hello())),
            "apply" => self.apply(read(params)?),
            "supervise" => self.supervise(&read(params)?),
            "release" => self.release(&read(params)?),
            "start" | "stop" => {
                self.receive(method == "start");
                DONE()
            }
            "nsh-show" => self.nsh_show(read(params)?),
            "nsh-set" => self.nsh_set(read(params)?),
            "drain" => Ok(Outcome::Later(Awaited::Drained, read::<Drain>(params)?.timeout_ms)),
            "stats" => Ok(Outcome::Now(self.statistics())),
            "subscribe" => {
                self.clients.subscribe(client);
                DONE()
            }
            "shutdown" => {
                self.ending = true;
                DONE()
            }
            _ => Err(Failure::method(method)),
        }
    }

    fn hello(&self) -> Value {
        let traffic = self.held.as_ref().map_or(self.stage.receiving(), |held| held.receive);
        let channel = self.stage.segment().map(|segment| {
            let path = format!("/proc/{}/fd/{}", std::process::id(), segment.as_fd().as_raw_fd());
            json!({"path": path, "major": CHANNEL_MAJOR, "minor": CHANNEL_MINOR})
        });
        let state = match (&channel, traffic) {
            (None, _) => "init",
            (Some(_), true) => "running",
            (Some(_), false) => "draining",
        };
        let traffic = if traffic { "on" } else { "off" };
        json!({"version": env!("CARGO_PKG_VERSION"), "pid": std::process::id(), "channel": channel, "state": state, "traffic": traffic})
    }

    fn apply(&mut self, plan: Apply) -> Result<Outcome, Failure> {
        match plan.quiet_ms {
            Some(quiet_ms) => self.hold(plan.actions, quiet_ms),
            None => {
                self.apply_actions(plan.actions)?;
                DONE()
            }
        }
    }

    /// All or nothing.
    pub fn apply_actions(&mut self, actions: Vec<Value>) -> Result<(), Failure> {
        let outcome = apply(&mut self.stage, &self.folder, actions);
        self.forget_watches();
        outcome.map_err(|(action, refusal)| {
            eprintln!("coven-engine: action {action} failed, all undone: {} ({})", refusal.what, refusal.reason);
            Failure::in_action(action, refusal)
        })
    }

    fn supervise(&mut self, params: &Supervise) -> Result<Outcome, Failure> {
        let slot = params.slot;
        self.stage.known(slot)?;
        // One that has died before it was watched held frames like any other.
        let watched = self.processes.watch(slot, params.pid, &self.poller);
        if watched.as_ref().is_err_and(|refusal| refusal.reason == "no-process") {
            self.stage.exited(slot, params.pid, true);
        }
        let process = watched?;
        self.stage.supervise(slot)?;
        hasten(process);
        keep(process, self.stage.cpus(slot))?;
        DONE()
    }

    fn release(&mut self, params: &Release) -> Result<Outcome, Failure> {
        self.stage.order_stop(params.slot)?;
        self.processes.release(params.slot);
        Ok(Outcome::Later(Awaited::Left(params.slot), params.timeout_ms))
    }

    /// Statistics, at this instant.
    pub fn statistics(&mut self) -> Value {
        let Self { stage, processes, passes, parks, .. } = self;
        statistics(stage, &Loop { passes: *passes, parks: *parks, pid: &|slot| processes.pid(slot) })
    }

    fn left(&self, slot: u8) -> bool {
        let (state, _) = self.stage.claim(slot);
        self.processes.pid(slot) == 0 && !matches!(state, SLOT_STATE_ATTACHED | SLOT_STATE_RUNNING)
    }

    /// Give the answers that are due: what was waited for has come, or the time is over.
    pub fn settle_owed(&mut self) {
        if self.owed.is_empty() {
            return;
        }
        let now = Instant::now();
        self.stage.collect();
        let (due, still) = std::mem::take(&mut self.owed).into_iter().partition::<Vec<_>, _>(|owed| {
            let come = match owed.what {
                Awaited::Drained | Awaited::Quiet => self.stage.empty(),
                Awaited::Left(slot) => self.left(slot),
                Awaited::Seen(_) => false,
            };
            come || now >= owed.until
        });
        self.owed = still;
        for owed in due {
            let result = match owed.what {
                Awaited::Drained => Ok(json!({"in_flight": self.stage.in_flight()})),
                Awaited::Left(slot) => Ok(json!({"state": itf::state_name(self.stage.claim(slot).0)})),
                Awaited::Quiet => self.apply_held(),
                Awaited::Seen(flows) => Ok(self.contexts(flows)),
            };
            self.reply(owed.client, &owed.id, result);
        }
    }

    /// Tell subscribers and the log what happened.
    pub fn tell_events(&mut self) {
        for (path, reason) in self.stage.first_nsh_drops() {
            let (spi, si, reason) = (path >> 8, path & 0xff, itf::name_of(REASON_NAMES, reason));
            eprintln!("coven-engine: packets of SPI {spi} SI {si} are dropped: {reason}");
        }
        for one in self.stage.events() {
            let params = describe(one);
            eprintln!("coven-engine: {params}");
            self.clients.send(None, &event(params), &self.poller);
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
