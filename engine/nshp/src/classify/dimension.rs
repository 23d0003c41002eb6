//! One field of the rules: from a value to the set of the rules that it fits.

/// Rules of a classifier at most; a set has one bit for each.
pub const RULES: usize = 1024;
/// Rule n is bit n % 64 of word n / 64.
pub type Set = [u64; RULES / 64];
/// No rule.
pub const NOBODY: Set = [0; RULES / 64];

/// What a field holds.
pub trait Value: Copy + Ord + Default {
    /// The next larger one; none after the last.
    fn next(self) -> Option<Self>;
}

impl Value for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Value for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// The field's values in stretches within which every value fits the same rules.
#[derive(Clone, Debug)]
pub struct Dimension<T> {
    /// First value of each stretch, ascending; the first is 0.
    starts: Vec<T>,
    sets: Vec<Set>,
}

impl<T: Value> Dimension<T> {
    /// From what each rule asks for, first and last value; none: the rule fits nothing.
    pub fn new(asked: impl Iterator<Item = Option<(T, T)>> + Clone) -> Self {
        let bounds = asked.clone().flatten().flat_map(|(first, last)| [Some(first), last.next()]);
        let mut starts: Vec<T> = bounds.flatten().chain([T::default()]).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut sets = vec![NOBODY; starts.len()];
        for (number, (first, last)) in asked.enumerate().filter_map(|(number, range)| Some((number, range?))) {
            let from = starts.partition_point(|start| *start < first);
            let to = starts.partition_point(|start| *start <= last);
            for set in &mut sets[from..to] {
                set[number / 64] |= 1 << (number % 64);
            }
        }
        Self { starts, sets }
    }

    /// Some values fit other rules than others do.
    pub fn divides(&self) -> bool {
        self.starts.len() > 1
    }

    /// The rules that a value fits.
    #[inline]
    pub fn fits(&self, value: T) -> &Set {
        let behind = self.starts.partition_point(|start| *start <= value);
        &self.sets[behind - 1]
    }
}

/// The first rule that is in all of the sets and that `fits` agrees to.
#[inline]
pub fn first_in_all(sets: &[&Set], mut fits: impl FnMut(usize) -> bool) -> Option<usize> {
    for word in 0..NOBODY.len() {
        let mut common = sets.iter().fold(u64::MAX, |common, set| common & set[word]);
        while common != 0 {
            let number = word * 64 + common.trailing_zeros() as usize;
            if fits(number) {
                return Some(number);
            }
            common &= common - 1;
        }
    }
    None
}
