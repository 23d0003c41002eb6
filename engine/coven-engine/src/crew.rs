//! The shards of an engine as the control thread has them: orders go to a shard, answers and news come back.
use crate::shard::{Place, Shard, ORDERS};
use channel::Poller;
use rustix::event::{eventfd, EventfdFlags};
use serde_json::Value;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;

/// What the control thread has a shard do.
pub type Order = Box<dyn FnOnce(&mut Shard) + Send>;

/// What one thread sleeps on, and another one rings.
pub struct Wake(OwnedFd);

impl Wake {
    /// Not rung.
    pub fn new() -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// Wake the sleeper. One that was rung too often is rung.
    pub fn ring(&self) {
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// From now on only what comes rings.
    pub fn quiet(&self) {
        let _ = rustix::io::read(&self.0, &mut [0u8; 8]);
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What a shard tells without being asked.
pub enum Note {
    Event(Value),
    /// Its ports have replayed everything, and nothing is in flight.
    Done,
    /// An answer that was owed, by its ticket.
    Owed(u64, Value),
}

/// A shard's way to the control thread.
#[derive(Clone)]
pub struct News {
    /// Which shard.
    pub shard: usize,
    to: Sender<(usize, Note)>,
    wake: Arc<Wake>,
}

impl News {
    /// To be read soon.
    pub fn tell(&self, note: Note) {
        let _ = self.to.send((self.shard, note));
        self.wake.ring();
    }
}

/// The control thread's end of one shard.
pub struct Post {
    orders: Sender<Order>,
    wake: Arc<Wake>,
    thread: JoinHandle<()>,
}

impl Post {
    /// Have it do something.
    pub fn tell(&self, order: impl FnOnce(&mut Shard) + Send + 'static) {
        let _ = self.orders.send(Box::new(order));
        self.wake.ring();
    }

    /// Have it do something and say what came of it.
    pub fn ask<T: Send + 'static>(&self, order: impl FnOnce(&mut Shard) -> T + Send + 'static) -> Receiver<T> {
        let (to, answer) = channel();
        self.tell(move |shard| drop(to.send(order(shard))));
        answer
    }
}

/// Which CPUs are whose.
#[derive(Clone, Copy)]
pub struct Cpus {
    /// Each shard has one of its own, as far as there are some.
    pub each: bool,
    /// All processes that are supervised have this one.
    pub one: Option<usize>,
}

/// All shards, and what they tell.
pub struct Crew {
    pub posts: Vec<Post>,
    pub notes: Receiver<(usize, Note)>,
    pub wake: Arc<Wake>,
}

/// The folder of a shard's bells: the engine's own for the first.
pub fn folder_of(folder: &Path, shard: usize) -> PathBuf {
    match shard {
        0 => folder.to_owned(),
        _ => folder.join(format!("shard.{shard}")),
    }
}

impl Crew {
    /// Start `threads` shards; `cpus` says where.
    pub fn start(folder: &Path, threads: usize, cpus: Cpus) -> io::Result<Self> {
        let (to, notes) = channel();
        let wake = Wake::new()?;
        let members = vns::Member::crew(threads);
        let start = |(shard, member)| {
            let news = News { shard, to: to.clone(), wake: wake.clone() };
            start_one(folder_of(folder, shard), member, news, cpus)
        };
        let posts = members.into_iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok(Self { posts, notes, wake })
    }

    /// Have all do something; gives what came of it, in their order.
    pub fn ask_all<T: Send + 'static>(&self, order: impl FnOnce(&mut Shard) -> T + Send + Clone + 'static) -> Vec<T> {
        let answers: Vec<_> = self.posts.iter().map(|post| post.ask(order.clone())).collect();
        answers.into_iter().map(answered).collect()
    }

    /// Let all end, with their ports closed.
    pub fn end(&mut self) {
        self.posts.iter().for_each(|post| post.tell(|shard| shard.ending = true));
        self.posts.drain(..).for_each(|post| drop(post.thread.join()));
    }
}

/// A shard does not end before it is told to.
pub fn answered<T>(answer: Receiver<T>) -> T {
    answer.recv().expect("the shard's thread answers")
}

fn start_one(folder: PathBuf, member: vns::Member, news: News, cpus: Cpus) -> io::Result<Post> {
    let shard = news.shard;
    if shard > 0 {
        std::fs::create_dir_all(&folder)?;
    }
    let (orders, from) = channel();
    let (poller, wake) = (Poller::new()?, Wake::new()?);
    poller.add(&*wake, ORDERS)?;
    let place = Place { folder, member, cpu: cpus.one, orders: from, wake: wake.clone(), news };
    let thread = std::thread::Builder::new().name(format!("shard.{shard}")).spawn(move || {
        if cpus.each {
            crate::cpu::pin(shard);
        }
        Shard::new(place, poller).run();
    })?;
    Ok(Post { orders, wake, thread })
}
