//! A shard: a thread with a pool, graph, ports and accounts of its own. Its loop passes while there is work, then yields twice, then
//! sleeps on everything at once (spec/channel.md §2 and §3). It shares nothing with the others; orders come from the control thread.
use crate::crew::{News, Note, Order, Wake};
use crate::processes::Processes;
use channel::{Poller, Ready};
use itf::{Next, Stage};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Keys of what the loop sleeps on.
pub const ORDERS: u64 = 1;
const PORTS: u64 = 0x100;
const BELLS: u64 = 0x200;
pub const PROCESSES: u64 = 0x300;

/// Passes between two looks at sockets and processes while there is work.
const BUSY_PASSES: u64 = 64;
const AUDIT_EVERY: Duration = Duration::from_secs(1);
/// A process has attached and will soon say that it runs, without ringing.
const JOIN_TICK: Duration = Duration::from_millis(10);
/// A port whose descriptor tells of nothing but an error is looked at so often.
const BROKEN_TICK: Duration = Duration::from_millis(100);

/// An answer that is still owed.
pub struct Owed {
    pub ticket: u64,
    pub until: Instant,
    pub what: Awaited,
}

/// For what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// Nothing is in flight.
    Empty,
    Left(u8),
    /// People have watched contexts for a while; at most so many flows are told.
    Seen(usize),
}

/// Where a shard is, and by what it hears and tells.
pub struct Place {
    /// Of its bells.
    pub folder: PathBuf,
    /// Which of the engine's threads it is.
    pub member: vns::Member,
    /// The one of all that it supervises, if they share it with the engine.
    pub cpu: Option<usize>,
    pub orders: Receiver<Order>,
    pub wake: Arc<Wake>,
    pub news: News,
}

/// One thread's part of a VNF instance.
pub struct Shard {
    pub stage: Stage,
    pub place: Place,
    pub poller: Poller,
    pub processes: Processes,
    pub owed: Vec<Owed>,
    /// Since when contexts are watched, and until when.
    pub watching: Option<(Instant, Instant)>,
    pub until_done: bool,
    pub ending: bool,
    pub passes: u64,
    pub parks: u64,
    told_done: bool,
    /// Key and descriptor of what the poller watches; and of what it is to watch, for the time of a look.
    watched: Vec<(u64, RawFd)>,
    wanted: Vec<(u64, RawFd)>,
    broken: BTreeMap<u64, Instant>,
    next_audit: Instant,
    joining: bool,
    ready: Vec<Ready>,
}

impl Shard {
    /// With nothing applied; `poller` is its own.
    pub fn new(place: Place, poller: Poller) -> Self {
        Self {
            stage: Stage::new(),
            place,
            poller,
            processes: Processes::default(),
            owed: Vec::new(),
            watching: None,
            until_done: false,
            ending: false,
            passes: 0,
            parks: 0,
            told_done: false,
            watched: Vec::new(),
            wanted: Vec::new(),
            broken: BTreeMap::new(),
            next_audit: Instant::now(),
            joining: false,
            ready: Vec::new(),
        }
    }

    /// Until it is told to end.
    pub fn run(&mut self) {
        while !self.ending {
            let moved = self.stage.pass();
            self.passes += 1;
            let next = self.stage.next(moved, !moved && self.polls());
            if next != Next::Park && self.passes % BUSY_PASSES == 0 {
                self.wait(Some(Duration::ZERO));
            }
            match next {
                Next::Pass => {}
                Next::Yield => rustix::thread::sched_yield(),
                Next::Park => self.park(),
            }
        }
    }

    /// It never sleeps while packets may come for a component of the profile `latency`, nor spins: whoever shares the CPU gets it.
    fn polls(&self) -> bool {
        self.stage.polls() && !self.until_done && self.owed.is_empty()
    }

    fn park(&mut self) {
        self.stage.set_eager(self.until_done || self.owed.iter().any(|owed| owed.what == Awaited::Empty));
        self.watch();
        self.stage.arm();
        // What follows is P2: it sees what was posted or said before a poster could see that this side sleeps.
        self.look();
        self.tell_done();
        let timeout = if self.stage.news() || self.ending { Some(Duration::ZERO) } else { self.timeout(Instant::now()) };
        self.parks += u64::from(timeout != Some(Duration::ZERO));
        self.wait(timeout);
        self.stage.disarm();
    }

