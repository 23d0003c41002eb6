//! What NSHP costs a packet: one line `row nanoseconds` for each round (spec/bench.md, `nsh`). `figures [ROUNDS]`.
use coven_nshp::*;
use std::hint::black_box;
use std::time::Instant;
use wire::NshFields;

const PACKETS: u32 = 20_000;
const BURST: u32 = 32;
const FRAMES: u32 = 256;
const OFFSET: u16 = 320;
const RULES: u32 = 1000;
/// Flows that the classifier knows in `classify-hit`.
const FLOWS: u32 = 10_000;
/// What some rules ask of the payload, and what some packets have.
const WORDS: [&[u8]; 4] = [b"GET /", b"POST ", b"\x16\x03\x01", b"SSH-2"];

/// Time of one packet: the median over bursts, since another process may have the CPU during some of them. What `arrive` does to have a
/// packet where a port would have put it takes no time.
fn measure(arrive: impl Fn(u32), mut one: impl FnMut(u32)) -> f64 {
    let mut bursts: Vec<_> = (0..PACKETS / BURST)
        .map(|burst| {
            let numbers = burst * BURST..(burst + 1) * BURST;
            numbers.clone().for_each(&arrive);
            let start = Instant::now();
            numbers.for_each(&mut one);
            start.elapsed().as_nanos() as f64 / f64::from(BURST)
        })
        .collect();
    bursts.sort_by(f64::total_cmp);
    bursts[bursts.len() / 2]
}

/// Numbers that look random and are the same at each run (SplitMix64's finalizer).
fn spread(number: u32) -> u64 {
    let a = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ a >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    b ^ b >> 31
}

fn ethernet(kind: [u8; 2]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &kind].concat()
}

/// A packet of the flow with this number: of IPv4 or IPv6, with a payload that some rules ask for.
fn packet(flow: u32) -> Vec<u8> {
    let bits = spread(flow);
    let [from, to] = [bits as u32, (bits >> 32) as u32];
    let mut frame = if bits & 1 == 0 {
        let header = [0x45, 0, 0, 50, 0, 0, 0x40, 0, 64, 17, 0, 0];
        [&ethernet([8, 0])[..], &header, &from.to_be_bytes(), &to.to_be_bytes()].concat()
    } else {
        let header = [0x60, 0, 0, 0, 0, 30, 17, 64];
        let side = |n: u32| [&[0x20, 1, 0x0d, 0xb8][..], &n.to_be_bytes(), &[0; 6], &(flow as u16).to_be_bytes()].concat();
        [&ethernet([0x86, 0xdd])[..], &header, &side(from), &side(to)].concat()
    };
    frame.extend([(flow as u16).to_be_bytes(), ((bits >> 20) as u16).to_be_bytes(), [0; 2], [0; 2]].concat());
    frame.extend(WORDS[bits as usize >> 8 & 3]);
    frame.resize(96, 0);
    frame
}

fn chained() -> Vec<u8> {
    let mut nsh = [0; 24];
    NshFields { oam: false, ttl: 63, next_protocol: 3, spi: 10, si: 255, context: Some([7; 16]) }.emit(&mut nsh);
    [&ethernet([0x89, 0x4f])[..12], &[0x89, 0x4f], &nsh, &packet(1)].concat()
}

