//! Plans (spec/engine.md, Actions): read by the control thread, applied by the shards, all or nothing.
use crate::early::{Early, Opened};
use crate::edge_of_host::open;
use crate::nsh_plan::{Fate, Integrity, Layout, NshMode, ReadRules, ServicePath};
use itf::{Change, NewComponent, NewEdge, NewPath, OnCrash, PortEnd, Refusal, Stage, Target};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;

/// An action of a plan, with its index there.
pub type Step = (usize, Action);

/// What a shard is still to do.
pub type Steps = std::vec::IntoIter<Step>;

/// A plan as it is handed to the shards.
pub struct Plan {
    /// Of each shard.
    pub steps: Vec<Steps>,
    /// It opens ports: by one shard after the other.
    pub in_turn: bool,
}

/// Where a plan is applied.
pub struct Site<'a> {
    /// Of the bells.
    pub folder: &'a Path,
    /// Which of the engine's threads opens ports.
    pub member: &'a vns::Member,
}

/// One step of a plan: what takes long has been done when it is read, files and tables among it.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    CreateChannel {
        frames: u32,
        frame_size: u32,
        slots: u32,
        edge_limit: u32,
        #[serde(default)]
        spin_ns: u32,
    },
    OpenPort {
        port: u8,
        name: String,
        backend: String,
        #[serde(default)]
        options: Map<String, Value>,
        #[serde(default)]
        nsh: NshMode,
    },
    ClosePort {
        port: u8,
    },
    SetRole {
        port: u8,
        nsh: NshMode,
    },
    AddComponent(Component),
    RemoveComponent {
        slot: u8,
    },
    AddEdge {
        edge: u16,
        from: From,
        to: To,
        limit: u32,
        block: bool,
    },
    RemoveEdge {
        edge: u16,
    },
    AddPath(ReadPath),
    RemovePath {
        path: u16,
    },
    AddExit {
        edge: u16,
        path: u16,
        port: u8,
    },
    RemoveExit {
        edge: u16,
        path: u16,
    },
    AddRules(ReadRules),
    RemoveRules {
        port: u8,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    slot: u8,
    name: String,
    on_crash: Policy,
    #[serde(default)]
    spin_ns: u32,
    #[serde(default)]
    profile: Profile,
    #[serde(default)]
    metadata: bool,
    #[serde(default)]
    creates: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    Bypass,
    Drop,
    Hold,
}

