//! Changing the graph: each change gives back what undoes it, and nothing is seen outside before `commit`.
use crate::exits::Exits;
use crate::graph::*;
use crate::nsh_rules::NshRules;
use crate::stage::{Pool, Stage};
use channel::layout::*;
use channel::{edge_capacity, Bell, Bounds, Consumer, Frames, Ledger, Producer, Rings, Segment, SegmentError, Shape};
use nshp::{Kept, Role};
use std::path::Path;

/// What was there before a change; `None`: nothing was.
pub enum Change {
    /// `create-channel`.
    Channel,
    /// `open-port`, `close-port`.
    Port(u8, Option<Box<PortEnd>>),
    /// `add-component`, `remove-component`.
    Component(u8, Option<RemovedComponent>),
    /// `add-edge`, `remove-edge`: the index.
    Edge(usize, Option<RemovedEdge>),
    /// `add-path`, `remove-path`: the index where it stood.
    Path(usize, Option<NewPath>),
    /// `add-exit`, `remove-exit`: index of the edge, path.
    Exit(usize, u16, Option<u8>),
    /// `add-rules`, `remove-rules`.
    Rules(u8, Box<NshRules>),
    /// `set-role`.
    Role(u8, Role),
}

/// A component that is out of the graph.
pub struct RemovedComponent(pub(crate) Box<Component>);
/// An edge that is out of the graph.
pub struct RemovedEdge(pub(crate) Box<EdgeEnd>);

pub(crate) type Done = Result<Change, Refusal>;

pub(crate) fn memory(error: SegmentError) -> Refusal {
    match error {
        SegmentError::Memory(what) => Refusal::new("memory", what),
        SegmentError::Invalid(what) => Refusal::new("invalid", what),
    }
}

pub(crate) fn taken(what: String) -> Refusal {
    Refusal::new("exists", format!("{what} is there already"))
}

pub(crate) fn missing(what: String) -> Refusal {
    Refusal::new("not-found", format!("there is no {what}"))
}

impl Stage {
    /// `create-channel`.
    pub fn create_channel(&mut self, shape: Shape, folder: &Path, instance: [u8; 16]) -> Done {
        if self.pool.is_some() {
            return Err(taken("the channel".into()));
        }
        let segment = Segment::create(shape, instance).map_err(memory)?;
        let header = *segment.header();
        let bells: Result<Vec<_>, _> = (0..header.slot_count).map(|slot| Bell::make(folder, slot)).collect();
        let bells = bells.map_err(|error| Refusal::new("bells", format!("no bells in {}: {error}", folder.display())))?;
        let frames = header.frame_count;
        self.pool = Some(Pool {
            rings: Rings::new(&segment),
            slots: (0..header.slot_count).map(|slot| segment.slot(slot)).collect(),
            bells,
            frames: segment.frames(),
            meta: segment.meta(),
            owners: segment.owners(),
            bounds: Bounds { frames, frame_size: header.frame_size },
            ledger: Ledger::new(frames),
            kept: vec![Kept::NONE; frames as usize],
            metadata: false,
            creates: false,
            nsh: false,
            contexts: None,
            keys: nshp::Keys::default(),
            noted: vec![u64::MAX; frames as usize],
            suspects: Vec::new(),
            segment,
        });
        Ok(Change::Channel)
    }

    fn pool_mut(&mut self) -> Result<&mut Pool, Refusal> {
        self.pool.as_mut().ok_or_else(|| Refusal::new("no-channel", "create-channel comes first"))
    }

    /// The pool's frames, once there is a pool.
    pub fn frames(&self) -> Option<Frames> {
        self.pool.as_ref().map(|pool| pool.frames)
    }

    /// `open-port`; `open` is called, with the pool, if there is a place for it.
    pub fn open_port(&mut self, number: u8, open: impl FnOnce(&Frames) -> Result<PortEnd, Refusal>) -> Done {
        let frames = self.pool_mut()?.frames;
        match self.ports.get(number as usize) {
            None => Err(Refusal::new("invalid", format!("port {number}: ports are numbered from 0 to {}", PORTS_MAX - 1))),
            Some(Some(_)) => Err(taken(format!("port {number}"))),
            Some(None) => {
                self.ports[number as usize] = Some(Box::new(open(&frames)?));
                Ok(Change::Port(number, None))
            }
        }
    }

