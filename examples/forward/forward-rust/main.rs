//! Passes every packet on.
use coven::{run, Verdict};

fn main() -> std::process::ExitCode {
    run(|_| Verdict::Forward)
}
