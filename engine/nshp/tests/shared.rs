//! Packets and headers that others made: captures of tcpdump and Suricata, vectors of Scapy, Suricata, tcpdump and Open vSwitch.
mod common;
use channel::layout::*;
use common::*;
use coven_nshp::{Entry, Path};
use pcap_file::pcap::PcapReader;

/// A frame whose NSH is `hex`, or the frame itself where it is one.
fn frame(hex: &str) -> Vec<u8> {
    let nsh = bytes(hex);
    if nsh.len() > 14 && nsh[12..14] == [0x89, 0x4f] {
        nsh
    } else {
        [&[0x02; 12][..], &[0x89, 0x4f], &nsh].concat()
    }
}

/// A bench that knows the path of this frame.
fn bench(frame: &[u8]) -> Bench {
    let mut bench = Bench::new();
    let spi = frame.get(18..21).map_or(0, |spi| u32::from_be_bytes([0, spi[0], spi[1], spi[2]]));
    bench.port.paths.set(spi, Path { oam: true, ..Path::default() });
    bench
}

/// SPI and SI of a packet that passes, or the reason for which it is dropped.
type Outcome = Result<(u32, u8), u32>;

/// What a proxy does with each of the vectors.
#[rustfmt::skip]
const OUTCOMES: &[(&str, Outcome)] = &[
    ("scapy-nsh-over-nsh", Ok((42, 1))),
    ("scapy-md1-fixed-context", Err(REASON_TRUNCATED)), // Ethernet without a byte of it
    ("scapy-md2-len2", Err(REASON_TRUNCATED)),
    ("suricata-valid-md2-len4", Ok((2, 2))),
    ("suricata-too-small", Err(REASON_NSH_LENGTH)),
    ("suricata-bad-version", Err(REASON_NSH_VERSION)),
    ("suricata-no-payload", Err(REASON_NSH_LENGTH)),
    ("suricata-md0", Err(REASON_NSH_MD_TYPE)),
    ("suricata-md1-wrong-length", Err(REASON_NSH_LENGTH)),
    ("suricata-md3", Err(REASON_NSH_MD_TYPE)),
    ("suricata-np-0x99", Err(REASON_NSH_NEXT_PROTOCOL)),
    ("tcpdump-eth-nsh-md1", Ok((0x309, 7))),
    ("tcpdump-gpe-nsh-md2-O-and-U-set-nonzero-pad", Ok((0xffffff, 255))),
    ("ovs-md2-two-tlv", Err(REASON_TRUNCATED)),
    ("ovs-md1-encap", Err(REASON_TRUNCATED)),
    ("ovs-md1-replace-before", Err(REASON_TRUNCATED)),
    ("ovs-md1-replace-after", Err(REASON_TRUNCATED)),
];

#[test]
fn headers_of_other_suites_have_their_outcome() {
    let Some(file) = shared("data/nsh/nsh-hex-vectors.json") else { return };
    let vectors: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), OUTCOMES.len());
    for (vector, (name, expected)) in vectors.iter().zip(OUTCOMES) {
        assert!(vector["name"].as_str().unwrap().starts_with(name), "{vector} is not {name}");
        let frame = frame(vector["hex"].as_str().unwrap());
        let outcome = match bench(&frame).enter(&frame) {
            Entry::Nsh(inside) => Ok((inside.path >> 8, inside.path as u8)),
            Entry::Drop { reason, .. } => Err(reason),
            Entry::Plain => panic!("{name} is not plain"),
        };
        assert_eq!(&outcome, expected, "{name}");
    }
}

#[test]
fn captures_of_other_suites_pass_and_come_back() {
    let known: &[(&str, u32, [u8; 16])] = &[
        ("tcpdump-nsh.pcap", 0x309 << 8 | 7, [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]),
        ("suricata-verify-nsh-type1.pcap", 1 << 8 | 2, [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]),
        ("suricata-verify-nsh-type2.pcap", 1 << 8 | 2, [0; 16]),
    ];
    for (name, path, context) in known {
        let Some(file) = shared(&format!("data/nsh/{name}")) else { return };
        let mut reader = PcapReader::new(std::fs::File::open(file).unwrap()).unwrap();
        let mut packet = reader.next_packet().expect("a packet").unwrap().data.to_vec();
        let mut bench = bench(&packet);
        let inside = bench.pass(&packet);
        assert_eq!((inside.path, inside.context), (*path, *context), "{name}");
        assert_eq!(bench.read(inside.offset, inside.length)[12..15], [8, 0, 0x45], "{name}: IPv4 behind a made header");
        let out = bench.leave(inside.offset, inside.length, inside.context).unwrap();
        packet[21] -= 1;
        assert_eq!(out, packet, "{name}");
    }
}

#[test]
fn nsh_in_vxlan_gpe_passes_and_comes_back() {
    let Some(file) = shared("data/nsh/tcpdump-nsh-over-vxlan-gpe.pcap") else { return };
    let mut reader = PcapReader::new(std::fs::File::open(file).unwrap()).unwrap();
    let (mut passed, mut straight) = (0, 0);
    while let Some(packet) = reader.next_packet() {
        let mut packet = packet.unwrap().data.to_vec();
        let mut bench = Bench::new();
        bench.port.paths.set(
            u32::from_be_bytes([0, packet[54], packet[55], packet[56]]),
            Path { oam: true, unknown: true, ..Path::default() },
        );
        let inside = bench.pass(&packet);
        let out = bench.leave(inside.offset, inside.length, inside.context).unwrap();
        packet[57] -= 1;
        let udp = wire::Checksum::pseudo(&out[26..34], 17, out.len() - 34).with(&out[34..]).finish();
        assert_eq!((wire::sum(&out[14..34]), udp), (0, 0), "checksums of IPv4 and UDP");
        packet[40..42].copy_from_slice(&out[40..42]);
        assert_eq!(out, packet);
        passed += 1;
        straight += u32::from(inside.straight);
    }
    assert!(passed > 0 && passed > straight, "{passed} passed, {straight} straight");
}
