//! An engine of several threads: plans in all of them or in none, accounts that add up, and crashes that concern one.
mod support;
use serde_json::{json, Value};
use std::process::Stdio;
use support::*;

/// The component's process: does nothing when the tests run it as one of theirs.
#[test]
fn component_process() {
    component::run();
}

fn channel() -> Value {
    json!({"do": "create-channel", "frames": 1024, "frame_size": 2048, "slots": 1, "edge_limit": 64})
}

fn port(port: u32, backend: &str, options: Value) -> Value {
    json!({"do": "open-port", "port": port, "name": format!("p{port}"), "backend": backend, "options": options, "nsh": "none"})
}

/// From a source through a component of each shard to a port that takes everything.
fn through(engine: &mut Engine, options: Value) {
    let edge = |id: u32, from: u32, to: u32| json!({"do": "add-edge", "edge": id, "from": {"slot": from, "output": 0, "lane": 0}, "to": {"slot": to, "lane": 0}, "limit": 64, "block": false});
    let component = |shard: u32| json!({"do": "add-component", "shard": shard, "slot": 1, "name": format!("a.{}", shard + 1), "on_crash": "hold", "spin_ns": 0, "profile": "balanced", "metadata": true, "creates": false});
    engine.apply(json!([
        channel(), port(0, "generate", options), port(1, "generate", json!({"count": 0})), component(0), component(1), edge(1, 0, 1), edge(2, 1, 0),
        {"do": "add-path", "path": 0, "name": "up", "ingress": {"port": 0}, "edge": 1, "context": "none", "oam": "drop"},
        {"do": "add-exit", "edge": 2, "path": 0, "port": 1},
    ]));
}

fn received_by(stats: &Value, shard: usize) -> u64 {
    stats["shards"][shard]["received"].as_u64().unwrap()
}

fn transmitted_by(stats: &Value, shard: usize) -> u64 {
    stats["shards"][shard]["transmitted"].as_u64().unwrap()
}

#[test]
fn each_has_a_channel_and_a_plan_is_applied_in_all_or_none() {
    let mut engine = Engine::with(&["--threads", "2", "--pinned"]);
    let hello = |engine: &mut Engine, shard: u32| engine.control.call("hello", json!({"shard": shard}));
    let refused = json!([channel(), port(0, "loopback", json!({})), {"do": "close-port", "port": 0}, {"do": "close-port", "shard": 1, "port": 0}]);
    let error = engine.control.call("apply", json!({"actions": refused})).unwrap_err();
    assert_eq!((&error["data"]["reason"], &error["data"]["action"]), (&json!("not-found"), &json!(3)), "{error}");
    for shard in 0..2 {
        assert_eq!(hello(&mut engine, shard).unwrap()["channel"], Value::Null, "shard {shard} has undone its part");
    }
    let error = engine.control.call("apply", json!({"actions": [{"do": "close-port", "shard": 2, "port": 0}]})).unwrap_err();
    assert_eq!(error["data"]["reason"], "no-such-shard");
    let error = engine.control.call("apply", json!({"actions": [channel(), port(0, "pcap", json!({}))]})).unwrap_err();
    assert_eq!((&error["data"]["reason"], &error["data"]["action"]), (&json!("one-thread"), &json!(1)), "{error}");
    engine.apply(json!([channel(), port(0, "loopback", json!({}))]));
    let (one, other) = (hello(&mut engine, 0).unwrap(), hello(&mut engine, 1).unwrap());
    assert_ne!(one["channel"]["path"], other["channel"]["path"]);
    assert_eq!((&one["threads"], &one["bells"]), (&json!(2), &json!(engine.folder)));
    assert!(std::fs::metadata(other["bells"].as_str().unwrap()).unwrap().is_dir());
    assert_eq!(engine.stats()["frames"]["total"], 2048);
    for (method, params) in [
        ("hello", json!({"shard": 2})),
        ("supervise", json!({"shard": 2, "slot": 1, "pid": 1})),
        ("release", json!({"shard": 9, "slot": 1, "timeout_ms": 0})),
    ] {
        assert_eq!(engine.control.call(method, params).unwrap_err()["data"]["reason"], "no-such-shard");
    }
    engine.stop();
}

#[test]
fn accounts_add_up_and_all_is_forwarded_before_it_ends() {
    let mut engine = Engine::with(&["--threads", "2"]);
    through(&mut engine, json!({"count": 10_001, "flows": 8}));
    let mut components = [engine.component_of(0, 1), engine.component_of(1, 1)];
    (0..2).for_each(|shard| engine.wait_running_of(shard, 1));
    engine.control.call("start", json!({})).unwrap();
    until("all packets", || (engine.stats()["transmitted"] == 10_001).then_some(()));
    let stats = engine.stats();
    assert_eq!((received_by(&stats, 0), received_by(&stats, 1)), (5_001, 5_000));
    assert_eq!((&stats["ports"][0]["rx_packets"], &stats["ports"][0]["done"]), (&json!(10_001), &json!(true)));
    let names: Vec<_> = stats["components"].as_array().unwrap().iter().map(|row| (&row["shard"], &row["name"])).collect();
    assert_eq!(names, [(&json!(0), &json!("a.1")), (&json!(1), &json!("a.2"))]);
    assert_eq!(engine.control.call("drain", json!({"timeout_ms": 1000})).unwrap(), json!({"in_flight": 0}));
    for shard in 0..2 {
        let state = engine.control.call("release", json!({"shard": shard, "slot": 1, "timeout_ms": 20_000})).unwrap();
        assert_eq!(state, json!({"state": "empty"}));
    }
    components.iter_mut().for_each(|one| assert!(one.0.wait().unwrap().success()));
    engine.stop();
}

