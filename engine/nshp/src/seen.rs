//! What was seen of the contexts that packets carry, since somebody began to look. Takes all of its memory at once.
use crate::contexts::{End, Flow};

const PATHS_MAX: usize = 1024;
const FLOWS: usize = 1024;

/// Of one service path or flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// That came.
    pub packets: u64,
    /// When the last one came.
    pub time_ns: u64,
    /// The last context that came; none with other MD types.
    pub context: Option<[u8; 16]>,
    /// The last one that left.
    pub left: Option<[u8; 16]>,
}

/// A flow on a service path (SPI << 8 | SI).
type Place = Option<(u32, Flow, Sight)>;

/// Service paths and the latest flows.
#[derive(Debug)]
pub struct Seen {
    /// By SPI << 8 | SI, ascending.
    paths: Vec<(u32, Sight)>,
    flows: Vec<Place>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { paths: Vec::with_capacity(PATHS_MAX), flows: vec![None; FLOWS] }
    }
}

impl Sight {
    fn note(&mut self, end: End, context: Option<[u8; 16]>) {
        match end {
            End::In(time_ns) => (self.packets, self.time_ns, self.context) = (self.packets + 1, time_ns, context),
            End::Out => self.left = context,
        }
    }
}

impl Seen {
    pub(crate) fn note(&mut self, end: End, path: u32, flow: Option<Flow>, context: Option<[u8; 16]>) {
        if let Some(sight) = self.path(path) {
            sight.note(end, context);
        }
        let Some(flow) = flow else { return };
        let place = &mut self.flows[place_of(path, &flow)];
        match place {
            Some((known, other, sight)) if (*known, *other) == (path, flow) => sight.note(end, context),
            // What leaves as a flow that never came is none of those that came.
            _ if end == End::Out => {}
            _ => place.insert((path, flow, Sight::default())).2.note(end, context),
        }
    }

    fn path(&mut self, path: u32) -> Option<&mut Sight> {
        let at = match self.paths.binary_search_by_key(&path, |(known, _)| *known) {
            Ok(at) => at,
            Err(_) if self.paths.len() == PATHS_MAX => return None,
            Err(at) => {
                self.paths.insert(at, (path, Sight::default()));
                at
            }
        };
        Some(&mut self.paths[at].1)
    }

    /// SPI << 8 | SI.
    pub fn paths(&self) -> impl Iterator<Item = &(u32, Sight)> {
        self.paths.iter()
    }

    /// At most so many, the latest first.
    pub fn flows(&self, most: usize) -> Vec<(u32, Flow, Sight)> {
        let mut flows: Vec<_> = self.flows.iter().flatten().copied().collect();
        flows.sort_unstable_by_key(|(path, flow, sight)| (std::cmp::Reverse(sight.time_ns), *path, *flow));
        flows.truncate(most);
        flows
    }
}

fn place_of(path: u32, flow: &Flow) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (source, destination) = flow.addresses;
    let (from, to) = flow.ports.unwrap_or_default();
    let ports = u64::from(from) << 24 | u64::from(to) << 8 | u64::from(flow.protocol);
    let words = [source as u64, (source >> 64) as u64, destination as u64, (destination >> 64) as u64, ports];
    let mixed = words.into_iter().fold(u64::from(path), |sum, word| (sum ^ word).wrapping_mul(ODD).rotate_left(29));
    (mixed ^ mixed >> 32).wrapping_mul(ODD) as usize >> 7 & (FLOWS - 1)
}
