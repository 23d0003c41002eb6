//! What a plan is made of, as the stage keeps it.
use crate::exits::Exits;
use crate::fan::Fan;
use channel::layout::*;
use channel::{Cells, Consumer, Descriptor, Edge, Place, Producer};
use nshp::Role;
use std::time::Instant;
use vns::{Packet, Port};

/// Packets that one call moves.
pub const BURST: usize = LIMITS_BURST_DEFAULT as usize;
/// Port of a frame that no port received.
pub const NO_PORT: u8 = u8::MAX;
/// Ports are numbered below this.
pub const PORTS_MAX: u8 = 64;
/// Paths are numbered below this.
pub const PATHS_MAX: u16 = 1024;
/// Edge ids from here are the return rings', slot added; edges of a plan lie below.
pub const RETURN_EDGES: u16 = 0xff00;
/// Edge ids from here are the alloc rings', slot added.
pub const ALLOC_EDGES: u16 = 0xff40;

/// What happens to a dead component's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCrash {
    /// They pass it by.
    Bypass,
    /// They are dropped.
    Drop,
    /// They wait for the next process.
    Hold,
}

/// `add-component`.
#[derive(Clone, Debug)]
pub struct NewComponent {
    /// From 1.
    pub slot: u8,
    /// For people.
    pub name: String,
    /// While it is dead.
    pub on_crash: OnCrash,
    /// Spin so long before yielding.
    pub spin_ns: u32,
    /// A member of `profile`.
    pub profile: u32,
    /// It reads the metadata line.
    pub metadata: bool,
    /// It makes packets of its own.
    pub creates: bool,
}

/// `add-edge`.
#[derive(Clone, Copy, Debug)]
pub struct NewEdge {
    /// Its id in owner words.
    pub id: u16,
    /// Slot that posts, its output, its lane.
    pub from: (u8, u16, u8),
    /// Slot that takes, its lane.
    pub to: (u8, u8),
    /// Most descriptors to lie there.
    pub limit: u32,
    /// The producer waits for space.
    pub block: bool,
}

/// Where packets of a path go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An edge from slot 0, by id.
    Edge(u16),
    /// Straight out.
    Port(u8),
}

/// `add-path`.
#[derive(Clone, Debug)]
pub struct NewPath {
    /// Below `PATHS_MAX`.
    pub path: u16,
    /// For people.
    pub name: String,
    /// Port where it begins.
    pub port: u8,
    /// NSH packets with this SPI; none: plain ones.
    pub spi: Option<u32>,
    /// Where to.
    pub target: Target,
    /// What NSHP knows of packets that come on it.
    pub rule: nshp::Path,
    /// The NSH of packets that components make on it; none: they have none.
    pub nsh: Option<nshp::Made>,
}

/// An open port.
pub struct PortEnd {
    /// Its number.
    pub number: u8,
    /// For people.
    pub name: String,
    /// For people.
    pub backend: String,
    /// Behind it.
    pub port: Box<dyn Port>,
    /// What happens to NSH here.
    pub nsh: nshp::Port,
    /// Its input has an end.
    pub replays: bool,
    /// rx packets, rx bytes, tx packets, tx bytes.
    pub counts: [u64; 4],
    /// Bytes that the port takes, as it said last.
    pub(crate) largest: usize,
    pub(crate) outbox: Vec<Packet>,
    pub(crate) routes: Vec<Route>,
    pub(crate) down: bool,
    pub(crate) done: bool,
}

impl PortEnd {
    /// A port that no path uses as yet.
    pub fn new(number: u8, name: String, backend: String, port: Box<dyn Port>, role: Role, replays: bool) -> Self {
        let outbox = Vec::with_capacity(BURST);
        let nsh = nshp::Port { role, ..nshp::Port::default() };
        let largest = port.largest();
        Self {
            number,
            name,
            backend,
            port,
            nsh,
            replays,
            counts: [0; 4],
            largest,
            outbox,
            routes: Vec::new(),
            down: false,
            done: false,
        }
    }

    /// The path of packets with this SPI, or of plain ones. What a classifier or forwarder has no rule for takes no path of an SPI.
    #[inline(always)]
    pub(crate) fn route(&self, spi: Option<u32>) -> Option<&Route> {
        let any = spi.is_none() && !matches!(self.nsh.role, Role::Classify | Role::Forward);
        let exact = self.routes.iter().find(|route| route.spi == spi);
        exact.or_else(|| self.routes.first().filter(|_| any))
    }

