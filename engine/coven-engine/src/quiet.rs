//! Changes of what packets are in: made while nothing is in flight, so that each packet meets what was before or what is after.
use crate::engine::{Awaited, Engine, Held};
use crate::methods::Outcome;
use crate::rpc::Failure;
use itf::Refusal;
use serde_json::{json, Value};

impl Engine {
    /// Ports receive, or no longer do: at once, or from the end of a quiet time on.
    pub fn receive(&mut self, on: bool) {
        match &mut self.held {
            Some(held) => held.receive = on,
            None => self.stage.receive(on),
        }
    }

    /// Stop receiving, and do these once what is inside has left.
    pub fn hold(&mut self, actions: Vec<Value>, quiet_ms: u64) -> Result<Outcome, Failure> {
        if self.held.is_some() {
            return Err(Refusal::new("busy", "another plan waits for packets to leave").into());
        }
        self.held = Some(Held { actions, receive: self.stage.receiving() });
        self.stage.receive(false);
        Ok(Outcome::Later(Awaited::Quiet, quiet_ms))
    }

    /// What is inside has left, or the time is over.
    pub fn apply_held(&mut self) -> Result<Value, Failure> {
        let Some(Held { actions, receive }) = self.held.take() else { return Ok(json!({})) };
        let outcome = if self.stage.empty() {
            self.apply_actions(actions)
        } else {
            let what = format!("{} packets are still with the components; nothing was changed", self.stage.in_flight());
            Err(Refusal::new("busy", what).into())
        };
        self.stage.receive(receive);
        outcome.map(|()| json!({}))
    }
}
