//! The rules T1 to T13 of docs/nsh.md, each test named after its rule; the bytes on the wire are checked by the vectors.
mod common;
use channel::layout::*;
use common::*;
use coven_nshp::{Context, Entry, Hop, Path, Role};
use wire::NshFields;

const FIELDS: NshFields = NshFields { oam: false, ttl: 63, next_protocol: 3, spi: SPI, si: 255, context: Some([7; 16]) };

/// An Ethernet frame with this NSH and 46 bytes of payload.
fn packet(fields: NshFields) -> Vec<u8> {
    let mut nsh = vec![0; fields.length()];
    fields.emit(&mut nsh);
    [&[0x02; 12][..], &[0x89, 0x4f], &nsh, &[0x55; 46]].concat()
}

/// The same of MD type 2 with TLVs.
fn with_tlvs(tlvs: &[u8]) -> Vec<u8> {
    let mut packet = packet(NshFields { context: None, ..FIELDS });
    packet[15] += (tlvs.len() / 4) as u8;
    packet.splice(22..22, tlvs.iter().copied());
    packet
}

fn forwarder() -> Bench {
    let mut bench = Bench::between(Role::Forward, Role::Forward);
    bench.port.hops.add(SPI, None, Hop { path: 4, to: None, oam: false, unknown: false });
    bench
}

#[test]
fn t01_another_version_is_dropped() {
    for version in 1..4 {
        let mut packet = packet(FIELDS);
        packet[14] |= version << 6;
        assert_eq!(Bench::new().refuse(&packet), REASON_NSH_VERSION);
        assert_eq!(forwarder().refuse(&packet), REASON_NSH_VERSION);
    }
}

#[test]
fn t02_u_bits_are_ignored_and_handed_on() {
    let mut packet = packet(FIELDS);
    packet[14] |= 0x10;
    packet[16] |= 0xf0;
    for role in [Role::Proxy, Role::Aware] {
        let out = Bench::between(role, role).through(&packet).unwrap();
        assert_eq!((out[14], out[16]), (packet[14], packet[16]));
    }
    let out = forwarder().through(&packet).unwrap();
    assert_eq!((out[14] & 0x10, out[16]), (0x10, packet[16]));
}

#[test]
fn t03_oam_is_dropped_unless_the_path_forwards_it() {
    let packet = packet(NshFields { oam: true, ..FIELDS });
    for role in [Role::Proxy, Role::Aware] {
        assert_eq!(Bench::between(role, role).refuse(&packet), REASON_NSH_OAM);
        let mut bench = Bench::between(role, role).path(Path { oam: true, ..Path::default() });
        assert_eq!(bench.through(&packet).unwrap()[14] & 0x20, 0x20);
    }
    assert_eq!(forwarder().refuse(&packet), REASON_NSH_OAM);
    let mut bench = forwarder();
    bench.port.hops.add(SPI, None, Hop { path: 4, to: None, oam: true, unknown: false });
    assert_eq!(bench.through(&packet).unwrap()[14] & 0x20, 0x20);
}

#[test]
fn t03_the_o_bit_is_not_a_components_to_change() {
    let mut bench = Bench::between(Role::Aware, Role::Aware);
    let packet = packet(FIELDS);
    let inside = bench.pass(&packet);
    bench.frames.copy_in(0, u32::from(OFFSET) + 14, &[packet[14] | 0x20]);
    assert_eq!(bench.leave(inside.offset, inside.length, [0; 16]).unwrap()[14], packet[14]);
}

#[test]
fn t04_functions_and_proxies_leave_the_ttl_alone() {
    for role in [Role::Proxy, Role::Aware] {
        for ttl in 0..64 {
            let packet = packet(NshFields { ttl, ..FIELDS });
            let mut bench = Bench::between(role, role);
            let inside = bench.pass(&packet);
            if role == Role::Aware {
                bench.frames.copy_in(0, u32::from(OFFSET) + 14, &[0, 6]);
            }
            assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap()[14..16], packet[14..16]);
        }
    }
}

