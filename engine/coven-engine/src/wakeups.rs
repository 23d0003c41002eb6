//! What it costs to wake a sleeper on the same CPU and on another: `coven-engine --measure-wakeups` tells (`coven doctor`).
use crate::cpu;
use rustix::thread::sched_getaffinity;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

const ROUNDS: u32 = 300;
/// The middle one counts: others run meanwhile.
const SAMPLES: usize = 5;

/// One JSON line: nanoseconds for each of the two; `other_ns` is null where there is one CPU.
pub fn measure() -> io::Result<String> {
    let allowed = sched_getaffinity(None)?;
    let mut cpus = (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu));
    let first = cpus.next().unwrap_or(0);
    let same_ns = middle(first, first)?;
    let other_ns = cpus.next().map(|other| middle(first, other)).transpose()?;
    Ok(serde_json::json!({"same_ns": same_ns, "other_ns": other_ns}).to_string())
}

fn middle(one: usize, other: usize) -> io::Result<u64> {
    let mut samples = (0..SAMPLES).map(|_| sample(one, other)).collect::<io::Result<Vec<_>>>()?;
    samples.sort_unstable();
    Ok(samples[SAMPLES / 2])
}

/// A byte to and fro between two threads, each asleep until it comes; half of a round.
fn sample(one: usize, other: usize) -> io::Result<u64> {
    let (mut here, mut there) = UnixStream::pair()?;
    let answers = std::thread::spawn(move || -> io::Result<()> {
        cpu::keep(None, other)?;
        (0..ROUNDS).try_for_each(|_| there.read_exact(&mut [0]).and_then(|()| there.write_all(&[0])))
    });
    cpu::keep(None, one)?;
    let begun = Instant::now();
    let asked = (0..ROUNDS).try_for_each(|_| here.write_all(&[0]).and_then(|()| here.read_exact(&mut [0])));
    let took = begun.elapsed();
    drop(here);
    answers.join().expect("it does not panic").and(asked)?;
    Ok((took / (2 * ROUNDS)).as_nanos() as u64)
}
