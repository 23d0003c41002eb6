//! The methods of the control socket (spec/engine.md): each is handed to the shards that it concerns.
use crate::contexts::{Set, Show};
use crate::control::{Awaited, Control, Owed};
use crate::crew::{answered, Post};
use crate::merge;
use crate::plan::no_such_shard;
use crate::report::cpu_ns;
use crate::rpc::{answer, Call, Failure};
use crate::shard;
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{json, Value};

#[derive(Deserialize)]
struct Hello {
    #[serde(default)]
    shard: usize,
}

#[derive(Deserialize)]
struct Apply {
    actions: Vec<Value>,
    quiet_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Supervise {
    #[serde(default)]
    shard: usize,
    slot: u8,
    pid: u32,
}

#[derive(Deserialize)]
struct Release {
    #[serde(default)]
    shard: usize,
    slot: u8,
    timeout_ms: u64,
}

#[derive(Deserialize)]
struct Drain {
    timeout_ms: u64,
}

/// An answer now, or one that shards owe: what for, and how many of them.
pub enum Outcome {
    Now(Value),
    Later(Awaited, usize),
}

/// No parameters at all stand for an empty object.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, Failure> {
    let params = if params.is_null() { json!({}) } else { params };
    serde_json::from_value(params).map_err(|error| Failure::params(&error))
}

pub const DONE: fn() -> Result<Outcome, Failure> = || Ok(Outcome::Now(json!({})));

impl Control {
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
        self.tickets += 1;
        match self.call(client, &call.method, call.params) {
            Ok(Outcome::Later(what, missing)) => {
                self.owed.insert(self.tickets, Owed { client, id, what, missing, parts: Vec::new() });
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

    /// Send an answer.
    pub fn reply(&mut self, client: u64, id: &Value, outcome: Result<Value, Failure>) {
        self.clients.send(Some(client), &answer(id, outcome), &self.poller);
    }

    fn call(&mut self, client: u64, method: &str, params: Value) -> Result<Outcome, Failure> {
        match method {
            "hello" => self.hello(&read(params)?),
            "apply" => {
                let Apply { actions, quiet_ms } = read(params)?;
                let plan = self.plan(actions)?;
                match quiet_ms {
                    Some(quiet_ms) => self.hold(plan, quiet_ms),
                    None => self.apply(plan, false).and_then(|()| DONE()),
                }
            }
            "supervise" => self.supervise(&read(params)?),
            "release" => self.release(&read(params)?),
            "start" | "stop" => {
                self.receive(method == "start");
                DONE()
            }
            "nsh-show" => self.nsh_show(read(params)?),
            "nsh-set" => self.nsh_set(read(params)?),
            "drain" => Ok(self.await_all(Awaited::Drained, shard::Awaited::Empty, read::<Drain>(params)?.timeout_ms)),
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

    fn post(&self, shard: usize) -> Result<&Post, Failure> {
        let posts = &self.crew.posts;
        posts.get(shard).ok_or_else(|| no_such_shard(&shard.into(), posts.len()).into())
    }

    /// Have all shards owe an answer under the ticket of this call.
    pub fn await_all(&self, what: Awaited, of: shard::Awaited, wait_ms: u64) -> Outcome {
        let ticket = self.tickets;
        self.crew.posts.iter().for_each(|post| post.tell(move |shard| shard.owe(ticket, of, wait_ms)));
        Outcome::Later(what, self.crew.posts.len())
    }

    fn hello(&self, params: &Hello) -> Result<Outcome, Failure> {
        let seen = answered(self.post(params.shard)?.ask(|shard| shard.hello()));
        let traffic = self.held.as_ref().map_or(seen["receiving"] == true, |held| held.receive);
        let state = match (seen["channel"].is_null(), traffic) {
            (true, _) => "init",
            (false, true) => "running",
            (false, false) => "draining",
        };
        let traffic = if traffic { "on" } else { "off" };
        let (version, pid, threads) = (env!("CARGO_PKG_VERSION"), std::process::id(), self.crew.posts.len());
        Ok(Outcome::Now(json!({
            "version": version, "pid": pid, "threads": threads, "state": state, "traffic": traffic,
            "channel": seen["channel"], "bells": seen["bells"],
        })))
    }

    fn supervise(&self, &Supervise { shard, slot, pid }: &Supervise) -> Result<Outcome, Failure> {
        answered(self.post(shard)?.ask(move |shard| shard.supervise(slot, pid)))?;
        DONE()
    }

    fn release(&self, &Release { shard, slot, timeout_ms }: &Release) -> Result<Outcome, Failure> {
        let (post, ticket) = (self.post(shard)?, self.tickets);
        answered(post.ask(move |shard| shard.release(slot)))?;
        post.tell(move |shard| shard.owe(ticket, shard::Awaited::Left(slot), timeout_ms));
        Ok(Outcome::Later(Awaited::Left, 1))
    }

    fn nsh_show(&self, show: Show) -> Result<Outcome, Failure> {
        let ticket = self.tickets;
        self.crew.ask_all(move |shard| shard.nsh_show(show, ticket)).into_iter().collect::<Result<(), _>>()?;
        Ok(Outcome::Later(Awaited::Seen(show.flows), self.crew.posts.len()))
    }

    /// The same in all: what one refuses, all do.
    fn nsh_set(&self, set: Set) -> Result<Outcome, Failure> {
        let (spi, flow, bits) = set.read()?;
        self.crew.ask_all(move |shard| shard.stage.set_context(spi, flow, bits)).into_iter().collect::<Result<(), _>>()?;
        DONE()
    }

    /// Statistics of all shards, each at an instant of its own.
    pub fn statistics(&self) -> Value {
        let mut all = merge::statistics(self.crew.ask_all(|shard| shard.statistics()));
        all["engine"]["cpu_ns"] = cpu_ns().into();
        all
    }
}
