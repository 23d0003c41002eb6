//! Component processes that are killed under load, again and again, on the real engine.
mod support;
use serde_json::{json, Value};
use std::time::Duration;
use support::*;

/// The component's process: does nothing when the tests run it as one of theirs.
#[test]
fn component_process() {
    component::run();
}

/// A source makes packets; they go out by a loopback, come in again, pass the relay, and go round.
fn ring_of(engine: &mut Engine, on_crash: &str, block: bool) {
    let edge = |id: u32, from: u32, to: u32| json!({"do": "add-edge", "edge": id, "from": {"slot": from, "output": 0, "lane": 0}, "to": {"slot": to, "lane": 0}, "limit": 64, "block": block});
    let component = |slot: u32, name: &str, creates: bool| json!({"do": "add-component", "slot": slot, "name": name, "on_crash": on_crash, "spin_ns": 0, "profile": "balanced", "metadata": true, "creates": creates});
    engine.apply(json!([
        {"do": "create-channel", "frames": 1024, "frame_size": 2048, "slots": 3, "edge_limit": 64},
        {"do": "open-port", "port": 0, "name": "loop", "backend": "loopback", "options": {}, "nsh": "none"},
        component(1, "source", true), component(2, "relay", false), component(3, "second", false),
        edge(1, 1, 0), edge(2, 0, 2), edge(3, 2, 3), edge(4, 3, 0),
        {"do": "add-path", "path": 0, "name": "round", "ingress": {"port": 0}, "edge": 2, "context": "none", "oam": "drop"},
        {"do": "add-exit", "edge": 1, "path": 0, "port": 0},
        {"do": "add-exit", "edge": 4, "path": 0, "port": 0},
    ]));
    engine.control.call("start", json!({})).unwrap();
}

fn number(stats: &Value, name: &str) -> u64 {
    stats[name].as_u64().unwrap()
}

fn kills(on_crash: &str, block: bool, rounds: u32) {
    let mut engine = Engine::start();
    ring_of(&mut engine, on_crash, block);
    let mut subscriber = Client::connect(&engine.folder).unwrap();
    subscriber.call("subscribe", json!({})).unwrap();
    let mut processes: Vec<Ended> = (1..=3).map(|slot| engine.component(slot)).collect();
    (1..=3).for_each(|slot| engine.wait_running(slot));
    let mut last = 0;
    for round in 0..rounds {
        let slot = [2, 3, 1][round as usize % 3];
        std::thread::sleep(Duration::from_millis(u64::from(round * 7 % 23)));
        let victim = &mut processes[slot as usize - 1];
        let pid = victim.0.id();
        victim.0.kill().unwrap();
        let event = subscriber.event("component-exited");
        assert_eq!(event, json!({"event": "component-exited", "slot": slot, "pid": pid}));
        victim.0.wait().unwrap();
        engine.stats();
        processes[slot as usize - 1] = engine.component(slot);
        engine.wait_running(slot);
        last = until("packets that go on", || {
            let received = number(&engine.stats(), "received");
            (received > last).then_some(received)
        });
    }
    wind_up(engine, processes, rounds);
}

fn wind_up(mut engine: Engine, mut processes: Vec<Ended>, rounds: u32) {
    let state = engine.control.call("release", json!({"slot": 1, "timeout_ms": 20_000})).unwrap();
    assert_eq!(state, json!({"state": "empty"}));
    engine.control.call("stop", json!({})).unwrap();
    let drained = engine.control.call("drain", json!({"timeout_ms": 20_000})).unwrap();
    assert_eq!(drained, json!({"in_flight": 0}), "{}", engine.stats());
    for slot in 2..=3 {
        engine.control.call("release", json!({"slot": slot, "timeout_ms": 20_000})).unwrap();
    }
    let stats = engine.stats();
    println!(
        "{} kills: received {} dropped {} cpu_ns {}",
        rounds, stats["received"], stats["dropped"], stats["engine"]["cpu_ns"]
    );
    let frames = &stats["frames"];
    assert_eq!(number(frames, "home") + number(frames, "lent"), 1024, "{stats}");
    assert_eq!((&stats["bad_frames"], &stats["dropped"]["unattributed"]), (&json!(0), &Value::Null), "{stats}");
    let restarts: u64 = stats["components"].as_array().unwrap().iter().map(|c| number(c, "restarts")).sum();
    assert_eq!(restarts, u64::from(rounds));
    processes.iter_mut().for_each(|process| assert!(process.0.wait().unwrap().success(), "released, it leaves by itself"));
    engine.stop();
}

#[test]
fn killed_and_passed_by() {
    kills("bypass", false, 30);
}

#[test]
fn killed_and_dropped() {
    kills("drop", false, 15);
}

#[test]
fn killed_and_held() {
    kills("hold", false, 15);
}

#[test]
fn killed_while_the_others_wait_for_space() {
    kills("bypass", true, 15);
}

#[test]
fn a_process_that_is_not_there_is_told() {
    let mut engine = Engine::start();
    ring_of(&mut engine, "bypass", false);
    let error = engine.control.call("supervise", json!({"slot": 2, "pid": 0x3fff_ffff})).unwrap_err();
    assert_eq!(error["data"]["reason"], "no-process", "{error}");
    let error = engine.control.call("supervise", json!({"slot": 9, "pid": 1})).unwrap_err();
    assert_eq!(error["data"]["reason"], "no-such-slot", "{error}");
    engine.stop();
}
