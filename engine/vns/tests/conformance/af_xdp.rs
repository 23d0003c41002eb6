//! `af_xdp` over a pair of virtual interfaces in a network of its own.
use std::cell::RefCell;

use coven_vns::{Port, State};
use serde_json::json;

use crate::af_packet::on;
use crate::bench::*;
use crate::host;
use crate::namespace::{bring_up, inside, inside_as_we_are, ip, make_pair};
use crate::suite;

const FRAMES: u32 = 2048;
/// A quarter of the pool.
const LENT: usize = 512;

fn pool() -> Bench {
    Bench::with_pages(FRAMES, 2048)
}

/// On `va`, or the reason why it can't be had.
fn open_on(bench: &Bench) -> Result<Box<dyn Port>, String> {
    let port = coven_vns::open("af_xdp", &json!({"interface": "va"}), &bench.frames).unwrap_or_else(|error| panic!("{error}"));
    port.note().map_or(Ok(port), Err)
}

/// With frames lent to the kernel, so that it receives.
fn receiving(bench: &mut Bench) -> Box<dyn Port> {
    let mut port = open_on(bench).unwrap();
    assert!(bench.receive(&mut *port, 32).is_empty());
    port
}

/// Does AF_XDP work here? If not the test is skipped, and says so.
fn can(test: &str) -> bool {
    if !inside_as_we_are(&format!("af_xdp::{test}")) {
        return false;
    }
    match open_on(&pool()) {
        Ok(_) => true,
        Err(reason) => {
            println!("SKIP {test}: {reason}");
            false
        }
    }
}

/// The port under test is on `va`, the other side on `vb`.
struct Pair {
    peer: RefCell<Box<dyn Port>>,
}

impl suite::Rig for Pair {
    fn bench(&self, _: u32, _: u32) -> Bench {
        pool()
    }

    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = receiving(bench);
        let taken = Bench::new(64, 2048).transmit(&mut **self.peer.borrow_mut(), packets);
        assert_eq!(taken, packets.len());
        port
    }

    fn transmitting(&self, bench: &Bench) -> Box<dyn Port> {
        open_on(bench).unwrap()
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        Bench::new(64, 2048).collect(&mut **self.peer.borrow_mut(), count)
    }
}

#[test]
fn af_xdp_passes_the_suite() {
    if can("af_xdp_passes_the_suite") {
        let not = [
            ("without frames packets wait", "they wait in frames that were lent before; a test below has none"),
            (
                "what is too large is a fault and no obstacle",
                "the kernel takes frames of at least 2048 bytes, and drops what is larger",
            ),
        ];
        suite::run_but(&Pair { peer: RefCell::new(on("vb")) }, &not);
    }
}

/// Open in a child of this process and killed: what is left of it is what a crash leaves.
const CHILD: &str = "COVEN_TEST_CHILD";

fn is_program_there(interface: &str, mode: &str) -> bool {
    let shown = std::process::Command::new("ip").args(["link", "show", interface]).output().unwrap();
    String::from_utf8(shown.stdout).unwrap().contains(mode)
}

/// Open it, pass a packet each way, close it.
fn pass_packets(bench: &mut Bench, peer: &mut dyn Port) {
    let mut port = receiving(bench);
    let mut other = Bench::new(64, 2048);
    other.transmit(peer, &packets(2));
    assert!(bench.collect(&mut *port, 2) == packets(2));
    bench.transmit(&mut *port, &packets(2));
    assert!(other.collect(peer, 2) == packets(2));
    drop(port);
    bench.shelf.0 = (0..FRAMES).collect();
}

#[test]
fn it_is_gone_when_it_is_closed_and_can_be_opened_at_once() {
    if can("it_is_gone_when_it_is_closed_and_can_be_opened_at_once") {
        let (mut bench, mut peer) = (pool(), on("vb"));
        for _ in 0..10 {
            pass_packets(&mut bench, &mut *peer);
            assert!(!is_program_there("va", "xdp"));
        }
    }
}

#[test]
fn it_is_gone_when_its_process_is_killed() {
    const TEST: &str = "it_is_gone_when_its_process_is_killed";
    if std::env::var_os(CHILD).is_some() {
        let _port = receiving(&mut pool());
        std::fs::write(std::env::var_os(CHILD).unwrap(), "open").unwrap();
        std::thread::sleep(std::time::Duration::from_secs(60));
        unreachable!("nobody killed it");
    }
    if !can(TEST) {
        return;
    }
    let folder = Folder::new("killed");
    let sign = folder.file("open");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let mut child = child.args([&format!("af_xdp::{TEST}"), "--exact"]).env(CHILD, &sign).spawn().unwrap();
    until("the child's port", || std::fs::exists(&sign).unwrap());
    assert!(is_program_there("va", "xdp"));
    child.kill().unwrap();
    child.wait().unwrap();
    until("the program's end", || !is_program_there("va", "xdp"));
    pass_packets(&mut pool(), &mut *on("vb"));
}

