//! The component processes that the engine watches, each by a pidfd.
use crate::shard::PROCESSES;
use channel::Poller;
use itf::Refusal;
use rustix::process::{pidfd_open, Pid, PidfdFlags};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

struct Process {
    pid: u32,
    descriptor: OwnedFd,
    released: bool,
}

/// By slot.
#[derive(Default)]
pub struct Processes(BTreeMap<u8, Process>);

impl Processes {
    /// Watch a process from now on.
    pub fn watch(&mut self, slot: u8, pid: u32, poller: &Poller) -> Result<(), Refusal> {
        if let Some(known) = self.0.get(&slot) {
            return Err(Refusal::new("slot-in-use", format!("the process {} in slot {slot} is still there", known.pid)));
        }
        let gone = |why: String| Refusal::new("no-process", format!("the process {pid} can't be watched: {why}"));
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(|| gone("no such number".into()))?;
        let descriptor = pidfd_open(number, PidfdFlags::NONBLOCK).map_err(|error| gone(error.to_string()))?;
        poller.add(&descriptor, PROCESSES + u64::from(slot)).map_err(|error| gone(error.to_string()))?;
        self.0.insert(slot, Process { pid, descriptor, released: false });
        Ok(())
    }

    /// The exit of the process in this slot is no crash from now on. False: there is none.
    pub fn release(&mut self, slot: u8) -> bool {
        self.0.get_mut(&slot).map(|process| process.released = true).is_some()
    }

    /// Its descriptor says that it ended: pid, and whether that is a crash.
    pub fn ended(&mut self, slot: u8, poller: &Poller) -> Option<(u32, bool)> {
        let process = self.0.remove(&slot)?;
        poller.remove(&process.descriptor);
        Some((process.pid, !process.released))
    }

    /// The process in a slot; 0: none.
    pub fn pid(&self, slot: u8) -> u32 {
        self.0.get(&slot).map_or(0, |process| process.pid)
    }
}
