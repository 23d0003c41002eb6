use super::*;
use proptest::prelude::*;
use wire::{ether_type, protocol, Ethernet};

fn rule(path: u16) -> ClassRule {
    ClassRule { made: Made::new(path, u32::from(path) << 8 | 255, [0; 16], None), ..ClassRule::default() }
}

fn ipv4(source: u32, destination: u32, tos: u8, next: u8, fragment: u16, segment: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, tos, 0, 0, 0, 0, (fragment >> 8) as u8, fragment as u8, 64, next, 0, 0];
    header.extend(source.to_be_bytes());
    header.extend(destination.to_be_bytes());
    [&Ethernet::emit([1; 6], [2; 6], ether_type::IPV4)[..], &header, segment].concat()
}

fn ipv6(source: u128, destination: u128, class: u8, next: u8, segment: &[u8]) -> Vec<u8> {
    let header = [0x60 | class >> 4, class << 4, 0, 0, 0, 0, next, 64];
    [&Ethernet::emit([1; 6], [2; 6], ether_type::IPV6)[..], &header, &source.to_be_bytes(), &destination.to_be_bytes(), segment]
        .concat()
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    [&source.to_be_bytes()[..], &destination.to_be_bytes(), &[0; 4], payload].concat()
}

fn tagged(frame: &[u8], vlan: u16) -> Vec<u8> {
    [&frame[..12], &[0x81, 0x00], &(0xe000 | vlan).to_be_bytes(), &frame[12..]].concat()
}

/// Twice: looked up, and then remembered.
fn path(classifier: &mut Classifier, frame: &[u8]) -> Option<u16> {
    let once = classifier.classify(frame).map(|made| made.path());
    assert_eq!(classifier.classify(frame).map(|made| made.path()), once);
    once
}

#[test]
fn each_field_tells_packets_apart() {
    let base = || ipv4(0x0a000001, 0x0a000002, 46 << 2, protocol::UDP, 0, &udp(1000, 53, b"GET /"));
    type Change = fn(&mut ClassRule, bool);
    let fields: [(&str, Change); 8] = [
        ("source", |rule, fits| {
            rule.source = Some(if fits { Range::Ipv4(0x0a000000, 0x0affffff) } else { Range::Ipv4(0, 0x0a000000) })
        }),
        ("destination", |rule, fits| rule.destination = Some(Range::Ipv4(if fits { 0x0a000002 } else { 0x0a000003 }, u32::MAX))),
        ("protocol", |rule, fits| rule.protocol = Some(if fits { (17, 17) } else { (6, 6) })),
        ("source port", |rule, fits| rule.source_port = Some(if fits { (1000, 2000) } else { (1001, 2000) })),
        ("destination port", |rule, fits| rule.destination_port = Some(if fits { (1, 53) } else { (1, 52) })),
        ("VLAN", |rule, fits| rule.vlan = Some(if fits { (5, 5) } else { (6, 4095) })),
        ("DSCP", |rule, fits| rule.dscp = Some(if fits { (46, 46) } else { (0, 45) })),
        ("payload", |rule, fits| rule.payload = if fits { b"GET ".to_vec() } else { b"POST".to_vec() }),
    ];
    let frame = tagged(&base(), 5);
    for (name, change) in fields {
        let (mut yes, mut no) = (rule(1), rule(2));
        change(&mut yes, true);
        change(&mut no, false);
        assert_eq!(path(&mut Classifier::new(&[no.clone(), yes]), &frame), Some(1), "{name}");
        assert_eq!(path(&mut Classifier::new(&[no]), &frame), None, "{name}");
    }
}

#[test]
fn what_a_packet_does_not_have_fits_no_rule_that_asks_for_it() {
    let ports = ClassRule { destination_port: Some((0, 0xffff)), ..rule(1) };
    let vlan = ClassRule { vlan: Some((0, 4095)), ..rule(2) };
    let dscp = ClassRule { dscp: Some((0, 63)), ..rule(3) };
    let mut classifier = Classifier::new(&[ports, vlan, dscp, rule(4)]);
    let segment = udp(1, 2, &[]);
    assert_eq!(path(&mut classifier, &ipv4(1, 2, 0, protocol::UDP, 0, &segment)), Some(1));
    assert_eq!(path(&mut classifier, &ipv4(1, 2, 0, protocol::UDP, 0x2000, &segment)), Some(3), "a fragment");
    assert_eq!(path(&mut classifier, &ipv4(1, 2, 0, protocol::ICMP, 0, &segment)), Some(3));
    let arp = Ethernet::emit([1; 6], [2; 6], 0x0806);
    assert_eq!(path(&mut classifier, &arp), Some(4));
    assert_eq!(path(&mut classifier, &tagged(&arp, 0)), Some(2));
    assert_eq!(path(&mut classifier, &arp[..13]), None, "no Ethernet at all");
}

#[test]
fn rules_of_one_family_leave_the_other_alone() {
    let six = ClassRule { source: Some(Range::Ipv6(1 << 120, (1 << 121) - 1)), ..rule(6) };
    let four = ClassRule { source: Some(Range::Ipv4(0, u32::MAX)), ..rule(4) };
    let mut classifier = Classifier::new(&[six, four]);
    let segment = udp(1, 2, &[]);
    assert_eq!(path(&mut classifier, &ipv6(1 << 120, 5, 0, protocol::UDP, &segment)), Some(6));
    assert_eq!(path(&mut classifier, &ipv6(1 << 121, 5, 0, protocol::UDP, &segment)), None);
    assert_eq!(path(&mut classifier, &ipv4(0, 5, 0, protocol::UDP, 0, &segment)), Some(4));
}

