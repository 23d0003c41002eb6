//! Plans: applied by all shards or by none; changes of what packets are in are made while nothing is in flight, so that each packet meets
//! what was before or what is after.
use crate::control::{Awaited, Control, Held};
use crate::crew::{answered, Post};
use crate::methods::Outcome;
use crate::plan::{deal, Step};
use crate::rpc::Failure;
use crate::shard;
use itf::Refusal;
use serde_json::{json, Value};
use std::sync::mpsc::{channel, Receiver, Sender};

/// A shard that has done its part of a plan, or could not, and waits for the verdict.
struct Begun {
    told: Receiver<Result<(), Failure>>,
    verdict: Sender<bool>,
    over: Receiver<()>,
}

impl Begun {
    fn at(post: &Post, steps: Vec<Step>, quiet: bool) -> Self {
        let (to, told) = channel();
        let (verdict, from) = channel();
        let over = post.ask(move |shard| shard.apply(steps, quiet, to, from));
        Self { told, verdict, over }
    }
}

impl Control {
    /// All or nothing, in all shards. They open ports one after the other: the kernel counts the sockets of an interface in their order.
    pub fn apply_actions(&self, actions: Vec<Value>, quiet: bool) -> Result<(), Failure> {
        let in_turn = actions.iter().any(|action| action["do"] == "open-port");
        let dealt = deal(actions, self.crew.posts.len()).map_err(|(action, refusal)| Failure::in_action(action, refusal))?;
        let (mut begun, mut said) = (Vec::new(), Vec::new());
        for (post, steps) in self.crew.posts.iter().zip(dealt) {
            begun.push(Begun::at(post, steps, quiet));
            if in_turn {
                said.extend(begun.last().map(|one| one.told.recv()));
            }
        }
        let rest = begun[said.len()..].iter().map(|one| one.told.recv()).collect::<Vec<_>>();
        let outcome: Result<(), Failure> = said.into_iter().chain(rest).try_for_each(|told| told.expect("a shard tells"));
        for one in &begun {
            let _ = one.verdict.send(outcome.is_ok());
        }
        begun.into_iter().for_each(|one| answered(one.over));
        outcome.inspect_err(|failure| eprintln!("coven-engine: all undone: {failure}"))
    }

    /// Ports receive, or no longer do: at once, or from the end of a quiet time on.
    pub fn receive(&mut self, on: bool) {
        match &mut self.held {
            Some(held) => held.receive = on,
            None => drop(self.crew.ask_all(move |shard| shard.stage.receive(on))),
        }
    }

    /// Stop receiving, and do these once what is inside has left.
    pub fn hold(&mut self, actions: Vec<Value>, quiet_ms: u64) -> Result<Outcome, Failure> {
        if self.held.is_some() {
            return Err(Refusal::new("busy", "another plan waits for packets to leave").into());
        }
        let receiving = |shard: &mut shard::Shard| {
            let before = shard.stage.receiving();
            shard.stage.receive(false);
            before
        };
        let receive = self.crew.ask_all(receiving).contains(&true);
        self.held = Some(Held { actions, receive });
        Ok(self.await_all(Awaited::Quiet, shard::Awaited::Empty, quiet_ms))
    }

    /// What is inside has left, or the time is over: a shard that is not empty refuses.
    pub fn apply_held(&mut self) -> Result<Value, Failure> {
        let Some(Held { actions, receive }) = self.held.take() else { return Ok(json!({})) };
        let outcome = self.apply_actions(actions, true);
        self.receive(receive);
        outcome.map(|()| json!({}))
    }
}
