//! ITF, the Internal Traffic Forwarder: the forwarding graph of one VNF instance and the stage that moves its packets.
//!
//! Accounting is exact at every instant, through crashes and whatever a component writes:
//! `received + created = transmitted + dropped by reason + in flight`.
mod audit;
mod commit;
mod config;
mod contexts;
mod counters;
mod created;
mod egress;
mod exits;
mod fan;
mod graph;
mod ingress;
mod life;
mod nsh_rules;
mod reclaim;
mod rewire;
mod shelf;
mod stage;
mod standin;
mod stats;
mod wait;

pub use config::Change;
pub use counters::{named, ByReason, Counters};
pub use graph::{Event, NewComponent, NewEdge, NewPath, OnCrash, PortEnd, Refusal, Target};
pub use nsh_rules::NshRules;
pub use stage::Stage;
pub use stats::{error_name, name_of, state_name, ComponentReport, FrameCounts};
pub use wait::{Next, Patience};