/// Prefixes of 8 to 24 bits in both families, ranges of ports, and every third rule asks for a payload. The last two fit all packets, so
/// that many others have to be ruled out.
fn rules() -> Vec<ClassRule> {
    let prefix = |number: u32, bits: u32| {
        let mask = u32::MAX >> (8 + bits % 17);
        (number & !mask, number | mask)
    };
    let ipv6 = |(first, last): (u32, u32)| {
        let high = |part: u32| 0x2001_0db8 << 96 | u128::from(part) << 64;
        Range::Ipv6(high(first), high(last) | u128::from(u64::MAX))
    };
    let rule = |n: u32| {
        let bits = spread(n ^ 0xabcd_0000);
        let (source, destination) = (prefix(bits as u32, n), prefix((bits >> 32) as u32, n / 3));
        let range = |value: u32| Some((value & 0x3fff, (value & 0x3fff) + 0x8000));
        ClassRule {
            source: Some(if n % 2 == 0 { Range::Ipv4(source.0, source.1) } else { ipv6(source) }).filter(|_| n % 5 != 0),
            destination: Some(if n % 2 == 0 { Range::Ipv4(destination.0, destination.1) } else { ipv6(destination) })
                .filter(|_| n % 5 == 0 || n % 7 == 0),
            protocol: Some((6 + n % 12, 17)),
            source_port: range(bits as u32 >> 3).filter(|_| n % 4 == 0),
            destination_port: range((bits >> 40) as u32),
            payload: if n % 3 == 0 { WORDS[n as usize / 3 % WORDS.len()].to_vec() } else { Vec::new() },
            ..ClassRule::default()
        }
    };
    let all = |source| ClassRule { source: Some(source), ..ClassRule::default() };
    (2..RULES).map(rule).chain([all(Range::Ipv4(0, u32::MAX)), all(Range::Ipv6(0, u128::MAX))]).collect()
}

struct Table {
    frames: Frames,
    kept: Vec<Kept>,
    keys: Keys,
}

impl Table {
    fn new(packet: &[u8]) -> Self {
        let frames = Frames::leaked(FRAMES, 2048);
        (0..FRAMES).for_each(|frame| frames.copy_in(frame, OFFSET.into(), packet));
        Self { frames, kept: vec![Kept::NONE; FRAMES as usize], keys: Keys::default() }
    }

    fn through(&mut self, port: &mut Port, number: u32, length: u16) {
        let frame = number % FRAMES;
        let view = View { frames: &self.frames, frame, offset: OFFSET, length };
        let kept = &mut self.kept[frame as usize];
        let Entry::Nsh(inside) = port.enter(view, kept) else { panic!("a packet with an NSH passes") };
        let packet = View { offset: inside.offset, length: inside.length, ..view };
        let keys = &self.keys;
        let left = leave(port.role, &Leaving { packet, kept: Some(kept), back: false, keys, largest: 1514 });
        black_box(left.expect("it leaves"));
    }
}

fn role(role: Role) -> f64 {
    let frame = chained();
    let mut table = Table::new(&frame);
    let mut port = Port { role, ..Port::default() };
    port.paths.set(10, Path::default());
    port.hops.add(10, None, Hop { path: 0, to: None, oam: false, unknown: false });
    let frames = table.frames;
    let arrive = |number| frames.copy_in(number % FRAMES, OFFSET.into(), &frame);
    measure(arrive, |number| table.through(&mut port, number, frame.len() as u16))
}

/// Packets of flows in no order. `known`: flows that went before.
fn classify(flow: impl Fn(u32) -> u32, known: std::ops::Range<u32>) -> f64 {
    let mut classifier = Classifier::new(&rules());
    let packets: Vec<_> = (0..PACKETS).map(|number| packet(flow(number))).collect();
    for number in known {
        assert!(classifier.classify(&packet(number)).is_some());
    }
    let at_hand = |number: u32| {
        black_box(packets[number as usize].iter().map(|byte| u32::from(*byte)).sum::<u32>());
    };
    measure(at_hand, |number| {
        black_box(classifier.classify(&packets[number as usize]));
    })
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    for _ in 0..rounds {
        println!("proxy {:.1}", role(Role::Proxy));
        println!("aware {:.1}", role(Role::Aware));
        println!("forward {:.1}", role(Role::Forward));
        println!("classify-hit {:.1}", classify(|number| (spread(number) % u64::from(FLOWS)) as u32, 0..FLOWS));
        println!("classify-miss {:.1}", classify(|number| number, PACKETS..2 * PACKETS));
    }
}
