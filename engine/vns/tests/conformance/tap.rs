//! `tap`: the other side is the host, seen through `af_packet` on the device that the port made.
use std::cell::RefCell;

use coven_vns::{Port, State};
use serde_json::json;

use crate::af_packet::on;
use crate::bench::*;
use crate::host;
use crate::namespace::{inside, ip};
use crate::suite;

fn tap(options: serde_json::Value) -> Box<dyn Port> {
    open("tap", &options).unwrap_or_else(|error| panic!("{error}"))
}

/// Can a TAP device be had here? If not the test is skipped, and says so.
fn can(test: &str) -> bool {
    if !inside(&format!("tap::{test}")) {
        return false;
    }
    match open("tap", &json!({"interface": "probe"})) {
        Err(error) if error.reason != "port-failed" => {
            println!("SKIP {test}: {error}");
            false
        }
        tried => tried.map(|_| true).unwrap_or_else(|error| panic!("{error}")),
    }
}

/// Made anew for every check; `host` is the peer of the last one.
#[derive(Default)]
struct Made {
    host: RefCell<Option<Box<dyn Port>>>,
}

impl Made {
    fn make(&self) -> Box<dyn Port> {
        self.host.take();
        // Without IPv6, so that nothing is sent that the test does not send.
        std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").unwrap();
        let port = tap(json!({"interface": "tap0"}));
        self.host.replace(Some(on("tap0")));
        port
    }
}

impl suite::Rig for Made {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = self.make();
        let mut host = self.host.borrow_mut();
        let taken = Bench::new(64, 2048).transmit(&mut **host.as_mut().unwrap(), packets);
        assert_eq!(taken, packets.len());
        port
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        self.make()
    }

    fn sent(&self, port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        let mut host = self.host.borrow_mut();
        let sent = Bench::new(64, 2048).collect(&mut **host.as_mut().unwrap(), count);
        drop(port);
        sent
    }
}

#[test]
fn tap_passes_the_suite() {
    if can("tap_passes_the_suite") {
        suite::run(&Made::default());
    }
}

fn is_there() -> bool {
    std::fs::read_to_string("/proc/net/dev").unwrap().contains("tap0:")
}

#[test]
fn the_device_goes_with_the_port() {
    if can("the_device_goes_with_the_port") {
        let port = tap(json!({"interface": "tap0"}));
        assert!(is_there());
        assert_eq!(open("tap", &json!({"interface": "tap0"})).err().unwrap().reason, "interface-busy");
        drop(port);
        assert!(!is_there());
    }
}

#[test]
fn an_interface_of_another_kind_is_refused_with_its_name() {
    if can("an_interface_of_another_kind_is_refused_with_its_name") {
        let error = open("tap", &json!({"interface": "va"})).err().unwrap();
        assert_eq!(error.reason, "interface-not-tap");
        assert!(error.message.contains("va"), "{error}");
    }
}

#[test]
fn without_the_capability_it_says_what_to_do() {
    if !can("without_the_capability_it_says_what_to_do") {
        return;
    }
    let none = rustix::thread::CapabilitySet::empty();
    let sets = rustix::thread::CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets).unwrap();
    let error = open("tap", &json!({"interface": "tap0"})).err().unwrap();
    assert_eq!(error.reason, "not-permitted");
    assert!(error.message.contains("CAP_NET_ADMIN"), "{error}");
}

#[test]
fn the_mtu_is_as_told_and_followed() {
    if can("the_mtu_is_as_told_and_followed") {
        let mut port = tap(json!({"interface": "tap0", "mtu": 1280}));
        assert_eq!(port.largest(), 1294);
        ip("link set tap0 mtu 1400");
        port.missed();
        assert_eq!(port.largest(), 1414);
    }
}

#[test]
fn what_is_not_read_in_time_is_missed_and_counted() {
    if !can("what_is_not_read_in_time_is_missed_and_counted") {
        return;
    }
    let made = Made::default();
    let mut port = made.make();
    let sent = Bench::new(64, 2048).transmit(&mut **made.host.borrow_mut().as_mut().unwrap(), &packets(3000)) as u64;
    let (mut bench, mut received) = (Bench::new(64, 2048), 0);
    loop {
        let burst = bench.receive(&mut *port, 32);
        burst.iter().for_each(|received| bench.shelf.0.push(received.packet.frame));
        received += burst.len() as u64;
        if burst.is_empty() {
            break;
        }
    }
    let refused = made.host.borrow_mut().as_mut().unwrap().missed().tx;
    let missed = port.missed().rx;
    assert!(
        missed > 0 && received + missed.max(refused) == sent,
        "{received} received, {missed} missed, {refused} refused of {sent}"
    );
}

#[test]
fn a_device_that_is_down_takes_nothing_until_it_is_up() {
    if !can("a_device_that_is_down_takes_nothing_until_it_is_up") {
        return;
    }
    let mut port = tap(json!({"interface": "tap0"}));
    let mut bench = Bench::new(4, 2048);
    ip("link set tap0 down");
    assert_eq!(bench.transmit(&mut *port, &packets(1)), 0);
    assert_eq!(port.state(), State::Down("interface tap0 is down".into()));
    ip("link set tap0 up");
    until("up", || {
        wait(&*port);
        bench.receive(&mut *port, 1).iter().for_each(|received| bench.shelf.0.push(received.packet.frame));
        port.state() == State::Up
    });
    let shelf: Vec<u32> = (0..4).collect();
    bench.shelf.0 = shelf;
    assert_eq!(bench.transmit(&mut *port, &packets(1)), 1);
}

#[test]
fn what_the_host_left_to_the_hardware_is_done() {
    if can("what_the_host_left_to_the_hardware_is_done") {
        let made = Made::default();
        let mut port = made.make();
        host::address("tap0");
        let mut bench = Bench::new(64, 2048);
        host::datagrams_arrive(&mut *port, &mut bench);
        host::a_connection_arrives(&mut *port, &mut bench);
    }
}
