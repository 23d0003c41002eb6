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
    first: Vec<(u32, u32)>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            received: 0,
            created: 0,
            transmitted: 0,
            dropped: [0; REASONS],
            bad_frames: 0,
            nsh: BTreeMap::new(),
            first: Vec::new(),
        }
    }
}

impl Counters {
    /// A packet ended without being transmitted.
    #[inline]
    pub fn drop(&mut self, reason: u32) {
        self.dropped[(reason as usize).min(REASONS - 1)] += 1;
    }

    /// The same, for the service path and index that it came on. What has none that can be read, or exceeds the table, is counted
    /// at SPI 0, SI 0.
    pub fn drop_nsh(&mut self, reason: u32, path: Option<u32>) {
        let known = path.filter(|path| self.nsh.contains_key(path) || self.nsh.len() < SERVICE_PATHS_MAX).unwrap_or(0);
        let count = &mut self.nsh.entry(known).or_insert([0; REASONS])[(reason as usize).min(REASONS - 1)];
        *count += 1;
        if *count == 1 {
            self.first.push((known, reason));
        }
    }

    /// Service paths (SPI << 8 | SI) on which packets were dropped for the first time for a reason, since the last call.
    pub fn first_drops(&mut self) -> Vec<(u32, u32)> {
        std::mem::take(&mut self.first)
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
