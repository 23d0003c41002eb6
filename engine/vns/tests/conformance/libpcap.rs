//! `libpcap` over a pair of virtual interfaces in a namespace of its own.
use std::cell::RefCell;

use coven_vns::{Port, State};
use serde_json::json;

use crate::af_packet::on;
use crate::bench::*;
use crate::namespace::{inside, ip, make_pair};
use crate::suite;

/// A namespace, and libpcap; if not the test is skipped, and says so.
fn can(test: &str) -> bool {
    if !inside(&format!("libpcap::{test}")) {
        return false;
    }
    match open("libpcap", &json!({"interface": "va"})) {
        Err(error) if error.reason == "libpcap-missing" => {
            println!("SKIP {test}: {error}");
            false
        }
        tried => tried.map(|_| true).unwrap_or_else(|error| panic!("{error}")),
    }
}

fn through() -> Box<dyn Port> {
    open("libpcap", &json!({"interface": "va"})).unwrap_or_else(|error| panic!("{error}"))
}

/// The port under test is on `va`, the other side on `vb`.
struct Pair(RefCell<Box<dyn Port>>);

impl suite::Rig for Pair {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = through();
        assert_eq!(Bench::new(64, 2048).transmit(&mut **self.0.borrow_mut(), packets), packets.len());
        port
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        through()
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        Bench::new(64, 2048).collect(&mut **self.0.borrow_mut(), count)
    }
}

#[test]
fn libpcap_passes_the_suite() {
    if can("libpcap_passes_the_suite") {
        suite::run(&Pair(RefCell::new(on("vb"))));
    }
}

#[test]
fn what_it_sends_it_does_not_receive() {
    if !can("what_it_sends_it_does_not_receive") {
        return;
    }
    let (mut port, mut other, mut bench) = (through(), on("vb"), Bench::new(8, 2048));
    assert_eq!(bench.transmit(&mut *port, &packets(3)), 3);
    assert!(bench.collect(&mut *other, 3) == packets(3));
    assert!(bench.receive(&mut *port, 8).is_empty());
}

#[test]
fn an_interface_that_goes_and_comes_back_is_taken_up_again() {
    if !can("an_interface_that_goes_and_comes_back_is_taken_up_again") {
        return;
    }
    let (mut port, mut bench) = (through(), Bench::new(8, 2048));
    ip("link del va");
    until("it is noticed", || {
        bench.receive(&mut *port, 1);
        matches!(port.state(), State::Down(why) if why.contains("va"))
    });
    make_pair();
    until("it is back", || {
        bench.receive(&mut *port, 1);
        port.state() == State::Up
    });
    let mut other = on("vb");
    assert_eq!(bench.transmit(&mut *other, &packets(2)), 2);
    assert!(bench.collect(&mut *port, 2) == packets(2));
    assert_eq!(open("libpcap", &json!({"interface": "nowhere"})).err().unwrap().reason, "interface-missing");
}
