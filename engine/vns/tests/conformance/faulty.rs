//! The wrappers: faults by seed, and the recording.
use std::time::{Duration, Instant};

use coven_vns::{Fault, Injected};
use serde_json::{json, Value};

use crate::bench::*;

/// Send 1,000 packets through a loopback with these faults; a packet with a fault reads as none.
fn through(faults: Value) -> (Vec<Option<Vec<u8>>>, Injected) {
    let mut port = open("loopback", &json!({ "faults": faults })).unwrap();
    let mut bench = Bench::new(64, 2048);
    bench.transmit(&mut *port, &packets(1000));
    let received = bench.collect_raw(&mut *port, 1000);
    assert_eq!(bench.shelf.0.len(), 64);
    assert!(received.iter().all(|(received, _)| matches!(received.fault, None | Some(Fault::Injected))));
    (received.into_iter().map(|(received, bytes)| received.fault.is_none().then_some(bytes)).collect(), port.injected())
}

#[test]
fn drops_are_faults_by_seed_and_counted() {
    let (first, injected) = through(json!({"seed": 7, "drop": 0.25}));
    let dropped = first.iter().filter(|packet| packet.is_none()).count();
    assert!((150..350).contains(&dropped), "{dropped}");
    assert_eq!(injected, Injected { dropped: dropped as u64, ..Injected::default() });
    assert!(through(json!({"seed": 7, "drop": 0.25})).0 == first, "the same seed does the same");
    assert!(through(json!({"seed": 8, "drop": 0.25})).0 != first, "another seed does not");
    assert!(through(json!({"drop": 1})).0.iter().all(Option::is_none));
}

#[test]
fn corruption_changes_one_byte_and_is_counted() {
    let (received, injected) = through(json!({"seed": 7, "corrupt": 0.5}));
    let differing = |(received, sent): (&Option<Vec<u8>>, &Vec<u8>)| {
        received.as_ref().unwrap().iter().zip(sent).filter(|(one, other)| one != other).count()
    };
    let changes: Vec<usize> = received.iter().zip(&packets(1000)).map(differing).collect();
    assert!(changes.iter().all(|bytes| *bytes <= 1));
    let corrupted: usize = changes.iter().sum();
    assert!((400..600).contains(&corrupted), "{corrupted}");
    assert_eq!(injected, Injected { corrupted: corrupted as u64, ..Injected::default() });
}

#[test]
fn delayed_packets_come_late_in_order_and_are_counted() {
    let before = Instant::now();
    let (received, injected) = through(json!({"delay_us": 100_000}));
    assert!(before.elapsed() >= Duration::from_millis(100));
    assert!(received.into_iter().map(Option::unwrap).eq(packets(1000)));
    assert_eq!(injected, Injected { delayed: 1000, ..Injected::default() });
}

#[test]
fn all_faults_together_lose_no_count() {
    let (received, injected) = through(json!({"seed": 3, "drop": 0.1, "corrupt": 0.1, "delay_us": 1000}));
    let dropped = received.iter().filter(|packet| packet.is_none()).count() as u64;
    assert_eq!((injected.dropped, injected.dropped + injected.delayed), (dropped, 1000));
    assert!(injected.corrupted > 0);
}

#[test]
fn a_recording_holds_both_directions_in_order() {
    let folder = Folder::new("both");
    let file = folder.file("both.pcap");
    let mut port = open("loopback", &json!({ "record": file })).unwrap();
    let mut bench = Bench::new(64, 2048);
    bench.transmit(&mut *port, &packets(3));
    bench.collect(&mut *port, 3);
    until("the buffer's flush", || {
        bench.receive(&mut *port, 1);
        port.due().is_none()
    });
    let mut replay = open("pcap", &json!({ "in": file })).unwrap();
    let recorded = bench.collect(&mut *replay, 6);
    assert!(recorded[..3] == packets(3) && recorded[3..] == packets(3));
}
