//! Plans: applied by all shards or by none; changes of what packets are in are made while nothing is in flight, so that each packet meets
//! what was before or what is after.
use crate::control::{Awaited, Control, Held};
use crate::crew::{answered, Post};
use crate::methods::Outcome;
use crate::orders::Spent;
use crate::plan::{Plan, Steps};
use crate::rpc::Failure;
use crate::shard;
use itf::Refusal;
use serde_json::{json, Value};
use std::sync::mpsc::{channel, Receiver, Sender};

/// A shard that has done its part of a plan, or could not, and waits for the verdict.
struct Begun {
    told: Receiver<Result<(), Failure>>,
    verdict: Sender<bool>,
    over: Receiver<Spent>,
}

impl Begun {
    /// `alone`: no other shard can refuse, so that it need not wait to hear that none did.
    fn at(post: &Post, steps: Steps, quiet: bool, alone: bool) -> Self {
        let (to, told) = channel();
        let (verdict, from) = channel();
        if alone {
            let _ = verdict.send(true);
        }
        let over = post.ask(move |shard| shard.apply(steps, quiet, to, from));
        Self { told, verdict, over }
    }
}

impl Control {
    /// Read a plan, while the shards go on.
    pub fn plan(&self, actions: Vec<Value>) -> Result<Plan, Failure> {
        Plan::read(actions, self.crew.posts.len()).map_err(|(action, refusal)| Failure::in_action(action, refusal))
    }

    /// All or nothing, in all shards. They open ports one after the other: the kernel counts the sockets of an interface in their order.
    pub fn apply(&self, Plan { steps, in_turn }: Plan, quiet: bool) -> Result<(), Failure> {
        let (mut begun, mut said, alone) = (Vec::new(), Vec::new(), self.crew.posts.len() == 1);
        for (post, steps) in self.crew.posts.iter().zip(steps) {
            begun.push(Begun::at(post, steps, quiet, alone));
            if in_turn {
                said.extend(begun.last().map(|one| one.told.recv()));
            }
        }
        let rest = begun[said.len()..].iter().map(|one| one.told.recv()).collect::<Vec<_>>();
        let outcome: Result<(), Failure> = said.into_iter().chain(rest).try_for_each(|told| told.expect("a shard tells"));
        for one in &begun {
            let _ = one.verdict.send(outcome.is_ok());
        }
        begun.into_iter().for_each(|one| drop(answered(one.over)));
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
    pub fn hold(&mut self, plan: Plan, quiet_ms: u64) -> Result<Outcome, Failure> {
        if self.held.is_some() {
            return Err(Refusal::new("busy", "another plan waits for packets to leave").into());
        }
        let receiving = |shard: &mut shard::Shard| {
            let before = shard.stage.receiving();
            shard.stage.receive(false);
            before
        };
        let receive = self.crew.ask_all(receiving).contains(&true);
        self.held = Some(Held { plan, receive });
        Ok(self.await_all(Awaited::Quiet, shard::Awaited::Empty, quiet_ms))
    }

    /// What is inside has left, or the time is over: a shard that is not empty refuses.
    pub fn apply_held(&mut self) -> Result<Value, Failure> {
        let Some(Held { plan, receive }) = self.held.take() else { return Ok(json!({})) };
        let outcome = self.apply(plan, true);
        self.receive(receive);
        outcome.map(|()| json!({}))
    }
}