    /// To the control thread, which ends the engine once all are done.
    fn tell_done(&mut self) {
        if self.until_done && !self.told_done && self.stage.replayed() && self.stage.empty() {
            self.told_done = true;
            self.place.news.tell(Note::Done);
        }
    }

    /// All that is looked at rather than told: slots, ports, and answers that have come due.
    fn look(&mut self) {
        self.joining = self.stage.look_at_slots();
        self.stage.check_ports();
        self.settle_owed();
        self.end_watching();
        self.tell_events();
    }

    /// How long to sleep at most: an idle engine sleeps for ever.
    fn timeout(&mut self, now: Instant) -> Option<Duration> {
        let audit = self.stage.auditable().then_some(self.next_audit);
        let joining = self.joining.then_some(now + JOIN_TICK);
        let owed = self.owed.iter().map(|owed| owed.until).min();
        let broken = self.broken.values().copied().min();
        let times = [audit, joining, owed, broken, self.stage.due()];
        times.into_iter().flatten().min().map(|at| at.saturating_duration_since(now))
    }

    /// Watch what is to be woken by: ports that can receive, bells of the slots that the engine stands in for.
    fn watch(&mut self) {
        let Self { stage, broken, watched, wanted, .. } = self;
        if !broken.is_empty() {
            let now = Instant::now();
            broken.retain(|_, until| *until > now);
        }
        wanted.clear();
        stage.watches(|port, fd| {
            let key = PORTS + u64::from(port);
            wanted.extend((!broken.contains_key(&key)).then_some((key, fd)));
        });
        wanted.extend(stage.bells().map(|(slot, bell)| (BELLS + u64::from(slot), bell.as_fd().as_raw_fd())));
        if wanted != watched {
            self.change_watched();
        }
    }

    fn change_watched(&mut self) {
        for one in self.watched.iter().filter(|one| !self.wanted.contains(one)) {
            let _ = self.poller.watch(one.1, one.0, false);
        }
        for one in self.wanted.iter().filter(|one| !self.watched.contains(one)) {
            if let Err(error) = self.poller.watch(one.1, one.0, true) {
                eprintln!("coven-engine: descriptor {} can't be waited for: {error}", one.1);
            }
        }
        std::mem::swap(&mut self.watched, &mut self.wanted);
    }

    /// Ports or bells may have been closed, and their numbers given to others.
    pub fn forget_watches(&mut self) {
        for (key, fd) in std::mem::take(&mut self.watched) {
            let _ = self.poller.watch(fd, key, false);
        }
    }

    /// Sleep, then serve all that is no packet.
    fn wait(&mut self, timeout: Option<Duration>) {
        let mut ready = std::mem::take(&mut self.ready);
        self.poller.wait(timeout, &mut ready);
        for one in &ready {
            self.serve(*one);
        }
        self.ready = ready;
        let now = Instant::now();
        if now >= self.next_audit && self.stage.auditable() {
            self.next_audit = now + AUDIT_EVERY;
            self.stage.audit(now);
        }
        // Who has slept looks before the next sleep.
        if timeout == Some(Duration::ZERO) {
            self.look();
        }
    }

    fn serve(&mut self, one: Ready) {
        match one.key {
            ORDERS => self.obey(),
            key if key >= PROCESSES => self.process_ended((key - PROCESSES) as u8),
            key if key >= BELLS => {
                let slot = (key - BELLS) as u8;
                self.stage.bells().filter(|(other, _)| *other == slot).for_each(|(_, bell)| bell.quiet());
            }
            key => {
                if one.broken {
                    self.broken.insert(key, Instant::now() + BROKEN_TICK);
                }
            }
        }
    }

    fn obey(&mut self) {
        self.place.wake.quiet();
        while let Ok(order) = self.place.orders.try_recv() {
            order(self);
        }
    }

    fn process_ended(&mut self, slot: u8) {
        let Some((pid, crashed)) = self.processes.ended(slot, &self.poller) else { return };
        eprintln!("coven-engine: the process {pid} in slot {slot} {}", if crashed { "crashed" } else { "left" });
        self.stage.exited(slot, pid, crashed);
    }
}
