//! The atomics that the ring protocol is written with: the machine's, or loom's when the protocol is model-checked.

#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

#[cfg(loom)]
pub use modelled::{AtomicU32, AtomicU64, Ordering};

/// loom takes seq_cst accesses for acquire/release ones; a fence beside each makes them what the handshake needs.
#[cfg(loom)]
mod modelled {
    pub use loom::sync::atomic::Ordering;
    use loom::sync::atomic::{fence, AtomicU32 as Inner32, AtomicU64 as Inner64};
    use Ordering::{AcqRel, Acquire, Release, SeqCst};

    macro_rules! modelled {
        ($name:ident, $inner:ty, $value:ty) => {
            #[derive(Debug)]
            pub struct $name($inner);

            impl $name {
                pub fn new(value: $value) -> Self {
                    Self(<$inner>::new(value))
                }

                pub fn load(&self, order: Ordering) -> $value {
                    if order != SeqCst {
                        return self.0.load(order);
                    }
                    fence(SeqCst);
                    self.0.load(Acquire)
                }

                pub fn store(&self, value: $value, order: Ordering) {
                    if order != SeqCst {
                        return self.0.store(value, order);
                    }
                    self.0.store(value, Release);
                    fence(SeqCst);
                }

                pub fn swap(&self, value: $value, _: Ordering) -> $value {
                    fence(SeqCst);
                    let old = self.0.swap(value, AcqRel);
                    fence(SeqCst);
                    old
                }
            }
        };
    }
    modelled!(AtomicU32, Inner32, u32);
    modelled!(AtomicU64, Inner64, u64);
}
