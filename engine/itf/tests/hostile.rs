//! A component that writes garbage into everything that it can write, in a process of its own, while the stage works.
mod common;
use channel::layout::*;
use channel::sync::Ordering::Relaxed;
use channel::{Descriptor, Segment};
use common::*;
use coven_itf::*;
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CHANNEL: &str = "COVEN_HOSTILE_CHANNEL";

/// xorshift64: cheap, and the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// The hostile process: does nothing when the tests run it as one of theirs.
#[test]
fn hostile_process() {
    let Some(path) = std::env::var_os(CHANNEL) else { return };
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let segment = Segment::attach(file.into()).unwrap();
    let (header, map) = (*segment.header(), segment.map());
    let mut random = Random(std::process::id().into());
    let rings: Vec<u64> = (1..header.slot_count)
        .flat_map(|slot| segment.slot(slot).edges(segment.slot(slot).want_epoch().load(Relaxed)))
        .map(|edge| u64::from(edge.ring) * 64)
        .collect();
    loop {
        let ring = rings[random.below(rings.len() as u64) as usize];
        let small = random.next() as u32 % 256;
        let word = if random.below(2) == 0 { random.next() as u32 } else { small };
        let d = Descriptor::packet(
            small % header.frame_count,
            random.next() as u8,
            random.next() as u16 % 2048,
            random.next() as u16 % 2048,
        );
        match random.below(8) {
            0 => map.word(ring).store(word, Relaxed),
            1 => map.word(ring + 128).store(word, Relaxed),
            2 => map.word(ring + 4).store(random.below(2) as u32, Relaxed),
            3 => map.longs(ring + 256 + 8 * random.below(64), 1)[0].store(d.0, Relaxed),
            4 => map.word((header.off_slots + 4 * random.below(u64::from(header.slot_count) * 1024)) & !3).store(word, Relaxed),
            5 => map.longs(header.off_meta + 8 * random.below(u64::from(header.frame_count) * 8), 1)[0]
                .store(random.next(), Relaxed),
            6 => map.longs(header.off_own + 8 * random.below(header.frame_count.into()), 1)[0]
                .store(random.next() % (1 << 56), Relaxed),
            _ => segment.frames().copy_in(small % header.frame_count, random.below(2000) as u32, &random.next().to_le_bytes()),
        }
    }
}

/// A child that does not outlive its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn garbage_does_not_crash_the_engine_or_falsify_its_accounting() {
    let (mut bench, near, far) = Bench::chain(256, OnCrash::Bypass, 2);
    near.lock().unwrap().endless = true;
    far.lock().unwrap().endless = true;
    let fd = bench.stage.segment().unwrap().as_fd().as_raw_fd();
    let path = format!("/proc/{}/fd/{fd}", std::process::id());
    let mut workers = [bench.worker(1), bench.worker(2)];
    let itself = std::env::current_exe().unwrap();
    // COVEN_RUNNER names the program that runs those of another machine (tools/arm64.sh).
    let words: Vec<_> = std::env::var_os("COVEN_RUNNER").into_iter().chain([itself.into()]).collect();
    let child = Command::new(&words[0])
        .args(&words[1..])
        .args(["--exact", "hostile_process"])
        .env(CHANNEL, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut child = Ended(child);
    let mut random = Random(42);
    let mut now = Instant::now();
    let end = now + Duration::from_secs(3);
    let mut passes = 0u64;
    while Instant::now() < end || passes < 20_000 {
        passes += 1;
        bench.stage.pass();
        bench.balanced();
        for worker in &mut workers {
            for burst in worker.take(32).chunks(8) {
                worker.post(burst);
            }
        }
        match random.below(200) {
            0 => bench.stage.exited(1 + random.below(2) as u8, 1, true),
            1 => drop(bench.stage.look_at_slots()),
            2 => {
                now += Duration::from_secs(1);
                bench.stage.audit(now);
            }
            3 => drop(bench.stage.component_reports()),
            4 => {
                bench.stage.arm();
                let _ = (bench.stage.news(), bench.stage.disarm());
            }
            _ => {}
        }
        bench.stage.events();
    }
    assert!(child.0.try_wait().unwrap().is_none(), "the hostile process was at work to the end");
    drop(child);
    let counters = bench.stage.counters();
    println!(
        "{passes} passes, received {}, bad_frames {}, dropped {}",
        counters.received,
        counters.bad_frames,
        counters.dropped_sum()
    );
    assert!(counters.received > 1000 && counters.bad_frames > 0);
    quiet(bench, near);
}

/// With the garbage gone, every frame comes home.
fn quiet(mut bench: Bench, near: Far) {
    near.lock().unwrap().endless = false;
    bench.stage.receive(false);
    let mut now = Instant::now() + Duration::from_secs(100_000);
    for _ in 0..4 {
        (1..=2).for_each(|slot| bench.stage.exited(slot, 1, true));
        bench.settle();
        now += Duration::from_secs(1);
        bench.stage.audit(now);
        bench.balanced();
    }
    assert_eq!(bench.stage.in_flight(), 0, "{:?}", bench.stage.frame_counts());
    assert_eq!(bench.dropped(REASON_PORT_DOWN), 0);
}
