//! One of the threads of an engine that have a port together: each opens its part of it, and each part is a port of its own.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sockets of an interface, as far as they have come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meeting {
    /// Number of the interface.
    pub index: u32,
    /// The kernel's number of the group.
    pub group: u16,
    /// Threads that are in it: these are the first ones.
    pub members: usize,
}

/// Which of how many threads; they know each other by what they open, and meet only while they do so.
#[derive(Clone, Debug)]
pub struct Member {
    pub(crate) number: usize,
    pub(crate) of: usize,
    meetings: Arc<Mutex<BTreeMap<String, Meeting>>>,
}

impl Member {
    /// All of `of` threads.
    pub fn crew(of: usize) -> Vec<Self> {
        let meetings = Arc::default();
        (0..of).map(|number| Self { number, of, meetings: Arc::clone(&meetings) }).collect()
    }

    /// The only one.
    pub fn alone() -> Self {
        Self { number: 0, of: 1, meetings: Arc::default() }
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.of == 1
    }

    /// Do something with where they meet at an interface, while no other one does.
    pub(crate) fn meet<T>(&self, interface: &str, with: impl FnOnce(&mut Meeting) -> T) -> T {
        let mut meetings: MutexGuard<_> = self.meetings.lock().unwrap_or_else(PoisonError::into_inner);
        with(meetings.entry(interface.to_owned()).or_default())
    }

    /// Its part of `all` that are counted out in turn.
    pub(crate) fn part(&self, all: u64) -> u64 {
        let (of, number) = (self.of as u64, self.number as u64);
        all / of + u64::from(number < all % of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_up_the_whole() {
        for (all, parts) in [(10, [4, 3, 3]), (2, [1, 1, 0]), (0, [0; 3])] {
            assert_eq!(Member::crew(3).iter().map(|member| member.part(all)).collect::<Vec<_>>(), parts);
        }
        assert_eq!(Member::alone().part(u64::MAX), u64::MAX);
    }
}
