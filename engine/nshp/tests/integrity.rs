//! RFC 9145: packets whose NSH and payload nobody without the key may change.
mod common;
use std::sync::Arc;

use channel::layout::*;
use common::*;
use coven_nshp::{ClassRule, Classifier, Entry, Hop, Key, Keys, Made, Path, Role};
use proptest::prelude::*;

const ID: [u8; 2] = [0xab, 0xcd];
/// Ethernet, base header, service path header, header of the TLV and of its value.
const TIMESTAMP: usize = 14 + 8 + 4 + 1 + ID.len();

fn key(id: &[u8], secret: u8, window_ms: u32) -> Arc<Key> {
    Arc::new(Key::new(id, &[secret; 32], window_ms).unwrap())
}

/// A port on either side that knows the key.
fn protected(role: Role, window_ms: u32) -> Bench {
    let key = key(&ID, 7, window_ms);
    let keys = Keys::new([key.clone()].into_iter());
    Bench { keys, ..Bench::between(role, role).path(Path { integrity: Some(key), ..Path::default() }) }
}

/// What a classifier with the key makes of a plain packet.
fn classified() -> Vec<u8> {
    let made = Made::protected(0, SPI << 8 | 255, None, &ID).unwrap();
    let classifier = Classifier::new(&[ClassRule { made, ..ClassRule::default() }]);
    let mut bench = Bench { out: Role::Proxy, ..protected(Role::Classify, 2000) };
    bench.port.classifier = classifier;
    bench.through(&[0x11; 60]).unwrap()
}

#[test]
fn what_is_made_is_taken_by_every_function_of_the_path() {
    let mut packet = classified();
    assert_eq!((packet[15] & 0x3f, packet[16], &packet[22..26]), (10, 2, &[0, 0, 2, 28][..]), "MD type 2 with a MAC");
    for (role, si) in [(Role::Proxy, 254), (Role::Aware, 253), (Role::Proxy, 252)] {
        packet = protected(role, 20_000).through(&packet).unwrap();
        assert_eq!((packet[21], &packet[packet.len() - 60..]), (si, &[0x11; 60][..]));
    }
}

#[test]
fn a_forwarder_needs_no_key() {
    let mut bench = Bench::between(Role::Forward, Role::Forward);
    bench.port.hops.add(SPI, None, Hop { path: 0, to: None, oam: false, unknown: false });
    let packet = bench.through(&classified()).unwrap();
    assert_eq!(packet[14..16], [0x0f, 0x8a], "TTL 62");
    protected(Role::Proxy, 20_000).pass(&packet);
}

#[test]
fn what_components_change_is_protected_again() {
    let mut bench = protected(Role::Proxy, 20_000);
    bench.pass(&classified());
    bench.frames.copy_in(0, 400, &[0x22; 90]);
    let packet = bench.leave(400, 90, [0; 16]).unwrap();
    assert_eq!(protected(Role::Proxy, 20_000).pass(&packet).length, 90);

    let mut aware = protected(Role::Aware, 20_000);
    let inside = aware.pass(&classified());
    aware.frames.copy_in(0, u32::from(inside.offset) + 22, &[0xff]);
    assert_eq!(aware.leave(inside.offset, inside.length, [0; 16]), Err(REASON_NSH_INTEGRITY), "it spoiled the MAC's own header");
}

#[test]
fn without_the_right_mac_nothing_passes() {
    let packet = classified();
    let path = Some(SPI << 8 | 255);
    let refused = |bench: &mut Bench, packet: &[u8]| {
        assert_eq!(bench.enter(packet), Entry::Drop { reason: REASON_NSH_INTEGRITY, path });
    };
    let with = |key| Bench::new().path(Path { integrity: Some(key), ..Path::default() });
    refused(&mut with(key(&ID, 8, 20_000)), &packet);
    refused(&mut with(key(&[1], 7, 20_000)), &packet);
    refused(&mut with(key(&ID, 7, 0)), &packet);

    let old = [&packet[..TIMESTAMP], &[0; 8], &packet[TIMESTAMP + 8..]].concat();
    refused(&mut protected(Role::Proxy, u32::MAX), &old);
    let unprotected = [&packet[..14], &[0x0f, 0xc2, 2, 3], &packet[18..22], &packet[54..]].concat();
    refused(&mut protected(Role::Proxy, 20_000), &unprotected);
    let md1 = [&packet[..14], &[0x0f, 0xc6, 1, 3], &packet[18..22], &[0; 16], &packet[54..]].concat();
    refused(&mut protected(Role::Aware, 20_000), &md1);
}

#[test]
fn a_key_has_an_identifier_and_hides_its_secret() {
    assert!(Key::new(&[], &[7; 32], 1).is_none() && Key::new(&[1; 17], &[7; 32], 1).is_none());
    assert!(Made::protected(0, 0, None, &[]).is_none() && Made::protected(0, 0, None, &[1; 17]).is_none());
    assert_eq!(format!("{:?}", Key::new(&ID, &[7; 32], 1).unwrap()), "Key([ab, cd])");
}

proptest! {
    #[test]
    fn no_changed_bit_behind_the_base_header_passes(at in 18usize..114, bit in 0u8..8) {
        let mut packet = classified();
        prop_assert_eq!(packet.len(), 114);
        packet[at] ^= 1 << bit;
        let passed = matches!(protected(Role::Proxy, 20_000).enter(&packet), Entry::Nsh(_));
        prop_assert!(!passed);
    }

    #[test]
    fn no_metadata_makes_it_panic(metadata in prop::collection::vec(any::<u8>(), 0..60)) {
        let words = 2 + metadata.len() as u8 / 4;
        let packet = [&[2; 12][..], &[0x89, 0x4f, 0x0f, 0xc0 | words, 2, 3, 0, 0, SPI as u8, 9], &metadata, &[0; 60]].concat();
        protected(Role::Proxy, 20_000).enter(&packet);
        let packet = [&packet[..22], &[0, 0, 2, 28], &packet[22..]].concat();
        protected(Role::Proxy, 20_000).enter(&packet);
    }
}
