//! Components that die, at any moment.
mod common;
use channel::layout::*;
use channel::sync::Ordering::SeqCst;
use common::*;
use coven_itf::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// 20 packets: 6 held, 4 of them tagged for the output, 3 returned before, the rest waits.
fn crash(on_crash: OnCrash) -> (Bench, Far, Far) {
    let (mut bench, near, far) = Bench::chain(64, on_crash, 1);
    bench.stage.supervise(1).unwrap();
    let mut worker = bench.worker(1);
    bench.stage.look_at_slots();
    packets(&near, 20);
    bench.settle();
    let burst = worker.take(9);
    worker.give_back(&burst[..3], REASON_COMPONENT);
    worker.tag_only(&burst[3..7]);
    bench.stage.exited(1, 4711, true);
    bench.balanced();
    assert_eq!((bench.dropped(REASON_COMPONENT), bench.dropped(REASON_COMPONENT_CRASHED)), (3, 6));
    assert!(bench.stage.events().contains(&Event::Exited(1, 4711)));
    (bench, near, far)
}

#[test]
fn bypass_passes_on_what_waits_and_what_comes() {
    let (mut bench, near, far) = crash(OnCrash::Bypass);
    bench.settle();
    assert_eq!(far.lock().unwrap().sent.len(), 11);
    packets(&near, 30);
    bench.settle();
    assert_eq!(far.lock().unwrap().sent.len(), 41);
    assert!(bench.stage.empty());
}

#[test]
fn drop_counts_what_waits_and_what_comes() {
    let (mut bench, near, _) = crash(OnCrash::Drop);
    packets(&near, 30);
    bench.settle();
    assert_eq!(bench.dropped(REASON_COMPONENT_DOWN), 41);
    assert!(bench.stage.empty());
}

#[test]
fn hold_keeps_it_for_the_next_process() {
    let (mut bench, near, far) = crash(OnCrash::Hold);
    packets(&near, 30);
    bench.settle();
    assert_eq!(bench.stage.in_flight(), 41);
    bench.stage.supervise(1).unwrap();
    let mut worker = bench.worker(1);
    bench.stage.look_at_slots();
    assert_eq!(worker.forward(), 41);
    bench.settle();
    assert_eq!(far.lock().unwrap().sent.len(), 41);
}

#[test]
fn the_next_process_gets_its_edges_when_it_runs() {
    let (mut bench, near, far) = crash(OnCrash::Bypass);
    bench.settle();
    bench.stage.supervise(1).unwrap();
    let mut worker = bench.worker(1);
    assert!(worker.inputs.is_empty() && worker.returns.is_some(), "the engine is still at the rings");
    packets(&near, 10);
    bench.settle();
    assert_eq!(far.lock().unwrap().sent.len(), 21);
    bench.stage.look_at_slots();
    worker.follow();
    packets(&near, 10);
    bench.settle();
    assert_eq!((worker.forward(), far.lock().unwrap().sent.len()), (10, 21));
    bench.settle();
    assert_eq!(far.lock().unwrap().sent.len(), 31);
    let report = &bench.stage.component_reports()[0];
    assert_eq!((report.restarts, report.standing_in), (1, false));
}

#[test]
fn counters_never_fall() {
    let (mut bench, ..) = Bench::chain(64, OnCrash::Drop, 1);
    let slot = bench.stage.segment().unwrap().slot(1);
    let read = |bench: &mut Bench| bench.stage.component_reports()[0].counters[0];
    slot.counters()[0].store(100, SeqCst);
    assert_eq!(read(&mut bench), 100);
    bench.stage.exited(1, 1, true);
    assert_eq!(read(&mut bench), 100);
    slot.counters()[0].store(7, SeqCst);
    assert_eq!(read(&mut bench), 107);
    slot.counters()[0].store(3, SeqCst);
    assert_eq!(read(&mut bench), 110);
}

