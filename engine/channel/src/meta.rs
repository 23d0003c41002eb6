//! The metadata table (spec/channel.md §8): one line of 64 bytes a frame.
use crate::header::Header;
use crate::layout::*;
use crate::mapping::Mapping;
use crate::sync::{AtomicU64, Ordering::Relaxed};

const LONGS: usize = META_SIZE as usize / 8;

/// What the engine says of a packet at ingress.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// Of the packet's flow.
    pub flow_hash: u32,
    /// Where it came in.
    pub ingress_port: u16,
    /// Bits of `meta_flag`.
    pub flags: u16,
    /// Arrival, CLOCK_REALTIME.
    pub time_ns: u64,
    /// First 32 bits of its NSH.
    pub nsh_base: u32,
    /// SPI << 8 | SI.
    pub nsh_path: u32,
    /// Where its NSH lies in the frame, and its bytes.
    pub nsh_place: (u16, u16),
    /// MD type 1 context.
    pub context: [u8; 16],
}

/// A view of the table.
#[derive(Clone, Copy, Debug)]
pub struct Meta(&'static [AtomicU64]);

impl Meta {
    pub(crate) fn new(map: &Mapping, header: &Header) -> Self {
        Self(map.longs(header.off_meta, header.frame_count as usize * LONGS))
    }

    /// Fill the line of a frame. Panics outside of the table.
    #[inline]
    pub fn fill(&self, frame: u32, line: &Line) {
        let long = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        let context = u128::from_le_bytes(line.context);
        let longs = [
            long(line.flow_hash, pair(line.ingress_port, line.flags)),
            line.time_ns,
            long(0, line.nsh_base),
            long(line.nsh_path, pair(line.nsh_place.0, line.nsh_place.1)),
            context as u64,
            (context >> 64) as u64,
            0,
            0,
        ];
        let first = frame as usize * LONGS;
        for (to, value) in self.0[first..first + LONGS].iter().zip(longs) {
            to.store(value, Relaxed);
        }
    }

    /// Ingress port, flags, arrival and service path as they stand now: content, which a component may have written. Panics outside
    /// of the table.
    pub fn origin(&self, frame: u32) -> Line {
        let at = |index: usize| self.0[frame as usize * LONGS + index].load(Relaxed);
        let port = at(0) >> 32;
        Line { ingress_port: port as u16, flags: (port >> 16) as u16, time_ns: at(1), nsh_path: at(3) as u32, ..Line::default() }
    }

    /// The flow hash as it stands now. Panics outside of the table.
    #[inline]
    pub fn flow_hash(&self, frame: u32) -> u32 {
        self.0[frame as usize * LONGS].load(Relaxed) as u32
    }

    /// The context bytes as they stand now. Panics outside of the table.
    #[inline]
    pub fn context(&self, frame: u32) -> [u8; 16] {
        let at = frame as usize * LONGS + META_OFF_CONTEXT as usize / 8;
        let [low, high] = [self.0[at].load(Relaxed), self.0[at + 1].load(Relaxed)];
        (u128::from(low) | u128::from(high) << 64).to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_laid_out_as_the_contract_says() {
        let map = Mapping::private(4096);
        let meta = Meta(map.longs(0, 2 * LONGS));
        let context = std::array::from_fn(|i| i as u8 + 100);
        meta.fill(
            1,
            &Line { flow_hash: 1, ingress_port: 2, flags: 3, time_ns: 4, nsh_base: 5, nsh_path: 6, nsh_place: (7, 8), context },
        );
        let bytes: Vec<u8> = meta.0[LONGS..].iter().flat_map(|l| l.load(Relaxed).to_le_bytes()).collect();
        let at = |offset: u32| bytes[offset as usize];
        assert_eq!([at(META_OFF_FLOW_HASH), at(META_OFF_INGRESS_PORT), at(META_OFF_FLAGS), at(META_OFF_TIME_NS)], [1, 2, 3, 4]);
        assert_eq!([at(META_OFF_MARK), at(META_OFF_NSH_BASE), at(META_OFF_NSH_PATH)], [0, 5, 6]);
        assert_eq!([at(META_OFF_NSH_OFFSET), at(META_OFF_NSH_LENGTH), at(META_OFF_CONTEXT)], [7, 8, 100]);
        let origin = meta.origin(1);
        assert_eq!((origin.ingress_port, origin.flags, origin.time_ns, origin.nsh_path), (2, 3, 4, 6));
        assert_eq!((meta.context(1), meta.context(0)), (context, [0; 16]));
    }
}
