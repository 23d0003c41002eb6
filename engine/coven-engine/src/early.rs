//! Ports that are opened side by side: for the ring of a packet socket the kernel has the caller wait until nobody looks at the old one
//! any more (an RCU grace period, some 10 ms), and those who wait at once wait together.
use crate::edge_of_host::open;
use itf::Refusal;
use serde_json::Value;
use std::thread::JoinHandle;
use vns::{Frames, Port};

/// A port, or why there is none.
pub type Opened = Result<Box<dyn Port>, Refusal>;

/// By the index of the action; of one alone there is nothing to gain.
pub struct Early(Vec<Option<JoinHandle<Opened>>>);

impl Early {
    /// Begin with those of a plan. Other backends are opened in their turn: they need the pool, or are quick.
    pub fn begin(actions: &[Value], frames: Option<Frames>) -> Self {
        let waits = |action: &Value| action["do"] == "open-port" && action["backend"] == "af_packet";
        let several = actions.iter().filter(|action| waits(action)).count() > 1;
        let start =
            |action: &Value| frames.filter(|_| several && waits(action)).map(|frames| opening(&action["options"], frames));
        Self(actions.iter().map(start).collect())
    }

    /// What came of this action's port, if it was begun.
    pub fn take(&mut self, index: usize) -> Option<Opened> {
        let handle = self.0.get_mut(index)?.take()?;
        handle.join().ok()
    }
}

fn opening(options: &Value, frames: Frames) -> JoinHandle<Opened> {
    let options = options.clone();
    std::thread::spawn(move || open("af_packet", &options, &frames))
}