#[test]
fn the_first_of_many_counts_and_those_beyond_the_limit_do_not() {
    let ports = |port| Some((port, port));
    let mut rules: Vec<_> =
        (0..CLASS_RULES_MAX as u16).map(|n| ClassRule { destination_port: ports(u32::from(n)), ..rule(n) }).collect();
    rules.push(rule(9999));
    let mut classifier = Classifier::new(&rules);
    for port in [0, 63, 64, 1023] {
        assert_eq!(path(&mut classifier, &ipv4(1, 2, 0, protocol::UDP, 0, &udp(1, port, &[]))), Some(port));
    }
    assert_eq!(path(&mut classifier, &ipv4(1, 2, 0, protocol::UDP, 0, &udp(1, 2000, &[]))), None);
    assert!(Classifier::new(&[]).classify(&[0; 60]).is_none());
}

#[test]
fn a_flow_is_not_remembered_by_a_payload() {
    let mut classifier = Classifier::new(&[ClassRule { payload: b"GET".to_vec(), ..rule(1) }, rule(2)]);
    let frame = |payload: &[u8]| ipv4(1, 2, 0, protocol::UDP, 0, &udp(1, 2, payload));
    for (payload, expected) in [(&b"GET /"[..], 1), (b"POST", 2), (b"GET", 1)] {
        assert_eq!(path(&mut classifier, &frame(payload)), Some(expected));
    }
}

/// A rule as a list of conditions says it.
fn fits(rule: &ClassRule, key: &Key, payload: &[u8]) -> bool {
    let within = |range: Option<(u32, u32)>, value: u32| range.is_none_or(|(first, last)| (first..=last).contains(&value));
    let address = |range: Option<Range>, value: u128| match range {
        None => true,
        Some(Range::Ipv4(first, last)) => key.family() == Family::Ipv4 && (u128::from(first)..=u128::from(last)).contains(&value),
        Some(Range::Ipv6(first, last)) => key.family() == Family::Ipv6 && (first..=last).contains(&value),
    };
    address(rule.source, key.source)
        && address(rule.destination, key.destination)
        && within(rule.protocol, key.protocol())
        && within(rule.source_port, key.ports().0)
        && within(rule.destination_port, key.ports().1)
        && within(rule.vlan, key.vlan())
        && within(rule.dscp, key.dscp())
        && payload.starts_with(&rule.payload)
}

/// Small values, so that rules and packets meet.
fn range(last: u32) -> impl Strategy<Value = Option<(u32, u32)>> {
    prop::option::of((0..=last, 0..=last).prop_map(|(a, b)| (a.min(b), a.max(b))))
}

fn address() -> impl Strategy<Value = Option<Range>> {
    (range(7), any::<bool>()).prop_map(|(range, four)| {
        range.map(|(first, last)| if four { Range::Ipv4(first, last) } else { Range::Ipv6(first.into(), last.into()) })
    })
}

fn any_rule() -> impl Strategy<Value = ClassRule> {
    let fields = (address(), address(), range(20), range(4), range(4), range(3), range(3), prop::collection::vec(0u8..2, 0..2));
    fields.prop_map(|(source, destination, protocol, source_port, destination_port, vlan, dscp, payload)| ClassRule {
        source,
        destination,
        protocol,
        source_port,
        destination_port,
        vlan,
        dscp,
        payload,
        made: Made::default(),
    })
}

fn any_packet() -> impl Strategy<Value = Vec<u8>> {
    let next = prop::sample::select(vec![protocol::TCP, protocol::UDP, protocol::ICMP]);
    (
        any::<bool>(),
        0u32..8,
        0u32..8,
        0u8..4,
        next,
        (0u16..5, 0u16..5),
        prop::option::of(0u16..4),
        prop::collection::vec(0u8..2, 0..24),
    )
        .prop_map(|(four, source, destination, dscp, next, ports, vlan, payload)| {
            let segment = udp(ports.0, ports.1, &payload);
            let frame = if four {
                ipv4(source, destination, dscp << 2, next, 0, &segment)
            } else {
                ipv6(source.into(), destination.into(), dscp << 2, next, &segment)
            };
            vlan.map_or(frame.clone(), |vlan| tagged(&frame, vlan))
        })
}

proptest! {
    #[test]
    fn finds_what_a_list_of_conditions_finds(rules in prop::collection::vec(any_rule(), 1..100), packets in prop::collection::vec(any_packet(), 1..20)) {
        let rules: Vec<_> = rules.into_iter().zip(0..).map(|(rule, path)| ClassRule { made: Made::new(path, 0, [0; 16], None), ..rule }).collect();
        let mut classifier = Classifier::new(&rules);
        for packet in packets {
            let (key, payload) = Key::read(&packet);
            let expected = rules.iter().position(|rule| fits(rule, &key, payload)).map(|at| at as u16);
            prop_assert_eq!(path(&mut classifier, &packet), expected);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(kind in prop::sample::select(vec![0x0800u16, 0x86dd, 0x8100, 0x88a8, 0x0806]), tail: Vec<u8>) {
        let mut classifier = Classifier::new(&[ClassRule { destination_port: Some((0, 80)), ..rule(1) }, rule(2)]);
        classifier.classify(&[&Ethernet::emit([1; 6], [2; 6], kind)[..], &tail].concat());
        classifier.classify(&tail);
    }
}
