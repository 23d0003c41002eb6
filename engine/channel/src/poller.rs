//! What an engine or an outer event loop sleeps on: bells, ports, sockets, processes.
#![allow(unsafe_code)]
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::Timespec;
use rustix::io::{Errno, Result};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

const EVENTS: usize = 64;

/// One descriptor that is ready.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// As given when it was added.
    pub key: u64,
    /// It is broken or at its end, and has nothing to read.
    pub broken: bool,
}

/// A set of descriptors, level-triggered.
#[derive(Debug)]
pub struct Poller(OwnedFd);

fn interest(read: bool, write: bool) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN, read);
    flags.set(EventFlags::OUT, write);
    flags
}

impl Poller {
    /// An empty one.
    pub fn new() -> Result<Self> {
        epoll::create(CreateFlags::CLOEXEC).map(Self)
    }

    /// Wait until this can be read.
    pub fn add(&self, descriptor: impl AsFd, key: u64) -> Result<()> {
        epoll::add(&self.0, descriptor, EventData::new_u64(key), interest(true, false))
    }

    /// Wait until this can be read, or also until it can be written.
    pub fn change(&self, descriptor: impl AsFd, key: u64, write: bool) -> Result<()> {
        epoll::modify(&self.0, descriptor, EventData::new_u64(key), interest(true, write))
    }

    /// Forget this.
    pub fn remove(&self, descriptor: impl AsFd) {
        let _ = epoll::delete(&self.0, descriptor);
    }

    /// Wait for a port's descriptor, or no longer.
    pub fn watch(&self, port: RawFd, key: u64, on: bool) -> Result<()> {
        if port < 0 {
            return Err(Errno::BADF);
        }
        // SAFETY: borrowed for one epoll_ctl; a number that is no longer the port's makes that fail, or wake for nothing.
        let port = unsafe { BorrowedFd::borrow_raw(port) };
        if on {
            return self.add(port, key);
        }
        self.remove(port);
        Ok(())
    }

    /// Sleep until something is ready, or the time is over; none: for ever.
    pub fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Ready>) {
        let timeout = timeout.map(|t| Timespec { tv_sec: t.as_secs() as i64, tv_nsec: t.subsec_nanos().into() });
        let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; EVENTS];
        let count = epoll::wait(&self.0, &mut events, timeout.as_ref()).unwrap_or(0);
        ready.clear();
        ready.extend(events[..count].iter().map(|event| {
            let (data, flags) = (event.data, event.flags);
            Ready { key: data.u64(), broken: !flags.intersects(EventFlags::IN | EventFlags::OUT) }
        }));
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    #[test]
    fn tells_what_is_ready_until_it_is_forgotten() {
        let (mut near, far) = std::os::unix::net::UnixStream::pair().unwrap();
        let (poller, mut ready) = (Poller::new().unwrap(), Vec::new());
        poller.watch(far.as_raw_fd(), 7, true).unwrap();
        poller.wait(Some(Duration::ZERO), &mut ready);
        assert!(ready.is_empty());
        near.write_all(b"x").unwrap();
        poller.wait(None, &mut ready);
        assert!(ready[0].key == 7 && !ready[0].broken);
        poller.watch(far.as_raw_fd(), 7, false).unwrap();
        poller.wait(Some(Duration::ZERO), &mut ready);
        assert!(ready.is_empty());
    }
}
