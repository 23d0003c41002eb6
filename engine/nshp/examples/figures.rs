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
const FLOWS: u32 = 1024;

/// Time of one packet: the median over bursts, since another process may have the CPU during some of them.
fn measure(mut one: impl FnMut(u32)) -> f64 {
    let mut bursts: Vec<_> = (0..PACKETS / BURST)
        .map(|burst| {
            let start = Instant::now();
            (burst * BURST..(burst + 1) * BURST).for_each(&mut one);
            start.elapsed().as_nanos() as f64 / f64::from(BURST)
        })
        .collect();
    bursts.sort_by(f64::total_cmp);
    bursts[bursts.len() / 2]
}

/// A UDP packet of 64 bytes of the flow with this number.
fn packet(flow: u32) -> Vec<u8> {
    let mut frame = vec![0; 64];
    frame[..14].copy_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
    frame[14..24].copy_from_slice(&[0x45, 0, 0, 50, 0, 0, 0x40, 0, 64, 17]);
    frame[26..30].copy_from_slice(&(0x0a00_0000 | (flow >> 8)).to_be_bytes());
    frame[30..34].copy_from_slice(&(0xc0a8_0000 | (flow % 250)).to_be_bytes());
    frame[34..36].copy_from_slice(&(flow as u16).to_be_bytes());
    frame[36..38].copy_from_slice(&((flow * 7) as u16).to_be_bytes());
    frame
}

fn chained() -> Vec<u8> {
    let mut nsh = [0; 24];
    NshFields { oam: false, ttl: 63, next_protocol: 3, spi: 10, si: 255, context: Some([7; 16]) }.emit(&mut nsh);
    [&packet(1)[..12], &[0x89, 0x4f], &nsh, &packet(1)].concat()
}

/// Rules that differ in every field, of which the last fits the packets of `packet`: all others have to be ruled out.
fn rules() -> Vec<ClassRule> {
    let rule = |n: u32| ClassRule {
        source: Some(Range::Ipv4(n << 20, (n << 20) + 0xf_ffff)),
        destination: Some(Range::Ipv4(0xc0a8_0000 + n, 0xc0a8_0000 + 2 * n)),
        protocol: Some((6 + n % 3, 17)),
        destination_port: Some((n, 60_000 - n)),
        source_port: Some((n * 3, u32::from(u16::MAX))),
        ..ClassRule::default()
    };
    let all = ClassRule { source: Some(Range::Ipv4(0x0a00_0000, 0x0aff_ffff)), protocol: Some((17, 17)), ..ClassRule::default() };
    (1..RULES).map(rule).chain([all]).collect()
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
        // As it came, for the next time; one cache line, as of a packet that arrives.
        self.frames.copy_in(frame, u32::from(OFFSET) + 14, &[0x0f, 0xc6, 1, 3, 0, 0, 10, 255]);
    }
}

fn role(role: Role) -> f64 {
    let frame = chained();
    let mut table = Table::new(&frame);
    let mut port = Port { role, ..Port::default() };
    port.paths.set(10, Path::default());
    port.hops.add(10, None, Hop { path: 0, to: None, oam: false, unknown: false });
    measure(|number| table.through(&mut port, number, frame.len() as u16))
}

/// `known`: flows that went before.
fn classify(flow: impl Fn(u32) -> u32, known: std::ops::Range<u32>) -> f64 {
    let mut classifier = Classifier::new(&rules());
    let packets: Vec<_> = (0..PACKETS).map(|number| packet(flow(number))).collect();
    for number in known {
        assert!(classifier.classify(&packet(number)).is_some());
    }
    measure(|number| {
        let _ = black_box(classifier.classify(&packets[number as usize]));
    })
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    for _ in 0..rounds {
        println!("proxy-overhead {:.1}", role(Role::Proxy));
        println!("aware-overhead {:.1}", role(Role::Aware));
        println!("forward-overhead {:.1}", role(Role::Forward));
        println!("classify-hit {:.1}", classify(|number| number % FLOWS, 0..FLOWS));
        println!("classify-miss {:.1}", classify(|number| number, PACKETS..2 * PACKETS));
    }
}
