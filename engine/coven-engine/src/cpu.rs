//! A thread on a CPU of its own.
use rustix::thread::{sched_getaffinity, sched_setaffinity, CpuSet};

/// Keep the calling thread on the `number`th of the CPUs that this process may use; one of a smaller host goes round.
pub fn pin(number: usize) {
    let pinned = sched_getaffinity(None).and_then(|allowed| {
        let cpus: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).collect();
        let mut one = CpuSet::new();
        cpus.get(number % cpus.len().max(1)).into_iter().for_each(|&cpu| one.set(cpu));
        sched_setaffinity(None, &one)
    });
    if let Err(error) = pinned {
        eprintln!("coven-engine: thread {number} can't be kept on one CPU: {error}");
    }
}
