//! By which port packets leave that arrive on an edge to slot 0: looked up for every packet, so a table and no tree.
use crate::graph::NO_PORT;

/// Port by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exits(Vec<u8>);

impl Exits {
    #[inline]
    pub fn get(&self, path: u16) -> Option<u8> {
        self.0.get(path as usize).copied().filter(|&port| port != NO_PORT)
    }

    /// Gives what was there before.
    pub fn insert(&mut self, path: u16, port: u8) -> Option<u8> {
        let before = self.get(path);
        if self.0.len() <= path as usize {
            self.0.resize(path as usize + 1, NO_PORT);
        }
        self.0[path as usize] = port;
        before
    }

    /// Gives what was there.
    pub fn remove(&mut self, path: u16) -> Option<u8> {
        let before = self.get(path)?;
        self.0[path as usize] = NO_PORT;
        Some(before)
    }

    /// Path and port, by path.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u8)> + '_ {
        (0..).zip(&self.0).filter(|(_, &port)| port != NO_PORT).map(|(path, &port)| (path, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_until_it_is_removed() {
        let mut exits = Exits::default();
        assert_eq!((exits.insert(7, 2), exits.insert(7, 3), exits.insert(1, 0)), (None, Some(2), None));
        assert_eq!(exits.iter().collect::<Vec<_>>(), [(1, 0), (7, 3)]);
        assert_eq!((exits.get(0), exits.get(1), exits.get(7), exits.get(1000)), (None, Some(0), Some(3), None));
        assert_eq!((exits.remove(7), exits.remove(7), exits.get(7)), (Some(3), None, None));
    }
}
