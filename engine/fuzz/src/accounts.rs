//! Packets of any content through ports of any role and a component that writes over them: none is lost from the accounts.
#[path = "../../itf/tests/common/mod.rs"]
pub mod common;
use crate::bytes::Bytes;
use crate::proxy::{ROLES, SPI};
use channel::layout::REASON_COMPONENT;
use channel::Descriptor;
use common::{Bench, Worker};
use coven_itf::{NshRules, OnCrash, Target};
use nshp::{ClassRule, Classifier, Hop, Hops, Made, Role};

const PACKETS: usize = 32;

fn bench(near: Role, far: Role) -> (Bench, [common::Far; 2], Worker) {
    let mut bench = Bench::new(64, 1);
    let ports = [bench.nsh_port(0, near), bench.nsh_port(1, far)];
    bench.component(1, OnCrash::Drop, false);
    bench.edge(1, 0, 1, 64, false);
    bench.edge(2, 1, 0, 64, false);
    bench.service_path(0, 0, Some(SPI), Target::Edge(1), None);
    bench.service_path(1, 0, None, Target::Port(1), None);
    bench.exit(2, 0, 1);
    bench.exit(2, 1, 1);
    let mut hops = Hops::default();
    hops.add(SPI, None, Hop { path: 0, to: None, oam: false, unknown: false });
    let classifier = Classifier::new(&[ClassRule { made: Made::new(0, SPI << 8 | 255, [1; 16], None), ..ClassRule::default() }]);
    let change = bench.stage.add_rules(0, NshRules { hops, classifier }).ok().expect("no rules as yet");
    bench.stage.commit(vec![change]);
    bench.settle();
    let worker = bench.worker(1);
    bench.settle();
    (bench, ports, worker)
}

pub fn accounts(data: &[u8]) {
    let mut bytes = Bytes(data);
    let [near, far] = [bytes.byte(), bytes.byte()].map(|role| ROLES[usize::from(role) % ROLES.len()]);
    let (mut bench, [wire, away], mut worker) = bench(near, far);
    let mut arrived = 0;
    while !bytes.is_empty() && arrived < PACKETS {
        let packet = bytes.piece().to_vec();
        wire.lock().expect("no panic").arriving.push_back(packet);
        arrived += 1;
        bench.settle();
        let does = bytes.byte();
        let written = bytes.piece();
        for d in worker.take(64) {
            serve(&mut worker, d, does, written);
        }
        bench.settle();
    }
    let counters = bench.stage.counters();
    assert_eq!((counters.received, bench.stage.in_flight()), (arrived as u64, 0));
    assert_eq!(counters.transmitted, away.lock().expect("no panic").sent.len() as u64);
}

/// Write over the packet and what is before it; then drop it, or hand it on from anywhere in the frame.
fn serve(worker: &mut Worker, d: Descriptor, does: u8, written: &[u8]) {
    let at = u32::from(d.offset()).saturating_sub(u32::from(does >> 2));
    worker.segment.frames().copy_in(d.frame(), at, written);
    match does & 3 {
        0 => worker.give_back(&[d], REASON_COMPONENT),
        1 => {
            let moved = Descriptor::packet(d.frame(), d.generation(), u16::from(does) * 5, written.len() as u16);
            worker.post(&[moved]);
        }
        _ => {
            worker.post(&[d]);
        }
    }
}