#[test]
fn t04_a_forwarder_takes_one_off_the_ttl_first() {
    for (ttl, left) in [(63, 62), (2, 1), (0, 63)] {
        let out = forwarder().through(&packet(NshFields { ttl, ..FIELDS })).unwrap();
        assert_eq!(out, packet(NshFields { ttl: left, ..FIELDS }), "TTL {ttl}");
    }
    assert_eq!(forwarder().refuse(&packet(NshFields { ttl: 1, ..FIELDS })), REASON_NSH_TTL);
    let lost = packet(NshFields { ttl: 1, spi: 77, ..FIELDS });
    assert_eq!(forwarder().refuse(&lost), REASON_NSH_TTL, "before the look-up");
}

#[test]
fn t05_length_is_exactly_6_for_md_type_1() {
    for words in (0..64).filter(|words| *words != 6) {
        let mut packet = [packet(FIELDS), vec![0; 252]].concat();
        packet[15] = packet[15] & 0xc0 | words;
        assert_eq!(Bench::new().refuse(&packet), REASON_NSH_LENGTH, "Length {words}");
    }
}

#[test]
fn t05_length_is_at_least_2_and_within_the_packet() {
    let whole = packet(NshFields { context: None, ..FIELDS });
    for words in [0, 1, 14, 63] {
        let mut packet = whole.clone();
        packet[15] = packet[15] & 0xc0 | words;
        assert_eq!(Bench::new().refuse(&packet), REASON_NSH_LENGTH, "Length {words}");
    }
    for cut in 14..22 {
        assert_eq!(Bench::new().refuse(&whole[..cut]), REASON_NSH_LENGTH, "{cut} bytes");
    }
}

#[test]
fn t06_only_md_types_1_and_2_pass() {
    for md_type in [0, 3, 4, 9, 14, 15] {
        let mut packet = packet(FIELDS);
        packet[16] = md_type;
        for mut bench in [Bench::new(), Bench::between(Role::Aware, Role::Aware), forwarder()] {
            assert_eq!(bench.refuse(&packet), REASON_NSH_MD_TYPE, "MD type {md_type}");
        }
    }
}

#[test]
fn t06_md_type_15_passes_the_components_by_where_the_path_says_so() {
    let mut packet = packet(FIELDS);
    packet[16] = 15;
    for role in [Role::Proxy, Role::Aware] {
        let mut bench = Bench::between(role, role).path(Path { unknown: true, ..Path::default() });
        assert!(bench.pass(&packet).straight);
        let out = bench.through(&packet).unwrap();
        assert_eq!((&out[..21], out[21], &out[22..]), (&packet[..21], 254, &packet[22..]));
    }
    packet[16] = 3;
    assert_eq!(Bench::new().path(Path { unknown: true, ..Path::default() }).refuse(&packet), REASON_NSH_MD_TYPE);
}

#[test]
fn t06_tlvs_come_back_though_a_component_wrote_over_them() {
    let mut bench = Bench::new();
    let tlvs: Vec<u8> = (0..244).map(|byte| byte as u8).collect();
    let mut packet = with_tlvs(&tlvs);
    let inside = bench.pass(&packet);
    assert_eq!((inside.length, inside.context), (46, [0; 16]));
    bench.frames.copy_in(0, 0, &[0xee; OFFSET as usize + 14 + 252]);
    packet[21] -= 1;
    assert_eq!(bench.leave(inside.offset, inside.length, [9; 16]).unwrap(), packet);
}

#[test]
fn t07_an_unknown_context_is_dropped() {
    let of = |context| Bench::new().path(Path { context, ..Path::default() });
    assert_eq!(of(Context::None).refuse(&packet(FIELDS)), REASON_NSH_UNKNOWN_CONTEXT);
    of(Context::None).pass(&packet(NshFields { context: None, ..FIELDS }));
    assert_eq!(of(Context::Known).pass(&packet(FIELDS)).context, [7; 16]);
}

