//! Empty frames that a port may receive into.
use channel::{Ledger, State};
use vns::Stock;

pub(crate) struct Shelf<'a> {
    pub ledger: &'a mut Ledger,
    /// Of whom the frames are from now on.
    pub port: u8,
}

impl Stock for Shelf<'_> {
    #[inline]
    fn take(&mut self) -> Option<u32> {
        let frame = self.ledger.grant(State::Stock)?;
        self.ledger.note(frame, self.port, 0, 0);
        Some(frame)
    }

    fn take_burst(&mut self, count: usize, into: &mut Vec<u32>) {
        self.ledger.stock(self.port, count, into);
    }

    fn give(&mut self, frame: u32) {
        if self.ledger.entry(frame).state == State::Stock {
            self.ledger.free(frame);
        }
    }
}
