//! Flows and the rules that they fit, so far as a flow says. Bounded: four places for each hash, and where all are taken one goes.
use super::key::Key;

const SETS: usize = 8192;
const WAYS: usize = 4;
/// Rules that are remembered of a flow.
const RULES: usize = 12;

/// The rules that a flow fits but for their payload, first ones first, up to the one that asks for no payload: which of them counts
/// is for each packet to say. A flow that fits more is not remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candidates([u16; RULES]);

const NONE: u16 = 0;
/// In the first place: the flow fits no rule.
const NO_RULE: u16 = 1;
const FIRST: u16 = 2;
/// The rule asks for a payload.
const ASKS: u16 = 1 << 15;

impl Candidates {
    /// Add a rule behind those there are, and whether it asks for a payload; false: there is no place for it.
    pub fn add(&mut self, rule: usize, asks: bool) -> bool {
        let free = self.0.iter_mut().find(|place| **place == NONE);
        free.map(|place| *place = (rule as u16 + FIRST) | if asks { ASKS } else { 0 }).is_some()
    }

    #[inline]
    pub fn rules(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        let known = self.0.iter().take_while(|place| **place & !ASKS >= FIRST);
        known.map(|place| (usize::from((place & !ASKS) - FIRST), place & ASKS != 0))
    }

    fn is_unknown(&self) -> bool {
        self.0[0] == NONE
    }
}

/// One cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Entry {
    key: Key,
    candidates: Candidates,
}

/// 2 MiB, written to when it is made: the first flows after an exchange of rules don't wait for the kernel to find them.
#[derive(Clone, Debug)]
pub struct Cache(Box<[[Entry; WAYS]]>);

impl Default for Cache {
    fn default() -> Self {
        Self(vec![[Entry::default(); WAYS]; SETS].into())
    }
}

impl Cache {
    /// The places of a hash, in the order in which they are looked at: it differs between hashes, so that most are found at once.
    #[inline]
    fn places(hash: u64) -> (usize, impl Iterator<Item = usize>) {
        let first = (hash >> 32) as usize;
        (hash as usize % SETS, (first..first + WAYS).map(|way| way % WAYS))
    }

    #[inline]
    pub fn get(&self, key: &Key) -> Option<&Candidates> {
        let (set, mut ways) = Self::places(key.hash());
        let set = &self.0[set];
        let at = ways.find(|&way| set[way].key == *key && !set[way].candidates.is_unknown())?;
        Some(&set[at].candidates)
    }

    pub fn put(&mut self, key: &Key, mut candidates: Candidates) {
        if candidates.is_unknown() {
            candidates.0[0] = NO_RULE;
        }
        let (set, mut ways) = Self::places(key.hash());
        let set = &mut self.0[set];
        let first = ways.next().expect("more than one way");
        let at = std::iter::once(first).chain(ways).find(|&way| set[way].candidates.is_unknown()).unwrap_or(first);
        set[at] = Entry { key: *key, candidates };
    }
}
