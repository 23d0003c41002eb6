//! `nsh-show` and `nsh-set`: the contexts that packets carry, for people.
use crate::graph::Refusal;
use crate::stage::{Pool, Stage};
use nshp::{Bits, Contexts, End, Flow, View, SETS_MAX};
use vns::Packet;

impl Pool {
    /// A packet leaves the components.
    #[cold]
    pub(crate) fn pass_contexts(&mut self, Packet { frame, offset, length }: Packet) {
        let Self { contexts: Some(contexts), side, frames, .. } = self else { return };
        let side = &mut side[frame as usize];
        if side.nsh_path.is_some() {
            contexts.pass(End::Out, &side.kept, View { frames, frame, offset, length }, &mut side.context);
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
