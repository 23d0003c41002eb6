//! What the shards tell, as if one had (spec/engine.md, Statistics and Contexts). Packets never cross from one to another, so that sums
//! keep the equation that holds in each.
use serde_json::{json, Value};
use std::cmp::Reverse;

/// Counted by each for itself.
const SUMS: [&str; 8] = ["frames", "received", "created", "transmitted", "in_flight", "bad_frames", "dropped", "engine"];
const PORT_SUMS: [&str; 6] = ["rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "rx_missed", "tx_missed"];

/// Statistics of all. With several, rows of what only one has say whose they are.
pub fn statistics(mut parts: Vec<Value>) -> Value {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let shards: Vec<Value> = parts.iter().enumerate().map(|(shard, part)| summary(shard, part)).collect();
    let mut all = json!({"time_ns": parts[0]["time_ns"], "traffic": parts[0]["traffic"], "shards": shards});
    for key in SUMS {
        all[key] = nothing(&parts[0][key]);
        parts.iter().for_each(|part| add(&mut all[key], &part[key]));
    }
    for key in ["components", "edges"] {
        all[key] =
            parts.iter().enumerate().flat_map(|(shard, part)| rows(&part[key]).map(move |row| marked(row, shard))).collect();
    }
    all["ports"] = by_key(&parts, "ports", |row| row["port"].clone(), add_port).into();
    all["nsh"] =
        by_key(&parts, "nsh", |row| json!([row["spi"], row["si"]]), |to, row| add(&mut to["dropped"], &row["dropped"])).into();
    all
}

fn summary(shard: usize, part: &Value) -> Value {
    let mut row = json!({"shard": shard});
    for key in ["received", "created", "transmitted", "in_flight", "dropped", "engine"] {
        row[key] = part[key].clone();
    }
    row
}

/// Numbers are added; objects by their keys.
fn add(to: &mut Value, from: &Value) {
    match (to.as_u64(), from) {
        (_, Value::Object(from)) => {
            let to = to.as_object_mut().expect("what is added to is made of the same keys");
            from.iter().for_each(|(key, value)| add(to.entry(key).or_insert_with(|| nothing(value)), value));
        }
        (known, _) => *to = (known.unwrap_or(0) + from.as_u64().unwrap_or(0)).into(),
    }
}

/// What to add such a value to.
fn nothing(like: &Value) -> Value {
    if like.is_object() {
        json!({})
    } else {
        json!(0)
    }
}

/// A port is up if it is for all, and done once it is for all.
fn add_port(to: &mut Value, row: &Value) {
    PORT_SUMS.iter().for_each(|key| add(&mut to[*key], &row[*key]));
    to["done"] = (to["done"] == true && row["done"] == true).into();
    if to["state"] == "up" && row["state"] == "down" {
        to["state"] = "down".into();
        to["reason"] = row["reason"].clone();
    }
}

fn rows(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn marked(row: &Value, shard: usize) -> Value {
    let mut row = row.clone();
    row["shard"] = shard.into();
    row
}

/// Rows of all lists, those with the same key made one.
fn by_key(parts: &[Value], list: &str, key: impl Fn(&Value) -> Value, add: impl Fn(&mut Value, &Value)) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for row in parts.iter().flat_map(|part| rows(&part[list])) {
        match all.iter_mut().find(|known| key(known) == key(row)) {
            Some(known) => add(known, row),
            None => all.push(row.clone()),
        }
    }
    all
}

/// Contexts of all: what is set is the same in each, and a flow is with one.
pub fn contexts(mut parts: Vec<Value>, flows: usize) -> Value {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let watched = parts.iter().filter_map(|part| part["watched_ns"].as_u64()).min();
    let time = |row: &Value| row["time_ns"].as_u64();
    let mut latest: Vec<Value> = parts.iter().flat_map(|part| rows(&part["flows"])).cloned().collect();
    latest.sort_by_key(|row| Reverse(time(row)));
    latest.truncate(flows);
    let path = by_key(
        &parts,
        "paths",
        |row| json!([row["spi"], row["si"]]),
        |to, row| {
            let packets = to["packets"].as_u64().unwrap_or(0) + row["packets"].as_u64().unwrap_or(0);
            if time(row) > time(to) {
                *to = row.clone();
            }
            to["packets"] = packets.into();
        },
    );
    json!({"watched_ns": watched, "paths": path, "flows": latest, "sets": parts[0]["sets"]})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(n: u64, state: &str) -> Value {
        json!({
            "time_ns": n, "traffic": "on", "frames": {"total": 8}, "received": n, "created": 0, "transmitted": n, "in_flight": 0,
            "bad_frames": 0, "dropped": {format!("reason{n}"): n, "both": 1}, "engine": {"cpu_ns": n},
            "components": [{"slot": 1, "name": n}], "edges": [{"edge": 1}],
            "ports": [{"port": 0, "state": state, "reason": n, "done": n == 1, "rx_packets": n, "rx_bytes": 2, "tx_packets": 0, "tx_bytes": 0, "rx_missed": 0, "tx_missed": 1}],
            "nsh": [{"spi": n, "si": 1, "dropped": {"a": 1}}, {"spi": 9, "si": 1, "dropped": {"a": 1}}],
        })
    }

    #[test]
    fn what_all_count_is_added_and_what_one_has_is_marked() {
        let all = statistics(vec![part(1, "up"), part(2, "down")]);
        assert_eq!((&all["received"], &all["frames"], &all["engine"]), (&json!(3), &json!({"total": 16}), &json!({"cpu_ns": 3})));
        assert_eq!(all["dropped"], json!({"reason1": 1, "reason2": 2, "both": 2}));
        assert_eq!(all["components"], json!([{"slot": 1, "name": 1, "shard": 0}, {"slot": 1, "name": 2, "shard": 1}]));
        let port = &all["ports"][0];
        assert_eq!(
            (&port["rx_packets"], &port["state"], &port["reason"], &port["done"]),
            (&json!(3), &json!("down"), &json!(2), &json!(false))
        );
        assert_eq!(all["nsh"][1], json!({"spi": 9, "si": 1, "dropped": {"a": 2}}));
        assert_eq!((all["nsh"].as_array().unwrap().len(), &all["shards"][1]["received"]), (3, &json!(2)));
    }

    #[test]
    fn the_latest_context_of_a_path_counts_and_the_latest_flows_are_told() {
        let part = |time: u64| json!({"watched_ns": time, "paths": [{"spi": 1, "si": 255, "packets": time, "time_ns": time, "context": time}], "flows": [{"time_ns": time}, {"time_ns": 0}], "sets": [7]});
        let all = contexts(vec![part(1), part(3), part(2)], 3);
        assert_eq!(all["paths"], json!([{"spi": 1, "si": 255, "packets": 6, "time_ns": 3, "context": 3}]));
        assert_eq!(
            (&all["flows"], &all["sets"], &all["watched_ns"]),
            (&json!([{"time_ns": 3}, {"time_ns": 2}, {"time_ns": 1}]), &json!([7]), &json!(1))
        );
    }
}
