//! The control thread: clients, signals, and the shards' news. It sleeps unless somebody asks for something, and moves no packet.
use crate::clients::Clients;
use crate::crew::{Crew, Note};
use crate::merge;
use crate::plan::Plan;
use crate::rpc::event;
use channel::{Poller, Ready};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::net::UnixStream;

/// Keys of what it sleeps on.
pub const LISTENER: u64 = 1;
const SIGNAL: u64 = 2;
const NEWS: u64 = 3;
pub const CLIENTS: u64 = 0x1000;

/// An answer that shards owe, and what they have said of it so far.
pub struct Owed {
    pub client: u64,
    pub id: Value,
    pub what: Awaited,
    /// Shards that are to say something.
    pub missing: usize,
    pub parts: Vec<Value>,
}

/// For what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    Drained,
    Left,
    /// Nothing is in flight, so that what is held can be applied.
    Quiet,
    /// Contexts, with at most so many flows.
    Seen(usize),
}

/// A plan that waits until nothing is in flight.
pub struct Held {
    pub plan: Plan,
    /// Ports receive afterwards.
    pub receive: bool,
}

/// One engine: everything of one VNF instance.
pub struct Control {
    pub poller: Poller,
    pub clients: Clients,
    pub crew: Crew,
    /// By ticket.
    pub owed: BTreeMap<u64, Owed>,
    pub tickets: u64,
    pub held: Option<Held>,
    pub ending: bool,
    /// Shards that have replayed everything; at the end of all it ends.
    done: usize,
    signal: UnixStream,
}

impl Control {
    /// With its sockets open, and nothing applied.
    pub fn new(poller: Poller, clients: Clients, signal: UnixStream, crew: Crew) -> io::Result<Self> {
        poller.add(&signal, SIGNAL)?;
        poller.add(&*crew.wake, NEWS)?;
        let owed = BTreeMap::new();
        Ok(Self { poller, clients, crew, owed, tickets: 0, held: None, ending: false, done: 0, signal })
    }

    /// Until it is told to end.
    pub fn run(&mut self) {
        let mut ready = Vec::new();
        while !self.ending {
            self.poller.wait(None, &mut ready);
            ready.iter().for_each(|one| self.serve(*one));
        }
    }

    fn serve(&mut self, one: Ready) {
        match one.key {
            LISTENER => self.clients.accept(&self.poller),
            SIGNAL => {
                let _ = io::Read::read(&mut self.signal, &mut [0; 16]);
                eprintln!("coven-engine: ends, as a signal says");
                self.ending = true;
            }
            NEWS => self.read_news(),
            key => self.serve_client(key),
        }
    }

    fn serve_client(&mut self, key: u64) {
        self.clients.write(key, &self.poller);
        let (lines, open) = self.clients.read(key);
        for line in lines {
            self.serve_line(key, &line);
        }
        if self.clients.too_long(key) {
            self.refuse_line(key);
        }
        if !open {
            self.clients.remove(key, &self.poller);
        }
    }

    fn read_news(&mut self) {
        self.crew.wake.quiet();
        while let Ok((shard, note)) = self.crew.notes.try_recv() {
            match note {
                Note::Event(params) => self.tell_event(shard, params),
                Note::Owed(ticket, part) => self.settle(ticket, part),
                Note::Done => {
                    self.done += 1;
                    self.ending |= self.done == self.crew.posts.len();
                }
            }
        }
    }

    fn tell_event(&mut self, shard: usize, mut params: Value) {
        if self.crew.posts.len() > 1 {
            params["shard"] = shard.into();
        }
        eprintln!("coven-engine: {params}");
        self.clients.send(None, &event(params), &self.poller);
    }

    /// A shard has given its part of an answer; with the last part it is whole.
    fn settle(&mut self, ticket: u64, part: Value) {
        let Some(owed) = self.owed.get_mut(&ticket) else { return };
        owed.parts.push(part);
        if owed.parts.len() < owed.missing {
            return;
        }
        let Some(Owed { client, id, what, parts, .. }) = self.owed.remove(&ticket) else { return };
        let result = match what {
            Awaited::Drained => Ok(json!({"in_flight": parts.iter().filter_map(|part| part["in_flight"].as_u64()).sum::<u64>()})),
            Awaited::Left => Ok(parts.into_iter().next().unwrap_or_default()),
            Awaited::Quiet => self.apply_held(),
            Awaited::Seen(flows) => Ok(merge::contexts(parts, flows)),
        };
        self.reply(client, &id, result);
    }
}
