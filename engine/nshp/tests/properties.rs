//! What holds for all packets.
mod common;
use common::*;
use coven_nshp::{Context, Entry, Hop, Path, Role};
use proptest::prelude::*;

/// Mostly headers that are nearly right: the interesting ones.
fn nsh_frame() -> impl Strategy<Value = Vec<u8>> {
    let tags = prop::sample::select(vec![vec![], vec![0x81, 0, 0, 1], vec![0x88, 0xa8, 0, 1, 0x81, 0, 0, 2]]);
    let base = (0u8..=255, 0u8..64, 0u8..4, 0u8..5, any::<u8>());
    (tags, base, prop::collection::vec(any::<u8>(), 0..400)).prop_map(|(tags, (first, words, md, next, si), tail)| {
        let nsh = [first & 0x3f, words, md, next, 0, 0, SPI as u8, si];
        [&[2; 12][..], &tags, &[0x89, 0x4f], &nsh, &tail].concat()
    })
}

fn lenient() -> Bench {
    Bench::new().path(Path { context: Context::Known, oam: true, ..Path::default() })
}

/// Any role on either side, with tables that let packets in.
fn anywhere() -> impl Strategy<Value = Bench> {
    let role =
        || prop::sample::select(vec![Role::Proxy, Role::Aware, Role::Classify, Role::Forward, Role::Terminate, Role::Edge]);
    (role(), role(), any::<bool>()).prop_map(|(role, out, back)| {
        let mut bench = Bench::between(role, out).path(Path { oam: true, unknown: true, ..Path::default() });
        bench.port.hops.add(SPI, None, Hop { path: 0, to: None, oam: true, unknown: true });
        bench.port.classifier = coven_nshp::Classifier::new(&[coven_nshp::ClassRule::default()]);
        bench.back = back;
        bench
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn leaving_restores_all_but_si_and_context(packet in nsh_frame(), context: [u8; 16]) {
        let mut bench = lenient();
        let Entry::Nsh(inside) = bench.enter(&packet) else { return Ok(()) };
        let out = bench.leave(inside.offset, inside.length, context).unwrap();
        let nsh = 14 + if packet[12] == 0x88 { 8 } else if packet[12] == 0x81 { 4 } else { 0 };
        let mut expected = packet.clone();
        prop_assert_eq!(u32::from(packet[nsh + 7]), inside.path & 0xff);
        expected[nsh + 7] -= 1;
        if packet[nsh + 2] & 15 == 1 && !inside.straight {
            expected[nsh + 8..nsh + 24].copy_from_slice(&context);
        }
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn most_of_them_are_worth_testing(si in 1u8.., tail in prop::collection::vec(any::<u8>(), 30..60)) {
        let packet = [&[2; 12][..], &[0x89, 0x4f, 0, 6, 1, 3, 0, 0, SPI as u8, si], &tail].concat();
        let passed = matches!(lenient().enter(&packet), Entry::Nsh(_));
        prop_assert!(passed);
    }

    #[test]
    fn no_bytes_make_it_panic(mut bench in anywhere(), packet in prop::collection::vec(any::<u8>(), 0..400), offset: u16, length in 0u16..2000, context: [u8; 16]) {
        bench.enter(&packet);
        let offset = offset % (2048 - length);
        let _ = bench.leave(offset, length, context);
    }

    #[test]
    fn no_move_makes_it_panic(mut bench in anywhere(), packet in nsh_frame(), offset: u16, length in 0u16..2000) {
        bench.enter(&packet);
        let offset = offset % (2048 - length);
        if let Ok(out) = bench.leave(offset, length, [0; 16]) {
            prop_assert!(out.len() <= LARGEST);
        }
    }

    #[test]
    fn whatever_an_aware_function_writes_the_path_and_the_ttl_are_kept(packet in nsh_frame(), written in nsh_frame()) {
        let mut bench = Bench::between(Role::Aware, Role::Aware).path(Path { oam: true, ..Path::default() });
        let Entry::Nsh(inside) = bench.enter(&packet) else { return Ok(()) };
        bench.frames.copy_in(0, inside.offset.into(), &written);
        let Ok(out) = bench.leave(inside.offset, written.len() as u16, [0; 16]) else { return Ok(()) };
        let at = |frame: &[u8]| 14 + match frame[12] { 0x88 => 8, 0x81 => 4, _ => 0 };
        let (came, left) = (&packet[at(&packet)..], &out[at(&out)..]);
        prop_assert_eq!([left[0] & 0xf0, left[1] & 0xc0, left[2] & 0xf0], [came[0] & 0x30, came[1] & 0xc0, came[2] & 0xf0]);
        prop_assert_eq!((left[0] & 15, &left[4..7], left[7]), (came[0] & 15, &came[4..7], came[7] - 1));
    }
}
