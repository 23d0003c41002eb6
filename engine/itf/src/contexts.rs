//! `nsh-show` and `nsh-set`: the contexts that packets carry, for people.
use crate::graph::Refusal;
use crate::stage::{Pool, Stage};
use nshp::{Bits, Contexts, End, Flow, Inside, View, SETS_MAX};
use vns::{Packet, Received};

impl Pool {
    /// A packet comes to the components.
    #[cold]
    pub(crate) fn enter_contexts(&mut self, one: &Received, inside: &Inside) -> Inside {
        let Inside { offset, length, mut context, .. } = *inside;
        self.pass_contexts(End::In(one.time_ns), Packet { frame: one.packet.frame, offset, length }, &mut context);
        Inside { context, ..*inside }
    }

    /// A packet leaves the components.
    #[cold]
    pub(crate) fn leave_contexts(&mut self, packet: Packet) {
        let mut context = self.kept[packet.frame as usize].context();
        self.pass_contexts(End::Out, packet, &mut context);
    }

    fn pass_contexts(&mut self, end: End, Packet { frame, offset, length }: Packet, context: &mut [u8; 16]) {
        let Self { contexts: Some(contexts), kept, frames, .. } = self else { return };
        let kept = &mut kept[frame as usize];
        if !kept.is_none() {
            contexts.pass(end, kept, View { frames, frame, offset, length }, context);
            kept.set_context(context);
        }
    }
}

impl Stage {
    /// What is seen and set.
    pub fn contexts(&self) -> Option<&Contexts> {
        self.pool.as_ref()?.contexts.as_deref()
    }

    fn change_contexts<T>(&mut self, change: impl FnOnce(&mut Contexts) -> T) -> Result<T, Refusal> {
        let pool = self.pool.as_mut().ok_or_else(|| Refusal::new("no-channel", "create-channel comes first"))?;
        let mut contexts = pool.contexts.take().unwrap_or_default();
        let changed = change(&mut contexts);
        pool.contexts = (!contexts.is_idle()).then_some(contexts);
        Ok(changed)
    }

    /// Look from now on, or no longer.
    pub fn watch_contexts(&mut self, on: bool) -> Result<(), Refusal> {
        self.change_contexts(|contexts| match on {
            true => drop(contexts.seen.get_or_insert_default()),
            false => contexts.seen = None,
        })
    }

    /// `nsh-set`.
    pub fn set_context(&mut self, spi: u32, flow: Option<Flow>, bits: Bits) -> Result<(), Refusal> {
        let taken = self.change_contexts(|contexts| contexts.set(spi, flow, bits))?;
        taken
            .then_some(())
            .ok_or_else(|| Refusal::new("too-many", format!("contexts are set for {SETS_MAX} paths and flows, which is all")))
    }
}
