//! `af_packet` over a pair of virtual interfaces in a namespace of its own.
use std::cell::RefCell;

use coven_vns::{Port, State};
use serde_json::json;

use crate::bench::*;
use crate::host;
use crate::namespace::{inside, ip, make_pair};
use crate::suite;

pub fn on(interface: &str) -> Box<dyn Port> {
    open("af_packet", &json!({ "interface": interface })).unwrap_or_else(|error| panic!("{error}"))
}

/// The port under test is on `va`, the other side on `vb`.
struct Pair {
    peer: RefCell<Box<dyn Port>>,
}

impl suite::Rig for Pair {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = on("va");
        let taken = Bench::new(64, 2048).transmit(&mut **self.peer.borrow_mut(), packets);
        assert_eq!(taken, packets.len());
        port
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        on("va")
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        Bench::new(64, 2048).collect(&mut **self.peer.borrow_mut(), count)
    }
}

#[test]
fn af_packet_passes_the_suite() {
    if inside("af_packet::af_packet_passes_the_suite") {
        suite::run(&Pair { peer: RefCell::new(on("vb")) });
    }
}

#[test]
fn a_missing_interface_is_named() {
    let error = open("af_packet", &json!({"interface": "no-such-nic"})).err().unwrap();
    assert_eq!(error.reason, "interface-missing");
    assert!(error.message.contains("no-such-nic"), "{error}");
}

#[test]
fn without_the_capability_it_says_what_to_do() {
    if !inside("af_packet::without_the_capability_it_says_what_to_do") {
        return;
    }
    rustix::thread::set_capabilities(
        None,
        rustix::thread::CapabilitySets {
            effective: rustix::thread::CapabilitySet::empty(),
            permitted: rustix::thread::CapabilitySet::empty(),
            inheritable: rustix::thread::CapabilitySet::empty(),
        },
    )
    .unwrap();
    let error = open("af_packet", &json!({"interface": "va"})).err().unwrap();
    assert_eq!(error.reason, "not-permitted");
    assert!(error.message.contains("setcap cap_net_raw"), "{error}");
}

#[test]
fn an_interface_that_is_down_is_no_error_and_no_noise() {
    if !inside("af_packet::an_interface_that_is_down_is_no_error_and_no_noise") {
        return;
    }
    ip("link set va down");
    let mut port = on("va");
    assert_eq!(port.state(), State::Down("interface va is down".into()));
    assert!(!readable(&*port, 100));
    ip("link set va up");
    let mut bench = Bench::new(4, 2048);
    until("up", || {
        wait(&*port);
        bench.receive(&mut *port, 1);
        port.state() == State::Up
    });
}

#[test]
fn a_port_that_learns_of_it_by_transmitting_can_sleep_too() {
    if !inside("af_packet::a_port_that_learns_of_it_by_transmitting_can_sleep_too") {
        return;
    }
    let mut port = on("va");
    let mut bench = Bench::new(4, 2048);
    ip("link del va");
    assert_eq!(bench.transmit(&mut *port, &packets(1)), 0);
    assert!(matches!(port.state(), State::Down(_)));
    bench.receive(&mut *port, 1);
    assert!(!readable(&*port, 100), "the error waits on the socket still");
}

#[test]
fn an_interface_without_ethernet_is_refused() {
    if !inside("af_packet::an_interface_without_ethernet_is_refused") {
        return;
    }
    let made = std::process::Command::new("ip").args(["tuntap", "add", "tun9", "mode", "tun"]).output().unwrap();
    if !made.status.success() {
        println!("skipped: no tun device can be made here");
        return;
    }
    assert_eq!(open("af_packet", &json!({"interface": "tun9"})).err().unwrap().reason, "interface-not-ethernet");
}