#[test]
fn a_crash_in_one_leaves_the_other_passing() {
    let mut engine = Engine::with(&["--threads", "2"]);
    through(&mut engine, json!({"rate": 20_000, "flows": 8}));
    let mut subscriber = Client::connect(&engine.folder).unwrap();
    subscriber.call("subscribe", json!({})).unwrap();
    let (_one, mut other) = (engine.component_of(0, 1), engine.component_of(1, 1));
    (0..2).for_each(|shard| engine.wait_running_of(shard, 1));
    engine.control.call("start", json!({})).unwrap();
    for _ in 0..5 {
        until("packets in both", || {
            let stats = engine.stats();
            (transmitted_by(&stats, 0) > 100 && transmitted_by(&stats, 1) > 100).then_some(())
        });
        other.0.kill().unwrap();
        let pid = other.0.id();
        let event = subscriber.event("component-exited");
        assert_eq!(event, json!({"event": "component-exited", "shard": 1, "slot": 1, "pid": pid}));
        let stats = engine.stats();
        let (passing, held) = (transmitted_by(&stats, 0), transmitted_by(&stats, 1));
        until("packets in the first", || (transmitted_by(&engine.stats(), 0) > passing + 500).then_some(()));
        assert_eq!(transmitted_by(&engine.stats(), 1), held, "the second holds its packets");
        other = engine.component_of(1, 1);
        engine.wait_running_of(1, 1);
        until("packets in the second", || (transmitted_by(&engine.stats(), 1) > held + 500).then_some(()));
    }
    engine.stop();
}

#[test]
fn contexts_and_rules_are_in_all_and_shown_as_one() {
    let mut engine = Engine::with(&["--threads", "2"]);
    let rules = |context: u8| json!({"do": "add-rules", "port": 0, "classify": [{"path": 0, "spi": 10, "si": 255, "context": format!("{context:02x}").repeat(16)}]});
    let mut lan = port(0, "generate", json!({"rate": 20_000, "flows": 4}));
    let mut wan = port(1, "generate", json!({"count": 0}));
    (lan["nsh"], wan["nsh"]) = ("classify".into(), "proxy".into());
    engine.apply(json!([
        channel(), lan, wan,
        {"do": "add-path", "path": 0, "name": "up", "ingress": {"port": 0, "spi": 10}, "egress": 1, "context": "opaque", "oam": "drop"},
        rules(1),
    ]));
    engine.control.call("start", json!({})).unwrap();
    for round in 2..6 {
        engine.apply(json!([{"do": "remove-rules", "port": 0}, rules(round)]));
        let before = engine.stats();
        until("packets that go on", || {
            let now = engine.stats();
            (0..2).all(|shard| transmitted_by(&now, shard) > transmitted_by(&before, shard) + 64).then_some(())
        });
        let seen = engine.control.call("nsh-show", json!({"flows": 4})).unwrap();
        let expected = json!(format!("{round:02x}").repeat(16));
        assert_eq!(seen["flows"].as_array().unwrap().len(), 4, "{seen}");
        assert!(seen["flows"].as_array().unwrap().iter().all(|flow| flow["context"] == expected), "{seen}");
        assert_eq!((seen["paths"].as_array().unwrap().len(), &seen["paths"][0]["context"]), (1, &expected));
    }
    let (mask, value) = ("ff".repeat(16), "77".repeat(16));
    engine.control.call("nsh-set", json!({"spi": 10, "mask": mask, "value": value})).unwrap();
    let before = engine.stats();
    until("packets that go on", || {
        let now = engine.stats();
        (0..2).all(|shard| transmitted_by(&now, shard) > transmitted_by(&before, shard) + 64).then_some(())
    });
    let seen = engine.control.call("nsh-show", json!({"flows": 4})).unwrap();
    assert!(seen["flows"].as_array().unwrap().iter().all(|flow| flow["context"] == value), "{seen}");
    assert_eq!(seen["sets"], json!([{"spi": 10, "mask": mask, "value": value}]));
    let quiet = json!({"actions": [{"do": "set-role", "port": 0, "nsh": "none"}], "quiet_ms": 5_000});
    engine.control.call("apply", quiet).unwrap();
    let error = engine
        .control
        .call("apply", json!({"actions": [{"do": "set-role", "port": 7, "nsh": "none"}], "quiet_ms": 5_000}))
        .unwrap_err();
    assert_eq!(error["data"]["reason"], "not-found");
    assert_eq!(engine.stats()["traffic"], "on");
    engine.stop();
}

#[test]
fn a_plan_from_a_file_ends_when_all_are_done() {
    let folder = folder();
    let plan = folder.join("plan.json");
    let path = json!({"do": "add-path", "path": 0, "name": "through", "ingress": {"port": 0}, "egress": 1, "context": "none", "oam": "drop"});
    let ports = [port(0, "generate", json!({"count": 20_000, "flows": 8})), port(1, "generate", json!({"count": 0}))];
    std::fs::write(&plan, json!({"actions": [channel(), ports[0], ports[1], path]}).to_string()).unwrap();
    let mut command = engine_command();
    command.arg("--folder").arg(&folder).args(["--threads", "4", "--until-done", "--plan"]).arg(&plan);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&stats["transmitted"], &stats["in_flight"]), (&json!(20_000), &json!(0)));
    assert_eq!((0..4).map(|shard| transmitted_by(&stats, shard)).collect::<Vec<_>>(), [5_000; 4]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "the plan alone is left");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_number_of_threads_that_can_not_be_is_wrong_use() {
    for threads in ["0", "17", "two"] {
        let mut command = engine_command();
        let output = command.args(["--folder", "/nonexistent", "--threads", threads]).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("--threads 1..16"));
    }
}
