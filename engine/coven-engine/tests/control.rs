//! The control socket, on the real engine.
mod support;
use serde_json::json;
use std::process::Stdio;
use support::*;

fn channel() -> serde_json::Value {
    json!({"do": "create-channel", "frames": 256, "frame_size": 2048, "slots": 2, "edge_limit": 64})
}

#[test]
fn says_hello_and_cleans_up() {
    let mut engine = Engine::start();
    let hello = engine.control.call("hello", json!({})).unwrap();
    assert_eq!((&hello["pid"], &hello["channel"], &hello["state"]), (&json!(engine.child.id()), &json!(null), &json!("init")));
    engine.apply(json!([channel()]));
    let hello = engine.control.call("hello", json!({})).unwrap();
    assert!(std::fs::metadata(hello["channel"]["path"].as_str().unwrap()).unwrap().len() > 256 * 2048);
    assert_eq!(std::fs::read_dir(&engine.folder).unwrap().count(), 4, "socket and bells of slots 0 to 2");
    engine.stop();
}

#[test]
fn a_plan_that_fails_leaves_nothing() {
    let mut engine = Engine::start();
    let before = engine.stats();
    let plan = json!([
        channel(),
        {"do": "open-port", "port": 0, "name": "lan", "backend": "loopback", "options": {}, "nsh": "none"},
        {"do": "add-component", "slot": 1, "name": "a", "on_crash": "drop", "spin_ns": 0, "profile": "balanced", "metadata": true, "creates": true},
        {"do": "add-edge", "edge": 1, "from": {"slot": 0, "output": 0, "lane": 0}, "to": {"slot": 9, "lane": 0}, "limit": 64, "block": false},
    ]);
    for _ in 0..3 {
        let error = engine.control.call("apply", json!({"actions": plan})).unwrap_err();
        assert_eq!((&error["data"]["reason"], &error["data"]["action"]), (&json!("no-such-slot"), &json!(3)), "{error}");
    }
    let after = engine.stats();
    assert_eq!(
        (&after["frames"], &after["ports"], &after["components"]),
        (&before["frames"], &before["ports"], &before["components"])
    );
    engine.apply(json!([channel()]));
    engine.stop();
}

#[test]
fn memory_that_is_not_there_is_said_plainly() {
    let mut engine = Engine::start();
    let plan = json!([{"do": "create-channel", "frames": 4_194_303, "frame_size": 65_536, "slots": 1, "edge_limit": 64}]);
    let error = engine.control.call("apply", json!({"actions": plan})).unwrap_err();
    assert_eq!(error["data"]["reason"], "memory", "{error}");
    assert!(error["message"].as_str().unwrap().contains("4194303 frames"), "{error}");
    engine.stop();
}

#[test]
fn refuses_what_is_no_call_and_goes_on() {
    let mut engine = Engine::start();
    for (line, code) in
        [("garbage", -32700), (r#"{"id":1,"method":"fly"}"#, -32601), (r#"{"id":1,"method":"drain","params":{}}"#, -32602)]
    {
        engine.control.send(line);
        let answer = engine.control.line();
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
    let mut greedy = Client::connect(&engine.folder).unwrap();
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (0..40).for_each(|_| greedy.send(&"x".repeat(65_536)))));
    drop(greedy);
    engine.control.call("hello", json!({})).unwrap();
    engine.stop();
}

#[test]
fn a_second_engine_in_the_folder_is_refused() {
    let engine = Engine::start();
    let mut second = engine_command();
    let output = second.arg("--folder").arg(&engine.folder).stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("another engine"));
    engine.stop();
}

#[test]
fn sigterm_cleans_up() {
    let mut engine = Engine::start();
    engine.apply(json!([channel()]));
    let pid = rustix::process::Pid::from_child(&engine.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(engine.child.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(&engine.folder).unwrap().count(), 0);
}

#[test]
fn an_idle_engine_sleeps() {
    let mut engine = Engine::start();
    engine.apply(
        json!([channel(), {"do": "open-port", "port": 0, "name": "lan", "backend": "loopback", "options": {}, "nsh": "none"}]),
    );
    engine.control.call("start", json!({})).unwrap();
    let before = engine.stats();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let after = engine.stats();
    let passes = after["engine"]["passes"].as_u64().unwrap() - before["engine"]["passes"].as_u64().unwrap();
    assert!(passes <= 16, "{passes} passes without anything to do");
    engine.stop();
}

#[test]
fn a_plan_from_a_file_runs_until_done() {
    let folder = folder();
    let plan = folder.join("plan.json");
    let actions =
        json!([channel(), {"do": "open-port", "port": 0, "name": "lan", "backend": "loopback", "options": {}, "nsh": "none"}]);
    std::fs::write(&plan, json!({"actions": actions, "slots": {}, "ports": {"lan": 0}, "outputs": {}}).to_string()).unwrap();
    let mut command = engine_command();
    let output = command.arg("--folder").arg(&folder).arg("--plan").arg(&plan).arg("--until-done").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let stats: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&stats["traffic"], &stats["in_flight"]), (&json!("on"), &json!(0)));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn packets_that_are_made_are_all_forwarded_before_it_ends() {
    let folder = folder();
    let plan = folder.join("plan.json");
    let port = |port: u32, count: u32| json!({"do": "open-port", "port": port, "name": port.to_string(), "backend": "generate", "options": {"count": count, "flows": 8}, "nsh": "none"});
    let path = json!({"do": "add-path", "path": 0, "name": "through", "ingress": {"port": 0}, "egress": 1, "context": "none", "oam": "drop"});
    std::fs::write(&plan, json!({"actions": [channel(), port(0, 10_000), port(1, 0), path]}).to_string()).unwrap();
    let mut command = engine_command();
    let output = command.arg("--folder").arg(&folder).arg("--plan").arg(&plan).arg("--until-done").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let stats: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&stats["received"], &stats["transmitted"]), (&json!(10_000), &json!(10_000)));
    assert_eq!((&stats["ports"][0]["done"], &stats["ports"][1]["tx_packets"]), (&json!(true), &json!(10_000)));
    std::fs::remove_dir_all(folder).unwrap();
}
