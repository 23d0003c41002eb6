//! Threads and processes on one CPU.
use rustix::io::{Errno, Result};
use rustix::process::Pid;
use rustix::thread::{sched_getaffinity, sched_setaffinity, CpuSet};

/// Keep the calling thread on the `number`th of the CPUs that this process may use; one of a smaller host goes round.
pub fn pin(number: usize) {
    let pinned = sched_getaffinity(None).and_then(|allowed| {
        let cpus: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).collect();
        cpus.get(number % cpus.len().max(1)).map_or(Err(Errno::INVAL), |&cpu| keep(None, cpu))
    });
    if let Err(error) = pinned {
        eprintln!("coven-engine: thread {number} can't be kept on one CPU: {error}");
    }
}

/// Keep a thread, by default the calling one, and those that it makes from now on, on a CPU.
pub fn keep(thread: Option<Pid>, cpu: usize) -> Result<()> {
    let mut one = CpuSet::new();
    one.set(cpu);
    sched_setaffinity(thread, &one)
}

/// Keep all threads of a process on a CPU. Twice: what a thread not yet kept made meanwhile is found the second time.
pub fn keep_process(pid: Pid, cpu: usize) {
    for thread in (0..2).flat_map(|_| channel::schedule::threads(pid)) {
        match keep(Some(thread), cpu) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => eprintln!("coven-engine: process {} can't be kept on CPU {cpu}: {error}", pid.as_raw_nonzero()),
        }
    }
}

/// The number of a CPU as it is given.
pub fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|&cpu| cpu < CpuSet::MAX_CPU)
}
