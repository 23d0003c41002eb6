//! `generate`: what it makes, when, and that it takes everything.
use std::time::{Duration, Instant};

use coven_vns::Port;
use serde_json::{json, Value};
use wire::{protocol, Ethernet, Ipv4, Nsh};

use crate::bench::*;
use crate::suite;

fn made(options: Value) -> Box<dyn Port> {
    open("generate", &options).unwrap_or_else(|error| panic!("{error}"))
}

/// Makes as many packets as are asked for, but never those; takes packets and shows them to nobody.
struct Maker;

impl suite::Rig for Maker {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        made(json!({"count": packets.len()}))
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        made(json!({"count": 0}))
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        vec![Vec::new(); count]
    }
}

#[test]
fn generate_passes_the_suite() {
    let own = "it makes packets of its own, which the tests below check";
    let checks = [
        ("received packets keep their order", own),
        ("received packets keep their bytes", own),
        ("one frame in stock is enough", own),
        ("without frames packets wait", own),
        ("what is too large is a fault and no obstacle", own),
        ("transmitted packets keep order and bytes", "nobody sees what it takes"),
        ("a fresh port is up", "one that makes nothing is done at once"),
    ];
    suite::run_but(&Maker, &checks);
}

fn number(packet: &[u8]) -> u64 {
    u64::from_be_bytes(packet[42..50].try_into().unwrap())
}

#[test]
fn packets_are_right_and_numbered_and_of_so_many_flows() {
    for size in [60, 64, 65, 700, 1514] {
        let mut port = made(json!({"size": size, "count": 100, "flows": 3}));
        let received = Bench::new(4, 2048).collect(&mut *port, 100);
        let mut sources = Vec::new();
        for (at, packet) in received.iter().enumerate() {
            assert_eq!((packet.len(), number(packet)), (size, at as u64));
            let ip = Ipv4::new(Ethernet::new(packet).unwrap().payload()).unwrap();
            assert_eq!((wire::sum(&packet[14..34]), ip.protocol()), (0, protocol::UDP));
            assert_eq!(packet[16..18], (size as u16 - 14).to_be_bytes(), "length of IP");
            assert_eq!(packet[38..40], (size as u16 - 34).to_be_bytes(), "length of UDP");
            assert_eq!(packet[40..42], [0, 0], "no checksum of UDP");
            sources.push((ip.addresses()[..4].to_vec(), packet[34..36].to_vec()));
        }
        assert_ne!(sources[0], sources[1]);
        assert_ne!(sources[0], sources[2]);
        assert!(sources.iter().skip(3).zip(&sources).all(|(later, earlier)| later == earlier), "the flows take turns");
    }
}

#[test]
fn on_a_service_path_each_has_an_nsh_before_it() {
    let mut plain = made(json!({"size": 100}));
    let mut chained = made(json!({"size": 100, "spi": 10}));
    let (mut bench, mut other) = (Bench::new(1, 2048), Bench::new(1, 2048));
    for _ in 0..2 {
        let packet = bench.collect(&mut *chained, 1).remove(0);
        let nsh = Nsh::new(&packet[14..]).unwrap();
        assert_eq!((nsh.spi(), nsh.si(), nsh.ttl(), nsh.next_protocol(), nsh.context()), (10, 255, 63, 3, Some([0; 16])));
        assert_eq!(packet[38..], other.collect(&mut *plain, 1)[0]);
        bench.frames.copy_in(0, DATA_OFFSET.into(), &[0xee; 38]);
    }
}

#[test]
fn a_frame_that_was_changed_has_right_headers_the_next_time() {
    let mut port = made(json!({"size": 200}));
    let mut bench = Bench::new(1, 2048);
    let first = bench.collect(&mut *port, 1).remove(0);
    bench.frames.copy_in(0, DATA_OFFSET.into(), &[0xee; 64]);
    let mut second = bench.collect(&mut *port, 1).remove(0);
    assert_eq!(number(&second), 1);
    second[42..50].copy_from_slice(&first[42..50]);
    assert!(second == first);
}

#[test]
fn another_pool_or_data_offset_gets_whole_packets() {
    let mut port = made(json!({"size": 1000}));
    let expected = Bench::new(1, 2048).collect(&mut *port, 1).remove(0);
    let mut other = Bench::new(1000, 2048);
    let received = other.receive(&mut *port, 1)[0];
    assert!(other.read(received.packet)[50..] == expected[50..]);
    let mut into = Vec::new();
    port.receive(&other.frames, &mut other.shelf, 400, 1, &mut into);
    assert_eq!(into[0].packet.offset, 400);
    assert!(other.read(into[0].packet)[50..] == expected[50..]);
}

#[test]
fn it_is_done_after_its_count() {
    let mut port = made(json!({"count": 10}));
    let mut bench = Bench::new(64, 2048);
    assert!(!port.done() && port.due().is_some());
    assert_eq!(bench.receive(&mut *port, 32).len(), 10);
    assert!(port.done() && port.due().is_none());
    assert!(bench.receive(&mut *port, 32).is_empty());
}

#[test]
fn without_rate_and_count_it_is_always_due() {
    let mut port = made(json!({}));
    let mut bench = Bench::new(32, 2048);
    for _ in 0..100 {
        assert!(port.due().is_some_and(|due| due <= Instant::now()) && !port.done());
        let burst = bench.receive(&mut *port, 32);
        assert_eq!(burst.len(), 32);
        burst.iter().for_each(|received| bench.shelf.0.push(received.packet.frame));
    }
}

#[test]
fn a_rate_spaces_packets_and_says_when_the_next_is_due() {
    let before = Instant::now();
    let mut port = made(json!({"rate": 100, "count": 21}));
    let mut bench = Bench::new(32, 2048);
    assert_eq!(bench.receive(&mut *port, 1).len(), 1, "the first is there at once");
    assert!(port.due().is_some_and(|due| due > before));
    bench.collect(&mut *port, 20);
    assert!(before.elapsed() >= Duration::from_millis(199), "{:?}", before.elapsed());
    assert!(port.done());
}

#[test]
fn what_no_frame_holds_is_a_fault() {
    let mut port = made(json!({"size": 1000, "count": 1}));
    let received = Bench::new(1, 512).receive(&mut *port, 1);
    assert_eq!(received[0].fault, Some(coven_vns::Fault::TooLarge));
}
