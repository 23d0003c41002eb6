//! What the plan says about the service paths of a port (spec/engine.md, `add-path`).

/// The layout of a path's MD type 1 context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Handed on whatever it means.
    Opaque,
    /// The package states it.
    Known,
    /// Not known: packets that carry one are dropped.
    None,
}

/// One service path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Layout of its context.
    pub context: Context,
    /// Let OAM packets through.
    pub oam: bool,
}

/// The service paths that a port knows, by SPI.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<(u32, Path)>);

impl Rules {
    /// Add a path, or replace the one with this SPI.
    pub fn set(&mut self, spi: u32, path: Path) {
        match self.find(spi) {
            Ok(at) => self.0[at].1 = path,
            Err(at) => self.0.insert(at, (spi, path)),
        }
    }

    /// Forget a path; false: there was none.
    pub fn remove(&mut self, spi: u32) -> bool {
        self.find(spi).map(|at| self.0.remove(at)).is_ok()
    }

    /// The path with this SPI.
    #[inline]
    pub fn get(&self, spi: u32) -> Option<Path> {
        self.find(spi).ok().map(|at| self.0[at].1)
    }

    fn find(&self, spi: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&spi, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_change_and_go() {
        let mut rules = Rules::default();
        for spi in [7, 3, 5] {
            rules.set(spi, Path { context: Context::Opaque, oam: false });
        }
        let changed = Path { context: Context::None, oam: true };
        rules.set(5, changed);
        assert_eq!(rules.get(5), Some(changed));
        assert!(rules.remove(5) && !rules.remove(5));
        assert_eq!(rules.get(5), None);
        assert!(rules.get(3).is_some() && rules.get(7).is_some());
    }
}
