//! One memif interface: waits for its peer, connects, and waits again once the peer is gone.
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::time::Timespec;

use crate::client::Proposal;
use crate::control::{Channel, Listener};
use crate::message::Message;
use crate::ring::Broken;
use crate::server::Greeting;
use crate::Link;

/// Between two attempts to reach a peer.
const RETRY: Duration = Duration::from_millis(200);
/// A peer that has said nothing for so long in the middle of connecting makes room for another.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks while it connects.
const LOOK: Duration = Duration::from_millis(1);
/// Messages of one look.
const MESSAGES: usize = 64;

/// What an event is of.
const SOCKET: u64 = 0;
const BELL: u64 = 1;

/// Who makes the memory: the client (slave); who listens: the server (master).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Listens.
    Server,
    /// Connects.
    Client,
}

/// What an interface is.
#[derive(Clone, Debug)]
pub struct Config {
    /// Path of the control socket.
    pub socket: PathBuf,
    /// Which interface of the socket's.
    pub id: u32,
    /// Which side.
    pub role: Role,
    /// Client: descriptors of a ring, as a power of two, 4 to 14; the server may want less.
    pub ring_log2: u8,
    /// Client: bytes of a buffer.
    pub buffer_size: u32,
    /// What the peer may show to people.
    pub name: String,
}

/// Where a message leads.
pub enum Step {
    GoOn,
    Connected(Link),
}

enum Talk {
    Greeting(Greeting),
    Proposal(Proposal),
    Connected(Link),
}

struct Peer {
    channel: Channel,
    talk: Talk,
    since: Instant,
}

/// An interface.
pub struct Memif {
    config: Config,
    poll: OwnedFd,
    listener: Option<Listener>,
    peer: Option<Peer>,
    retry: Instant,
    why: String,
}

/// Tell the peer why, and end the connection.
pub fn refuse(channel: &Channel, why: &str) -> io::Result<Step> {
    let _ = channel.send(&Message::Disconnect(why.into()), None);
    Err(io::Error::other(format!("the peer was refused: {why}")))
}

impl Memif {
    /// The server's socket is there afterwards; a client tries for the first time at the first `tend`.
    pub fn open(config: Config) -> io::Result<Self> {
        let poll = epoll::create(CreateFlags::CLOEXEC)?;
        let listener = (config.role == Role::Server).then(|| Listener::bind(&config.socket)).transpose()?;
        if let Some(listener) = &listener {
            epoll::add(&poll, listener, EventData::new_u64(SOCKET), EventFlags::IN)?;
        }
        Ok(Self { config, poll, listener, peer: None, retry: Instant::now(), why: "no peer has connected yet".into() })
    }

    /// The connection, if there is one.
    #[inline]
    pub fn link(&mut self) -> Option<&mut Link> {
        match &mut self.peer {
            Some(Peer { talk: Talk::Connected(link), .. }) => Some(link),
            _ => None,
        }
    }

    /// Why there is none; none if there is one.
    pub fn why_down(&self) -> Option<&str> {
        let up = matches!(&self.peer, Some(Peer { talk: Talk::Connected(_), .. }));
        (!up).then_some(&*self.why)
    }

    /// Readable when `tend` or the reader has something to do.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.poll.as_fd()
    }

    /// When `tend` has something to do without the descriptor saying so, or without anybody watching it.
    pub fn due(&self) -> Option<Instant> {
        match &self.peer {
            None => Some(self.retry),
            Some(Peer { talk: Talk::Connected(_), .. }) => None,
            Some(_) => Some(Instant::now() + LOOK),
        }
    }

    /// Serve the control socket. Never blocks. True: the bell rang, which is not said again: the reader has to be asked once more.
    pub fn tend(&mut self) -> bool {
        let mut events = [epoll::Event { flags: EventFlags::empty(), data: EventData::new_u64(SOCKET) }; 4];
        let told = epoll::wait(&self.poll, &mut events[..], Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap_or(0);
        let told = |what| events[..told].iter().any(|event| event.data.u64() == what);
        if self.why_down().is_some() || told(SOCKET) {
            self.serve(Instant::now());
        }
        told(BELL)
    }

    fn serve(&mut self, now: Instant) {
        if self.peer.is_none() && now >= self.retry {
            self.retry = now + RETRY;
            self.meet(now).unwrap_or_else(|error| self.hang_up(&error));
        }
        self.turn_away();
        for _ in 0..MESSAGES {
            match self.hear(now) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return self.hang_up(&error),
            }
        }
    }

    /// The peer wrote what can't be.
    pub fn give_up(&mut self, broken: Broken) {
        if let Some(peer) = &self.peer {
            let _ = refuse(&peer.channel, broken.0);
        }
        self.hang_up(&io::Error::other(format!("the peer was refused: {}", broken.0)));
    }

    fn hang_up(&mut self, why: &io::Error) {
        if let Some(Peer { talk: Talk::Connected(link), .. }) = self.peer.take() {
            let _ = epoll::delete(&self.poll, link.reader.bell()); // the peer has the bell too: closing it is not enough
        }
        self.why = why.to_string();
    }

    /// Find a peer: take the next client in, or connect to the server.
    fn meet(&mut self, now: Instant) -> io::Result<()> {
        let met = match &self.listener {
            Some(listener) => match listener.accept(&self.config.name) {
                Some(channel) => Some((Talk::Greeting(Greeting::new(&channel)?), channel)),
                None => None,
            },
            None => Some((Talk::Proposal(Proposal::new()), Channel::connect(&self.config.socket, &self.config.name)?)),
        };
        if let Some((talk, channel)) = met {
            epoll::add(&self.poll, &channel, EventData::new_u64(SOCKET), EventFlags::IN | EventFlags::HUP)?;
            self.peer = Some(Peer { channel, talk, since: now });
        }
        Ok(())
    }

    /// Clients beside the one that is connected.
    fn turn_away(&mut self) {
        if let (Some(listener), Some(Peer { talk: Talk::Connected(_), .. })) = (&self.listener, &self.peer) {
            if let Some(channel) = listener.accept(&self.config.name) {
                let _ = refuse(&channel, "another client is connected");
            }
        }
    }

    /// One message. False: there is none.
    fn hear(&mut self, now: Instant) -> io::Result<bool> {
        let Some(peer) = &mut self.peer else { return Ok(false) };
        let Some((message, file)) = peer.channel.receive()? else {
            let late = !matches!(peer.talk, Talk::Connected(_)) && now.duration_since(peer.since) > PATIENCE;
            return if late { Err(io::Error::other("the peer did not finish to connect")) } else { Ok(false) };
        };
        let step = match &mut peer.talk {
            Talk::Greeting(greeting) => greeting.hear(message, file, &peer.channel, &self.config)?,
            Talk::Proposal(proposal) => proposal.hear(message, &peer.channel, &self.config)?,
            Talk::Connected(_) => match message {
                Message::Disconnect(why) => return Err(io::Error::other(format!("the peer left: {why}"))),
                _ => refuse(&peer.channel, "a message came out of turn")?,
            },
        };
        if let Step::Connected(link) = step {
            epoll::add(&self.poll, link.reader.bell(), EventData::new_u64(BELL), EventFlags::IN | EventFlags::ET)?;
            peer.talk = Talk::Connected(link);
        }
        Ok(true)
    }
}

impl Drop for Memif {
    fn drop(&mut self) {
        if let Some(peer) = &self.peer {
            let _ = peer.channel.send(&Message::Disconnect("the interface was closed".into()), None);
        }
    }
}
