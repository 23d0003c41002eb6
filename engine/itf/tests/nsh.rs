//! NSH in the stage: counted drops, packets that components make, ports of every role.
mod common;
use channel::layout::*;
use channel::{Descriptor, Line};
use common::*;
use coven_itf::*;
use nshp::{ClassRule, Classifier, Hop, Hops, Made, Role};
use wire::NshFields;

const SPI: u32 = 10;

fn inner(last: u8) -> Vec<u8> {
    let mut frame = vec![2; 60];
    frame[12..14].copy_from_slice(&[0x08, 0x06]);
    frame[11] = last;
    frame
}

fn nsh(spi: u32, si: u8, next_protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = [0; 24];
    NshFields { oam: false, ttl: 63, next_protocol, spi, si, context: Some([7; 16]) }.emit(&mut header);
    [&[4; 12][..], &[0x89, 0x4f], &header, payload].concat()
}

fn arrive(far: &Far, frame: Vec<u8>) {
    far.lock().unwrap().arriving.push_back(frame);
}

fn sent(far: &Far) -> Vec<Vec<u8>> {
    std::mem::take(&mut far.lock().unwrap().sent)
}

/// Ports 0 and 1, a component that makes packets between them, there and back on paths 0 and 1.
fn firewall(near: Role, far: Role) -> (Bench, Far, Far, Worker) {
    let mut bench = Bench::new(256, 1);
    let ports = (bench.nsh_port(0, near), bench.nsh_port(1, far));
    bench.component(1, OnCrash::Drop, true);
    bench.edge(1, 0, 1, 64, false);
    bench.edge(2, 1, 0, 64, false);
    bench.service_path(0, 0, Some(SPI), Target::Edge(1), Some((SPI, 200)));
    bench.service_path(1, 1, Some(SPI + 1), Target::Edge(1), Some((SPI + 1, 100)));
    bench.exit(2, 0, 1);
    bench.exit(2, 1, 0);
    bench.settle();
    let worker = bench.worker(1);
    bench.settle();
    (bench, ports.0, ports.1, worker)
}

/// The component makes a packet, like another one or from nothing.
fn make(bench: &mut Bench, worker: &mut Worker, like: &Line, frame: &[u8]) {
    bench.settle();
    let mut lent = [Descriptor::default()];
    assert_eq!(worker.alloc.as_mut().unwrap().take(&mut lent).unwrap(), 1, "frames are lent");
    let [d] = lent;
    worker.segment.frames().copy_in(d.frame(), 320, frame);
    worker.segment.meta().fill(d.frame(), like);
    assert_eq!(worker.post(&[Descriptor::packet(d.frame(), d.generation(), 320, frame.len() as u16)]), 1);
    bench.settle();
}

fn like(port: u16, spi: Option<u32>) -> Line {
    let flags = if spi.is_some() { META_FLAG_NSH as u16 } else { 0 };
    Line { ingress_port: port, flags, nsh_path: spi.unwrap_or(0) << 8 | 9, time_ns: 1, context: [3; 16], ..Line::default() }
}