    /// `close-port`.
    pub fn close_port(&mut self, number: u8) -> Done {
        let by_path =
            self.paths.iter().find(|path| path.port == number || path.target == Target::Port(number)).map(|path| path.path);
        let by_exit =
            self.edges.iter().flatten().find(|edge| edge.exits.iter().any(|(_, port)| port == number)).map(|edge| edge.spec.id);
        if by_path.is_some() || by_exit.is_some() {
            return Err(Refusal::new(
                "in-use",
                format!("port {number} is used by path {by_path:?}, by an exit of edge {by_exit:?}"),
            ));
        }
        let port = self.ports.get_mut(number as usize).and_then(Option::take).ok_or_else(|| missing(format!("port {number}")))?;
        Ok(Change::Port(number, Some(port)))
    }

    /// `add-component`.
    pub fn add_component(&mut self, spec: NewComponent) -> Done {
        let slot = spec.slot;
        let pool = self.pool.as_mut().ok_or_else(|| Refusal::new("no-channel", "create-channel comes first"))?;
        let last = pool.slots.len() - 1;
        if slot == 0 || slot as usize > last {
            return Err(Refusal::new("invalid", format!("slot {slot}: this channel has slots 1 to {last}")));
        }
        if self.components[slot as usize].is_some() {
            return Err(taken(format!("the component in slot {slot}")));
        }
        let frames = pool.bounds.frames.next_power_of_two();
        let (place, cells) = pool.rings.take(&pool.segment, frames).map_err(memory)?;
        let returns = (place, Consumer::take_over(cells, false));
        let alloc = if spec.creates {
            let taken = pool.rings.take(&pool.segment, edge_capacity(LIMITS_ALLOC_LIMIT));
            let (alloc, cells) = taken.inspect_err(|_| pool.rings.give(place)).map_err(memory)?;
            Some((alloc, Producer::take_over(cells, ALLOC_EDGES + u16::from(slot), LIMITS_ALLOC_LIMIT)))
        } else {
            None
        };
        self.components[slot as usize] = Some(Box::new(Component::new(spec, returns, alloc)));
        Ok(Change::Component(slot, None))
    }

    /// `remove-component`.
    pub fn remove_component(&mut self, slot: u8) -> Done {
        self.component_mut(slot)?;
        if self.alive(slot) && self.components[slot as usize].as_ref().is_some_and(|c| c.supervised > 0 || c.attached) {
            return Err(Refusal::new("component-runs", format!("the component in slot {slot} runs; release it first")));
        }
        if let Some(edge) = self.edges.iter().flatten().find(|edge| edge.spec.from.0 == slot || edge.spec.to.0 == slot) {
            return Err(Refusal::new("in-use", format!("edge {} ends at slot {slot}", edge.spec.id)));
        }
        Ok(Change::Component(slot, self.components[slot as usize].take().map(RemovedComponent)))
    }

    fn edge_index(&self, id: u16) -> Result<usize, Refusal> {
        let found = self.edges.iter().position(|edge| edge.as_ref().is_some_and(|edge| edge.spec.id == id));
        found.ok_or_else(|| missing(format!("edge {id}")))
    }

    /// `add-edge`.
    pub fn add_edge(&mut self, spec: NewEdge) -> Done {
        self.check_edge(&spec)?;
        let pool = self.pool_mut()?;
        let (place, cells) = pool.rings.take(&pool.segment, edge_capacity(spec.limit)).map_err(memory)?;
        let end = match (spec.from.0, spec.to.0) {
            (0, _) => End::Ingress(Producer::take_over(cells, spec.id, spec.limit), Vec::with_capacity(BURST)),
            (_, 0) => End::Egress(Consumer::take_over(cells, spec.block)),
            _ => End::None,
        };
        let edge = Box::new(EdgeEnd { spec, place, cells, end, exits: Exits::default(), in_chain: false });
        let index = self.edges.iter().position(Option::is_none).unwrap_or(self.edges.len());
        if index == self.edges.len() {
            self.edges.push(None);
        }
        self.edges[index] = Some(edge);
        Ok(Change::Edge(index, None))
    }

