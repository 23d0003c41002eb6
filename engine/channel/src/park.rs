//! The park word (spec/channel.md §2): at most one byte is written for each sleep, and none is lost.
use crate::sync::{AtomicU32, Ordering::SeqCst};

/// P1: say that this consumer is about to sleep. Pairs with the load in `wake`.
pub fn announce(park: &AtomicU32) {
    park.store(1, SeqCst);
}

/// P4: awake again. False: a byte is in the bell, or on its way.
pub fn retract(park: &AtomicU32) -> bool {
    park.swap(0, SeqCst) == 1
}

/// After a post: true if the caller has to ring the sleeper's bell. Pairs with the store in `announce`.
#[inline]
#[must_use]
pub fn wake(park: &AtomicU32) -> bool {
    park.load(SeqCst) == 1 && park.swap(0, SeqCst) == 1
}