/// Numbers as in spec/channel.toml [enum.profile].
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Profile {
    #[default]
    Balanced = channel::layout::PROFILE_BALANCED as isize,
    Latency = channel::layout::PROFILE_LATENCY as isize,
    Power = channel::layout::PROFILE_POWER as isize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    slot: u8,
    output: u16,
    lane: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct To {
    slot: u8,
    lane: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingress {
    port: u8,
    spi: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddPath {
    path: u16,
    name: String,
    ingress: Ingress,
    edge: Option<u16>,
    egress: Option<u8>,
    nsh: Option<ServicePath>,
    #[serde(default)]
    context: Layout,
    #[serde(default)]
    oam: Fate,
    #[serde(default)]
    unknown: Fate,
    /// Class and type of each TLV that has to be there.
    #[serde(default)]
    require: Vec<(u16, u8)>,
    integrity: Option<Integrity>,
}

/// A path with its key, or why there is none.
#[derive(Deserialize)]
#[serde(from = "AddPath")]
pub struct ReadPath(Box<Result<NewPath, Refusal>>);

impl std::convert::From<AddPath> for ReadPath {
    fn from(told: AddPath) -> Self {
        Self(Box::new(told.spec()))
    }
}

impl Component {
    fn spec(self) -> NewComponent {
        let on_crash = match self.on_crash {
            Policy::Bypass => OnCrash::Bypass,
            Policy::Drop => OnCrash::Drop,
            Policy::Hold => OnCrash::Hold,
        };
        let Self { slot, name, spin_ns, metadata, creates, .. } = self;
        NewComponent { slot, name, on_crash, spin_ns, profile: self.profile as u32, metadata, creates }
    }
}

impl AddPath {
    fn spec(self) -> Result<NewPath, Refusal> {
        let target = match (self.edge, self.egress) {
            (Some(edge), None) => Target::Edge(edge),
            (None, Some(port)) => Target::Port(port),
            _ => return Err(Refusal::new("invalid", format!("path {}: it needs either `edge` or `egress`", self.path))),
        };
        let Ingress { port, spi } = self.ingress;
        let integrity = self.integrity.as_ref().map(Integrity::key).transpose()?;
        let (oam, unknown) = (self.oam.forwards(), self.unknown.forwards());
        let rule = nshp::Path { context: self.context.into(), oam, unknown, require: self.require, integrity };
        let nsh = self.nsh.map(|service| service.made(self.path, self.integrity.as_ref())).transpose()?;
        Ok(NewPath { path: self.path, name: self.name, port, spi, target, rule, nsh })
    }
}

impl Action {
    /// `opened`: its port, where that was opened before its turn.
    fn run(self, stage: &mut Stage, site: &Site, opened: Option<Opened>) -> Result<Change, Refusal> {
        match self {
            Self::CreateChannel { frames, frame_size, slots, edge_limit, spin_ns } => {
                stage.set_spin(spin_ns);
                let shape = channel::Shape { frames, frame_size, components: slots, edge_limit };
                stage.create_channel(shape, site.folder, instance_id()?)
            }
            Self::OpenPort { port, name, backend, options, nsh } => stage.open_port(port, |frames| {
                let replays = ["in", "count"].iter().any(|key| options.contains_key(*key));
                let opened = opened.unwrap_or_else(|| open(&backend, &Value::Object(options), frames, site.member));
                let behind = opened.map_err(|r| named(r, &name))?;
                Ok(PortEnd::new(port, name, backend, behind, nsh.into(), replays))
            }),
            Self::ClosePort { port } => stage.close_port(port),
            Self::SetRole { port, nsh } => stage.set_role(port, nsh.into()),
            Self::AddComponent(component) => stage.add_component(component.spec()),
            Self::RemoveComponent { slot } => stage.remove_component(slot),
            Self::AddEdge { edge, from, to, limit, block } => {
                let (from, to) = ((from.slot, from.output, from.lane), (to.slot, to.lane));
                stage.add_edge(NewEdge { id: edge, from, to, limit, block })
            }
            Self::RemoveEdge { edge } => stage.remove_edge(edge),
            Self::AddPath(path) => stage.add_path((*path.0)?),
            Self::RemovePath { path } => stage.remove_path(path),
            Self::AddExit { edge, path, port } => stage.add_exit(edge, path, port),
            Self::RemoveExit { edge, path } => stage.remove_exit(edge, path),
            Self::AddRules(rules) => stage.add_rules(rules.port, rules.tables?),
            Self::RemoveRules { port } => stage.remove_rules(port),
        }
    }
}

fn named(refusal: Refusal, port: &str) -> Refusal {
    Refusal { what: format!("port {port}: {}", refusal.what), ..refusal }
}

fn instance_id() -> Result<[u8; 16], Refusal> {
    let mut id = [0; 16];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut source| std::io::Read::read_exact(&mut source, &mut id));
    read.map(|()| id).map_err(|error| Refusal::new("random", format!("/dev/urandom can't be read: {error}")))
}

/// Do all of the steps, or none: then says which one failed, and why. They count once they are committed.
pub fn prepare(stage: &mut Stage, site: &Site, steps: &mut Steps) -> Result<Vec<Change>, (usize, Refusal)> {
    let mut changes = Vec::new();
    let mut early = Early::begin(steps.as_slice(), stage.frames(), site.member);
    for (index, action) in steps {
        match action.run(stage, site, early.take(index)) {
            Ok(change) => changes.push(change),
            Err(refusal) => {
                stage.undo(changes);
                return Err((index, refusal));
            }
        }
    }
    Ok(changes)
}

impl Plan {
    /// From actions: one with `shard` is for that one, any other for all.
    pub fn read(actions: Vec<Value>, shards: usize) -> Result<Self, (usize, Refusal)> {
        let in_turn = actions.iter().any(|action| action["do"] == "open-port");
        let mut dealt: Vec<_> = (0..shards).map(|_| Vec::new()).collect();
        for (index, mut action) in actions.into_iter().enumerate() {
            let concerned = match action.as_object_mut().and_then(|action| action.remove("shard")) {
                None => &mut dealt[..],
                Some(wanted) => {
                    let known = wanted.as_u64().and_then(|wanted| dealt.get_mut(wanted as usize));
                    std::slice::from_mut(known.ok_or_else(|| (index, no_such_shard(&wanted, shards)))?)
                }
            };
            for steps in concerned {
                let read = Action::deserialize(&action).map_err(|error| (index, Refusal::new("invalid", error.to_string())))?;
                steps.push((index, read));
            }
        }
        Ok(Self { steps: dealt.into_iter().map(Vec::into_iter).collect(), in_turn })
    }
}

/// Shards are numbered like the engine's threads.
pub fn no_such_shard(wanted: &Value, shards: usize) -> Refusal {
    Refusal::new("no-such-shard", format!("there is no shard {wanted}; this engine has 0 to {}", shards - 1))
}
