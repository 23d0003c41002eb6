//! The table of a service function forwarder: service path and index to the next hop (RFC 8300 §3).
use std::collections::BTreeMap;

/// Where packets of a service path go from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Path of the plan that they take.
    pub path: u16,
    /// Link address of the next hop; none: left as it came.
    pub to: Option<[u8; 6]>,
    /// OAM packets go on.
    pub oam: bool,
    /// MD type 15 goes on.
    pub unknown: bool,
}

/// By SPI and SI; a hop without SI serves every SI of its SPI that has none of its own.
#[derive(Clone, Debug, Default)]
pub struct Hops {
    exact: BTreeMap<u32, Hop>,
    any: BTreeMap<u32, Hop>,
}

impl Hops {
    /// Add a hop; false: there was one.
    pub fn add(&mut self, spi: u32, si: Option<u8>, hop: Hop) -> bool {
        match si {
            Some(si) => self.exact.insert(spi << 8 | u32::from(si), hop),
            None => self.any.insert(spi, hop),
        }
        .is_none()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.any.is_empty()
    }

    /// The next hop of SPI << 8 | SI.
    #[inline]
    pub fn get(&self, path: u32) -> Option<&Hop> {
        self.exact.get(&path).or_else(|| self.any.get(&(path >> 8)))
    }
}
