//! Fuzzing of NSHP and of what it rests on (run.sh). FUZZ_TARGET names one of `TARGETS`; a target panics where something does not hold.
#![no_main]
mod accounts;
mod bytes;
mod classifier;
mod proxy;
mod wires;

use std::sync::OnceLock;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 6] = [
    ("parser", wires::parser),
    ("tlvs", wires::tlvs),
    ("outer", wires::outer),
    ("proxy", proxy::proxy),
    ("classifier", classifier::classifier),
    ("accounts", accounts::accounts),
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
