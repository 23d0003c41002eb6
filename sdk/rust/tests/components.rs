//! Whole components under the stand-in data plane, sdk/c/build/peer.
use std::path::PathBuf;
use std::process::{Command, Output};

fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    test.parent().and_then(|folder| folder.parent()).expect("target/debug/deps").join("examples").join(name)
}

fn ran(words: &str, component: &str) -> Output {
    let peer = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../c/build/peer");
    let (name, argument) = component.split_once(' ').map_or((component, None), |(name, argument)| (name, Some(argument)));
    let options = words.split(' ').map(|word| word.replace('_', " "));
    let mut command = Command::new(peer);
    command.args(options).arg("--").arg(example(name)).args(argument);
    command.output().expect("sdk/c/build/peer runs: make -C sdk/c")
}

/// Everything balances, and the peer's line, with what the component wrote, holds these parts. `_` in an option is a blank.
fn balances(words: &str, component: &str, parts: &[&str]) {
    let output = ran(words, component);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("{\"balanced\":true,"), "{text}");
    for part in parts {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn forwards() {
    balances(
        "--packets 20000 --block --lanes 3",
        "forward",
        &[r#""returned":{"out":20000},"dropped":{},"context_changed":0,"corrupted":0"#],
    );
}

#[test]
fn drops_what_is_marked() {
    let parts = [r#""returned":{"out":15000},"dropped":{"component":5000}"#, r#"{"name":"dropped","value":5000}"#];
    balances("--packets 20000 --block --mark 4 --agent get_dropped", "filter", &parts);
}

#[test]
fn makes_packets_fails_and_answers() {
    let parts = [
        r#""component_error":2500}"#,
        r#"{"name":"echo","result":"HI"}"#,
        r#""reason":"bad-value","text":"the component refuses this value""#,
        r#"{"name":"every","value":3}"#,
        r#""reason":"bad-value","text":"not a JSON value of type integer""#,
        r#""reason":"failed","text":"nothing to say""#,
        "tested: the function panicked: on purpose, ",
        "twin.rs:18; the packet is dropped",
    ];
    let requests = "--agent call_echo_hi --agent set_every_1 --agent set_every_3 --agent set_every_x --agent call_echo";
    balances(&format!("--packets 20000 --block --creates --outputs out,copies {requests}"), "twin", &parts);
}

#[test]
fn a_panic_drops_its_burst_alone() {
    let output = ran("--packets 9000 --block --mark 3", "twin burst");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("\"component_error\":"), "{text}");
}

#[test]
fn killed_under_load() {
    balances("--packets 2000 --kill --rounds 10 --creates --outputs out,copies", "twin", &["10 kills"]);
}

#[test]
fn garbage_in_the_channel_does_not_crash_it() {
    let output = ran("--hostile 7 --rounds 6 --creates --outputs out,copies", "filter");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn without_a_channel_one_line_and_status_1() {
    let output = Command::new(example("forward")).env_remove("COVEN_SLOT").output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("component: channel: COVEN_SLOT is not set") && text.lines().count() == 1, "{text}");
}
