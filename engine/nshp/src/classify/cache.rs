//! Flows and what became of them. Bounded: two places for each hash, and the older of two goes.
use super::key::Key;

const SETS: usize = 8192;

/// The rule that a flow fits, or that it fits none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome(u16);

const UNKNOWN: u16 = 0;
const NO_RULE: u16 = 1;
const FIRST_RULE: u16 = 2;

impl Outcome {
    pub fn new(rule: Option<usize>) -> Self {
        Self(rule.map_or(NO_RULE, |number| number as u16 + FIRST_RULE))
    }

    pub fn rule(self) -> Option<usize> {
        self.0.checked_sub(FIRST_RULE).map(usize::from)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    key: Key,
    outcome: Outcome,
}

/// Takes its memory, 1 MiB, with the first flow.
#[derive(Clone, Debug, Default)]
pub struct Cache(Vec<[Entry; 2]>);

impl Cache {
    #[inline]
    pub fn get(&mut self, key: &Key) -> Option<Outcome> {
        let set = self.0.get_mut(key.hash() as usize % SETS)?;
        let at = set.iter().position(|entry| entry.key == *key && entry.outcome.0 != UNKNOWN)?;
        set.swap(0, at);
        Some(set[0].outcome)
    }

    pub fn put(&mut self, key: &Key, outcome: Outcome) {
        if self.0.is_empty() {
            self.0 = vec![[Entry::default(); 2]; SETS];
        }
        let set = &mut self.0[key.hash() as usize % SETS];
        *set = [Entry { key: *key, outcome }, set[0]];
    }
}
