//! Ports that are opened side by side: for the ring of a packet socket the kernel has the caller wait until nobody looks at the old one
//! any more (an RCU grace period, some 10 ms), and those who wait at once wait together.
use crate::edge_of_host::open;
use crate::plan::{Action, Step};
use itf::Refusal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::thread::JoinHandle;
use vns::{Frames, Member, Port};

/// A port, or why there is none.
pub type Opened = Result<Box<dyn Port>, Refusal>;

/// By the index of the action; of one alone there is nothing to gain.
pub struct Early(BTreeMap<usize, JoinHandle<Opened>>);

impl Early {
    /// Begin with those of a plan. Other backends are opened in their turn: they need the pool, or are quick.
    pub fn begin(steps: &[Step], frames: Option<Frames>, member: &Member) -> Self {
        let wait = |(index, action): &Step| match action {
            Action::OpenPort { backend, options, .. } if backend == "af_packet" => Some((*index, options.clone())),
            _ => None,
        };
        let several = steps.iter().filter_map(wait).count() > 1;
        let Some(frames) = frames.filter(|_| several) else { return Self(BTreeMap::new()) };
        let start = |(index, options)| (index, opening(Value::Object(options), frames, member.clone()));
        Self(steps.iter().filter_map(wait).map(start).collect())
    }

    /// What came of this action's port, if it was begun.
    pub fn take(&mut self, index: usize) -> Option<Opened> {
        self.0.remove(&index)?.join().ok()
    }
}

fn opening(options: Value, frames: Frames, member: Member) -> JoinHandle<Opened> {
    std::thread::spawn(move || open("af_packet", &options, &frames, &member))
}
