//! `pcap`: files of others, pacing, files that are wrong.
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use coven_vns::{Fault, Port, State};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter, RawPcapPacket};
use pcap_file::DataLink;
use proptest::prelude::*;
use serde_json::{json, Value};

use crate::bench::*;
use crate::suite;

/// Packets `gap_ms` apart, in microseconds.
fn write(file: &str, packets: &[Vec<u8>], gap_ms: u64) {
    let mut writer = PcapWriter::new(std::fs::File::create(file).unwrap()).unwrap();
    for (number, bytes) in packets.iter().enumerate() {
        let time = Duration::from_millis(1_000_000 + gap_ms * number as u64);
        writer.write_packet(&PcapPacket::new(time, bytes.len() as u32, bytes)).unwrap();
    }
}

fn replay(file: &str, rate: Value) -> Box<dyn Port> {
    open("pcap", &json!({ "in": file, "rate": rate })).unwrap()
}

struct Files(Folder);

impl suite::Rig for Files {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        write(&self.0.file("in.pcap"), packets, 1);
        replay(&self.0.file("in.pcap"), json!("full"))
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        open("pcap", &json!({"out": self.0.file("out.pcap")})).unwrap()
    }

    fn sent(&self, port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        drop(port);
        let mut port = replay(&self.0.file("out.pcap"), json!("full"));
        let sent = Bench::new(64, 2048).collect(&mut *port, count);
        assert!(port.done(), "there is more than was sent");
        sent
    }
}

#[test]
fn pcap_passes_the_suite() {
    suite::run(&Files(Folder::new("suite")));
}

#[test]
fn a_replay_is_done_after_its_last_packet() {
    let folder = Folder::new("done");
    write(&folder.file("in.pcap"), &packets(3), 1);
    let mut port = replay(&folder.file("in.pcap"), json!("full"));
    let mut bench = Bench::new(4, 2048);
    for _ in 0..3 {
        assert!(!port.done() && port.due().is_some());
        bench.collect(&mut *port, 1);
    }
    assert!(port.done() && port.due().is_none());
    assert!(bench.receive(&mut *port, 1).is_empty());
}

#[test]
fn a_recorded_rate_keeps_the_gaps_and_the_times() {
    let folder = Folder::new("recorded");
    write(&folder.file("in.pcap"), &packets(4), 100);
    let mut port = replay(&folder.file("in.pcap"), json!("recorded"));
    let mut bench = Bench::new(8, 2048);
    let start = Instant::now();
    let received = bench.collect_raw(&mut *port, 4);
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
    let times: Vec<u64> = received.iter().map(|(received, _)| received.time_ns / 1_000_000).collect();
    assert_eq!(times, [1_000_000, 1_000_100, 1_000_200, 1_000_300]);
}

#[test]
fn a_steady_rate_spaces_packets_and_says_when_the_next_is_due() {
    let folder = Folder::new("steady");
    write(&folder.file("in.pcap"), &packets(5), 0);
    let mut port = replay(&folder.file("in.pcap"), json!(20));
    let mut bench = Bench::new(8, 2048);
    let start = Instant::now();
    assert_eq!(bench.receive(&mut *port, 32).len(), 1, "the first comes at once, alone");
    assert!(port.due().unwrap() >= start + Duration::from_millis(50));
    bench.collect(&mut *port, 4);
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
}

#[test]
fn what_is_written_has_the_time_in_nanoseconds() {
    let folder = Folder::new("times");
    let now_ns = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut port = open("pcap", &json!({"out": folder.file("out.pcap")})).unwrap();
    let mut bench = Bench::new(4, 2048);
    let before = now_ns();
    bench.transmit(&mut *port, &packets(1));
    let after = now_ns();
    drop(port);
    let mut port = replay(&folder.file("out.pcap"), json!("full"));
    let time_ns = bench.collect_raw(&mut *port, 1)[0].0.time_ns;
    assert!((before..=after).contains(&time_ns));
}

