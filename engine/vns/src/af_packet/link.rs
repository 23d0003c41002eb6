//! Is the interface there and up? Asked when nothing arrives, at a bounded rate, and repaired where that can help.
use std::io;
use std::time::{Duration, Instant};

use super::os::Socket;
use crate::State;

/// Ethernet and one VLAN tag.
pub(crate) const HEADER_BYTES: usize = 18;
const ETHERNET_BYTES: usize = 14;

/// Between looks while it works: also how long a poll may return at once because of an error not yet taken.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Between attempts while it does not.
const TRY_EVERY: Duration = Duration::from_millis(200);

pub(crate) struct Link {
    name: String,
    index: u32,
    largest: usize,
    down: Option<String>,
    opened: Instant,
    next_look: Instant,
}

impl Link {
    pub fn bind(name: &str, index: u32, socket: &Socket) -> io::Result<Self> {
        let now = Instant::now();
        let mut link = Self { name: name.into(), index, largest: 0, down: None, opened: now, next_look: now };
        link.attach(index, socket)?;
        Ok(link)
    }

    fn attach(&mut self, index: u32, socket: &Socket) -> io::Result<()> {
        socket.bind(index)?;
        self.index = index;
        self.check(socket)
    }

    /// Up again, or why not.
    fn check(&mut self, socket: &Socket) -> io::Result<()> {
        self.measure(socket)?;
        drop(socket.take_error());
        self.down = (!socket.is_up(&self.name)?).then(|| format!("interface {} is down", self.name));
        Ok(())
    }

    /// The MTU may change while the interface is in use.
    pub fn measure(&mut self, socket: &Socket) -> io::Result<()> {
        self.largest = socket.mtu_of(&self.name)? + ETHERNET_BYTES;
        Ok(())
    }

    /// To be called when nothing was received. True: it was time to look.
    pub fn look(&mut self, socket: &Socket) -> bool {
        let now = Instant::now();
        if now < self.next_look {
            return false;
        }
        // Also while it is down: an error that is not taken makes every poll return at once.
        if let Some(error) = socket.take_error() {
            self.went_down(&error);
        }
        if self.down.is_some() {
            self.try_again(socket);
        }
        self.next_look = now + if self.down.is_some() { TRY_EVERY } else { LOOK_EVERY };
        true
    }

    /// An interface that was set down and up needs nothing, one that was removed and made again another bind.
    fn try_again(&mut self, socket: &Socket) {
        let attached = match Socket::index_of(&self.name) {
            Ok(index) if index == self.index => self.check(socket),
            Ok(index) => self.attach(index, socket),
            Err(error) => Err(error),
        };
        if let Err(error) = attached {
            self.went_down(&error);
        }
    }

    pub fn went_down(&mut self, error: &io::Error) {
        self.down = Some(match error.raw_os_error() {
            Some(libc::ENXIO | libc::ENODEV) => format!("interface {} is gone", self.name),
            Some(libc::ENETDOWN) => format!("interface {} is down", self.name),
            // A socket of several threads' group.
            Some(libc::EINVAL) => format!("interface {} was made anew", self.name),
            _ => format!("interface {}: {error}", self.name),
        });
    }

    /// The interface was removed and made again.
    pub fn is_another(&self) -> bool {
        Socket::index_of(&self.name).is_ok_and(|index| index != self.index)
    }

    /// When it may be looked at again.
    pub fn next_look(&self) -> Instant {
        self.next_look
    }

    pub fn is_up(&self) -> bool {
        self.down.is_none()
    }

    pub fn state(&self) -> State {
        self.down.clone().map_or(State::Up, State::Down)
    }

    /// When to look again without a sign from the socket: only while it is down.
    pub fn due(&self) -> Option<Instant> {
        self.down.as_ref().map(|_| self.next_look)
    }

    /// Number of the interface; another one once it was removed and made again.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// A time in the past.
    pub fn opened(&self) -> Instant {
        self.opened
    }

    pub fn largest(&self) -> usize {
        self.largest
    }
}