#[test]
fn a_frame_that_nobody_accounts_for_comes_home_after_two_audits() {
    let (mut bench, near, _) = Bench::chain(64, OnCrash::Drop, 1);
    let mut worker = bench.worker(1);
    bench.stage.look_at_slots();
    packets(&near, 10);
    bench.settle();
    let burst = worker.take(4);
    for d in &burst[..2] {
        worker.segment.owners()[d.frame() as usize].store(u64::MAX, SeqCst);
    }
    let now = Instant::now();
    bench.stage.audit(now);
    assert_eq!(bench.dropped(REASON_UNATTRIBUTED), 0);
    bench.stage.audit(now + Duration::from_secs(1));
    bench.balanced();
    assert_eq!((bench.dropped(REASON_UNATTRIBUTED), bench.stage.in_flight()), (2, 8));
    worker.post(&burst);
    bench.settle();
    assert_eq!((bench.stage.counters().transmitted, bench.stage.counters().bad_frames), (2, 2));
}

#[test]
fn a_still_heartbeat_is_rung_and_then_told() {
    let (mut bench, near, _) = Bench::chain(64, OnCrash::Drop, 1);
    bench.stage.supervise(1).unwrap();
    let _worker = bench.worker(1);
    bench.stage.look_at_slots();
    bench.stage.events();
    packets(&near, 1);
    bench.settle();
    let now = Instant::now();
    (0..=3).for_each(|second| bench.stage.audit(now + Duration::from_secs(second)));
    assert_eq!(bench.stage.events(), [Event::Hung(1, 0)], "once");
    bench.stage.segment().unwrap().slot(1).heartbeat().store(9, SeqCst);
    (4..=5).for_each(|second| bench.stage.audit(now + Duration::from_secs(second)));
    assert!(bench.stage.events().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    /// Two components, killed in turns with their hands full: every frame comes home, each packet is counted once.
    #[test]
    fn nothing_is_lost_uncounted(steps in prop::collection::vec((0..6u8, 1..3u32, 0..40usize), 1..80)) {
        let (mut bench, near, far) = Bench::chain(128, OnCrash::Bypass, 2);
        let mut workers: Vec<Option<Worker>> = vec![None, Some(bench.worker(1)), Some(bench.worker(2))];
        let mut held = [vec![], vec![], vec![]];
        bench.stage.look_at_slots();
        for (what, slot, count) in steps {
            let at = slot as usize;
            match (what, &mut workers[at]) {
                (0, _) => packets(&near, count),
                (1, Some(worker)) => held[at].extend(worker.take(count)),
                (2, Some(worker)) => {
                    let burst = std::mem::take(&mut held[at]);
                    let posted = if worker.outputs.is_empty() { 0 } else { worker.post(&burst) };
                    worker.give_back(&burst[posted..], REASON_EDGE_FULL);
                }
                (3, worker @ Some(_)) => {
                    let dead = worker.take().unwrap();
                    if !dead.outputs.is_empty() {
                        dead.tag_only(&held[at]);
                    }
                    held[at].clear();
                    bench.stage.exited(slot as u8, 1, true);
                }
                (3, none) => {
                    bench.stage.supervise(slot as u8).unwrap();
                    *none = Some(bench.worker(slot));
                    bench.stage.look_at_slots();
                }
                (4, Some(worker)) => worker.follow(),
                _ => bench.settle(),
            }
            bench.balanced();
        }
        for slot in 1..=2u8 {
            if workers[slot as usize].take().is_some() {
                bench.stage.exited(slot, 1, true);
            }
        }
        bench.settle();
        prop_assert!(bench.stage.empty());
        prop_assert_eq!(bench.stage.frame_counts().home, 128);
        prop_assert_eq!(bench.stage.counters().transmitted as usize, far.lock().unwrap().sent.len());
        prop_assert_eq!((bench.stage.counters().bad_frames, bench.dropped(REASON_UNATTRIBUTED)), (0, 0));
    }
}

#[test]
fn a_frame_named_twice_on_a_dead_components_input_is_counted_once() {
    let (mut bench, near, _) = Bench::chain(64, OnCrash::Drop, 2);
    let mut first = bench.worker(1);
    packets(&near, 4);
    bench.settle();
    let burst = first.take(4);
    let twice: Vec<_> = burst.iter().chain(&burst).copied().collect();
    assert_eq!(first.post(&twice), 8);
    bench.stage.exited(2, 1, true);
    bench.settle();
    assert_eq!((bench.dropped(REASON_COMPONENT_DOWN), bench.stage.in_flight()), (4, 0));
}