    fn check_edge(&mut self, spec: &NewEdge) -> Result<(), Refusal> {
        let id = spec.id;
        if self.edge_index(id).is_ok() {
            return Err(taken(format!("edge {id}")));
        }
        if self.retired.iter().any(|retired| retired.edge.spec.id == id) {
            return Err(Refusal::new(
                "in-use",
                format!("edge {id} is still being left by its components; try again in a moment"),
            ));
        }
        let numbers = id < RETURN_EDGES && (1..=1 << 20).contains(&spec.limit) && u32::from(spec.from.1) < LIMITS_OUTPUTS_MAX;
        if !numbers || spec.from.0 == spec.to.0 {
            return Err(Refusal::new("invalid", format!("edge {id}: {spec:?} is out of range, or begins where it ends")));
        }
        for slot in [spec.from.0, spec.to.0].into_iter().filter(|&slot| slot != 0) {
            self.component_mut(slot)?;
            let entries =
                self.edges.iter().flatten().filter(|edge| edge.spec.from.0 == slot || edge.spec.to.0 == slot).count() + 2;
            if entries >= LIMITS_EDGES_MAX as usize {
                return Err(Refusal::new(
                    "invalid",
                    format!("edge {id}: slot {slot} has {entries} edges, which is all that a table holds"),
                ));
            }
        }
        Ok(())
    }

    /// `remove-edge`.
    pub fn remove_edge(&mut self, id: u16) -> Done {
        let index = self.edge_index(id)?;
        if let Some(path) = self.paths.iter().find(|path| path.target == Target::Edge(id)) {
            return Err(Refusal::new("in-use", format!("path {} begins with edge {id}", path.path)));
        }
        Ok(Change::Edge(index, self.edges[index].take().map(RemovedEdge)))
    }

    /// `add-path`.
    pub fn add_path(&mut self, path: NewPath) -> Done {
        if self.paths.iter().any(|other| other.path == path.path) {
            return Err(taken(format!("path {}", path.path)));
        }
        if path.path >= PATHS_MAX || path.spi.is_some_and(|spi| spi >= 1 << 24) {
            return Err(Refusal::new("invalid", format!("path {}: paths are below {PATHS_MAX}, an SPI has 24 bits", path.path)));
        }
        self.port(path.port)?;
        match path.target {
            Target::Port(port) => self.port(port)?,
            Target::Edge(id) => {
                let index = self.edge_index(id)?;
                if self.edges[index].as_ref().is_none_or(|edge| edge.spec.from.0 != 0) {
                    return Err(Refusal::new("invalid", format!("path {}: edge {id} does not begin at slot 0", path.path)));
                }
            }
        }
        self.paths.push(path);
        Ok(Change::Path(self.paths.len() - 1, None))
    }

    fn port(&self, number: u8) -> Result<(), Refusal> {
        let there = self.ports.get(number as usize).is_some_and(Option::is_some);
        if there {
            Ok(())
        } else {
            Err(missing(format!("port {number}")))
        }
    }

    /// `remove-path`.
    pub fn remove_path(&mut self, path: u16) -> Done {
        let index = self.paths.iter().position(|other| other.path == path).ok_or_else(|| missing(format!("path {path}")))?;
        Ok(Change::Path(index, Some(self.paths.remove(index))))
    }

    /// `add-exit`.
    pub fn add_exit(&mut self, id: u16, path: u16, port: u8) -> Done {
        self.port(port)?;
        let index = self.edge_index(id)?;
        let edge = self.edges[index].as_mut().filter(|edge| edge.spec.to.0 == 0);
        let edge = edge.ok_or_else(|| Refusal::new("invalid", format!("edge {id} does not end at slot 0")))?;
        if edge.exits.get(path).is_some() {
            return Err(taken(format!("the exit of path {path} on edge {id}")));
        }
        edge.exits.insert(path, port);
        Ok(Change::Exit(index, path, None))
    }

    /// `remove-exit`.
    pub fn remove_exit(&mut self, id: u16, path: u16) -> Done {
        let index = self.edge_index(id)?;
        let port = self.edges[index].as_mut().and_then(|edge| edge.exits.remove(path));
        let port = port.ok_or_else(|| missing(format!("exit of path {path} on edge {id}")))?;
        Ok(Change::Exit(index, path, Some(port)))
    }
}
