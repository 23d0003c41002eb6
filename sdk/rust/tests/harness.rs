//! The harness, flow tables and histograms.
use coven::testing::Harness;
use coven::{counter, histogram, setting, FlowTable, Own, Packet, Verdict};

/// UDP over IPv4, from 10.0.0.`from`.
fn udp(from: u8) -> Vec<u8> {
    let mut bytes = vec![0; 60];
    bytes[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
    bytes[17] = 46;
    bytes[23] = 17;
    bytes[26..34].copy_from_slice(&[10, 0, 0, from, 10, 0, 0, 99]);
    bytes[34..38].copy_from_slice(&[0, 5, 0, 6]);
    bytes
}

#[test]
fn outcomes_and_items() {
    let mut harness = Harness::new("out,aside", None);
    let (dropped, limit) = (counter("dropped", "packets", ""), setting("limit", 100i64, "bytes", ""));
    let aside = Verdict::to("aside");
    let mut function = |packet: &mut Packet| {
        if packet.len() as i64 > limit.value() {
            dropped.add(1);
            return Verdict::Drop;
        }
        assert!(packet.u8(0) != Some(7), "seven");
        if let Some(copy) = Own::copy(packet) {
            copy.send(aside);
        }
        aside
    };
    let outcome = harness.packet(&mut function, &[1; 60]);
    assert_eq!((outcome.output.as_deref(), outcome.bytes.len(), outcome.sent.len()), (Some("aside"), 60, 1));
    assert!(harness.packet(&mut function, &[1; 101]).dropped());
    assert_eq!(harness.item("dropped").as_deref(), Some("1"));
    assert!(harness.set("limit", "59") && !harness.set("limit", "\"x\"") && harness.packet(&mut function, &[1; 60]).dropped());
    assert!(harness.set("limit", "100"));
    assert_eq!(harness.packet(&mut function, &[7; 60]).error.as_deref(), Some("seven"));
    assert_eq!(harness.packet(&mut function, &[7; 4000]).error.as_deref(), Some("too_large"));
    assert!(harness.capture(&mut function, "/nowhere.pcap").is_err());
}

#[test]
fn items_go_with_the_test() {
    let mut harness = Harness::new("out", None);
    let dropped = counter("dropped", "packets", "");
    dropped.add(5);
    let sizes = histogram("sizes", &[64, 1500], "bytes", "");
    [64, 65, 1501].into_iter().for_each(|size| sizes.record(size));
    assert_eq!(harness.item("dropped").as_deref(), Some("5"));
    assert_eq!(harness.item("sizes").as_deref(), Some(r#"{"count":3,"sum":1630,"buckets":[[64,1],[1500,1]]}"#));
}

#[test]
fn flow_tables() {
    #[derive(Clone, Copy)]
    struct Seen(u64);
    impl Default for Seen {
        fn default() -> Seen {
            Seen(100)
        }
    }
    let mut harness = Harness::new("out", None);
    let mut table = FlowTable::<Seen>::new("talks", 2, 10.0, true);
    for (second, from) in [(0, 1), (1, 1), (2, 2), (3, 3), (4, 2)] {
        let mut function = |packet: &mut Packet| {
            table.put_of(packet).expect("a flow").0 += 1;
            Verdict::Forward
        };
        assert_eq!(harness.packet_at(&mut function, &udp(from), &[0; 16], second * 1_000_000_000).error, None);
    }
    let all: Vec<_> = table.iter().map(|(flow, seen)| (flow.to_string(), seen.0)).collect();
    let text = |from: u8| format!("udp 10.0.0.{from}:5 > 10.0.0.99:6");
    assert_eq!(all, [(text(2), 102), (text(3), 101)]);
    assert_eq!(harness.item("talks_evicted").as_deref(), Some("1"));
    let flow = table.iter().next().expect("two").0;
    assert!(table.get(&flow.reversed(), 13_999_999_999).is_some() && table.get(&flow, 24_000_000_000).is_none());
    assert_eq!((table.size(), table.remove(&flow)), (0, false));
}
