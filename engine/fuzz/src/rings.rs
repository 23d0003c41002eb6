//! A hostile component writes what it likes into rings, cursors, orders, owner words, metadata and frames while the stage works:
//! the accounts hold at every instant, and when it is gone every frame comes home.
use crate::accounts::common::{packets, Bench, Worker};
use crate::bytes::Bytes;
use channel::layout::*;
use channel::sync::Ordering::Relaxed;
use channel::Segment;
use coven_itf::OnCrash;
use std::time::{Duration, Instant};

const FRAMES: u32 = 64;
const COMPONENTS: u8 = 2;
const STEPS: usize = 200;
const POLICIES: [OnCrash; 3] = [OnCrash::Bypass, OnCrash::Drop, OnCrash::Hold];

impl Bytes<'_> {
    fn number(&mut self) -> u32 {
        u32::from(self.word()) << 16 | u32::from(self.word())
    }

    fn long(&mut self) -> u64 {
        u64::from(self.number()) << 32 | u64::from(self.number())
    }

    fn below(&mut self, limit: u64) -> u64 {
        u64::from(self.word()) % limit
    }
}

fn rings_of(segment: &Segment) -> Vec<u64> {
    let of = |slot| segment.slot(slot).edges(segment.slot(slot).want_epoch().load(Relaxed));
    (1..segment.header().slot_count).flat_map(of).map(|edge| u64::from(edge.ring) * 64).collect()
}

/// One word somewhere in what a component can write.
fn spoil(segment: &Segment, rings: &[u64], does: u8, bytes: &mut Bytes) {
    let (header, map) = (segment.header(), segment.map());
    let ring = rings[bytes.below(rings.len() as u64) as usize];
    match does & 7 {
        0 => map.word(ring).store(bytes.number(), Relaxed),
        1 => map.word(ring + 128).store(bytes.number(), Relaxed),
        2 => map.word(ring + 4).store(bytes.number(), Relaxed),
        3 => map.longs(ring + 256 + 8 * bytes.below(64), 1)[0].store(bytes.long(), Relaxed),
        4 => map.word(header.off_slots + 4 * bytes.below(u64::from(header.slot_count) * 1024)).store(bytes.number(), Relaxed),
        5 => map.longs(header.off_meta + 8 * bytes.below(u64::from(FRAMES) * 8), 1)[0].store(bytes.long(), Relaxed),
        6 => map.longs(header.off_own + 8 * bytes.below(FRAMES.into()), 1)[0].store(bytes.long(), Relaxed),
        _ => segment.frames().copy_in(bytes.below(FRAMES.into()) as u32, bytes.below(2000) as u32, bytes.piece()),
    }
}

/// The next turn of the engine's loop: what it does seldom, and what the neighbours do.
fn live(bench: &mut Bench, workers: &mut [Worker; 2], does: u8, now: &mut Instant) {
    match does & 7 {
        0 => bench.stage.exited(1 + (does >> 3) % COMPONENTS, 1, true),
        1 => drop(bench.stage.look_at_slots()),
        2 => {
            *now += Duration::from_secs(1);
            bench.stage.audit(*now);
        }
        3 => drop(bench.stage.component_reports()),
        4 => {
            bench.stage.arm();
            let _ = (bench.stage.news(), bench.stage.disarm());
        }
        _ => {
            let worker = &mut workers[usize::from(does >> 3) % 2];
            let burst = worker.take(32);
            worker.post(&burst);
        }
    }
    drop(bench.stage.events());
}

pub fn rings(data: &[u8]) {
    let mut bytes = Bytes(data);
    let on_crash = POLICIES[usize::from(bytes.byte()) % POLICIES.len()];
    let (mut bench, near, _far) = Bench::chain(FRAMES, on_crash, COMPONENTS);
    let mut workers = [bench.worker(1), bench.worker(2)];
    bench.settle();
    let rings = rings_of(&workers[0].segment);
    let mut now = Instant::now();
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        let does = bytes.byte();
        match does >> 6 {
            0 => packets(&near, usize::from(does) % 40),
            1 => live(&mut bench, &mut workers, does, &mut now),
            _ => spoil(&workers[0].segment, &rings, does, &mut bytes),
        }
        bench.stage.pass();
        bench.balanced();
    }
    home(bench, on_crash, now);
}

/// With whoever wrote it gone, nothing is in flight.
fn home(mut bench: Bench, on_crash: OnCrash, now: Instant) {
    bench.stage.receive(false);
    for turn in 1..=4 {
        (1..=COMPONENTS).for_each(|slot| bench.stage.exited(slot, 1, true));
        bench.settle();
        bench.stage.audit(now + Duration::from_secs(turn));
        bench.balanced();
    }
    assert_eq!(bench.dropped(REASON_PORT_DOWN), 0);
    // What waits for a component that is to come back goes on waiting.
    if on_crash != OnCrash::Hold {
        assert_eq!(bench.stage.in_flight(), 0, "{:?}", bench.stage.frame_counts());
    }
}
