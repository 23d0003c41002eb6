#[allow(dead_code)] // its main
#[path = "../filter/main.rs"]
mod component;
use coven::testing::Harness;

/// What becomes of each packet of sample.pcap.
fn sample(port: &str) -> Vec<String> {
    let mut harness = Harness::new("out,watch", Some("service:16,rest:112"));
    let mut filter = component::Filter::new();
    assert!(harness.set("port", port));
    let outcomes = harness.capture(&mut |packet| filter.decide(packet), "sample.pcap").expect("the sample can be read");
    assert_eq!(outcomes[1].context[..2], [0, 53]);
    assert_eq!(harness.item("dropped").as_deref(), Some("1"));
    outcomes.into_iter().map(|outcome| outcome.output.unwrap_or("drop".into())).collect()
}

#[test]
fn the_first_packet_of_a_flow_to_the_port_is_watched_the_rest_are_dropped() {
    assert_eq!(sample("8080"), ["out", "out", "out", "watch", "drop", "out", "watch", "out"]);
}

#[test]
fn the_port_is_a_setting() {
    assert_eq!(sample("443"), ["out", "out", "out", "out", "out", "watch", "out", "drop"]);
}
