//! What is asked of the kernel's scheduler for a process: short slices.
#![allow(unsafe_code)]
use rustix::process::Pid;

/// The shortest slice that Linux grants. Who asks for less at once is served sooner (EEVDF, Linux 6.12 on): a process that moves packets
/// runs for microseconds, and others on its CPU have slices of milliseconds.
const SLICE_NS: u64 = 100_000;

/// The threads that a process has now; those that they make later inherit what is asked for them.
pub fn threads(pid: Pid) -> Vec<Pid> {
    let folder = std::fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero()));
    let numbers = folder.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(Pid::from_raw).collect()
}

/// Ask for short slices. Where the kernel does not hear it (before Linux 6.12, other policies, a filter of system calls) all stays as it was.
pub fn hasten(pid: Pid) {
    threads(pid).into_iter().for_each(shorten);
}

fn shorten(thread: Pid) {
    // SAFETY: a sched_attr is plain numbers, of which zero is none.
    let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
    let (number, size) = (thread.as_raw_nonzero().get(), std::mem::size_of::<libc::sched_attr>() as u32);
    // SAFETY: the kernel writes at most `size` bytes to `attributes`, which lives on.
    let known = unsafe { libc::syscall(libc::SYS_sched_getattr, number, &raw mut attributes, size, 0) } == 0;
    if known && matches!(attributes.sched_policy as i32, libc::SCHED_OTHER | libc::SCHED_BATCH) {
        (attributes.size, attributes.sched_runtime) = (size, SLICE_NS);
        // SAFETY: the kernel reads `size` bytes of `attributes`.
        let _ = unsafe { libc::syscall(libc::SYS_sched_setattr, number, &raw const attributes, 0) };
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    /// A process that ends with the test.
    struct Sleeper(std::process::Child);

    impl Sleeper {
        fn new() -> (Self, Pid) {
            let child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            let pid = Pid::from_child(&child);
            (Self(child), pid)
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn slice_of(pid: Pid) -> u64 {
        // SAFETY: as in `shorten`.
        let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
        let size = std::mem::size_of::<libc::sched_attr>() as u32;
        // SAFETY: as in `shorten`.
        unsafe { libc::syscall(libc::SYS_sched_getattr, pid.as_raw_nonzero().get(), &raw mut attributes, size, 0) };
        attributes.sched_runtime
    }

    #[test]
    fn a_slice_is_short_where_the_kernel_hears_it() {
        let (_sleeper, pid) = Sleeper::new();
        if slice_of(pid) == 0 {
            return eprintln!(
                "SKIP a_slice_is_short_where_the_kernel_hears_it: this kernel has no slices to ask for (Linux 6.12)"
            );
        }
        hasten(pid);
        assert_eq!(slice_of(pid), SLICE_NS);
    }
}