    pub(crate) fn route_of(&self, path: u16) -> Option<&Route> {
        self.routes.iter().find(|route| route.path == path)
    }
}

/// A path as its port sees it; the edge by its index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub spi: Option<u32>,
    pub path: u16,
    pub to: Way,
    /// Where packets leave that pass the components by.
    pub exit: Option<u8>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Edge(usize),
    /// One of several edges, by the flow: its index.
    Fan(usize),
    Port(u8),
}

/// The engine's end of an edge, if it has one.
pub(crate) enum End {
    /// From slot 0; with the descriptors that are about to be posted.
    Ingress(Producer, Vec<Descriptor>),
    /// To slot 0.
    Egress(Consumer),
    /// Between components.
    None,
}

pub(crate) struct EdgeEnd {
    pub spec: NewEdge,
    pub place: Place,
    pub cells: Cells,
    pub end: End,
    /// Path -> port, of an edge to slot 0.
    pub exits: Exits,
    /// A chain was begun by the last descriptor.
    pub in_chain: bool,
}

impl EdgeEnd {
    /// Entry of the table of the component that takes. What the engine posts is pulled: it wants to know of space on every edge.
    pub fn entry_in(&self) -> Edge {
        let block = self.spec.block || self.spec.from.0 == 0;
        let entry = Edge { role: ROLE_IN as u8, peer: self.spec.from.0.into(), lane: self.spec.to.1, ..self.entry() };
        Edge { flags: u8::from(block) * EDGE_FLAG_BLOCK as u8, ..entry }
    }

    /// Entry of the table of the component that posts.
    pub fn entry_out(&self) -> Edge {
        let (_, output, lane) = self.spec.from;
        let entry = Edge { role: ROLE_OUT as u8, peer: self.spec.to.0.into(), output, lane, ..self.entry() };
        Edge { flags: u8::from(self.spec.block) * EDGE_FLAG_BLOCK as u8, ..entry }
    }

    fn entry(&self) -> Edge {
        let (ring, cap_log2) = self.place.entry();
        Edge {
            ring,
            cap_log2,
            id: self.spec.id,
            limit: self.spec.limit,
            seed: self.spec.to.0.into(),
            weight: 1,
            ..Edge::default()
        }
    }
}

/// Where a component's process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// No process as yet.
    Vacant,
    /// A process has taken up its edges, or may do so at any time.
    Alive,
    /// Gone; the engine stands in until another one runs.
    Dead,
}

pub(crate) struct Component {
    pub spec: NewComponent,
    pub returns: (Place, Consumer),
    pub alloc: Option<(Place, Producer)>,
    pub life: Life,
    pub epoch: u32,
    pub stand_in: Option<StandIn>,
    pub attached: bool,
    pub supervised: u32,
    pub restarts: u64,
    pub error: u32,
    /// Counters of former processes, and the last look at this one's.
    pub counted: [(u64, u64); 16],
    pub heartbeat: u32,
    pub still_since: Option<Instant>,
    pub hung: bool,
}

/// The engine's ends of a dead component's rings.
pub(crate) struct StandIn {
    /// Consumer, poster's slot, lane.
    pub inputs: Vec<(Consumer, u8, u8)>,
    /// Producer, taker's slot, lane, block.
    pub outputs: Vec<(Producer, u8, u8, bool)>,
    /// Of lanes that lead to replicas: which output a flow takes.
    pub fans: Vec<(u8, Fan)>,
}

/// What the stage tells its subscribers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process has mapped the channel.
    Attached(u8),
    /// A crash: slot, pid.
    Exited(u8, u32),
    /// Input waits, heartbeat stands still: slot, heartbeat.
    Hung(u8, u32),
    /// Port, why.
    PortDown(u8, String),
    /// A replaying port is at its end.
    PortDone(u8),
}

/// Why something can't be done: a stable word, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// kebab-case.
    pub reason: &'static str,
    /// For people.
    pub what: String,
}

impl Refusal {
    /// A word and a sentence.
    pub fn new(reason: &'static str, what: impl Into<String>) -> Self {
        Self { reason, what: what.into() }
    }
}
