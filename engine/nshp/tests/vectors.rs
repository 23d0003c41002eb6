//! Our own vectors, spec/vectors/nsh, which every NSH processor runs.
mod common;
use channel::layout::REASON_NAMES;
use common::*;
use coven_nshp::{Context, Entry, Path, Rules};
use serde_json::Value;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn rules(vector: &Value) -> Rules {
    let mut rules = Rules::default();
    for path in vector["paths"].as_array().expect("paths") {
        let context = match text(path, "context") {
            "opaque" => Context::Opaque,
            "known" => Context::Known,
            _ => Context::None,
        };
        rules.set(path["spi"].as_u64().unwrap() as u32, Path { context, oam: text(path, "oam") == "forward" });
    }
    rules
}

fn path(expect: &Value) -> Option<u32> {
    Some((expect["spi"].as_u64()? << 8 | expect["si"].as_u64()?) as u32)
}

fn run(vector: &Value) {
    let mut bench = Bench { rules: rules(vector), ..Bench::new() };
    let expect = &vector["expect"];
    match bench.enter(&bytes(text(vector, "input"))) {
        Entry::Plain => assert_eq!(expect["plain"], true),
        Entry::Drop { reason, path: seen } => {
            let name = REASON_NAMES.iter().find(|(number, _)| *number == reason).expect("a reason of the catalogue").1;
            assert_eq!((name, seen), (text(expect, "drop"), path(expect)));
        }
        Entry::Nsh { offset, length, base, path: seen, context } => {
            assert_eq!(bench.read(offset, length), bytes(text(expect, "payload")));
            assert_eq!((format!("{base:08x}").as_str(), Some(seen)), (text(expect, "base"), path(expect)));
            assert_eq!(context[..], bytes(text(expect, "context")));
            let new = bytes(text(&vector["leave"], "context")).try_into().unwrap();
            assert_eq!(bench.leave(offset, length, new).unwrap(), bytes(text(&vector["leave"], "output")));
        }
    }
}

#[test]
fn every_vector_has_its_outcome() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vectors/nsh/proxy.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let vectors = all["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 40);
    for vector in vectors {
        println!("{} {}", text(vector, "rule"), text(vector, "name"));
        run(vector);
    }
}