#[test]
fn another_program_stays_and_af_packet_takes_its_place() {
    if !can("another_program_stays_and_af_packet_takes_its_place") {
        return;
    }
    let (mut bench, mut peer) = (pool(), on("vb"));
    let mut first = receiving(&mut bench);
    let reason = open_on(&pool()).err().unwrap();
    assert!(reason.starts_with("AF_PACKET in place of AF_XDP: another XDP program is on the interface"), "{reason}");
    Bench::new(64, 2048).transmit(&mut *peer, &packets(5));
    assert!(bench.collect(&mut *first, 5) == packets(5));
}

#[test]
fn without_the_rights_af_packet_takes_its_place() {
    if !inside("af_xdp::without_the_rights_af_packet_takes_its_place") {
        return;
    }
    let mut bench = pool();
    let mut port = coven_vns::open("af_xdp", &json!({"interface": "va"}), &bench.frames).unwrap();
    let note = port.note().unwrap();
    assert!(note.starts_with("AF_PACKET in place of AF_XDP: it takes CAP_BPF"), "{note}");
    assert_eq!(port.state(), State::Up);
    Bench::new(64, 2048).transmit(&mut *on("vb"), &packets(5));
    assert!(bench.collect(&mut *port, 5) == packets(5));
}

#[test]
fn a_pool_or_packets_that_do_not_fit_say_so() {
    if !can("a_pool_or_packets_that_do_not_fit_say_so") {
        return;
    }
    let reason = open_on(&Bench::with_pages(64, 8192)).err().unwrap();
    assert!(reason.ends_with("frames have to have 2048 or 4096 bytes, not 8192"), "{reason}");
    ip("link set va mtu 3000");
    let reason = open_on(&pool()).err().unwrap();
    assert!(reason.ends_with("its packets have up to 3018 bytes, and a frame holds 1728"), "{reason}");
    assert!(open_on(&Bench::with_pages(64, 4096)).is_ok());
}

#[test]
fn a_missing_interface_is_named() {
    let error = coven_vns::open("af_xdp", &json!({"interface": "no-such-nic"}), &pool().frames).err().unwrap();
    assert!(error.message.contains("no-such-nic"), "{error}");
}

#[test]
fn without_frames_packets_are_missed_and_counted() {
    if !can("without_frames_packets_are_missed_and_counted") {
        return;
    }
    let (mut bench, mut peer) = (pool(), on("vb"));
    bench.shelf.0.truncate(3);
    let mut port = receiving(&mut bench);
    assert_eq!((port.holds(), bench.shelf.0.len()), (3, 0));
    let mut other = Bench::new(64, 2048);
    other.transmit(&mut *peer, &packets(10));
    assert!(bench.collect(&mut *port, 3) == packets(3));
    assert!(bench.receive(&mut *port, 32).is_empty());
    assert_eq!(port.missed().rx, 7);
    other.transmit(&mut *peer, &packets(2));
    assert!(bench.collect(&mut *port, 2) == packets(2), "the frames that came home are there again");
    assert_eq!(port.missed().rx, 7, "asking changes nothing");
}

#[test]
fn what_the_link_refuses_is_missed_and_no_obstacle() {
    if !can("what_the_link_refuses_is_missed_and_no_obstacle") {
        return;
    }
    let (mut bench, mut peer) = (pool(), on("vb"));
    let mut port = receiving(&mut bench);
    assert_eq!(port.largest(), 1514);
    assert_eq!(bench.transmit(&mut *port, &[packet(0, 60), packet(1, 1600), packet(2, 60)]), 3);
    assert!(Bench::new(4, 2048).collect(&mut *peer, 2) == [packet(0, 60), packet(2, 60)]);
    assert_eq!(port.missed().tx, 1);
    drop(port);
}

#[test]
fn a_tag_in_the_packet_stays_there() {
    if !can("a_tag_in_the_packet_stays_there") {
        return;
    }
    let (mut bench, mut peer, mut other) = (pool(), on("vb"), Bench::new(4, 2048));
    let mut port = receiving(&mut bench);
    let mut full = packet(2, 1514);
    full.splice(12..12, [0x81, 0, 0, 7]);
    assert_eq!(bench.transmit(&mut *port, std::slice::from_ref(&full)), 1);
    assert!(other.collect(&mut *peer, 1) == [full.clone()]);
    assert_eq!(other.transmit(&mut *peer, std::slice::from_ref(&full)), 1);
    assert!(bench.collect(&mut *port, 1) == [full]);
}

