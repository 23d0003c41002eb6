//! A port that several threads have a part of each: every packet comes to one of them, both directions of a flow to the same one.
use std::collections::BTreeMap;

use coven_vns::{open_among, Frames, Member, OpenError, Port, State};
use serde_json::{json, Value};

use crate::bench::*;
use crate::namespace::{inside, ip};

const THREADS: usize = 3;

fn parts_of(backend: &str, options: &Value) -> Result<Vec<Box<dyn Port>>, OpenError> {
    let open = |member: &Member| open_among(backend, options, &Frames::leaked(1, 64), member);
    Member::crew(THREADS).iter().map(open).collect()
}

fn parts(interface: &str) -> Vec<Box<dyn Port>> {
    parts_of("af_packet", &json!({"interface": interface})).unwrap_or_else(|error| panic!("{error}"))
}

/// A second pair, `vc` and `vd`, as up as the first.
fn second_pair() {
    ip("link add vc type veth peer name vd");
    for end in ["vc", "vd"] {
        ip(&format!("link set {end} addrgenmode none"));
        ip(&format!("link set {end} up"));
    }
}

/// Have the threads come together: they do when they are first asked for packets.
fn gather(parts: &mut [Box<dyn Port>]) {
    let mut bench = Bench::new(64, 2048);
    until("all are up", || {
        parts.iter_mut().for_each(|port| drop(bench.receive(&mut **port, 1)));
        parts.iter().all(|port| port.state() == State::Up && port.due().is_none())
    });
}

/// What each got, once all came; each packet came once.
fn heard(parts: &mut [Box<dyn Port>], count: usize) -> Vec<Vec<Vec<u8>>> {
    let mut bench = Bench::new(64, 2048);
    let mut all = vec![Vec::new(); parts.len()];
    until("all packets", || {
        for (port, heard) in parts.iter_mut().zip(&mut all) {
            for received in bench.receive(&mut **port, 32) {
                heard.push(bench.read(received.packet));
                bench.shelf.0.push(received.packet.frame);
            }
        }
        all.iter().map(Vec::len).sum::<usize>() >= count
    });
    assert!(parts.iter_mut().all(|port| bench.receive(&mut **port, 1).is_empty()), "a packet came twice");
    all
}

#[derive(Clone, Copy)]
enum Kind {
    Ipv4,
    Ipv6,
    Fragments,
    Tagged,
    TwoTags,
    Nsh,
    NshOfIpv4,
}

fn network(kind: Kind, flow: u8, down: bool) -> Vec<u8> {
    let turned = |mut ends: Vec<Vec<u8>>| {
        if down {
            ends.reverse();
        }
        ends.concat()
    };
    let ports = turned(vec![(1000 + u16::from(flow)).to_be_bytes().to_vec(), 53u16.to_be_bytes().to_vec()]);
    if let Kind::Ipv6 = kind {
        let mut near = [0x20; 16];
        near[15] = flow;
        return [&[0x60, 0, 0, 0, 0, 8, 17, 64][..], &turned(vec![near.to_vec(), vec![0x33; 16]]), &ports, &[0, 8, 0, 0]]
            .concat();
    }
    let fragment = if let Kind::Fragments = kind { [0x20, u8::from(down) * 5] } else { [0x40, 0] };
    let header = [&[0x45, 0, 0, 28, 0, 0][..], &fragment, &[64, 17, 0, 0]].concat();
    [header, turned(vec![vec![10, 0, 0, flow], vec![10, 1, 0, 1]]), ports, vec![0, 8, 0, 0]].concat()
}

