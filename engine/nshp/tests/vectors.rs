//! Our own vectors, spec/vectors/nsh, which every NSH processor runs.
mod common;
use channel::layout::REASON_NAMES;
use common::*;
use coven_nshp::{ClassRule, Classifier, Context, Entry, Hop, Made, Path, Range, Role, Rules};
use serde_json::Value;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number")) as u32
}

fn name(reason: u32) -> &'static str {
    REASON_NAMES.iter().find(|(number, _)| *number == reason).expect("a reason of the catalogue").1
}

fn vectors(file: &str) -> Vec<Value> {
    let path = format!("{}/../../spec/vectors/nsh/{file}", env!("CARGO_MANIFEST_DIR"));
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    list(&all["vectors"]).to_vec()
}

fn proxy_rules(vector: &Value) -> Rules {
    let mut rules = Rules::default();
    for path in list(&vector["paths"]) {
        let context = match text(path, "context") {
            "opaque" => Context::Opaque,
            "known" => Context::Known,
            _ => Context::None,
        };
        rules.set(number(&path["spi"]), Path { context, oam: text(path, "oam") == "forward", ..Path::default() });
    }
    rules
}

fn path(expect: &Value) -> Option<u32> {
    Some((expect["spi"].as_u64()? << 8 | expect["si"].as_u64()?) as u32)
}

fn run_proxy(vector: &Value) {
    let mut bench = Bench::new();
    bench.port.paths = proxy_rules(vector);
    let expect = &vector["expect"];
    match bench.enter(&bytes(text(vector, "input"))) {
        Entry::Plain => assert_eq!(expect["plain"], true),
        Entry::Drop { reason, path: seen } => assert_eq!((name(reason), seen), (text(expect, "drop"), path(expect))),
        Entry::Nsh(inside) => {
            assert_eq!(bench.seen(&inside), bytes(text(expect, "payload")));
            assert_eq!((format!("{:08x}", inside.base).as_str(), Some(inside.path)), (text(expect, "base"), path(expect)));
            assert_eq!(inside.context[..], bytes(text(expect, "context")));
            let new = bytes(text(&vector["leave"], "context")).try_into().unwrap();
            assert_eq!(bench.leave(inside.offset, inside.length, new).unwrap(), bytes(text(&vector["leave"], "output")));
        }
    }
}

fn role(name: &str) -> Role {
    match name {
        "proxy" => Role::Proxy,
        "aware" => Role::Aware,
        "classify" => Role::Classify,
        "forward" => Role::Forward,
        "terminate" => Role::Terminate,
        "edge" => Role::Edge,
        _ => panic!("{name} is no role"),
    }
}

fn to(of: &Value) -> Option<[u8; 6]> {
    of["to"].as_str().map(|to| bytes(to).try_into().expect("6 bytes"))
}

fn class_rule(rule: &Value) -> ClassRule {
    let ports = |of: &Value| of.is_array().then(|| (number(&of[0]), number(&of[1])));
    let address = |of: &Value| u32::from_str_radix(of.as_str().unwrap(), 16).unwrap();
    let source = &rule["source"];
    ClassRule {
        source: source.is_array().then(|| Range::Ipv4(address(&source[0]), address(&source[1]))),
        destination_port: ports(&rule["destination_port"]),
        made: Made::new(
            number(&rule["path"]) as u16,
            number(&rule["spi"]) << 8 | number(&rule["si"]),
            bytes(text(rule, "context")).try_into().unwrap(),
            to(rule),
        ),
        ..ClassRule::default()
    }
}

fn run_role(vector: &Value) {
    let mut bench = Bench::between(role(text(vector, "role")), role(text(vector, "out")));
    bench.back = vector["back"] == true;
    let require = list(&vector["require"]).iter().map(|tlv| (number(&tlv[0]) as u16, number(&tlv[1]) as u8)).collect();
    bench.port.paths.set(SPI, Path { require, ..Path::default() });
    for hop in list(&vector["hops"]) {
        let si = hop["si"].as_u64().map(|si| si as u8);
        bench.port.hops.add(
            number(&hop["spi"]),
            si,
            Hop { path: number(&hop["path"]) as u16, to: to(hop), oam: false, unknown: false },
        );
    }
    bench.port.classifier = Classifier::new(&list(&vector["rules"]).iter().map(class_rule).collect::<Vec<_>>());

    let (input, expect) = (bytes(text(vector, "input")), &vector["expect"]);
    let left = match bench.enter(&input) {
        Entry::Drop { reason, path: seen } => return assert_eq!((name(reason), seen), (text(expect, "drop"), path(expect))),
        Entry::Plain => bench.leave(OFFSET, input.len() as u16, [0; 16]),
        Entry::Nsh(inside) => bench.leave(inside.offset, inside.length, inside.context),
    };
    match left {
        Ok(output) => assert_eq!(output, bytes(text(expect, "output"))),
        Err(reason) => assert_eq!(name(reason), text(expect, "drop")),
    }
}

fn every(file: &str, least: usize, run: fn(&Value)) {
    let all = vectors(file);
    assert!(all.len() >= least);
    for vector in &all {
        println!("{} {}", text(vector, "rule"), text(vector, "name"));
        run(vector);
    }
}

#[test]
fn every_vector_of_the_proxy_has_its_outcome() {
    every("proxy.json", 40, run_proxy);
}

#[test]
fn every_vector_of_the_roles_has_its_outcome() {
    every("roles.json", 40, run_role);
}
