//! What every port does, whatever is behind it.
use coven_vns::{Fault, Port, State};

use crate::bench::*;

/// How the suite reaches the other side of a port.
pub trait Rig {
    /// A pool of at least so many frames.
    fn bench(&self, count: u32, size: u32) -> Bench {
        Bench::new(count, size)
    }
    /// A port at which these packets arrive, in this order.
    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port>;
    /// A port to transmit by.
    fn transmitting(&self, bench: &Bench) -> Box<dyn Port>;
    /// What came out of it, once `count` packets did.
    fn sent(&self, port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>>;
}

type Check = fn(&dyn Rig);

const CHECKS: &[(&str, Check)] = &[
    ("received packets keep their order", received_packets_keep_their_order),
    ("received packets keep their bytes", received_packets_keep_their_bytes),
    ("bytes before the data offset are left alone", bytes_before_the_data_offset_are_left_alone),
    ("every frame comes home", every_frame_comes_home),
    ("one frame in stock is enough", one_frame_in_stock_is_enough),
    ("without frames packets wait", without_frames_packets_wait),
    ("no more than asked for", no_more_than_asked_for),
    ("what is too large is a fault and no obstacle", what_is_too_large_is_a_fault_and_no_obstacle),
    ("nothing there is nothing received", nothing_there_is_nothing_received),
    ("a waiting packet gives a sign", a_waiting_packet_gives_a_sign),
    ("transmitted packets keep order and bytes", transmitted_packets_keep_order_and_bytes),
    ("a transmitted frame is completed once", a_transmitted_frame_is_completed_once),
    ("an empty burst is no error", an_empty_burst_is_no_error),
    ("a fresh port is up", a_fresh_port_is_up),
];

pub fn run(rig: &dyn Rig) {
    run_but(rig, &[]);
}

/// Run all but what this backend can't have by what it is: names of checks, each with the reason.
pub fn run_but(rig: &dyn Rig, not: &[(&str, &str)]) {
    for (name, _) in not {
        assert!(CHECKS.iter().any(|(known, _)| known == name), "no check is named {name}");
    }
    for (name, check) in CHECKS {
        match not.iter().find(|(other, _)| other == name) {
            Some((_, reason)) => println!("- not here: {name}: {reason}"),
            None => {
                println!("- {name}");
                check(rig);
            }
        }
    }
}

fn received_packets_keep_their_order(rig: &dyn Rig) {
    let sent = packets(500);
    let mut bench = rig.bench(64, 2048);
    let mut port = rig.receiving(&mut bench, &sent);
    assert!(bench.collect(&mut *port, 500) == sent);
}

fn received_packets_keep_their_bytes(rig: &dyn Rig) {
    let lengths = (60..1514).step_by(29).chain([1513, 1514]);
    let sent: Vec<_> = lengths.enumerate().map(|(number, length)| packet(number, length)).collect();
    let mut bench = rig.bench(8, 2048);
    let mut port = rig.receiving(&mut bench, &sent);
    let received = bench.collect(&mut *port, sent.len());
    for (received, sent) in received.iter().zip(&sent) {
        assert!(received == sent, "a packet of {} bytes came as one of {}", sent.len(), received.len());
    }
}

fn bytes_before_the_data_offset_are_left_alone(rig: &dyn Rig) {
    let mut bench = rig.bench(1, 2048);
    (0..bench.frames.count()).for_each(|frame| bench.frames.copy_in(frame, 0, &[0x77; DATA_OFFSET as usize]));
    let mut port = rig.receiving(&mut bench, &[packet(0, 60)]);
    let (received, _) = bench.collect_raw(&mut *port, 1).remove(0);
    let mut before = [0; DATA_OFFSET as usize];
    bench.frames.copy_out(received.packet.frame, 0, &mut before);
    assert_eq!(before, [0x77; DATA_OFFSET as usize]);
}

fn every_frame_comes_home(rig: &dyn Rig) {
    let mut bench = rig.bench(48, 2048);
    let mut port = rig.receiving(&mut bench, &packets(100));
    bench.collect(&mut *port, 100);
    bench.receive(&mut *port, 32);
    assert_eq!(bench.shelf.0.len() + port.holds(), bench.frames.count() as usize, "a port keeps what it says it holds");
}

fn one_frame_in_stock_is_enough(rig: &dyn Rig) {
    let sent = packets(20);
    let mut bench = rig.bench(1, 2048);
    let mut port = rig.receiving(&mut bench, &sent);
    assert!(bench.collect(&mut *port, 20) == sent);
}

fn without_frames_packets_wait(rig: &dyn Rig) {
    let sent = packets(10);
    let mut bench = rig.bench(4, 2048);
    let mut port = rig.receiving(&mut bench, &sent);
    let stock = std::mem::take(&mut bench.shelf.0);
    for _ in 0..3 {
        assert!(bench.receive(&mut *port, 32).is_empty());
    }
    bench.shelf.0 = stock;
    assert!(bench.collect(&mut *port, 10) == sent);
}

fn no_more_than_asked_for(rig: &dyn Rig) {
    let mut bench = rig.bench(32, 2048);
    let mut port = rig.receiving(&mut bench, &packets(10));
    assert!(bench.receive(&mut *port, 0).is_empty());
    until("a packet", || bench.receive(&mut *port, 1).len() == 1);
    assert_eq!(bench.collect(&mut *port, 9).len(), 9);
}

fn what_is_too_large_is_a_fault_and_no_obstacle(rig: &dyn Rig) {
    let sent = [packet(0, 60), packet(1, 1000), packet(2, 192), packet(3, 193), packet(4, 60)];
    let mut bench = rig.bench(4, 512);
    let mut port = rig.receiving(&mut bench, &sent);
    let received = bench.collect_raw(&mut *port, 5);
    let faults: Vec<_> = received.iter().filter_map(|(received, _)| received.fault).collect();
    assert_eq!(faults, [Fault::TooLarge, Fault::TooLarge]);
    let whole: Vec<_> = received.into_iter().filter(|(received, _)| received.fault.is_none()).map(|(_, bytes)| bytes).collect();
    assert!(whole == [sent[0].clone(), sent[2].clone(), sent[4].clone()]);
    assert_eq!(bench.shelf.0.len(), 4);
}

fn nothing_there_is_nothing_received(rig: &dyn Rig) {
    let mut bench = rig.bench(4, 2048);
    let mut port = rig.transmitting(&bench);
    assert!(bench.receive(&mut *port, 32).is_empty());
    assert_eq!(bench.shelf.0.len() + port.holds(), bench.frames.count() as usize);
    assert!(port.due().is_none_or(|due| due > std::time::Instant::now()), "an idle port lets the engine sleep");
}

fn a_waiting_packet_gives_a_sign(rig: &dyn Rig) {
    let mut bench = rig.bench(4, 2048);
    let mut port = rig.receiving(&mut bench, &packets(1));
    until("a sign", || wait(&*port));
    until("the packet", || bench.receive(&mut *port, 1).len() == 1);
}

fn transmitted_packets_keep_order_and_bytes(rig: &dyn Rig) {
    let sent: Vec<_> = (0..300).map(|number| packet(number, 60 + number * 4)).collect();
    let mut bench = rig.bench(64, 2048);
    let mut port = rig.transmitting(&bench);
    assert_eq!(bench.transmit(&mut *port, &sent), 300);
    assert!(rig.sent(port, 300) == sent);
}

fn a_transmitted_frame_is_completed_once(rig: &dyn Rig) {
    let mut bench = rig.bench(8, 2048);
    let mut port = rig.transmitting(&bench);
    let frames: Vec<_> = (0..8).map(|number| bench.write(&packet(number, 60)).unwrap()).collect();
    assert_eq!(port.transmit(&bench.frames, &frames), 8);
    let mut home = 0;
    until("all frames completed", || {
        home += bench.reap(&mut *port);
        home == 8
    });
    assert_eq!(bench.reap(&mut *port), 0);
    assert_eq!(rig.sent(port, 8).len(), 8);
}

fn an_empty_burst_is_no_error(rig: &dyn Rig) {
    let mut bench = rig.bench(1, 2048);
    let mut port = rig.transmitting(&bench);
    assert_eq!(port.transmit(&bench.frames, &[]), 0);
    assert_eq!(bench.reap(&mut *port), 0);
}

fn a_fresh_port_is_up(rig: &dyn Rig) {
    let mut port = rig.transmitting(&rig.bench(1, 2048));
    assert_eq!(port.state(), State::Up);
    assert_eq!((port.missed().rx, port.missed().tx), (0, 0));
    assert!(!port.done(), "only a replay ends");
    assert!(port.largest() >= 1514);
}