/// As Ethernet carries it, padded, with the flow in the last byte.
fn packet_of(kind: Kind, flow: u8, down: bool) -> Vec<u8> {
    let link = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    let plain = [if let Kind::Ipv6 = kind { [0x86, 0xdd] } else { [8, 0] }.to_vec(), network(kind, flow, down)].concat();
    let nsh = |next: u8| vec![0x89, 0x4f, 0x0f, 0xc6, 1, next, 0, 0, 10, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let rest = match kind {
        Kind::Tagged => [vec![0x81, 0, 0, 7], plain].concat(),
        Kind::TwoTags => [vec![0x88, 0xa8, 0, 9, 0x81, 0, 0, 7], plain].concat(),
        Kind::Nsh => [nsh(3), link.to_vec(), plain].concat(),
        Kind::NshOfIpv4 => [nsh(1), plain[2..].to_vec()].concat(),
        _ => plain,
    };
    let mut bytes = [link.to_vec(), rest].concat();
    bytes.resize(120, 0);
    bytes.push(flow);
    bytes
}

const KINDS: [Kind; 7] = [Kind::Ipv4, Kind::Ipv6, Kind::Fragments, Kind::Tagged, Kind::TwoTags, Kind::Nsh, Kind::NshOfIpv4];
const FLOWS: u8 = 48;

/// Thread by flow; of one kind, one direction, on one pair of interfaces.
fn threads_of(kind: Kind, down: bool, peer: &str, parts: &mut [Box<dyn Port>]) -> BTreeMap<u8, usize> {
    let sent: Vec<_> = (0..FLOWS).map(|flow| packet_of(kind, flow, down)).collect();
    let mut peer = open("af_packet", &json!({ "interface": peer })).unwrap();
    assert_eq!(Bench::new(64, 2048).transmit(&mut *peer, &sent), sent.len());
    let all = heard(parts, sent.len());
    let by = |(thread, heard): (usize, &Vec<Vec<u8>>)| heard.iter().map(|bytes| (bytes[120], thread)).collect::<Vec<_>>();
    all.iter().enumerate().flat_map(by).collect()
}

/// Both directions, on both pairs; what is behind an NSH goes where it goes without.
fn assert_spread(lan: &mut [Box<dyn Port>], wan: &mut [Box<dyn Port>]) {
    let usual = threads_of(Kind::Ipv4, false, "vb", lan);
    for kind in KINDS {
        let up = threads_of(kind, false, "vb", lan);
        assert_eq!(up.len(), usize::from(FLOWS));
        assert_eq!(up, threads_of(kind, true, "vd", wan), "the other direction, on the other interface");
        for thread in 0..lan.len() {
            let share = up.values().filter(|one| **one == thread).count();
            assert!(share > 4, "{share} of {FLOWS} flows are with thread {thread}");
        }
        if let Kind::Nsh | Kind::NshOfIpv4 | Kind::Tagged | Kind::TwoTags = kind {
            assert_eq!(up, usual);
        }
    }
}

#[test]
fn both_directions_of_a_flow_come_to_the_same_thread() {
    if !inside("threads::both_directions_of_a_flow_come_to_the_same_thread") {
        return;
    }
    second_pair();
    let (mut lan, mut wan) = (parts("va"), parts("vc"));
    gather(&mut lan);
    gather(&mut wan);
    assert_spread(&mut lan, &mut wan);
    // What is not IP is the first thread's, and what the host sends by the interface is nobody's.
    let mut peer = open("af_packet", &json!({"interface": "vb"})).unwrap();
    let mut bench = Bench::new(64, 2048);
    bench.transmit(&mut *peer, &packets(5));
    assert_eq!(heard(&mut lan, 5).iter().map(Vec::len).collect::<Vec<_>>(), [5, 0, 0]);
    for port in &mut lan {
        bench.transmit(&mut **port, &packets(3));
    }
    assert_eq!(bench.collect(&mut *peer, 9).len(), 9);
    assert!(heard(&mut lan, 0).iter().all(Vec::is_empty), "they feed each other");
}

#[test]
fn they_find_each_other_again_when_their_interface_was_down_or_is_another() {
    if !inside("threads::they_find_each_other_again_when_their_interface_was_down_or_is_another") {
        return;
    }
    second_pair();
    ip("link set vc down");
    let (mut lan, mut wan) = (parts("va"), parts("vc"));
    gather(&mut lan);
    ip("link set vc up");
    gather(&mut wan);
    assert_spread(&mut lan, &mut wan);
    ip("link set va down");
    let mut bench = Bench::new(4, 2048);
    until("down", || {
        lan.iter_mut().for_each(|port| drop(bench.receive(&mut **port, 1)));
        lan.iter().all(|port| matches!(port.state(), State::Down(_)))
    });
    ip("link set va up");
    gather(&mut lan);
    assert_spread(&mut lan, &mut wan);
    ip("link del vc");
    second_pair();
    // The last one looks first.
    for _ in 0..3 {
        std::thread::sleep(std::time::Duration::from_millis(210));
        wan.iter_mut().rev().for_each(|port| drop(bench.receive(&mut **port, 1)));
    }
    gather(&mut wan);
    assert_spread(&mut lan, &mut wan);
}

#[test]
fn each_makes_its_part_of_the_rate_the_count_and_the_flows() {
    let mut parts = parts_of("generate", &json!({"count": 100, "flows": 7})).unwrap();
    let all = heard(&mut parts, 100);
    let ports = |heard: &Vec<Vec<u8>>| heard.iter().map(|bytes| bytes[35]).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [34, 33, 33]);
    assert_eq!(all.iter().map(ports).map(Vec::from_iter).collect::<Vec<_>>(), [vec![0, 3, 6], vec![1, 4], vec![2, 5]]);
    assert!(parts.iter().all(|port| port.done()));
    let error = parts_of("generate", &json!({"flows": 2})).err().unwrap();
    assert!(error.message.contains("from 3 to 4096"), "a flow is with one thread: {error}");
}

#[test]
fn what_several_threads_can_not_have_is_refused() {
    let cases = [
        ("pcap", json!({"in": "a.pcap"})),
        ("tap", json!({"interface": "tap0"})),
        ("memif", json!({"socket": "/tmp/x", "role": "server"})),
        ("libpcap", json!({"interface": "eth0"})),
        ("plugin", json!({"file": "a.so"})),
        ("loopback", json!({"record": "/tmp/x.pcap"})),
    ];
    for (backend, options) in cases {
        let error = parts_of(backend, &options).err().unwrap_or_else(|| panic!("{backend} was opened"));
        assert!(error.reason == "one-thread" && error.message.contains("threads: 1"), "{error}");
    }
    assert!(parts_of("loopback", &json!(null)).is_ok());
}

#[test]
fn af_xdp_becomes_af_packet_and_says_why() {
    if !inside("threads::af_xdp_becomes_af_packet_and_says_why") {
        return;
    }
    let mut parts = parts_of("af_xdp", &json!({"interface": "va"})).unwrap();
    gather(&mut parts);
    assert!(parts.iter().all(|port| port.note().is_some_and(|note| note.contains("AF_PACKET in place of AF_XDP"))));
}
