//! NSHP, the NSH Processor (RFC 8300, RFC 7665): what happens to the Network Service Header at the ports of a VNF.
//!
//! A port has one role (`Role`). Only bytes of headers are written; the payload never moves. docs/nsh.md says which rule
//! (T1 to T13) stands in which section of the RFCs and which test holds it.
mod classify;
mod contexts;
mod enter;
mod flows;
mod forward;
mod integrity;
mod kept;
mod leave;
mod port;
mod rules;
mod seen;
mod usual;
mod view;

pub use channel::Frames;
pub use classify::{ClassRule, Classifier, Made, Range, CLASS_RULES_MAX, PAYLOAD_MAX};
pub use contexts::{Bits, Contexts, End, Flow, SETS_MAX};
pub use enter::{Entry, Inside};
pub use flows::{Flows, Own};
pub use forward::{Hop, Hops};
pub use integrity::{Key, Keys, KEY_ID_MAX};
pub use kept::{Kept, USUAL};
pub use leave::{leave, Leaving};
pub use port::Port;
pub use rules::{Context, Path, Role, Rules};
pub use seen::{Seen, Sight};
pub use view::View;
