//! The bell (spec/channel.md §3): a FIFO that a consumer sleeps on, because every language can open and poll one.
use crate::layout::LIMITS_BELL_READ;
use rustix::fs::{mknodat, open, unlink, FileType, Mode, OFlags, CWD};
use rustix::io::{read, write, Errno, Result};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// An open bell.
#[derive(Debug)]
pub struct Bell(OwnedFd);

impl Bell {
    /// Where the bell of a slot is.
    pub fn path(folder: &Path, slot: u32) -> PathBuf {
        folder.join(format!("bell.{slot}"))
    }

    /// Make the bell of a slot anew, in place of one that an engine before left.
    pub fn make(folder: &Path, slot: u32) -> Result<Self> {
        let path = Self::path(folder, slot);
        match unlink(&path) {
            Err(Errno::NOENT) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        Self::open(folder, slot)
    }

    /// Open the bell of a slot, for ringing or sleeping.
    pub fn open(folder: &Path, slot: u32) -> Result<Self> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        open(Self::path(folder, slot), flags, Mode::empty()).map(Self)
    }

    /// Ring. A full FIFO is one that was rung.
    pub fn ring(&self) {
        let _ = write(&self.0, &[1]);
    }

    /// Take out what was rung so far.
    pub fn quiet(&self) {
        let mut bytes = [0u8; LIMITS_BELL_READ as usize];
        let _ = read(&self.0, &mut bytes);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;
    use rustix::event::{poll, PollFd, PollFlags, Timespec};

    fn rung(bell: &Bell) -> bool {
        poll(&mut [PollFd::new(bell, PollFlags::IN)], Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
    }

    #[test]
    fn rings_saturates_and_falls_quiet() {
        let folder = std::env::temp_dir().join(format!("coven-bell-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let bell = Bell::make(&folder, 3).unwrap();
        let again = Bell::make(&folder, 3).unwrap();
        again.ring();
        assert!(rung(&again) && !rung(&bell), "a bell made anew is another one");
        (0..70_000).for_each(|_| again.ring());
        (0..17).for_each(|_| again.quiet());
        assert!(!rung(&again));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
