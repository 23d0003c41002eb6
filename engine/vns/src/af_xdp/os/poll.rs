//! One descriptor that stands for several.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::socket::check;

/// Readable when one of its members is. A member that is closed leaves it.
pub(crate) struct Poll(OwnedFd);

impl Poll {
    pub fn new() -> io::Result<Self> {
        // SAFETY: no memory is involved; the descriptor that comes back is owned by nobody else.
        unsafe { check(libc::epoll_create1(libc::EPOLL_CLOEXEC)).map(|fd| Self(OwnedFd::from_raw_fd(fd))) }
    }

    pub fn add(&self, member: BorrowedFd) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 0 };
        // SAFETY: the kernel reads a live value.
        check(unsafe { libc::epoll_ctl(self.0.as_raw_fd(), libc::EPOLL_CTL_ADD, member.as_raw_fd(), &mut event) }).map(drop)
    }

    pub fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
