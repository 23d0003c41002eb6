//! Statistics as spec/engine.md states them.
use crate::shard::Shard;
use channel::layout::COUNTER_NAMES;
use itf::{error_name, named, ByReason, Stage};
use rustix::time::{clock_gettime, ClockId};
use serde_json::{json, Map, Value};

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn by_reason(row: &ByReason) -> Value {
    Value::Object(named(row).map(|(name, count)| (name.to_owned(), count.into())).collect())
}

fn ports(stage: &mut Stage) -> Vec<Value> {
    let port = |end: &mut itf::PortEnd| {
        let missed = end.port.missed();
        let [rx_packets, rx_bytes, tx_packets, tx_bytes] = end.counts;
        let mut row = json!({
            "port": end.number, "name": end.name, "backend": end.backend, "state": "up", "done": end.port.done(),
            "rx_packets": rx_packets, "rx_bytes": rx_bytes, "tx_packets": tx_packets, "tx_bytes": tx_bytes,
            "rx_missed": missed.rx, "tx_missed": missed.tx,
        });
        match (end.port.state(), end.port.note()) {
            (vns::State::Down(reason), _) => (row["state"], row["reason"]) = ("down".into(), reason.into()),
            (vns::State::Up, Some(note)) => row["reason"] = note.into(),
            (vns::State::Up, None) => {}
        }
        row
    };
    stage.ports_mut().map(port).collect()
}

fn components(stage: &mut Stage, pid: &dyn Fn(u8) -> u32) -> Vec<Value> {
    let counters = |row: [u64; 16]| -> Map<String, Value> {
        COUNTER_NAMES.iter().map(|&(number, name)| (name.to_owned(), row[number as usize].into())).collect()
    };
    let row = |c: itf::ComponentReport| {
        json!({
            "slot": c.slot, "name": c.name, "state": itf::state_name(c.state), "pid": pid(c.slot), "heartbeat": c.heartbeat,
            "restarts": c.restarts, "standing_in": c.standing_in, "error": error_name(c.error), "queued": c.queued,
            "counters": counters(c.counters),
        })
    };
    stage.component_reports().into_iter().map(row).collect()
}

/// Everything of one shard, at this instant.
pub fn statistics(shard: &mut Shard) -> Value {
    let Shard { stage, processes, passes, parks, .. } = shard;
    stage.collect();
    let (frames, counters) = (stage.frame_counts(), stage.counters());
    let nsh: Vec<_> =
        counters.service_paths().map(|(spi, si, row)| json!({"spi": spi, "si": si, "dropped": by_reason(row)})).collect();
    let edges = stage
        .edge_fills()
        .map(|(edge, from, to, fill, limit)| json!({"edge": edge, "from": from, "to": to, "fill": fill, "limit": limit}));
    let mut all = json!({
        "time_ns": nanoseconds(ClockId::Realtime),
        "traffic": if stage.receiving() { "on" } else { "off" },
        "frames": {"total": frames.total, "home": frames.home, "out": frames.out, "lent": frames.lent, "kernel": frames.kernel},
        "received": counters.received, "created": counters.created, "transmitted": counters.transmitted,
        "in_flight": stage.in_flight(), "dropped": by_reason(&counters.dropped), "bad_frames": counters.bad_frames,
        "edges": edges.collect::<Vec<_>>(), "nsh": nsh,
        "engine": {"cpu_ns": nanoseconds(ClockId::ThreadCPUTime), "passes": passes, "parks": parks},
    });
    all["ports"] = ports(stage).into();
    all["components"] = components(stage, &|slot| processes.pid(slot)).into();
    all
}

/// What all threads have used of the CPUs.
pub fn cpu_ns() -> u64 {
    nanoseconds(ClockId::ProcessCPUTime)
}