#[test]
fn a_port_comes_back_with_its_interface_and_with_all_frames() {
    if !can("a_port_comes_back_with_its_interface_and_with_all_frames") {
        return;
    }
    let mut bench = pool();
    let mut port = receiving(&mut bench);
    let descriptor = port.descriptor();
    for change in ["link set va down", "link del va"] {
        ip(change);
        until("down", || {
            wait(&*port);
            bench.receive(&mut *port, 1);
            bench.reap(&mut *port);
            matches!(port.state(), State::Down(_)) && port.holds() == 0
        });
        assert_eq!(bench.shelf.0.len(), FRAMES as usize, "{change}");
        assert_eq!(Bench::new(4, 2048).transmit(&mut *port, &packets(1)), 0, "a port that is down takes nothing");
        assert!(!readable(&*port, 100), "an engine can sleep meanwhile");
        if change == "link del va" {
            make_pair();
        }
        ip("link set va up");
        until("up", || {
            wait(&*port);
            bench.receive(&mut *port, 1);
            port.holds() == LENT
        });
        assert_eq!((port.state(), port.descriptor()), (State::Up, descriptor));
        let (mut peer, mut other) = (on("vb"), Bench::new(64, 2048));
        other.transmit(&mut *peer, &packets(3));
        assert!(bench.collect(&mut *port, 3) == packets(3), "{change}");
        bench.transmit(&mut *port, &packets(3));
        assert!(other.collect(&mut *peer, 3) == packets(3), "{change}");
        until("all completed", || {
            bench.reap(&mut *port);
            port.completion_due().is_none()
        });
    }
}

#[test]
fn packets_of_all_queues_come_and_it_hears_what_is_for_others() {
    if !can("packets_of_all_queues_come_and_it_hears_what_is_for_others") {
        return;
    }
    ip("link del va");
    let queues = "numrxqueues 3 numtxqueues 3";
    ip(&format!("link add va {queues} type veth peer name vb {queues}"));
    bring_up();
    let (mut bench, mut peer) = (pool(), on("vb"));
    let mut port = receiving(&mut bench);
    let shown = std::process::Command::new("ip").args(["-d", "link", "show", "va"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("promiscuity 1"));
    assert_eq!(port.holds(), LENT / 3 * 3);
    // The kernel spreads packets over the queues by their addresses.
    let flow = |number: usize| {
        let mut bytes = packet(number, 80);
        bytes[12..38].copy_from_slice(&[
            8,
            0,
            0x45,
            0,
            0,
            66,
            0,
            0,
            0x40,
            0,
            64,
            17,
            0,
            0,
            10,
            9,
            9,
            9,
            10,
            9,
            9,
            8,
            0,
            number as u8,
            0,
            9,
        ]);
        bytes
    };
    let sent: Vec<_> = (0..100).map(flow).collect();
    Bench::new(64, 2048).transmit(&mut *peer, &sent);
    let mut received = bench.collect(&mut *port, 100);
    received.sort_by_key(|packet| packet[35]);
    assert!(received == sent);
}

#[test]
fn what_the_host_left_to_the_hardware_is_done() {
    if can("what_the_host_left_to_the_hardware_is_done") {
        host::address("vb");
        let mut bench = pool();
        let mut port = receiving(&mut bench);
        host::datagrams_arrive(&mut *port, &mut bench);
        host::a_connection_arrives(&mut *port, &mut bench);
    }
}

#[test]
fn a_driver_without_xdp_has_it_behind_itself() {
    if !can("a_driver_without_xdp_has_it_behind_itself") {
        return;
    }
    ip("link add link va name mv type macvlan mode passthru");
    ip("link set mv addrgenmode none");
    ip("link set mv up");
    let (mut bench, mut peer, mut other) = (pool(), on("vb"), Bench::new(64, 2048));
    let mut port = coven_vns::open("af_xdp", &json!({"interface": "mv"}), &bench.frames).unwrap();
    assert_eq!(port.note(), None);
    assert!(is_program_there("mv", "xdpgeneric"));
    bench.receive(&mut *port, 32);
    other.transmit(&mut *peer, &packets(100));
    assert!(bench.collect(&mut *port, 100) == packets(100));
    bench.transmit(&mut *port, &packets(100));
    assert!(other.collect(&mut *peer, 100) == packets(100));
}
