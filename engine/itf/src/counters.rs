//! What the engine counts, all since its start.
use channel::layout::*;
use std::collections::BTreeMap;

const REASONS: usize = REASON_NAMES[REASON_NAMES.len() - 1].0 as usize + 1;
const SERVICE_PATHS_MAX: usize = 4096;

/// Packets by reason.
pub type ByReason = [u64; REASONS];

/// `received + created = transmitted + dropped + in flight`; the ledger has the last.
#[derive(Clone, Debug)]
pub struct Counters {
    /// From ports.
    pub received: u64,
    /// By components, out of frames that were lent to them.
    pub created: u64,
    /// By ports.
    pub transmitted: u64,
    /// By reason.
    pub dropped: ByReason,
    /// Descriptors that named a frame which no component had, or not by this grant. They are no packets, so they are not in the sum.
    pub bad_frames: u64,
    nsh: BTreeMap<u32, ByReason>,
}

impl Default for Counters {
    fn default() -> Self {
        Self { received: 0, created: 0, transmitted: 0, dropped: [0; REASONS], bad_frames: 0, nsh: BTreeMap::new() }
    }
}

impl Counters {
    /// A packet ended without being transmitted.
    #[inline]
    pub fn drop(&mut self, reason: u32) {
        self.dropped[(reason as usize).min(REASONS - 1)] += 1;
    }

    /// The same, for the service path and index that it came on. What exceeds the table is counted at SPI 0, SI 0.
    pub fn drop_nsh(&mut self, reason: u32, path: u32) {
        let known = self.nsh.contains_key(&path) || self.nsh.len() < SERVICE_PATHS_MAX;
        let row = self.nsh.entry(if known { path } else { 0 }).or_insert([0; REASONS]);
        row[(reason as usize).min(REASONS - 1)] += 1;
    }

    /// All that were dropped.
    pub fn dropped_sum(&self) -> u64 {
        self.dropped.iter().sum()
    }

    /// SPI, SI, and what was dropped there.
    pub fn service_paths(&self) -> impl Iterator<Item = (u32, u32, &ByReason)> {
        self.nsh.iter().map(|(path, row)| (path >> 8, path & 0xff, row))
    }
}

/// Name and count of the reasons that occurred.
pub fn named(row: &ByReason) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    REASON_NAMES.iter().map(|&(number, name)| (name, row[number as usize])).filter(|(_, count)| *count > 0)
}
