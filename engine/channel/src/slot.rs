//! A slot (spec/channel.md §7): one page for each component, slot 0 for the engine.
use crate::edge::Edge;
use crate::layout::*;
use crate::mapping::Mapping;
use crate::sync::{AtomicU32, AtomicU64, Ordering::*};

/// A view of one slot.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    map: Mapping,
    base: u64,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $offset:ident),* $(,)?) => {
        $($(#[$doc])*
        #[inline]
        pub fn $name(&self) -> &'static AtomicU32 {
            self.map.word(self.base + u64::from($offset))
        })*
    };
}

impl Slot {
    pub(crate) fn new(map: Mapping, base: u64) -> Self {
        Self { map, base }
    }

    words! {
        /// 1: about to sleep.
        park = SLOT_OFF_PARK,
        /// A member of `slot_state`.
        state = SLOT_OFF_STATE,
        /// Last epoch that the component has taken up.
        ack_epoch = SLOT_OFF_ACK_EPOCH,
        /// Its process, as it says.
        pid = SLOT_OFF_PID,
        /// +1 a pass.
        heartbeat = SLOT_OFF_HEARTBEAT,
        /// A member of `error`.
        error = SLOT_OFF_ERROR,
        /// The table that counts is this one's lowest bit.
        want_epoch = SLOT_OFF_WANT_EPOCH,
        /// The component has to end.
        stop = SLOT_OFF_STOP,
        /// How long to spin before yielding.
        spin_ns = SLOT_OFF_SPIN_NS,
        /// A member of `profile`.
        profile = SLOT_OFF_PROFILE,
        /// The engine wants returned frames at once.
        hungry = SLOT_OFF_HUNGRY,
    }

    /// What the component counts (`enum.counter`).
    pub fn counters(&self) -> &'static [AtomicU64] {
        self.map.longs(self.base + u64::from(SLOT_OFF_COUNTERS), 16)
    }

    fn entry(&self, epoch: u32, index: usize) -> u64 {
        let table = u64::from(epoch & 1) * u64::from(LIMITS_EDGES_MAX * EDGE_SIZE);
        self.base + u64::from(SLOT_OFF_EDGES) + table + index as u64 * u64::from(EDGE_SIZE)
    }

    /// Write the table of the next epoch and order it; gives that epoch. Panics on more than `edges_max` edges.
    pub fn publish(&self, edges: &[Edge]) -> u32 {
        assert!(edges.len() <= LIMITS_EDGES_MAX as usize, "edge table too long");
        let epoch = self.want_epoch().load(Relaxed).wrapping_add(1);
        let blank = Edge::default();
        let rest = (edges.len() < LIMITS_EDGES_MAX as usize).then_some(&blank);
        for (i, edge) in edges.iter().chain(rest).enumerate() {
            for (w, word) in edge.words().into_iter().enumerate() {
                self.map.word(self.entry(epoch, i) + 4 * w as u64).store(word, Relaxed);
            }
        }
        // Pairs with the component's load of `want_epoch` in each pass; seq_cst for the park handshake.
        self.want_epoch().store(epoch, SeqCst);
        epoch
    }

    /// Private copy of the table of an epoch.
    pub fn edges(&self, epoch: u32) -> Vec<Edge> {
        (0..LIMITS_EDGES_MAX as usize)
            .map(|i| Edge::from_words(std::array::from_fn(|w| self.map.word(self.entry(epoch, i) + 4 * w as u64).load(Relaxed))))
            .take_while(|edge| edge.role != 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_take_turns_and_shrink() {
        let slot = Slot::new(Mapping::private(4096), 0);
        let edge =
            |id| Edge { id, role: ROLE_IN as u8, ring: 1000 + u32::from(id), limit: 512, lane: 3, peer: 2, ..Edge::default() };
        let many: Vec<_> = (0..LIMITS_EDGES_MAX as u16).map(edge).collect();
        assert_eq!(slot.publish(&many), 1);
        assert_eq!(slot.edges(1), many);
        assert_eq!(slot.publish(&many[..1]), 2);
        assert_eq!((slot.edges(1), slot.edges(2)), (many.clone(), many[..1].to_vec()));
        assert_eq!(slot.publish(&[]), 3);
        assert!(slot.edges(3).is_empty());
    }
}
