//! Drops what the analyzer has marked: context byte 0 is not zero.
use coven::{counter, run, Verdict};

fn main() -> std::process::ExitCode {
    let dropped = counter("dropped", "packets", "marked packets discarded");
    let forwarded = counter("forwarded", "packets", "packets passed on");
    run(move |packet| {
        if packet.context()[0] == 0 {
            forwarded.add(1);
            return Verdict::Forward;
        }
        dropped.add(1);
        Verdict::Drop
    })
}
