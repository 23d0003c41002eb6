//! `nsh-show` and `nsh-set` (spec/engine.md, Contexts).
use crate::nsh_plan::Hex;
use crate::shard::{Awaited, Shard};
use itf::Refusal;
use nshp::{Bits, Flow, Sight};
use serde::Deserialize;
use serde_json::{json, Value};
use std::time::{Duration, Instant};

const WAIT_MS: u64 = 200;
const FLOWS: usize = 64;
/// After the last one who looked.
const WATCH: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    #[serde(default = "wait_default")]
    wait_ms: u64,
    /// At most.
    #[serde(default = "flows_default")]
    pub flows: usize,
}

fn wait_default() -> u64 {
    WAIT_MS
}

fn flows_default() -> usize {
    FLOWS
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowWords {
    protocol: u8,
    source: Hex,
    destination: Hex,
    source_port: Option<u16>,
    destination_port: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    spi: u32,
    flow: Option<FlowWords>,
    mask: Hex,
    value: Hex,
}

impl FlowWords {
    fn flow(&self) -> Result<Flow, Refusal> {
        let v6 = self.source.array::<4>("").is_err();
        let address = |hex: &Hex| match v6 {
            true => hex.array("an IPv6 address").map(u128::from_be_bytes),
            false => hex.array("an IPv4 address").map(|four| u32::from_be_bytes(four).into()),
        };
        let addresses = (address(&self.source)?, address(&self.destination)?);
        Ok(Flow { v6, addresses, protocol: self.protocol, ports: self.source_port.zip(self.destination_port) })
    }
}

impl Set {
    /// Service path, flow, bits; or what is wrong with them.
    pub fn read(self) -> Result<(u32, Option<Flow>, Bits), Refusal> {
        let Self { spi, flow, mask, value } = self;
        if spi >= 1 << 24 {
            return Err(Refusal::new("invalid", format!("SPI {spi}: it has 24 bits")));
        }
        let flow = flow.map(|flow| flow.flow()).transpose()?;
        let bytes = |hex: &Hex| hex.array("a context").map(u128::from_be_bytes);
        Ok((spi, flow, Bits { mask: bytes(&mask)?, value: bytes(&value)? }))
    }
}

impl Shard {
    /// Owe an answer: at once while somebody watches; who begins to watch waits.
    pub fn nsh_show(&mut self, Show { wait_ms, flows }: Show, ticket: u64) -> Result<(), Refusal> {
        let now = Instant::now();
        let since = self.watching.map(|(since, _)| since);
        self.stage.watch_contexts(true)?;
        self.watching = Some((since.unwrap_or(now), now + WATCH));
        self.owe(ticket, Awaited::Seen(flows), if since.is_some() { 0 } else { wait_ms });
        Ok(())
    }

    /// Nobody has looked for a while.
    pub fn end_watching(&mut self) {
        if self.watching.is_some_and(|(_, until)| Instant::now() >= until) {
            self.watching = None;
            let _ = self.stage.watch_contexts(false);
        }
    }

    /// What is seen and set.
    pub fn contexts(&mut self, flows: usize) -> Value {
        self.stage.collect();
        let watched = self.watching.map_or(Duration::ZERO, |(since, _)| since.elapsed());
        let mut all = json!({"watched_ns": watched.as_nanos() as u64, "paths": [], "flows": [], "sets": []});
        let Some(contexts) = self.stage.contexts() else { return all };
        if let Some(seen) = &contexts.seen {
            all["paths"] = seen.paths().map(|(path, sight)| row(*path, None, sight)).collect();
            all["flows"] = seen.flows(flows).iter().map(|(path, flow, sight)| row(*path, Some(*flow), sight)).collect();
        }
        let set = |(spi, flow, Bits { mask, value })| {
            with_flow(json!({"spi": spi, "mask": format!("{mask:032x}"), "value": format!("{value:032x}")}), flow)
        };
        all["sets"] = contexts.sets().map(set).collect();
        all
    }
}

fn row(path: u32, flow: Option<Flow>, sight: &Sight) -> Value {
    let mut row = json!({"spi": path >> 8, "si": path & 0xff, "packets": sight.packets, "time_ns": sight.time_ns});
    for (key, context) in [("context", sight.context), ("left", sight.left)] {
        if let Some(bytes) = context {
            row[key] = format!("{:032x}", u128::from_be_bytes(bytes)).into();
        }
    }
    with_flow(row, flow)
}

fn with_flow(mut row: Value, flow: Option<Flow>) -> Value {
    let Some(Flow { v6, addresses, protocol, ports }) = flow else { return row };
    let address = |address: u128| if v6 { format!("{address:032x}") } else { format!("{address:08x}") };
    row["flow"] = json!({"protocol": protocol, "source": address(addresses.0), "destination": address(addresses.1)});
    if let Some((source, destination)) = ports {
        (row["flow"]["source_port"], row["flow"]["destination_port"]) = (source.into(), destination.into());
    }
    row
}
