//! Packets through the stage, with components that keep to the contract.
mod common;
use channel::layout::*;
use channel::sync::Ordering::SeqCst;
use channel::Descriptor;
use common::*;
use coven_itf::*;

#[test]
fn a_chain_forwards_in_order_and_counts() {
    let (mut bench, near, far) = Bench::chain(128, OnCrash::Drop, 2);
    let (mut a, mut b) = (bench.worker(1), bench.worker(2));
    packets(&near, 50);
    bench.settle();
    assert_eq!(a.forward(), 50);
    assert_eq!(b.forward(), 50);
    bench.settle();
    let sent: Vec<u8> = far.lock().unwrap().sent.iter().map(|bytes| bytes[0]).collect();
    assert_eq!(sent, (0..50).collect::<Vec<_>>());
    assert_eq!((bench.stage.counters().received, bench.stage.counters().transmitted, bench.stage.in_flight()), (50, 50, 0));
    assert!(bench.stage.empty());
}

#[test]
fn ingress_is_pulled() {
    let (mut bench, near, _) = Bench::chain(512, OnCrash::Drop, 1);
    let mut worker = bench.worker(1);
    packets(&near, 200);
    bench.settle();
    assert_eq!(bench.stage.counters().received, 64, "what the edge takes and no more");
    bench.stage.arm();
    assert!(!bench.stage.news(), "the engine sleeps until there is space");
    worker.take(10);
    assert!(worker.inputs[0].1.freed(), "the engine asked to be told");
    assert!(bench.stage.news());
    bench.stage.disarm();
    bench.settle();
    assert_eq!(bench.stage.counters().received, 74);
    assert_eq!(bench.dropped(REASON_EDGE_FULL), 0);
}

#[test]
fn with_several_edges_one_that_drops_does_not_stop_the_others() {
    let mut bench = Bench::new(512, 2);
    let (near, _) = (bench.port(0), bench.port(1));
    (1..=2).for_each(|slot| bench.component(slot, OnCrash::Drop, false));
    bench.edge(1, 0, 1, 8, false);
    bench.edge(2, 0, 2, 64, false);
    // All plain packets go by the first path without SPI: edge 1.
    bench.path(0, 0, None, Target::Edge(1));
    bench.path(1, 0, Some(7), Target::Edge(2));
    packets(&near, 40);
    bench.settle();
    assert_eq!(bench.dropped(REASON_EDGE_FULL), 32);
    assert_eq!(bench.stage.in_flight(), 8);
}

#[test]
fn a_path_without_components_goes_straight_out() {
    let mut bench = Bench::new(64, 0);
    let (near, far) = (bench.port(0), bench.port(1));
    bench.path(3, 0, None, Target::Port(1));
    packets(&near, 100);
    bench.settle();
    assert_eq!(far.lock().unwrap().sent.len(), 100);
    near.lock().unwrap().arriving.push_back(vec![0; 1600]);
    bench.settle();
    assert_eq!(bench.dropped(REASON_TOO_LARGE), 1);
    far.lock().unwrap().takes = Some(3);
    packets(&near, 10);
    bench.settle();
    assert_eq!(bench.dropped(REASON_PORT_FULL), 7);
}

#[test]
fn returned_frames_are_counted_by_reason() {
    let (mut bench, near, _) = Bench::chain(64, OnCrash::Drop, 1);
    let mut worker = bench.worker(1);
    packets(&near, 30);
    bench.settle();
    let burst = worker.take(30);
    worker.give_back(&burst[..10], REASON_COMPONENT);
    worker.give_back(&burst[10..15], REASON_COMPONENT_ERROR);
    worker.give_back(&burst[15..30], 0xdead);
    bench.settle();
    assert_eq!((bench.dropped(REASON_COMPONENT), bench.dropped(REASON_COMPONENT_ERROR)), (25, 5));
    assert!(bench.stage.empty());
}

#[test]
fn packets_of_a_components_own_are_lent_created_and_given_back() {
    let mut bench = Bench::new(256, 1);
    let far = bench.port(0);
    bench.component(1, OnCrash::Drop, true);
    bench.edge(1, 1, 0, 64, false);
    bench.path(0, 0, None, Target::Port(0));
    bench.exit(1, 0, 0);
    bench.settle();
    bench.settle();
    let mut worker = bench.worker(1);
    let mut frames = [Descriptor::default(); 8];
    assert_eq!(worker.alloc.as_mut().unwrap().take(&mut frames), Ok(8));
    assert_eq!((bench.stage.in_flight(), bench.stage.frame_counts().lent), (0, 64));
    let packets: Vec<_> = frames.iter().map(|d| Descriptor::packet(d.frame(), d.generation(), d.offset(), 60)).collect();
    worker.post(&packets[..5]);
    worker.give_back(&packets[5..7], REASON_COMPONENT);
    worker.give_back(&packets[7..], REASON_EDGE_FULL);
    bench.stage.receive(false);
    bench.settle();
    let counters = bench.stage.counters();
    assert_eq!((counters.created, counters.transmitted, counters.dropped_sum()), (6, 5, 1), "what was not used is no packet");
    assert_eq!(far.lock().unwrap().sent.len(), 5);
}

#[test]
fn what_is_undone_leaves_nothing() {
    let mut bench = Bench::new(64, 1);
    let before = format!("{:?}", bench.stage.frame_counts());
    for _ in 0..200 {
        let spec = NewComponent {
            slot: 1,
            name: "x".into(),
            on_crash: OnCrash::Drop,
            spin_ns: 0,
            profile: 0,
            metadata: false,
            creates: true,
        };
        let mut changes = vec![bench.stage.add_component(spec).unwrap()];
        for id in 0..20 {
            changes.push(bench.stage.add_edge(NewEdge { id, from: (0, 0, 0), to: (1, 0), limit: 64, block: false }).unwrap());
        }
        let refused = bench.stage.add_edge(NewEdge { id: 3, from: (0, 0, 0), to: (1, 0), limit: 64, block: false });
        assert_eq!(refused.map(|_| ()).unwrap_err().reason, "exists");
        bench.stage.undo(changes);
    }
    assert_eq!(before, format!("{:?}", bench.stage.frame_counts()));
    assert_eq!(bench.stage.edge_fills().count(), 0);
    assert_eq!(bench.stage.segment().unwrap().slot(1).want_epoch().load(SeqCst), 0, "nothing was seen outside");
}

#[test]
fn a_removed_edge_is_given_back_when_its_component_left_it() {
    let (mut bench, near, _) = Bench::chain(64, OnCrash::Drop, 1);
    let mut worker = bench.worker(1);
    bench.stage.look_at_slots();
    packets(&near, 5);
    bench.settle();
    let path = bench.stage.remove_path(0).unwrap();
    let edge = bench.stage.remove_edge(1).unwrap();
    bench.stage.commit(vec![path, edge]);
    assert_eq!(bench.stage.in_flight(), 5, "the component may still be taking");
    let again = NewEdge { id: 1, from: (0, 0, 0), to: (1, 0), limit: 64, block: false };
    assert_eq!(bench.stage.add_edge(again).map(|_| ()).unwrap_err().reason, "in-use");
    let burst = worker.take(2);
    worker.post(&burst);
    worker.follow();
    bench.settle();
    bench.stage.audit(std::time::Instant::now());
    assert_eq!((bench.dropped(REASON_STOPPED), bench.stage.counters().transmitted), (3, 2));
    assert!(bench.stage.add_edge(again).is_ok());
}
