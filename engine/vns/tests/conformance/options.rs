//! What is wrong with a plan's options is said by name.
use serde_json::json;

use crate::bench::open;

#[test]
fn wrong_options_are_named() {
    let cases = [
        ("netmap", json!({}), "unknown-backend", "netmap"),
        ("loopback", json!([]), "bad-option", "object"),
        ("loopback", json!({"interface": "eth0"}), "bad-option", "interface"),
        ("loopback", json!({"record": ""}), "bad-option", "record"),
        ("loopback", json!({"faults": {"dropp": 1}}), "bad-option", "dropp"),
        ("loopback", json!({"faults": {"drop": 1.5}}), "bad-option", "drop"),
        ("loopback", json!({"faults": {"delay_us": 1_000_001}}), "bad-option", "delay_us"),
        ("loopback", json!({"faults": {"seed": -1}}), "bad-option", "seed"),
        ("loopback", json!({"record": "/nonexistent/file.pcap"}), "file-not-writable", "/nonexistent/file.pcap"),
        ("pcap", json!({"in": "/nonexistent/file.pcap"}), "file-not-readable", "/nonexistent/file.pcap"),
        ("pcap", json!({"rate": "fast"}), "bad-option", "rate"),
        ("pcap", json!({"rate": 0}), "bad-option", "rate"),
        ("af_packet", json!({}), "bad-option", "interface"),
        ("tap", json!({}), "bad-option", "interface"),
        ("tap", json!({"interface": "tap0", "mtu": 67}), "bad-option", "mtu"),
        ("plugin", json!({}), "bad-option", "file"),
        ("plugin", json!({"file": "a.so", "options": {}}), "bad-option", "options"),
        ("memif", json!({"role": "server"}), "bad-option", "socket"),
        ("memif", json!({"socket": "/tmp/x"}), "bad-option", "role"),
        ("memif", json!({"socket": "/tmp/x", "role": "slave"}), "bad-option", "role"),
        ("memif", json!({"socket": "/tmp/x", "role": "client", "ring_size": 1000}), "bad-option", "ring_size"),
        ("memif", json!({"socket": "/tmp/x", "role": "client", "buffer_size": 64}), "bad-option", "buffer_size"),
        ("memif", json!({"socket": "/nonexistent/x", "role": "server"}), "socket-folder-missing", "/nonexistent/x"),
        ("memif", json!({"socket": "x".repeat(200), "role": "server"}), "bad-option", "107"),
        ("generate", json!({"size": 59}), "bad-option", "size"),
        ("generate", json!({"size": 1515}), "bad-option", "size"),
        ("generate", json!({"flows": 0}), "bad-option", "flows"),
        ("generate", json!({"spi": 1 << 24}), "bad-option", "spi"),
        ("generate", json!({"rate": 0}), "bad-option", "rate"),
        ("generate", json!({"rate": "recorded"}), "bad-option", "rate"),
        ("generate", json!({"count": -1}), "bad-option", "count"),
    ];
    for (backend, options, reason, named) in cases {
        let error = open(backend, &options).err().unwrap_or_else(|| panic!("{backend} {options} was opened"));
        assert_eq!(error.reason, reason, "{error}");
        assert!(error.message.contains(named), "{error}");
    }
}

#[test]
fn options_may_be_missing_or_null() {
    assert!(open("loopback", &json!(null)).is_ok());
    assert!(open("loopback", &json!({"record": null, "faults": null})).is_ok());
}
