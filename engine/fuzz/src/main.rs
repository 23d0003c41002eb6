//! Fuzzing of NSHP and of what it rests on, of the channel, and of the control socket (run.sh). FUZZ_TARGET names one of `TARGETS`; a target panics where something does not hold.
#![no_main]
extern crate coven_itf as itf;

mod accounts;
mod bytes;
mod classifier;
mod edge_of_host;
mod lines;
mod proxy;
mod rings;
mod wires;

// The engine is a program, not a library: its modules, without its main.
#[allow(dead_code)]
#[path = "../../coven-engine/src/clients.rs"]
mod clients;
#[allow(dead_code)]
#[path = "../../coven-engine/src/contexts.rs"]
mod contexts;
#[allow(dead_code)]
#[path = "../../coven-engine/src/control.rs"]
mod control;
#[allow(dead_code)]
#[path = "../../coven-engine/src/cpu.rs"]
mod cpu;
#[allow(dead_code)]
#[path = "../../coven-engine/src/crew.rs"]
mod crew;
#[allow(dead_code)]
#[path = "../../coven-engine/src/early.rs"]
mod early;
#[allow(dead_code)]
#[path = "../../coven-engine/src/merge.rs"]
mod merge;
#[allow(dead_code)]
#[path = "../../coven-engine/src/methods.rs"]
mod methods;
#[allow(dead_code)]
#[path = "../../coven-engine/src/nsh_plan.rs"]
mod nsh_plan;
#[allow(dead_code)]
#[path = "../../coven-engine/src/orders.rs"]
mod orders;
#[allow(dead_code)]
#[path = "../../coven-engine/src/plan.rs"]
mod plan;
#[allow(dead_code)]
#[path = "../../coven-engine/src/processes.rs"]
mod processes;
#[allow(dead_code)]
#[path = "../../coven-engine/src/quiet.rs"]
mod quiet;
#[allow(dead_code)]
#[path = "../../coven-engine/src/report.rs"]
mod report;
#[allow(dead_code)]
#[path = "../../coven-engine/src/rpc.rs"]
mod rpc;
#[allow(dead_code)]
#[path = "../../coven-engine/src/shard.rs"]
mod shard;

use std::sync::OnceLock;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 8] = [
    ("parser", wires::parser),
    ("tlvs", wires::tlvs),
    ("outer", wires::outer),
    ("proxy", proxy::proxy),
    ("classifier", classifier::classifier),
    ("accounts", accounts::accounts),
    ("rings", rings::rings),
    ("control", lines::lines),
];

fn chosen() -> Target {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("FUZZ_TARGET is {name:?}; there are {:?}", TARGETS.map(|(known, _)| known))).1
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static CHOSEN: OnceLock<Target> = OnceLock::new();
    CHOSEN.get_or_init(chosen)(data);
});
