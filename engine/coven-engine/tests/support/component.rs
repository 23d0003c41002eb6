//! A component: takes, forwards with the lane kept, makes packets where it may, parks when there is nothing (spec/channel.md §2).
use channel::layout::*;
use channel::sync::Ordering::*;
use channel::{park, Bell, Bounds, Consumer, Descriptor, Edge, Poller, Producer, Segment};
use std::path::PathBuf;
use std::time::Duration;

const BURST: usize = 32;

struct Component {
    segment: Segment,
    slot: u32,
    bells: Vec<Bell>,
    epoch: u32,
    inputs: Vec<(Edge, Consumer)>,
    outputs: Vec<(Edge, Producer)>,
    returns: Producer,
    alloc: Option<Consumer>,
}

/// Run as the environment says; does nothing without it.
pub fn run() {
    let Some(path) = std::env::var_os("COVEN_CHANNEL") else { return };
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let folder = PathBuf::from(std::env::var_os("COVEN_BELLS").unwrap());
    let slot = std::env::var("COVEN_SLOT").unwrap().parse().unwrap();
    Component::attach(Segment::attach(file.into()).unwrap(), slot, folder).work();
}

impl Component {
    fn attach(segment: Segment, slot: u32, folder: PathBuf) -> Self {
        let bells = (0..segment.header().slot_count).map(|slot| Bell::open(&folder, slot).unwrap()).collect();
        let words = segment.slot(slot);
        let epoch = words.want_epoch().load(SeqCst);
        let (inputs, outputs, returns, alloc) = ends(&segment, slot, epoch);
        let component = Self { segment, slot, bells, epoch, inputs, outputs, returns, alloc };
        words.pid().store(std::process::id(), Relaxed);
        words.ack_epoch().store(epoch, SeqCst);
        words.state().store(SLOT_STATE_ATTACHED, SeqCst);
        component.ring(0);
        words.state().store(SLOT_STATE_RUNNING, SeqCst);
        component
    }

    fn ring(&self, slot: u32) {
        if park::wake(self.segment.slot(slot).park()) {
            self.bells[slot as usize].ring();
        }
    }

    fn work(&mut self) {
        let words = self.segment.slot(self.slot);
        let (poller, mut ready) = (Poller::new().unwrap(), Vec::new());
        poller.add(&self.bells[self.slot as usize], 0).unwrap();
        while words.stop().load(SeqCst) == 0 {
            words.heartbeat().store(words.heartbeat().load(Relaxed).wrapping_add(1), Relaxed);
            self.follow();
            if self.forward() | self.create() {
                continue;
            }
            park::announce(words.park());
            self.blocked().for_each(|output| output.want());
            let space = self.blocked().any(|output| output.moved());
            let news = space || self.inputs.iter().any(|(edge, input)| input.moved() && !self.shut(edge.lane));
            let orders = words.stop().load(SeqCst) != 0 || words.want_epoch().load(SeqCst) != self.epoch;
            if !news && !orders {
                // Nobody rings for new empty frames: who makes packets does so by the clock.
                poller.wait(self.alloc.as_ref().map(|_| Duration::from_millis(1)), &mut ready);
            }
            park::retract(words.park());
            self.bells[self.slot as usize].quiet();
        }
        words.state().store(SLOT_STATE_LEAVING, SeqCst);
        self.ring(0);
    }

    fn follow(&mut self) {
        let words = self.segment.slot(self.slot);
        let epoch = words.want_epoch().load(SeqCst);
        if epoch != self.epoch {
            (self.inputs, self.outputs, self.returns, self.alloc) = ends(&self.segment, self.slot, epoch);
            self.epoch = epoch;
            words.ack_epoch().store(epoch, SeqCst);
            self.ring(0);
        }
    }

    /// Outputs that say `block` and are full.
    fn blocked(&self) -> impl Iterator<Item = &Producer> {
        self.outputs.iter().filter(|(edge, output)| blocks(edge) && output.full()).map(|(_, output)| output)
    }

