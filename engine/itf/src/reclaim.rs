//! Finding out by the owner words what a dead component held (spec/channel.md §6).
use crate::egress::end_granted;
use crate::graph::*;
use crate::stage::{Pool, Stage};
use channel::layout::*;
use channel::sync::Ordering::Relaxed;
use std::collections::BTreeMap;

/// One ring as the reclaimer sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub from: u8,
    pub to: u8,
    pub tail: u32,
    pub head: u32,
}

/// Where an owner word says that its frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// This slot popped it.
    Popped(u8),
    /// It lies in a ring, on its way to this slot.
    Waiting(u8),
    /// This slot tagged it and has not published it.
    Unpublished(u8),
    /// The word is not of this grant, or names no edge.
    Unknown,
}

pub(crate) type Views = BTreeMap<u16, View>;

/// Edge id in an owner word.
pub(crate) fn edge_of(word: u64) -> u16 {
    (word >> OWNER_EDGE_SHIFT) as u16
}

/// Read an owner word against the rings. Differences are signed modulo 2^32; `popped` says that an audit saw it popped before.
pub(crate) fn held(views: &Views, word: u64, generation: u8, popped: bool) -> Held {
    let Some(view) = views.get(&edge_of(word)).filter(|_| (word >> OWNER_GENERATION_SHIFT) as u8 == generation) else {
        return Held::Unknown;
    };
    let before = |cursor: u32| (word as u32).wrapping_sub(cursor) as i32 <= -1;
    if popped || before(view.tail) {
        Held::Popped(view.to)
    } else if before(view.head) {
        Held::Waiting(view.to)
    } else {
        Held::Unpublished(view.from)
    }
}

impl Stage {
    /// Every ring of the instance, by edge id.
    pub(crate) fn views(&self) -> Views {
        let mut views = Views::new();
        for edge in self.edges.iter().flatten().chain(self.retired.iter().map(|retired| &retired.edge)) {
            let (tail, head) = edge.cells.cursors();
            views.insert(edge.spec.id, View { from: edge.spec.from.0, to: edge.spec.to.0, tail, head });
        }
        for component in self.components.iter().flatten() {
            let slot = component.spec.slot;
            let (tail, head) = component.returns.1.cells().cursors();
            views.insert(RETURN_EDGES + u16::from(slot), View { from: slot, to: 0, tail, head });
            if let Some((_, alloc)) = &component.alloc {
                let (tail, head) = alloc.cells().cursors();
                views.insert(ALLOC_EDGES + u16::from(slot), View { from: 0, to: slot, tail, head });
            }
        }
        views
    }

    /// Take back what a dead component held. What waits for it stays.
    pub(crate) fn sweep(&mut self, slot: u8) {
        let views = self.views();
        let Some(pool) = &mut self.pool else { return };
        let its: Vec<(u32, u64)> = owned(pool)
            .filter(|&(frame, word, generation)| {
                let found = held(&views, word, generation, pool.noted[frame as usize] == word);
                found == Held::Popped(slot) || found == Held::Unpublished(slot)
            })
            .map(|(frame, word, _)| (frame, word))
            .collect();
        for (frame, word) in its {
            end_granted(pool, &mut self.counters, frame, REASON_COMPONENT_CRASHED, edge_of(word) >= ALLOC_EDGES);
        }
    }
}

/// Frames with the components: frame, owner word, generation.
pub(crate) fn owned(pool: &Pool) -> impl Iterator<Item = (u32, u64, u8)> + '_ {
    pool.ledger.with_components().map(|(frame, entry)| (frame, pool.owners[frame as usize].load(Relaxed), entry.generation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel::owner_word;

    #[test]
    fn the_table_of_the_contract() {
        let views =
            Views::from([(1, View { from: 0, to: 1, tail: u32::MAX, head: 3 }), (2, View { from: 1, to: 0, tail: 5, head: 9 })]);
        let at = |edge, sequence| held(&views, owner_word(edge, 7, sequence), 7, false);
        assert_eq!(at(1, u32::MAX - 1), Held::Popped(1));
        assert_eq!((at(1, u32::MAX), at(1, 2)), (Held::Waiting(1), Held::Waiting(1)));
        assert_eq!((at(2, 9), at(2, 8), at(2, 4)), (Held::Unpublished(1), Held::Waiting(0), Held::Popped(0)));
        assert_eq!(at(3, 0), Held::Unknown);
        assert_eq!(held(&views, owner_word(1, 6, 0), 7, false), Held::Unknown);
        assert_eq!(held(&views, owner_word(1, 7, 0x9000_0000), 7, true), Held::Popped(1), "held over 2^31 posts");
    }
}
