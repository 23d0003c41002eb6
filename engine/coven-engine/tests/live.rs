//! Rules and roles that change, and contexts that are set, while packets flow: on the real engine, with a component in a process.
mod support;
use serde_json::{json, Value};
use support::*;

/// The component's process: does nothing when the tests run it as one of theirs.
#[test]
fn component_process() {
    component::run();
}

const SPI: u32 = 10;

/// A source of UDP packets, a component, a port that takes them: classified at the first, or not.
fn source(engine: &mut Engine, role: &str) -> Ended {
    let port = |port: u32, name: &str, options: Value, nsh: &str| json!({"do": "open-port", "port": port, "name": name, "backend": "generate", "options": options, "nsh": nsh});
    let edge = |id: u32, from: u32, to: u32| json!({"do": "add-edge", "edge": id, "from": {"slot": from, "output": 0, "lane": 0}, "to": {"slot": to, "lane": 0}, "limit": 64, "block": false});
    engine.apply(json!([
        {"do": "create-channel", "frames": 1024, "frame_size": 2048, "slots": 1, "edge_limit": 64},
        port(0, "lan", json!({"rate": 20_000, "flows": 4}), role), port(1, "wan", json!({"count": 0}), "proxy"),
        {"do": "add-component", "slot": 1, "name": "a", "on_crash": "drop", "spin_ns": 0, "profile": "balanced", "metadata": true, "creates": false},
        edge(1, 0, 1), edge(2, 1, 0),
        {"do": "add-path", "path": 0, "name": "up", "ingress": {"port": 0, "spi": SPI}, "edge": 1, "context": "opaque", "oam": "drop"},
        {"do": "add-path", "path": 1, "name": "rest", "ingress": {"port": 0}, "edge": 1, "context": "none", "oam": "drop"},
        {"do": "add-exit", "edge": 2, "path": 0, "port": 1}, {"do": "add-exit", "edge": 2, "path": 1, "port": 1},
        rules(1),
    ]));
    let component = engine.component(1);
    engine.wait_running(1);
    engine.control.call("start", json!({})).unwrap();
    component
}

fn rules(context: u8) -> Value {
    json!({"do": "add-rules", "port": 0, "classify": [{"path": 0, "spi": SPI, "si": 255, "context": format!("{context:02x}").repeat(16)}]})
}

fn transmitted_on(engine: &mut Engine) {
    let before = engine.stats()["transmitted"].as_u64().unwrap();
    until("packets that go on", || (engine.stats()["transmitted"].as_u64().unwrap() > before + 64).then_some(()));
}

/// The context of the last packets.
fn context(engine: &mut Engine) -> Value {
    transmitted_on(engine);
    engine.control.call("nsh-show", json!({"flows": 2})).unwrap()
}

#[test]
fn rules_change_between_two_packets_and_each_flow_is_classified_anew() {
    let mut engine = Engine::start();
    let component = source(&mut engine, "classify");
    for round in 2..12 {
        engine.apply(json!([{"do": "remove-rules", "port": 0}, rules(round)]));
        let seen = context(&mut engine);
        let expected = json!(format!("{round:02x}").repeat(16));
        assert_eq!((&seen["paths"][0]["context"], &seen["paths"][0]["left"]), (&expected, &expected), "{seen}");
        assert_eq!((seen["flows"].as_array().unwrap().len(), &seen["flows"][1]["context"]), (2, &expected), "{seen}");
    }
    let refused = engine
        .control
        .call("apply", json!({"actions": [{"do": "remove-rules", "port": 0}, {"do": "add-rules", "port": 0, "classify": [{}]}]}));
    assert_eq!(refused.unwrap_err()["data"]["action"], 1);
    assert_eq!(context(&mut engine)["paths"][0]["context"], json!("0b".repeat(16)), "as it was");
    assert_eq!(engine.stats()["dropped"], json!({}));
    drop(component);
}

#[test]
fn roles_change_under_load_and_no_packet_is_lost() {
    let mut engine = Engine::start();
    let component = source(&mut engine, "none");
    for round in 0..40 {
        let role = ["classify", "proxy", "aware", "none", "terminate"][round % 5];
        let actions = json!([{"do": "set-role", "port": 0, "nsh": role}]);
        engine.control.call("apply", json!({"actions": actions, "quiet_ms": 5000})).unwrap();
        transmitted_on(&mut engine);
    }
    let stats = engine.stats();
    assert_eq!((&stats["dropped"], &stats["traffic"]), (&json!({}), &json!("on")));
    drop(component);
}

#[test]
fn a_component_that_keeps_packets_keeps_the_roles_as_they_are() {
    let mut engine = Engine::start();
    let component = source(&mut engine, "none");
    transmitted_on(&mut engine);
    let pid = rustix::process::Pid::from_child(&component.0);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    until("packets that wait", || (engine.stats()["in_flight"].as_u64().unwrap() > 0).then_some(()));
    let plan = json!({"actions": [{"do": "set-role", "port": 0, "nsh": "edge"}], "quiet_ms": 50});
    let mut other = Client::connect(&engine.folder).unwrap();
    let refused = engine.control.call("apply", plan).unwrap_err();
    assert_eq!(refused["data"]["reason"], "busy", "{refused}");
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    transmitted_on(&mut engine);
    engine
        .control
        .send(&json!({"jsonrpc": "2.0", "id": 900, "method": "apply", "params": {"actions": [], "quiet_ms": 5000}}).to_string());
    other.call("stop", json!({})).unwrap();
    assert_eq!(engine.control.line()["id"], 900);
    assert_eq!(engine.stats()["traffic"], "off", "what was ordered meanwhile counts");
    drop(component);
}

#[test]
fn a_context_is_set_for_a_path_and_a_flow_and_taken_back() {
    let mut engine = Engine::start();
    let component = source(&mut engine, "classify");
    let flow = context(&mut engine)["flows"][0]["flow"].clone();
    let set = |engine: &mut Engine, flow: Option<&Value>, mask: &str, value: &str| {
        let mut params = json!({"spi": SPI, "mask": mask.repeat(16), "value": value.repeat(16)});
        if let Some(flow) = flow {
            params["flow"] = flow.clone();
        }
        engine.control.call("nsh-set", params)
    };
    set(&mut engine, None, "0f", "55").unwrap();
    set(&mut engine, Some(&flow), "f0", "aa").unwrap();
    let seen = context(&mut engine);
    assert_eq!(seen["sets"].as_array().unwrap().len(), 2, "{seen}");
    let of = |seen: &Value, wanted: bool| {
        let flows = seen["flows"].as_array().unwrap();
        flows.iter().find(|row| (row["flow"] == flow) == wanted).map(|row| row["left"].clone())
    };
    let both = until("the flow", || of(&engine.control.call("nsh-show", json!({})).unwrap(), true));
    assert_eq!(
        (both, of(&engine.control.call("nsh-show", json!({})).unwrap(), false)),
        (json!("a5".repeat(16)), Some(json!("05".repeat(16))))
    );
    set(&mut engine, Some(&flow), "00", "00").unwrap();
    set(&mut engine, None, "00", "00").unwrap();
    let seen = context(&mut engine);
    assert_eq!((&seen["sets"], &seen["paths"][0]["left"]), (&json!([]), &json!("01".repeat(16))), "{seen}");
    for wrong in [
        json!({"spi": 1 << 24, "mask": "00", "value": "00"}),
        json!({"spi": 1, "mask": "00", "value": "zz"}),
        json!({"spi": 1, "mask": "00".repeat(16), "value": "00"}),
    ] {
        assert!(engine.control.call("nsh-set", wrong).is_err());
    }
    drop(component);
}
