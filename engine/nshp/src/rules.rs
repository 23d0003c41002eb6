//! What the plan says about the service paths of a port (spec/engine.md, `open-port` and `add-path`).

use crate::Key;
use std::sync::Arc;

/// What NSHP does at a port (RFC 7665 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing.
    #[default]
    None,
    /// SFC proxy: components see the packet without its NSH.
    Proxy,
    /// SFC-aware function: components see the NSH.
    Aware,
    /// Classifier: plain packets get an NSH; it comes off on the way out.
    Classify,
    /// Service function forwarder: the service path says where a packet goes.
    Forward,
    /// The end of service paths: the NSH comes off on the way out.
    Terminate,
    /// Outside of the domain: no NSH goes in or out.
    Edge,
}

impl Role {
    /// An NSH may arrive here.
    pub(crate) fn is_inside(self) -> bool {
        matches!(self, Self::Proxy | Self::Aware | Self::Forward)
    }
}

/// The layout of a path's MD type 1 context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Context {
    /// Handed on whatever it means.
    #[default]
    Opaque,
    /// The package states it.
    Known,
    /// Not known: packets that carry one are dropped.
    None,
}

/// One service path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Layout of its context.
    pub context: Context,
    /// Let OAM packets through.
    pub oam: bool,
    /// Hand on, past the components, MD type 15 and next protocols that are not known.
    pub unknown: bool,
    /// Class and type of the TLVs without which a packet of MD type 2 is not processed.
    pub require: Vec<(u16, u8)>,
    /// Key without whose MAC a packet is not processed (RFC 9145).
    pub integrity: Option<Arc<Key>>,
}

impl Path {
    /// Nothing is asked of a packet of MD type 1 that would have to be looked at.
    #[inline]
    pub(crate) fn asks_nothing(&self) -> bool {
        self.context != Context::None && self.integrity.is_none()
    }
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

    /// The path with this SPI.
    #[inline]
    pub fn get(&self, spi: u32) -> Option<&Path> {
        self.find(spi).ok().map(|at| &self.0[at].1)
    }

    fn find(&self, spi: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&spi, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_by_its_spi_and_can_be_changed() {
        let mut rules = Rules::default();
        for spi in [7, 3, 5] {
            rules.set(spi, Path::default());
        }
        let changed = Path { context: Context::None, oam: true, ..Path::default() };
        rules.set(5, changed.clone());
        assert_eq!(rules.get(5), Some(&changed));
        assert!(rules.get(3).is_some() && rules.get(7).is_some() && rules.get(4).is_none());
    }
}