type Row = (u32, u32, Vec<(&'static str, u64)>);

fn rows(bench: &Bench) -> Vec<Row> {
    bench.stage.counters().service_paths().map(|(spi, si, row)| (spi, si, named(row).collect())).collect()
}

#[test]
fn every_drop_is_counted_for_its_service_path_and_told_once() {
    let (mut bench, near, _, mut worker) = firewall(Role::Proxy, Role::Proxy);
    for _ in 0..3 {
        arrive(&near, nsh(77, 5, 3, &inner(0)));
        arrive(&near, nsh(SPI, 0, 3, &inner(0)));
    }
    let mut other_version = nsh(SPI, 9, 3, &inner(0));
    other_version[14] |= 0x80;
    arrive(&near, other_version);
    arrive(&near, nsh(SPI, 9, 3, &[1; 1400]));
    bench.settle();
    let held = worker.take(8);
    let grown: Vec<_> = held.iter().map(|d| Descriptor::packet(d.frame(), d.generation(), d.offset(), 1500)).collect();
    worker.post(&grown);
    bench.settle();
    let expected = [
        (0, 0, vec![("nsh_version", 1)]),
        (SPI, 0, vec![("nsh_path_exhausted", 3)]),
        (SPI, 9, vec![("nsh_mtu", 1)]),
        (77, 5, vec![("nsh_no_path", 3)]),
    ];
    assert_eq!(rows(&bench), expected);
    let mut told = bench.stage.first_nsh_drops();
    told.sort_unstable();
    let first = [(0, REASON_NSH_VERSION), (SPI << 8, REASON_NSH_PATH_EXHAUSTED), (SPI << 8 | 9, REASON_NSH_MTU)];
    assert_eq!(told, [&first[..], &[(77 << 8 | 5, REASON_NSH_NO_PATH)]].concat());
    arrive(&near, nsh(77, 5, 3, &inner(0)));
    bench.settle();
    assert_eq!(bench.stage.first_nsh_drops(), []);
}

#[test]
fn a_packet_that_is_made_gets_the_nsh_of_its_flow() {
    for role in [Role::Proxy, Role::Aware] {
        let (mut bench, near, far, mut worker) = firewall(role, role);
        arrive(&near, nsh(SPI, 33, 3, &inner(1)));
        bench.settle();
        let held = worker.take(8);
        worker.give_back(&held, REASON_COMPONENT);
        make(&mut bench, &mut worker, &like(0, Some(SPI)), &inner(1));
        let mut expected = nsh(SPI, 32, 3, &inner(1));
        expected[22..38].copy_from_slice(&[3; 16]);
        assert_eq!(sent(&far), [expected], "{role:?}");
    }
}

#[test]
fn one_of_an_unknown_flow_gets_that_of_its_path() {
    let (mut bench, near, far, mut worker) = firewall(Role::Proxy, Role::Proxy);
    let expected = |spi: u32, si: u8, context: u8| {
        let mut frame = nsh(spi, si, 3, &inner(5));
        frame[..12].copy_from_slice(&inner(5)[..12]);
        frame[22..38].copy_from_slice(&[context; 16]);
        frame
    };
    make(&mut bench, &mut worker, &like(0, Some(SPI)), &inner(5));
    assert_eq!(sent(&far), [expected(SPI, 199, 3)]);
    make(&mut bench, &mut worker, &like(1, Some(SPI + 1)), &inner(5));
    assert_eq!(sent(&near), [expected(SPI + 1, 99, 3)], "the path of its model");
    make(&mut bench, &mut worker, &Line::default(), &inner(5));
    assert_eq!(sent(&far), [expected(SPI, 199, 0)], "from nothing: the first path");
}

#[test]
fn one_made_like_a_plain_packet_is_plain() {
    let (mut bench, _, far, mut worker) = firewall(Role::Proxy, Role::Proxy);
    make(&mut bench, &mut worker, &like(0, None), &inner(5));
    assert_eq!(sent(&far), [inner(5)]);
}

#[test]
fn an_aware_component_sees_the_nsh_and_may_make_one() {
    let (mut bench, near, far, mut worker) = firewall(Role::Aware, Role::Aware);
    arrive(&near, nsh(SPI, 33, 3, &inner(1)));
    bench.settle();
    let [d] = worker.take(8)[..] else { panic!("one packet") };
    let mut seen = vec![0; d.length().into()];
    worker.segment.frames().copy_out(d.frame(), d.offset().into(), &mut seen);
    assert_eq!(seen, nsh(SPI, 33, 3, &inner(1)));
    worker.post(&[d]);
    bench.settle();
    assert_eq!(sent(&far), [nsh(SPI, 32, 3, &inner(1))]);
    make(&mut bench, &mut worker, &like(0, Some(SPI)), &nsh(99, 99, 3, &inner(8)));
    assert_eq!(sent(&far), [nsh(SPI, 199, 3, &inner(8))], "the path is the plan's");
}

#[test]
fn a_packet_without_payload_passes_the_components_by() {
    let (mut bench, near, far, mut worker) = firewall(Role::Proxy, Role::Proxy);
    arrive(&near, nsh(SPI, 33, 0, &[]));
    bench.settle();
    assert!(worker.take(8).is_empty());
    assert_eq!(sent(&far), [nsh(SPI, 32, 0, &[])]);
}

/// Two ports and a wire between them on path 0, told apart by rules only.
fn wire(near: Role, far: Role, rules: NshRules) -> (Bench, Far, Far) {
    let mut bench = Bench::new(64, 1);
    let ports = (bench.nsh_port(0, near), bench.nsh_port(1, far));
    bench.service_path(0, 0, Some(SPI), Target::Port(1), Some((SPI, 255)));
    let change = bench.stage.add_rules(0, rules).unwrap();
    bench.stage.commit(vec![change]);
    (bench, ports.0, ports.1)
}

#[test]
fn classified_packets_get_an_nsh_and_others_have_no_way() {
    let made = Made::new(0, SPI << 8 | 255, [9; 16], None);
    let rule = ClassRule { vlan: Some((5, 5)), made, ..ClassRule::default() };
    let rules = NshRules { classifier: Classifier::new(&[rule]), ..NshRules::default() };
    let (mut bench, near, far) = wire(Role::Classify, Role::Proxy, rules);
    let tagged = |vlan: u8| [&inner(1)[..12], &[0x81, 0, 0, vlan], &inner(1)[12..]].concat();
    arrive(&near, tagged(5));
    arrive(&near, tagged(6));
    bench.settle();
    let mut expected = nsh(SPI, 255, 3, &tagged(5));
    expected[..12].copy_from_slice(&tagged(5)[..12]);
    expected[22..38].copy_from_slice(&[9; 16]);
    assert_eq!((sent(&far), bench.dropped(REASON_NO_ROUTE)), (vec![expected], 1));
}

#[test]
fn a_forwarder_sends_each_service_path_its_way() {
    let mut hops = Hops::default();
    hops.add(SPI, None, Hop { path: 0, to: Some([0xee; 6]), oam: false, unknown: false });
    let (mut bench, near, far) = wire(Role::Forward, Role::Forward, NshRules { hops, ..NshRules::default() });
    arrive(&near, nsh(SPI, 33, 3, &inner(1)));
    arrive(&near, nsh(SPI + 1, 33, 3, &inner(1)));
    arrive(&near, inner(1));
    bench.settle();
    let mut expected = nsh(SPI, 33, 3, &inner(1));
    expected[..6].copy_from_slice(&[0xee; 6]);
    (expected[14], expected[15]) = (0x0f, 0x86);
    assert_eq!(sent(&far), [expected]);
    assert_eq!((bench.dropped(REASON_NSH_NO_PATH), bench.dropped(REASON_NO_ROUTE)), (1, 1));
}

#[test]
fn rules_are_given_once_and_can_be_taken_back() {
    let hops = |path| {
        let mut hops = Hops::default();
        hops.add(SPI, None, Hop { path, to: None, oam: false, unknown: false });
        NshRules { hops, ..NshRules::default() }
    };
    let (mut bench, near, far) = wire(Role::Forward, Role::Forward, hops(0));
    assert_eq!(bench.stage.add_rules(0, hops(0)).err().map(|refusal| refusal.reason), Some("exists"));
    assert_eq!(bench.stage.add_rules(9, hops(0)).err().map(|refusal| refusal.reason), Some("not-found"));
    let removed = bench.stage.remove_rules(0).unwrap();
    bench.stage.undo(vec![removed]);
    arrive(&near, nsh(SPI, 33, 3, &inner(1)));
    bench.settle();
    assert_eq!(sent(&far).len(), 1);
    let removed = bench.stage.remove_rules(0).unwrap();
    bench.stage.commit(vec![removed]);
    arrive(&near, nsh(SPI, 33, 3, &inner(1)));
    bench.settle();
    assert_eq!((sent(&far).len(), bench.dropped(REASON_NSH_NO_PATH)), (0, 1));
}

/// Whoever applies a plan drops tables when no packet waits for it.
#[test]
fn tables_that_are_out_of_force_are_given_back() {
    let table = |path| {
        let made = Made::new(path, SPI << 8 | 255, [0; 16], None);
        let classifier = Classifier::new(&[ClassRule { made, ..ClassRule::default() }]);
        NshRules { classifier, ..NshRules::default() }
    };
    let (mut bench, ..) = wire(Role::Classify, Role::Proxy, table(0));
    let paths = |bench: &mut Bench| {
        let path = |mut rules: NshRules| rules.classifier.classify(&inner(1)).map(Made::path);
        bench.stage.spent().into_iter().map(path).collect::<Vec<_>>()
    };
    assert_eq!(paths(&mut bench), [None], "the empty one before");
    assert!(bench.stage.add_rules(0, table(1)).is_err());
    assert_eq!(paths(&mut bench), [Some(1)], "one that was refused");
    let exchange =
        |bench: &mut Bench, path| vec![bench.stage.remove_rules(0).unwrap(), bench.stage.add_rules(0, table(path)).unwrap()];
    let changes = exchange(&mut bench, 2);
    bench.stage.undo(changes);
    assert_eq!(paths(&mut bench), [Some(2), None], "one that was undone");
    let changes = exchange(&mut bench, 3);
    bench.stage.commit(changes);
    assert_eq!(paths(&mut bench), [Some(0), None], "one that was exchanged");
    assert_eq!(paths(&mut bench), []);
}
