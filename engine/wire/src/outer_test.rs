use super::*;
use proptest::prelude::*;

fn ethernet(kind: u16) -> Vec<u8> {
    Ethernet::emit([1; 6], [2; 6], kind).to_vec()
}

fn ipv4(next: u8) -> Vec<u8> {
    let mut header = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, next, 0, 0];
    header.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    [ethernet(0x0800), header].concat()
}

fn ipv6(next: u8) -> Vec<u8> {
    [ethernet(0x86dd), vec![0x60, 0, 0, 0, 0, 0, next, 64], vec![1; 16], vec![2; 16]].concat()
}

fn udp(port: u16) -> Vec<u8> {
    [&[0xc0, 0][..], &port.to_be_bytes(), &[0; 4]].concat()
}

const GPE: [u8; 8] = [0x0c, 0, 0, 4, 0, 0, 1, 0];
const GENEVE_WITH_OPTION: [u8; 12] = [1, 0, 0x89, 0x4f, 0, 0, 1, 0, 9, 9, 9, 9];

#[test]
fn every_transport_is_looked_behind() {
    let tagged = [&ethernet(0x0800)[..12], &[0x81, 0, 0, 7], &ipv4(17)[12..], &udp(4790), &GPE].concat();
    let cases: [(Vec<u8>, usize); 8] = [
        (ethernet(0x894f), 14),
        ([ipv4(17), udp(4790), GPE.to_vec()].concat(), 50),
        ([ipv6(17), udp(4790), GPE.to_vec()].concat(), 70),
        ([ipv4(17), udp(6081), GENEVE_WITH_OPTION.to_vec()].concat(), 54),
        ([ipv6(17), udp(6081), GENEVE_WITH_OPTION.to_vec()].concat(), 74),
        ([ipv4(47), vec![0, 0, 0x89, 0x4f]].concat(), 38),
        ([ipv6(47), vec![0x30, 0, 0x89, 0x4f, 0, 0, 0, 1, 0, 0, 0, 2]].concat(), 66),
        (tagged, 54),
    ];
    for (bytes, length) in cases {
        let Found::Nsh(outer) = Outer::find(&bytes) else { panic!("{bytes:x?}: {:?}", Outer::find(&bytes)) };
        assert_eq!((outer.length(), outer.is_tunnel()), (length, length > 14));
        if outer.is_tunnel() {
            assert_eq!(Outer::find(&bytes[..length - 1]), Found::Cut);
        }
    }
}

#[test]
fn what_is_not_nsh_is_plain() {
    let mut fragment = [ipv4(17), udp(4790), GPE.to_vec()].concat();
    fragment[20] = 0x20;
    let cases = [
        ethernet(0x0800),
        ipv4(6),
        [ipv4(17), udp(53), GPE.to_vec()].concat(),
        [ipv4(17), udp(4790), vec![0x08, 0, 0, 0, 0, 0, 1, 0]].concat(),
        [ipv4(17), udp(4790), vec![0x0c, 0, 0, 3, 0, 0, 1, 0]].concat(),
        [ipv4(17), udp(6081), vec![0, 0, 0x65, 0x58, 0, 0, 1, 0]].concat(),
        [ipv4(47), vec![0, 0, 0x08, 0]].concat(),
        [ipv4(47), vec![0, 1, 0x89, 0x4f]].concat(),
        fragment,
    ];
    for bytes in cases {
        assert_eq!(Outer::find(&bytes), Found::Plain, "{bytes:x?}");
    }
}

#[test]
fn what_cannot_be_put_back_is_unsupported() {
    let checksum = [ipv4(47), vec![0x80, 0, 0x89, 0x4f, 0, 0, 0, 0]].concat();
    let long = [ipv4(17), udp(6081), vec![0x3f, 0, 0x89, 0x4f, 0, 0, 1, 0], vec![0; 252]].concat();
    assert_eq!((Outer::find(&checksum), Outer::find(&long)), (Found::Unsupported, Found::Unsupported));
}

#[test]
fn lengths_and_checksums_are_made_right() {
    let mut bytes = [ipv4(17), udp(4790), GPE.to_vec()].concat();
    let Found::Nsh(outer) = Outer::find(&bytes) else { panic!("an NSH") };
    outer.set_length(&mut bytes, 100);
    assert_eq!((u16_at(&bytes, 16), u16_at(&bytes, 38), crate::sum(&bytes[14..34])), (86, 66, 0));
    assert!(outer.checksum(&bytes, 100).is_none(), "the sender left it out");

    let mut bytes = [ipv6(17), udp(4790), GPE.to_vec()].concat();
    bytes[60] = 1;
    let Found::Nsh(outer) = Outer::find(&bytes) else { panic!("an NSH") };
    outer.set_length(&mut bytes, 100);
    assert_eq!((u16_at(&bytes, 18), u16_at(&bytes, 58)), (46, 46));
    let (at, pseudo) = outer.checksum(&bytes, 100).unwrap();
    assert_eq!((at, pseudo.finish()), (54, Checksum::pseudo(&bytes[22..54], 17, 46).finish()));
}

#[test]
fn what_is_turned_goes_back() {
    for mut bytes in [[ipv4(17), udp(4790), GPE.to_vec()].concat(), [ipv6(17), udp(4790), GPE.to_vec()].concat()] {
        let Found::Nsh(outer) = Outer::find(&bytes) else { panic!("an NSH") };
        let before = bytes.clone();
        outer.turn(&mut bytes);
        let (at, size) = if bytes[14] >> 4 == 4 { (26, 4) } else { (22, 16) };
        assert_eq!((&bytes[..6], &bytes[6..12]), (&before[6..12], &before[..6]));
        assert_eq!(
            (&bytes[at..at + size], &bytes[at + size..at + 2 * size]),
            (&before[at + size..at + 2 * size], &before[at..at + size])
        );
        outer.turn(&mut bytes);
        assert_eq!(bytes, before);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(kind in prop::sample::select(vec![0x0800u16, 0x86dd, 0x8100, 0x894f]), version in prop::sample::select(vec![0x45u8, 0x60, 0x4f, 0]),
                              next in prop::sample::select(vec![17u8, 47, 6]), port in prop::sample::select(vec![4790u16, 6081, 1]), tail: Vec<u8>) {
        let mut bytes = [ethernet(kind), tail].concat();
        for (at, value) in [(14, version), (20, next), (23, next), (36, (port >> 8) as u8), (37, port as u8)] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        if let Found::Nsh(outer) = Outer::find(&bytes) {
            prop_assert!(outer.length() <= bytes.len().min(OUTER_LENGTH_MAX));
            let whole = bytes.len();
            outer.set_length(&mut bytes, whole);
            outer.turn(&mut bytes);
            outer.checksum(&bytes, whole);
        }
    }
}
