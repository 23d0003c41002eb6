//! The atomics that the ring protocol is written with: the machine's, or loom's when the protocol is model-checked.

#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

#[cfg(loom)]
pub use modelled::{AtomicU32, AtomicU64, Ordering};

/// loom takes seq_cst accesses for acquire/release ones. Read-modify-writes see the newest value in the order of the interleaving,
/// which is what the total order of seq_cst accesses means; all others keep loom's weak memory.
#[cfg(loom)]
#[allow(missing_docs)]
mod modelled {
    pub use loom::sync::atomic::Ordering;
    use loom::sync::atomic::{AtomicU32 as Inner32, AtomicU64 as Inner64};
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
                    if order == SeqCst {
                        self.0.fetch_add(0, Acquire)
                    } else {
                        self.0.load(order)
                    }
                }

                pub fn store(&self, value: $value, order: Ordering) {
                    if order != SeqCst {
                        return self.0.store(value, order);
                    }
                    self.0.swap(value, Release);
                }

                pub fn swap(&self, value: $value, _: Ordering) -> $value {
                    self.0.swap(value, AcqRel)
                }
            }
        };
    }
    modelled!(AtomicU32, Inner32, u32);
    modelled!(AtomicU64, Inner64, u64);
}
