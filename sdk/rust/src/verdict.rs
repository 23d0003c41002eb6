//! Where packets go.
use crate::failures::say;
use crate::ffi;
use crate::run::one_thread;
use std::ffi::CStr;

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// On, by the first output.
    Forward,
    /// Nowhere.
    Drop,
    /// To an output that was looked up by name.
    To(Output),
}

/// An output of this component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output(u16);

impl Verdict {
    /// The verdict that sends a packet to the output `name`; `Drop` and a line on stderr if there is none. Look it up once.
    pub fn to(name: &str) -> Verdict {
        one_thread();
        // SAFETY: the core hands out texts that it keeps for ever, for every index below the count.
        let output = |index| unsafe { CStr::from_ptr(ffi::coven_output_name(index)) };
        let count = unsafe { ffi::coven_output_count() };
        if let Some(index) = (0..count).find(|&index| output(index).to_bytes() == name.as_bytes()) {
            return Verdict::To(Output(index as u16));
        }
        say(&format!("no output is named {name}; packets sent there are dropped (vnf.yaml: outputs)"));
        Verdict::Drop
    }

    pub(crate) fn number(self) -> u16 {
        match self {
            Verdict::Forward => 0,
            Verdict::Drop => 0xFFFF,
            Verdict::To(Output(number)) => number,
        }
    }
}
