//! Consistent hashing by Maglev's table (Eisenbud et al., NSDI 2016, section 3.4): every server has nearly the same share, and a change of servers moves
//! few flows besides those of a server that went.

/// Places of the table: a prime far above a hundred times the servers.
const PLACES: usize = 65_537;
const NOBODY: u16 = u16::MAX;

/// Which server has which hash.
pub struct Table(Vec<u16>);

impl Table {
    /// Of servers by what names them for ever, at most 655; the order does not matter.
    pub fn new(names: &[&[u8]]) -> Self {
        let mut order: Vec<u16> = (0..names.len() as u16).collect();
        order.sort_by_key(|&server| names[server as usize]);
        let mut walks: Vec<Walk> = order.iter().map(|&server| Walk::new(names[server as usize])).collect();
        let mut places = vec![NOBODY; if names.is_empty() { 0 } else { PLACES }];
        let mut free = places.len();
        while free > 0 {
            for (walk, &server) in walks.iter_mut().zip(&order).take(free) {
                *walk.next_free(&mut places) = server;
            }
            free = free.saturating_sub(order.len());
        }
        Self(places)
    }

    /// The server of a flow; none if there are none.
    pub fn server(&self, flow_hash: u32) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let place = (u64::from(flow_hash) * self.0.len() as u64) >> 32;
        Some(self.0[place as usize].into())
    }

    /// How many places each of so many servers has.
    pub fn shares(&self, servers: usize) -> Vec<usize> {
        let mut shares = vec![0; servers];
        self.0.iter().for_each(|&server| shares[server as usize] += 1);
        shares
    }
}

/// A server's own order of all places.
struct Walk {
    place: usize,
    step: usize,
}

impl Walk {
    fn new(name: &[u8]) -> Self {
        Self { place: hash(name, 1) as usize % PLACES, step: hash(name, 2) as usize % (PLACES - 1) + 1 }
    }

    fn next_free<'a>(&mut self, places: &'a mut [u16]) -> &'a mut u16 {
        while places[self.place] != NOBODY {
            self.place = (self.place + self.step) % PLACES;
        }
        &mut places[self.place]
    }
}

/// FNV-1a, then the finalizer of SplitMix64.
fn hash(name: &[u8], seed: u64) -> u64 {
    let folded = name.iter().fold(0xcbf2_9ce4_8422_2325 ^ seed, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = (folded ^ folded >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: u8) -> Vec<[u8; 6]> {
        (0..count).map(|n| [2, 0, 0, 0, 1, n]).collect()
    }

    fn table(of: &[[u8; 6]]) -> Table {
        Table::new(&of.iter().map(|name| &name[..]).collect::<Vec<_>>())
    }

    fn hashes() -> impl Iterator<Item = u32> {
        (0..20_000u32).map(|n| n.wrapping_mul(0x9e37_79b1))
    }

    #[test]
    fn nobody_is_chosen_where_nobody_is() {
        assert_eq!(table(&[]).server(7), None);
    }

    #[test]
    fn shares_are_even() {
        for count in [1, 2, 7, 100] {
            let even = PLACES / usize::from(count);
            let shares = table(&names(count)).shares(count.into());
            assert!(shares.iter().all(|share| share.abs_diff(even) <= even / 50 + 1), "{count}: {shares:?}");
        }
    }

    #[test]
    fn the_order_of_servers_does_not_matter() {
        let there = names(9);
        let back: Vec<_> = there.iter().rev().copied().collect();
        let (one, other) = (table(&there), table(&back));
        assert!(hashes().all(|hash| there[one.server(hash).unwrap()] == back[other.server(hash).unwrap()]));
    }

    #[test]
    fn a_server_that_goes_moves_few_flows_of_others() {
        let all = names(10);
        let (before, after) = (table(&all), table(&all[..9]));
        let stayed: Vec<_> = hashes().filter(|&hash| before.server(hash).unwrap() != 9).collect();
        let moved = stayed.iter().filter(|&&hash| before.server(hash) != after.server(hash)).count();
        assert!(moved * 100 < stayed.len() * 5, "{moved} of {}", stayed.len());
    }
}