    fn shut(&self, lane: u8) -> bool {
        self.outputs.iter().any(|(edge, output)| edge.lane == lane && blocks(edge) && output.full())
    }

    /// How many may be taken from an input of this lane.
    fn room(&mut self, lane: u8) -> usize {
        let output = self.outputs.iter_mut().find(|(edge, _)| edge.lane == lane && blocks(edge));
        output.map_or(BURST, |(_, producer)| BURST.min(producer.room() as usize))
    }

    fn forward(&mut self) -> bool {
        let bounds = Bounds { frames: self.segment.header().frame_count, frame_size: self.segment.header().frame_size };
        let mut moved = false;
        for i in 0..self.inputs.len() {
            let room = self.room(self.inputs[i].0.lane);
            let (edge, input) = &mut self.inputs[i];
            let (lane, from) = (edge.lane, edge.peer);
            let mut burst = [Descriptor::default(); BURST];
            let taken = input.take(&mut burst[..room]).unwrap_or(0);
            if input.freed() {
                self.ring(from.into());
            }
            assert!(burst[..taken].iter().all(|d| bounds.allow(*d)));
            self.post(lane, &burst[..taken]);
            moved |= taken > 0;
        }
        moved
    }

    fn post(&mut self, lane: u8, burst: &[Descriptor]) {
        let owners = self.segment.owners();
        let output = self.outputs.iter_mut().find(|(edge, _)| edge.lane == lane);
        let (posted, peer) = output.map_or((0, 0), |(edge, producer)| (producer.post(owners, burst), edge.peer));
        let rest: Vec<_> =
            burst[posted..].iter().map(|d| Descriptor::returned(d.frame(), d.generation(), REASON_EDGE_FULL)).collect();
        self.returns.post(owners, &rest);
        self.ring(peer.into());
        let words = self.segment.slot(self.slot);
        words.counters()[COUNTER_PACKETS_OUT as usize]
            .store(words.counters()[COUNTER_PACKETS_OUT as usize].load(Relaxed) + posted as u64, Relaxed);
        if self.returns.cells().fill() >= LIMITS_WAKE_FRAMES || words.hungry().load(SeqCst) != 0 {
            self.ring(0);
        }
    }

    fn create(&mut self) -> bool {
        let mut burst = [Descriptor::default(); BURST];
        let taken = self.alloc.as_mut().map_or(0, |alloc| alloc.take(&mut burst).unwrap_or(0));
        for d in &mut burst[..taken] {
            self.segment.frames().copy_in(d.frame(), d.offset().into(), &[2; 60]);
            *d = Descriptor::packet(d.frame(), d.generation(), d.offset(), 60);
        }
        self.post(0, &burst[..taken]);
        taken > 0
    }
}

fn blocks(edge: &Edge) -> bool {
    u32::from(edge.flags) & EDGE_FLAG_BLOCK != 0
}

type Ends = (Vec<(Edge, Consumer)>, Vec<(Edge, Producer)>, Producer, Option<Consumer>);

/// The ends of a table's edges, at the shared cursors.
fn ends(segment: &Segment, slot: u32, epoch: u32) -> Ends {
    let edges = segment.slot(slot).edges(epoch);
    let cells = |edge: &Edge| edge.cells(&segment.map(), segment.header()).expect("a good edge");
    let of = |role: u32| edges.iter().filter(move |edge| u32::from(edge.role) == role);
    let producer = |edge: &Edge| Producer::take_over(cells(edge), edge.id, edge.limit);
    let consumer = |edge: &Edge| Consumer::take_over(cells(edge), blocks(edge));
    (
        of(ROLE_IN).map(|edge| (*edge, consumer(edge))).collect(),
        of(ROLE_OUT).map(|edge| (*edge, producer(edge))).collect(),
        of(ROLE_RETURN).map(producer).next().expect("a return ring"),
        of(ROLE_ALLOC).map(consumer).next(),
    )
}
