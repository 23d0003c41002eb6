//! Which of the replicas of a component gets a flow (spec/channel.md §4): rendezvous over buckets of the flow hash, as in every SDK.
//! The seed is the replica's slot, so that a flow stays with one of them from whatever side its packets come.

const BUCKETS: usize = 128;

/// Places of replicas, by flow.
#[derive(Clone, Debug)]
pub(crate) struct Fan {
    pub places: Vec<usize>,
    by_bucket: [u8; BUCKETS],
}

impl Fan {
    /// Of places with their replicas' slots; none if there is nothing to choose.
    pub fn new(replicas: &[(usize, u8)]) -> Option<Self> {
        let first = |bucket| (0..replicas.len() as u8).max_by_key(|&at| draw(replicas[at as usize].1, bucket)).unwrap_or(0);
        let places = replicas.iter().map(|&(place, _)| place).collect();
        (replicas.len() > 1).then(|| Self { places, by_bucket: std::array::from_fn(first) })
    }

    /// Where packets with this flow hash go.
    #[inline]
    pub fn place(&self, flow_hash: u32) -> usize {
        self.places[usize::from(self.by_bucket[(flow_hash.wrapping_mul(0x9e37_79b1) >> 25) as usize])]
    }
}

fn draw(seed: u8, bucket: usize) -> u64 {
    let x = (u64::from(seed) << 32 | (bucket as u64) << 16).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_are_shared_and_stay_where_they_are_when_one_goes() {
        let three = Fan::new(&[(10, 1), (20, 2), (30, 3)]).unwrap();
        let two = Fan::new(&[(10, 1), (30, 3)]).unwrap();
        let hashes = || (0..10_000u32).map(|n| n.wrapping_mul(2_654_435_761));
        for place in [10, 20, 30] {
            let share = hashes().filter(|&hash| three.place(hash) == place).count();
            assert!((2_000..5_000).contains(&share), "{share} of 10,000 go to {place}");
        }
        assert!(hashes().filter(|&hash| three.place(hash) != 20).all(|hash| three.place(hash) == two.place(hash)));
        assert!(Fan::new(&[(10, 1)]).is_none());
    }
}
