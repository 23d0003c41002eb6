//! Empty frames that a port may receive into.
use channel::{Ledger, State};
use vns::Stock;

pub(crate) struct Shelf<'a> {
    ledger: &'a mut Ledger,
    port: u8,
    /// Frames taken, of which the ledger is told when the shelf goes.
    taken: u32,
}

impl<'a> Shelf<'a> {
    pub fn new(ledger: &'a mut Ledger, port: u8) -> Self {
        Self { ledger, port, taken: 0 }
    }
}

impl Stock for Shelf<'_> {
    #[inline]
    fn take(&mut self) -> Option<u32> {
        let frame = self.ledger.stock_in_burst(self.port)?;
        self.taken += 1;
        Some(frame)
    }

    fn take_burst(&mut self, count: usize, into: &mut Vec<u32>) {
        for _ in 0..count {
            let Some(frame) = self.take() else { return };
            into.push(frame);
        }
    }

    fn give(&mut self, frame: u32) {
        if self.ledger.entry(frame).state == State::Stock {
            self.ledger.free(frame);
        }
    }
}

impl Drop for Shelf<'_> {
    fn drop(&mut self) {
        self.ledger.count_burst(State::Home, State::Stock, self.taken);
    }
}
