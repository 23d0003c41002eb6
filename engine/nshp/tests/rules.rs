//! The rules T1-T13, each test named after its rule; the bytes on the wire are checked by the vectors.
mod common;
use channel::layout::*;
use common::*;
use coven_nshp::{leave, Context, Entry, Path};
use wire::NshFields;

const FIELDS: NshFields = NshFields { oam: false, ttl: 63, next_protocol: 3, spi: SPI, si: 255, context: Some([7; 16]) };

/// An Ethernet frame with this NSH and 46 bytes of payload.
fn packet(fields: NshFields) -> Vec<u8> {
    let mut nsh = vec![0; fields.length()];
    fields.emit(&mut nsh);
    [&[0x02; 12][..], &[0x89, 0x4f], &nsh, &[0x55; 46]].concat()
}

#[test]
fn t01_another_version_is_dropped() {
    for version in 1..4 {
        let mut packet = packet(FIELDS);
        packet[14] |= version << 6;
        assert_eq!(Bench::new().refuse(&packet), REASON_NSH_VERSION);
    }
}

#[test]
fn t02_u_bits_are_ignored_and_handed_on() {
    let mut bench = Bench::new();
    let mut packet = packet(FIELDS);
    packet[14] |= 0x10;
    packet[16] |= 0xf0;
    let inside = bench.pass(&packet);
    let out = bench.leave(inside.offset, inside.length, inside.context).unwrap();
    assert_eq!((out[14], out[16]), (packet[14], packet[16]));
}

#[test]
fn t03_oam_is_dropped_unless_the_path_forwards_it() {
    let mut bench = Bench::new();
    let packet = packet(NshFields { oam: true, ..FIELDS });
    assert_eq!(bench.refuse(&packet), REASON_NSH_OAM);
    bench.rules.set(SPI, Path { context: Context::Opaque, oam: true });
    let inside = bench.pass(&packet);
    assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap()[14] & 0x20, 0x20);
}

#[test]
fn t04_ttl_is_left_alone() {
    for ttl in 0..64 {
        let mut bench = Bench::new();
        let packet = packet(NshFields { ttl, ..FIELDS });
        let inside = bench.pass(&packet);
        assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap()[14..16], packet[14..16]);
    }
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
        assert_eq!(Bench::new().refuse(&packet), REASON_NSH_MD_TYPE, "MD type {md_type}");
    }
}

#[test]
fn t06_tlvs_come_back_though_a_component_wrote_over_them() {
    let mut bench = Bench::new();
    let tlvs: Vec<u8> = (0..244).map(|byte| byte as u8).collect();
    let mut packet = packet(NshFields { context: None, ..FIELDS });
    packet[15] |= 63;
    packet.splice(22..22, tlvs);
    let inside = bench.pass(&packet);
    assert_eq!((inside.length, inside.context), (46, [0; 16]));
    bench.frames.copy_in(0, 0, &[0xee; OFFSET as usize + 14 + 252]);
    packet[21] -= 1;
    assert_eq!(bench.leave(inside.offset, inside.length, [9; 16]).unwrap(), packet);
}

#[test]
fn t07_an_unknown_context_is_dropped() {
    let mut bench = Bench::new();
    bench.rules.set(SPI, Path { context: Context::None, oam: false });
    assert_eq!(bench.refuse(&packet(FIELDS)), REASON_NSH_UNKNOWN_CONTEXT);
    bench.pass(&packet(NshFields { context: None, ..FIELDS }));
    bench.rules.set(SPI, Path { context: Context::Known, oam: false });
    assert_eq!(bench.pass(&packet(FIELDS)).context, [7; 16]);
}

#[test]
fn t09_only_ip_and_ethernet_pass() {
    for next_protocol in 0..=255 {
        let packet = packet(NshFields { next_protocol, ..FIELDS });
        match next_protocol {
            1..=3 => drop(Bench::new().pass(&packet)),
            _ => assert_eq!(Bench::new().refuse(&packet), REASON_NSH_NEXT_PROTOCOL),
        }
    }
}

#[test]
fn t09_bare_ip_leaves_bare_and_only_as_what_it_was() {
    let mut bench = Bench::new();
    let packet = packet(NshFields { next_protocol: 1, ..FIELDS });
    let inside = bench.pass(&packet);
    let seen = bench.read(inside.offset, inside.length);
    assert_eq!((&seen[..12], &seen[12..14], &seen[14..]), (&packet[..12], &[8, 0][..], &packet[38..]));
    assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap()[38..], packet[38..]);

    bench.frames.copy_in(0, u32::from(inside.offset) + 12, &[0x86, 0xdd]);
    assert_eq!(bench.leave(inside.offset, inside.length, inside.context), Err(REASON_NSH_NEXT_PROTOCOL));
}

#[test]
fn t10_si_is_stepped_once_and_never_wraps() {
    for si in 1..=255 {
        let mut bench = Bench::new();
        let inside = bench.pass(&packet(NshFields { si, ..FIELDS }));
        assert_eq!(inside.path, SPI << 8 | u32::from(si));
        assert_eq!(bench.leave(inside.offset, inside.length, inside.context).unwrap()[21], si - 1);
    }
    let exhausted = packet(NshFields { si: 0, ..FIELDS });
    let expected = Entry::Drop { reason: REASON_NSH_PATH_EXHAUSTED, path: Some(SPI << 8) };
    assert_eq!(Bench::new().enter(&exhausted), expected);
}

#[test]
fn t10_an_unknown_path_is_dropped_under_its_own_number() {
    let packet = packet(NshFields { spi: 77, si: 9, ..FIELDS });
    assert_eq!(Bench::new().enter(&packet), Entry::Drop { reason: REASON_NSH_NO_PATH, path: Some(77 << 8 | 9) });
}

#[test]
fn t12_the_nsh_follows_a_packet_that_was_moved_and_resized() {
    let mut bench = Bench::new();
    let packet = packet(FIELDS);
    bench.pass(&packet);
    for (offset, length) in [(64, 14), (400, 60), (100, 1400)] {
        bench.frames.copy_in(0, offset.into(), &vec![0x33; length.into()]);
        let out = bench.leave(offset, length, [8; 16]).unwrap();
        assert_eq!((&out[..21], out[21], &out[22..38]), (&packet[..21], 254, &[8; 16][..]));
        assert_eq!(out[38..], vec![0x33; length.into()]);
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
    assert_eq!(leave(&bench.frames, 0, OFFSET, 60, &bench.kept, [1; 16], 59), Err(REASON_TOO_LARGE));
}

#[test]
fn t13_larger_than_the_link_takes_is_dropped() {
    let mut bench = Bench::new();
    bench.pass(&packet(FIELDS));
    let largest_inside = (LARGEST - 38) as u16;
    assert_eq!(bench.leave(320, largest_inside, [0; 16]).unwrap().len(), LARGEST);
    assert_eq!(bench.leave(320, largest_inside + 1, [0; 16]), Err(REASON_NSH_MTU));
}