#[test]
fn t08_a_required_tlv_has_to_be_there() {
    const WANTED: [u8; 8] = [0xff, 0xf6, 5, 0x80 | 3, 1, 2, 3, 0xee];
    let bench = || Bench::new().path(Path { require: vec![(0xfff6, 5)], ..Path::default() });
    bench().pass(&with_tlvs(&WANTED));
    bench().pass(&with_tlvs(&[&[0, 0, 4, 0][..], &WANTED, &WANTED].concat()));
    bench().pass(&with_tlvs(&[0xff, 0xf6, 5, 0]));
    bench().pass(&packet(FIELDS));
    for tlvs in
        [&[][..], &[0, 0, 5, 0], &[0xff, 0xf6, 4, 0], &WANTED[..4], &[&[0, 0, 1, 8, 0, 0, 0, 0][..], &WANTED[..4]].concat()]
    {
        let expected = Entry::Drop { reason: REASON_NSH_METADATA, path: Some(SPI << 8 | 255) };
        assert_eq!(bench().enter(&with_tlvs(tlvs)), expected, "{tlvs:x?}");
    }
}

#[test]
fn t08_an_aware_function_may_add_a_tlv() {
    let mut bench = Bench::between(Role::Aware, Role::Aware);
    let inside = bench.pass(&with_tlvs(&[]));
    let mut expected = with_tlvs(&[0xff, 0xf6, 5, 3, 1, 2, 3, 0]);
    bench.frames.copy_in(0, u32::from(inside.offset) - 8, &expected);
    expected[21] -= 1;
    assert_eq!(bench.leave(inside.offset - 8, inside.length + 8, [0; 16]).unwrap(), expected);
}

#[test]
fn t09_known_payloads_go_to_the_components_as_ethernet() {
    for (next_protocol, ether_type) in [(1, [0x08, 0x00]), (2, [0x86, 0xdd]), (4, [0x89, 0x4f]), (5, [0x88, 0x47])] {
        let mut bench = Bench::new();
        let mut packet = packet(NshFields { next_protocol, ..FIELDS });
        let inside = bench.pass(&packet);
        let seen = bench.seen(&inside);
        assert_eq!((&seen[..12], &seen[12..14], &seen[14..]), (&packet[..12], &ether_type[..], &packet[38..]));
        packet[21] -= 1;
        assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap(), packet);
    }
    let inside = Bench::new().pass(&packet(FIELDS));
    assert_eq!((inside.offset, inside.length), (OFFSET + 38, 46));
}

#[test]
fn t09_an_unknown_payload_is_dropped_unless_the_path_hands_it_on() {
    for next_protocol in 6..=255 {
        let packet = packet(NshFields { next_protocol, ..FIELDS });
        for role in [Role::Proxy, Role::Aware] {
            assert_eq!(Bench::between(role, role).refuse(&packet), REASON_NSH_NEXT_PROTOCOL);
            let mut bench = Bench::between(role, role).path(Path { unknown: true, ..Path::default() });
            assert!(bench.pass(&packet).straight);
            assert_eq!(bench.through(&packet).unwrap()[21], 254);
        }
        forwarder().pass(&packet);
    }
}

#[test]
fn t09_nothing_behind_the_header_passes_an_unaware_function_by() {
    let packet = packet(NshFields { next_protocol: 0, ..FIELDS });
    let inside = Bench::new().pass(&packet);
    assert!(inside.straight && usize::from(inside.length) == packet.len());
    assert_eq!(Bench::new().through(&packet).unwrap()[21], 254);
    let mut aware = Bench::between(Role::Aware, Role::Aware);
    assert!(!aware.pass(&packet).straight, "the metadata is for the component");
}

