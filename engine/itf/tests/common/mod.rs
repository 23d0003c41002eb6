//! A port and a component that tests hold in their hands.
#![allow(dead_code)]
use channel::layout::*;
use channel::sync::Ordering::SeqCst;
use channel::{owner_word, park, Consumer, Descriptor, Edge, Producer, Segment, Shape};
use coven_itf::*;
use nshp::Role;
use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use vns::{Frames, Packet, Port, Received, Stock};

/// The far side of a port.
#[derive(Default)]
pub struct Wire {
    pub arriving: VecDeque<Vec<u8>>,
    pub sent: Vec<Vec<u8>>,
    pub takes: Option<usize>,
    pub endless: bool,
}

pub type Far = Arc<Mutex<Wire>>;
pub struct TestPort(Far, Vec<u32>);

impl Port for TestPort {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        let mut wire = self.0.lock().unwrap();
        for _ in 0..max {
            if wire.endless {
                wire.arriving.push_back(vec![7; 64]);
            }
            let Some(bytes) = wire.arriving.pop_front() else { return };
            let Some(frame) = stock.take() else { return wire.arriving.push_front(bytes) };
            frames.copy_in(frame, data_offset.into(), &bytes);
            into.push(Received {
                packet: Packet { frame, offset: data_offset, length: bytes.len() as u16 },
                time_ns: 1,
                fault: None,
            });
        }
    }
    fn transmit(&mut self, frames: &Frames, packets: &[Packet]) -> usize {
        let mut wire = self.0.lock().unwrap();
        let count = packets.len().min(wire.takes.unwrap_or(usize::MAX));
        for packet in &packets[..count] {
            let mut bytes = vec![0; packet.length.into()];
            frames.copy_out(packet.frame, packet.offset.into(), &mut bytes);
            if !wire.endless {
                wire.sent.push(bytes);
            }
            self.1.push(packet.frame);
        }
        count
    }
    fn completed(&mut self, into: &mut Vec<u32>) {
        into.append(&mut self.1);
    }
    fn descriptor(&self) -> Option<i32> {
        None
    }
    fn due(&self) -> Option<Instant> {
        None
    }
    fn largest(&self) -> usize {
        1514
    }
}

/// A stage with a channel, in a folder of its own.
pub struct Bench {
    pub stage: Stage,
    folder: PathBuf,
}