#[test]
fn truncated_and_short_records_are_faults() {
    let folder = Folder::new("truncated");
    let file = folder.file("in.pcap");
    let mut writer = PcapWriter::new(std::fs::File::create(&file).unwrap()).unwrap();
    for (original, captured) in [(60, 60), (1500, 60), (13, 13), (0, 0), (60, 60)] {
        let data = vec![1; captured].into();
        let raw = RawPcapPacket { ts_sec: 1, ts_frac: 0, incl_len: captured as u32, orig_len: original, data };
        writer.write_raw_packet(&raw).unwrap();
    }
    drop(writer);
    let mut port = replay(&file, json!("full"));
    let received = Bench::new(8, 2048).collect_raw(&mut *port, 5);
    let faults: Vec<_> = received.iter().map(|(received, _)| received.fault).collect();
    assert_eq!(faults, [None, Some(Fault::Truncated), Some(Fault::Truncated), Some(Fault::Truncated), None]);
}

#[test]
fn a_file_that_is_no_capture_is_refused_with_its_name() {
    let folder = Folder::new("refused");
    let file = folder.file("in.pcap");
    for content in [&b""[..], b"abc", b"not a capture at all, but long enough for a header", &[0x0a, 0x0d, 0x0d, 0x0a]] {
        std::fs::write(&file, content).unwrap();
        let error = open("pcap", &json!({ "in": file })).err().unwrap();
        assert_eq!(error.reason, "capture-malformed");
        assert!(error.message.contains(&file), "{error}");
    }
    let header = PcapHeader { datalink: DataLink::LINUX_SLL, ..PcapHeader::default() };
    PcapWriter::with_header(std::fs::File::create(&file).unwrap(), header).unwrap();
    assert_eq!(open("pcap", &json!({ "in": file })).err().unwrap().reason, "capture-not-ethernet");
}

#[test]
fn a_file_that_breaks_off_takes_the_port_down_after_what_was_right() {
    let folder = Folder::new("broken");
    let file = folder.file("in.pcap");
    write(&file, &packets(3), 1);
    let content = std::fs::read(&file).unwrap();
    std::fs::write(&file, &content[..content.len() - 5]).unwrap();
    let mut port = replay(&file, json!("full"));
    assert!(Bench::new(8, 2048).collect(&mut *port, 2) == packets(2));
    assert!(port.done());
    let State::Down(why) = port.state() else { panic!("the port is up") };
    assert!(why.contains("packet 3"), "{why}");
}

/// A capture of ../shared; says that it skips where the folder is missing.
fn shared(name: &str) -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned();
    let file = format!("{}/data/captures/{name}", std::env::var("COVEN_SHARED").unwrap_or(beside));
    if !std::path::Path::new(&file).exists() {
        println!("skipped: {file} is missing");
        return None;
    }
    Some(file)
}

#[test]
fn captures_of_others_are_read_whole() {
    // Packets, and time of the first in microseconds, as their manifest says.
    let known = [
        ("dns.pcap", 5, 1_112_172_654_366_527),
        ("skype.pcap", 2509, 1_431_969_639_825_574),
        ("http.pcapng", 10, 1_643_129_441_023_341),
        ("tls_port_80.pcapng", 13, 1_618_744_619_257_945),
        ("dnscrypt_skype_false_positive.pcapng", 6, 1_625_015_363_846_677),
    ];
    for (name, count, first_us) in known {
        let Some(file) = shared(name) else { return };
        let mut port = replay(&file, json!("full"));
        let received = Bench::new(64, 2048).collect_raw(&mut *port, count);
        assert!(port.done() && port.state() == State::Up, "{name}");
        assert!(received.iter().all(|(received, _)| received.fault.is_none()), "{name}");
        assert_eq!(received[0].0.time_ns / 1000, first_us, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_damaged_file_makes_it_panic_or_go_on_for_ever(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let folder = Folder::new("damaged");
        let file = folder.file("in.pcap");
        write(&file, &packets(5), 1);
        let mut content = std::fs::read(&file).unwrap();
        for (at, byte) in damage {
            let at = at.index(content.len());
            content[at] = byte;
        }
        std::fs::write(&file, content).unwrap();
        if let Ok(mut port) = open("pcap", &json!({ "in": file })) {
            let mut bench = Bench::new(32, 2048);
            let received = bench.receive(&mut *port, 32).len();
            prop_assert!(received <= 32 && port.done());
        }
    }
}