#[test]
fn a_port_hears_what_is_for_others_and_follows_the_mtu() {
    if !inside("af_packet::a_port_hears_what_is_for_others_and_follows_the_mtu") {
        return;
    }
    let mut port = on("va");
    let shown = std::process::Command::new("ip").args(["-d", "link", "show", "va"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("promiscuity 1"));
    ip("link set va mtu 1400");
    port.missed();
    assert_eq!(port.largest(), 1414);
}

#[test]
fn two_ports_of_one_interface_do_not_feed_each_other() {
    if !inside("af_packet::two_ports_of_one_interface_do_not_feed_each_other") {
        return;
    }
    let (mut one, mut other, mut peer) = (on("va"), on("va"), on("vb"));
    let mut bench = Bench::new(64, 2048);
    bench.transmit(&mut *one, &packets(10));
    assert!(bench.collect(&mut *peer, 10) == packets(10));
    bench.transmit(&mut *peer, &[packet(99, 60)]);
    for port in [&mut one, &mut other] {
        assert!(bench.collect(&mut **port, 1) == [packet(99, 60)], "the first that comes is the peer's");
    }
}

#[test]
fn what_the_ring_can_not_hold_is_missed_and_counted() {
    if !inside("af_packet::what_the_ring_can_not_hold_is_missed_and_counted") {
        return;
    }
    let (mut port, mut peer) = (on("va"), on("vb"));
    let mut bench = Bench::new(64, 2048);
    assert_eq!(bench.transmit(&mut *peer, &packets(3000)), 3000);
    let mut received = 0;
    loop {
        let burst = bench.receive(&mut *port, 32);
        burst.iter().for_each(|received| bench.shelf.0.push(received.packet.frame));
        received += burst.len() as u64;
        if burst.is_empty() {
            break;
        }
    }
    let missed = port.missed().rx;
    assert!(missed > 0 && received + missed == 3000, "{received} received, {missed} missed");
    assert_eq!(port.missed().rx, missed, "asking changes nothing");
}

#[test]
fn what_the_link_refuses_is_missed_and_no_obstacle() {
    if !inside("af_packet::what_the_link_refuses_is_missed_and_no_obstacle") {
        return;
    }
    let (mut port, mut peer) = (on("va"), on("vb"));
    let mut bench = Bench::new(64, 2048);
    assert_eq!(port.largest(), 1514);
    let sent = [packet(0, 60), packet(1, 1600), packet(2, 60)];
    assert_eq!(bench.transmit(&mut *port, &sent), 3);
    assert!(bench.collect(&mut *peer, 2) == [packet(0, 60), packet(2, 60)]);
    assert_eq!(port.missed().tx, 1);
}

#[test]
fn a_tag_that_the_kernel_took_out_is_put_back() {
    if !inside("af_packet::a_tag_that_the_kernel_took_out_is_put_back") {
        return;
    }
    let (mut port, mut peer) = (on("va"), on("vb"));
    let mut bench = Bench::new(64, 2048);
    let tags: [&[u8]; 3] = [&[0x81, 0, 0, 7], &[0x88, 0xa8, 0xe0, 9], &[0x88, 0xa8, 0, 9, 0x81, 0, 0x20, 7]];
    for tags in tags {
        let mut tagged = packet(1, 100);
        tagged.splice(12..12, tags.iter().copied());
        bench.transmit(&mut *peer, std::slice::from_ref(&tagged));
        assert!(bench.collect(&mut *port, 1) == [tagged]);
    }
}

#[test]
fn a_tag_comes_on_top_of_what_the_link_takes() {
    if !inside("af_packet::a_tag_comes_on_top_of_what_the_link_takes") {
        return;
    }
    let (mut port, mut peer) = (on("va"), on("vb"));
    let mut bench = Bench::new(64, 2048);
    let mut full = packet(2, port.largest());
    full.splice(12..12, [0x81, 0, 0, 7]);
    assert_eq!(bench.transmit(&mut *port, std::slice::from_ref(&full)), 1);
    assert!(bench.collect(&mut *peer, 1) == [full]);
    assert_eq!(port.missed().tx, 0);
}

#[test]
fn a_port_comes_back_with_its_interface() {
    if !inside("af_packet::a_port_comes_back_with_its_interface") {
        return;
    }
    let mut port = on("va");
    let descriptor = port.descriptor();
    let mut bench = Bench::new(64, 2048);
    let mut becomes = |port: &mut dyn Port, what: &str, state: fn(&State) -> bool| {
        until(what, || {
            wait(port);
            bench.receive(port, 1);
            state(&port.state())
        });
    };
    ip("link set va down");
    becomes(&mut *port, "down", |state| matches!(state, State::Down(why) if why == "interface va is down"));
    ip("link set va up");
    becomes(&mut *port, "up", |state| *state == State::Up);
    ip("link del va");
    becomes(&mut *port, "gone", |state| matches!(state, State::Down(why) if why == "interface va is gone"));
    assert_eq!(Bench::new(4, 2048).transmit(&mut *port, &packets(1)), 0, "a port that is down takes nothing");
    assert!(!readable(&*port, 100), "an engine can sleep while the interface is gone");
    make_pair();
    becomes(&mut *port, "there again", |state| *state == State::Up);
    assert_eq!(port.descriptor(), descriptor);

    let mut peer = on("vb");
    bench.transmit(&mut *peer, &packets(1));
    assert!(bench.collect(&mut *port, 1) == packets(1));
    bench.transmit(&mut *port, &packets(2));
    assert!(bench.collect(&mut *peer, 2) == packets(2));
}

#[test]
fn partial_checksums_of_the_hosts_own_packets_are_completed() {
    if inside("af_packet::partial_checksums_of_the_hosts_own_packets_are_completed") {
        host::address("vb");
        host::datagrams_arrive(&mut *on("va"), &mut Bench::new(64, 2048));
    }
}

#[test]
fn large_packets_of_the_hosts_own_connections_are_cut() {
    if inside("af_packet::large_packets_of_the_hosts_own_connections_are_cut") {
        host::address("vb");
        host::a_connection_arrives(&mut *on("va"), &mut Bench::new(64, 2048));
    }
}