impl Bench {
    pub fn new(frames: u32, components: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("coven-itf-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut stage = Stage::new();
        let shape = Shape { frames, frame_size: 2048, components, edge_limit: 64 };
        let change = stage.create_channel(shape, &folder, [1; 16]).unwrap();
        stage.commit(vec![change]);
        stage.receive(true);
        Self { stage, folder }
    }

    pub fn port(&mut self, number: u8) -> Far {
        self.nsh_port(number, Role::None)
    }

    pub fn nsh_port(&mut self, number: u8, role: Role) -> Far {
        let far = Far::default();
        let port = Box::new(TestPort(far.clone(), Vec::new()));
        let end = PortEnd::new(number, format!("p{number}"), "test".into(), port, role, false);
        let change = self.stage.open_port(number, |_| Ok(end)).unwrap();
        self.stage.commit(vec![change]);
        far
    }

    pub fn component(&mut self, slot: u8, on_crash: OnCrash, creates: bool) {
        let name = format!("c{slot}");
        let spec = NewComponent { slot, name, on_crash, spin_ns: 0, profile: 0, metadata: true, creates };
        let change = self.stage.add_component(spec).unwrap();
        self.stage.commit(vec![change]);
    }

    pub fn edge(&mut self, id: u16, from: u8, to: u8, limit: u32, block: bool) {
        // Lanes of slot 0 keep its edges apart: those of one lane would be replicas.
        let lane = if from == 0 { id as u8 } else { 0 };
        let change = self.stage.add_edge(NewEdge { id, from: (from, 0, lane), to: (to, 0), limit, block }).unwrap();
        self.stage.commit(vec![change]);
    }

    pub fn path(&mut self, path: u16, port: u8, spi: Option<u32>, target: Target) {
        self.service_path(path, port, spi, target, None);
    }

    pub fn service_path(&mut self, path: u16, port: u8, spi: Option<u32>, target: Target, nsh: Option<(u32, u8)>) {
        let nsh = nsh.map(|(spi, si)| nshp::Made::new(path, spi << 8 | u32::from(si), [0; 16], None));
        let spec = NewPath { path, name: format!("path{path}"), port, spi, target, rule: nshp::Path::default(), nsh };
        let change = self.stage.add_path(spec).unwrap();
        self.stage.commit(vec![change]);
    }

    pub fn exit(&mut self, edge: u16, path: u16, port: u8) {
        let change = self.stage.add_exit(edge, path, port).unwrap();
        self.stage.commit(vec![change]);
    }

    /// 0 -> components in a row -> 0, from port 0 to port 1 on path 0; edges 1, 2, ….
    pub fn chain(frames: u32, on_crash: OnCrash, components: u8) -> (Self, Far, Far) {
        let mut bench = Self::new(frames, components.into());
        let (near, far) = (bench.port(0), bench.port(1));
        (1..=components).for_each(|slot| bench.component(slot, on_crash, false));
        for slot in 0..=components {
            bench.edge(slot as u16 + 1, slot, (slot + 1) % (components + 1), 64, false);
        }
        bench.path(0, 0, None, Target::Edge(1));
        bench.exit(components as u16 + 1, 0, 1);
        (bench, near, far)
    }

    pub fn settle(&mut self) {
        while self.stage.pass() {
            self.balanced();
        }
        self.balanced();
    }

    /// The two sums that hold at every instant.
    pub fn balanced(&self) {
        let (c, f) = (self.stage.counters(), self.stage.frame_counts());
        assert_eq!(c.received + c.created, c.transmitted + c.dropped_sum() + self.stage.in_flight(), "{c:?} {f:?}");
        assert_eq!(f.home + f.out + f.lent + f.kernel, f.total, "{f:?}");
    }

    pub fn dropped(&self, reason: u32) -> u64 {
        self.stage.counters().dropped[reason as usize]
    }

    pub fn worker(&self, slot: u32) -> Worker {
        let file = self.stage.segment().unwrap().as_fd().try_clone_to_owned().unwrap();
        Worker::attach(Segment::attach(file).unwrap(), slot)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn packets(wire: &Far, count: usize) {
    wire.lock().unwrap().arriving.extend((0..count).map(|i| vec![i as u8; 60 + i % 40]));
}

/// The component's side of the contract.
pub struct Worker {
    pub segment: Segment,
    pub slot: u32,
    pub epoch: u32,
    pub inputs: Vec<(Edge, Consumer)>,
    pub outputs: Vec<(Edge, Producer)>,
    pub returns: Option<Producer>,
    pub alloc: Option<Consumer>,
}

impl Worker {
    pub fn attach(segment: Segment, slot: u32) -> Self {
        let mut worker = Self { segment, slot, epoch: u32::MAX, inputs: vec![], outputs: vec![], returns: None, alloc: None };
        worker.follow();
        let words = worker.segment.slot(slot);
        words.pid().store(std::process::id(), SeqCst);
        words.state().store(SLOT_STATE_RUNNING, SeqCst);
        worker
    }

    /// Take up the epoch that is wanted: new edges at the shared cursors.
    pub fn follow(&mut self) {
        let words = self.segment.slot(self.slot);
        let epoch = words.want_epoch().load(SeqCst);
        if epoch == self.epoch {
            return;
        }
        self.epoch = epoch;
        let edges = words.edges(epoch);
        let cells = |edge: &Edge| edge.cells(&self.segment.map(), self.segment.header()).expect("a good edge");
        let of = |role: u32| edges.iter().filter(move |edge| u32::from(edge.role) == role);
        let producer = |edge: &Edge| Producer::take_over(cells(edge), edge.id, edge.limit);
        let consumer = |edge: &Edge| Consumer::take_over(cells(edge), u32::from(edge.flags) & EDGE_FLAG_BLOCK != 0);
        self.inputs = of(ROLE_IN).map(|edge| (*edge, consumer(edge))).collect();
        self.outputs = of(ROLE_OUT).map(|edge| (*edge, producer(edge))).collect();
        self.returns = of(ROLE_RETURN).map(producer).next();
        self.alloc = of(ROLE_ALLOC).map(consumer).next();
        words.ack_epoch().store(epoch, SeqCst);
    }

    pub fn take(&mut self, most: usize) -> Vec<Descriptor> {
        let mut all = Vec::new();
        for (_, consumer) in &mut self.inputs {
            let mut into = vec![Descriptor::default(); most - all.len()];
            let count = consumer.take(&mut into).unwrap_or(0);
            all.extend(&into[..count]);
        }
        all
    }

    pub fn post(&mut self, burst: &[Descriptor]) -> usize {
        self.outputs[0].1.post(self.segment.owners(), burst)
    }

    pub fn give_back(&mut self, burst: &[Descriptor], reason: u32) {
        let burst: Vec<_> = burst.iter().map(|d| Descriptor::returned(d.frame(), d.generation(), reason)).collect();
        let posted = self.returns.as_mut().unwrap().post(self.segment.owners(), &burst);
        assert_eq!(posted, burst.len(), "freeing never blocks");
    }

    /// Everything on; gives how many.
    pub fn forward(&mut self) -> usize {
        let burst = self.take(64);
        let posted = self.post(&burst);
        self.give_back(&burst[posted..], REASON_EDGE_FULL);
        burst.len()
    }

    /// Owner words written, head not: killed in between.
    pub fn tag_only(&self, burst: &[Descriptor]) {
        let (edge, producer) = &self.outputs[0];
        let (_, head) = producer.cells().cursors();
        for (d, i) in burst.iter().zip(0..) {
            self.segment.owners()[d.frame() as usize].store(owner_word(edge.id, d.generation(), head.wrapping_add(i)), SeqCst);
        }
    }

    pub fn sleeps(&self) -> bool {
        let words = self.segment.slot(self.slot);
        park::announce(words.park());
        words.park().load(SeqCst) == 1
    }
}
