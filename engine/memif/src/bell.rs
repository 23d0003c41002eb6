//! Eventfds by which one side wakes the other. Both have the same open file, flags and count: a peer may make it one that blocks, and fill it.
use std::os::fd::OwnedFd;

use rustix::event::{poll, PollFd, PollFlags, Timespec};

const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// One that can't take more has rung; it is not written to, for that might block. What is left is a peer that fills it in the moment between the two
/// calls: whoever may open the socket (mode 0600) may just as well end this process.
pub(crate) fn ring(bell: &OwnedFd) {
    let takes = poll(&mut [PollFd::new(bell, PollFlags::OUT)], Some(&NOW)).is_ok_and(|ready| ready > 0);
    if takes {
        let _ = rustix::io::write(bell, &1u64.to_ne_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use rustix::event::{eventfd, EventfdFlags};

    use super::*;

    fn count(bell: &OwnedFd) -> u64 {
        let mut bytes = [0; 8];
        rustix::io::read(bell, &mut bytes).expect("it has rung");
        u64::from_ne_bytes(bytes)
    }

    #[test]
    fn rings() {
        let bell = eventfd(0, EventfdFlags::NONBLOCK).unwrap();
        ring(&bell);
        ring(&bell);
        assert_eq!(count(&bell), 2);
    }

    #[test]
    fn a_bell_that_the_peer_has_filled_and_made_to_block_does_not_block_us() {
        let full = u64::MAX - 1;
        let bell = eventfd(0, EventfdFlags::empty()).unwrap();
        rustix::io::write(&bell, &full.to_ne_bytes()).unwrap();
        let (done, waiting) = channel();
        let theirs = bell.try_clone().unwrap();
        std::thread::spawn(move || {
            ring(&bell);
            let _ = done.send(());
        });
        waiting.recv_timeout(Duration::from_secs(10)).expect("ringing came back");
        assert_eq!(count(&theirs), full);
    }
}