#[test]
fn t09_what_is_bare_leaves_bare_and_only_as_what_it_was() {
    let mut bench = Bench::new();
    let inside = bench.pass(&packet(NshFields { next_protocol: 1, ..FIELDS }));
    bench.frames.copy_in(0, u32::from(inside.offset) + 12, &[0x86, 0xdd]);
    assert_eq!(bench.leave(inside.offset, inside.length, inside.context), Err(REASON_NSH_NEXT_PROTOCOL));
}

#[test]
fn t10_si_is_stepped_once_and_never_wraps() {
    for role in [Role::Proxy, Role::Aware] {
        for si in 1..=255 {
            let mut bench = Bench::between(role, role);
            let inside = bench.pass(&packet(NshFields { si, ..FIELDS }));
            assert_eq!(inside.path, SPI << 8 | u32::from(si));
            assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap()[21], si - 1);
        }
        let exhausted = packet(NshFields { si: 0, ..FIELDS });
        let expected = Entry::Drop { reason: REASON_NSH_PATH_EXHAUSTED, path: Some(SPI << 8) };
        assert_eq!(Bench::between(role, role).enter(&exhausted), expected);
    }
}

#[test]
fn t10_a_component_that_sees_the_nsh_does_not_choose_the_path() {
    let mut bench = Bench::between(Role::Aware, Role::Aware);
    let inside = bench.pass(&packet(FIELDS));
    bench.frames.copy_in(0, u32::from(OFFSET) + 18, &[9, 9, 9, 9]);
    assert_eq!(bench.leave(inside.offset, inside.length, [0; 16]).unwrap()[18..22], [0, 0, SPI as u8, 254]);
}

#[test]
fn t10_an_unknown_path_is_dropped_under_its_own_number() {
    let packet = packet(NshFields { spi: 77, si: 9, ..FIELDS });
    let expected = Entry::Drop { reason: REASON_NSH_NO_PATH, path: Some(77 << 8 | 9) };
    assert_eq!(Bench::new().enter(&packet), expected);
    assert_eq!(forwarder().enter(&packet), expected);
}

#[test]
fn t10_a_forwarder_looks_for_spi_and_si_and_keeps_them() {
    let mut bench = forwarder();
    bench.port.hops.add(SPI, Some(9), Hop { path: 5, to: Some([0xaa; 6]), oam: false, unknown: false });
    let nine = packet(NshFields { si: 9, ..FIELDS });
    assert_eq!(bench.pass(&nine).route, Some(5));
    let out = bench.through(&nine).unwrap();
    assert_eq!((&out[..6], &out[6..12], &out[18..]), (&[0xaa; 6][..], &nine[6..12], &nine[18..]));
    assert_eq!(bench.pass(&packet(FIELDS)).route, Some(4));
}

#[test]
fn t11_the_end_of_the_path_takes_the_nsh_off() {
    let inner = &packet(FIELDS)[38..];
    for role in [Role::Proxy, Role::Aware] {
        assert_eq!(Bench::between(role, Role::Terminate).through(&packet(FIELDS)).unwrap(), inner);
        let bare = Bench::between(role, Role::Terminate).through(&packet(NshFields { next_protocol: 1, ..FIELDS })).unwrap();
        assert_eq!(bare, [&[2; 12][..], &[8, 0], inner].concat());
        let none = packet(NshFields { next_protocol: 0, ..FIELDS });
        assert_eq!(Bench::between(role, Role::Terminate).through(&none), Err(REASON_NSH_EDGE));
    }
    let mut bench = Bench { out: Role::Terminate, ..forwarder() };
    assert_eq!(bench.through(&packet(FIELDS)).unwrap(), inner);
    assert_eq!(bench.through(&packet(NshFields { next_protocol: 99, ..FIELDS })), Err(REASON_NSH_NEXT_PROTOCOL));
}

#[test]
fn t11_no_nsh_crosses_the_edge_of_the_domain() {
    for role in [Role::Edge, Role::Classify, Role::Terminate] {
        let expected = Entry::Drop { reason: REASON_NSH_EDGE, path: Some(SPI << 8 | 255) };
        assert_eq!(Bench::between(role, role).enter(&packet(FIELDS)), expected);
        let mut made_inside = Bench::between(role, role);
        assert_eq!(made_inside.enter(&[0x11; 60]), Entry::Plain);
        assert_eq!(made_inside.leave(OFFSET, 60, [0; 16]).unwrap(), [0x11; 60]);
        made_inside.frames.copy_in(0, OFFSET.into(), &packet(FIELDS));
        assert_eq!(made_inside.leave(OFFSET, 84, [0; 16]), Err(REASON_NSH_EDGE));
    }
    assert_eq!(Bench::between(Role::Proxy, Role::Edge).through(&packet(FIELDS)), Err(REASON_NSH_EDGE));
    assert_eq!(Bench::between(Role::Aware, Role::Edge).through(&packet(FIELDS)), Err(REASON_NSH_EDGE));
}

#[test]
fn t12_the_nsh_follows_a_packet_that_was_moved_and_resized() {
    for role in [Role::Proxy, Role::Aware] {
        let mut bench = Bench::between(role, role);
        let packet = packet(FIELDS);
        bench.pass(&packet);
        for (offset, length) in [(64, 14), (400, 60), (100, 1400)] {
            bench.frames.copy_in(0, offset.into(), &vec![0x33; length.into()]);
            let out = bench.leave(offset, length, [8; 16]).unwrap();
            assert_eq!((&out[..21], out[21], &out[22..38]), (&packet[..21], 254, &[8; 16][..]));
            assert_eq!(out[38..], vec![0x33; length.into()]);
        }
    }
}

#[test]
fn t12_no_room_before_the_packet_is_no_room() {
    let mut bench = Bench::new();
    bench.pass(&packet(FIELDS));
    assert!(bench.leave(38, 60, [0; 16]).is_ok());
    assert_eq!(bench.leave(37, 60, [0; 16]), Err(REASON_NSH_HEADROOM));
    assert_eq!(bench.leave(320, 13, [0; 16]), Err(REASON_TRUNCATED));
}

#[test]
fn t12_a_plain_packet_leaves_as_it_is_and_forgets_the_nsh_before_it() {
    let mut bench = Bench::new();
    bench.pass(&packet(FIELDS));
    let plain = [0x11; 60];
    assert_eq!(bench.enter(&plain), Entry::Plain);
    assert!(bench.kept.is_none());
    assert_eq!(bench.leave(OFFSET, 60, [1; 16]).unwrap(), plain);
    assert_eq!(bench.leave(OFFSET, LARGEST as u16 + 1, [1; 16]), Err(REASON_TOO_LARGE));
}

#[test]
fn t12_what_goes_back_by_the_port_it_came_in_by_is_addressed_to_its_sender() {
    for role in [Role::Proxy, Role::Aware, Role::Forward] {
        let mut bench = Bench { back: true, port: coven_nshp::Port { role, ..forwarder().port }, out: role, ..Bench::new() };
        bench.port.paths.set(SPI, Path::default());
        let mut packet = packet(FIELDS);
        packet[..6].copy_from_slice(&[0xaa; 6]);
        let out = bench.through(&packet).unwrap();
        assert_eq!((&out[..6], &out[6..12]), (&packet[6..12], &packet[..6]));
    }
}

#[test]
fn t13_larger_than_the_link_takes_is_dropped() {
    let mut bench = Bench::new();
    bench.pass(&packet(FIELDS));
    let largest_inside = (LARGEST - 38) as u16;
    assert_eq!(bench.leave(320, largest_inside, [0; 16]).unwrap().len(), LARGEST);
    assert_eq!(bench.leave(320, largest_inside + 1, [0; 16]), Err(REASON_NSH_MTU));

    let mut bench = Bench::between(Role::Aware, Role::Aware);
    let inside = bench.pass(&packet(FIELDS));
    assert_eq!(bench.leave(inside.offset, LARGEST as u16 + 1, [0; 16]), Err(REASON_NSH_MTU));
}
