//! Contexts that people look at and set, and roles that change, in the stage.
mod common;
use channel::{Descriptor, Line};
use common::*;
use coven_itf::*;
use nshp::{Bits, Flow, Role};
use wire::NshFields;

const SPI: u32 = 10;
const SOURCE: u32 = 0x0a00_0001;
const DESTINATION: u32 = 0x0a00_0002;

/// UDP over IPv4 in Ethernet.
fn udp(source_port: u16) -> Vec<u8> {
    let mut frame = vec![0; 60];
    frame[12..14].copy_from_slice(&[8, 0]);
    frame[14] = 0x45;
    frame[23] = 17;
    frame[26..30].copy_from_slice(&SOURCE.to_be_bytes());
    frame[30..34].copy_from_slice(&DESTINATION.to_be_bytes());
    frame[34..36].copy_from_slice(&source_port.to_be_bytes());
    frame[36..38].copy_from_slice(&53u16.to_be_bytes());
    frame
}

fn nsh(next_protocol: u8, context: Option<[u8; 16]>, payload: &[u8]) -> Vec<u8> {
    let mut header = [0; 24];
    let length = if context.is_some() { 24 } else { 8 };
    NshFields { oam: false, ttl: 63, next_protocol, spi: SPI, si: 33, context }.emit(&mut header);
    [&[4; 12][..], &[0x89, 0x4f], &header[..length], payload].concat()
}

fn stepped(mut frame: Vec<u8>, context: Option<[u8; 16]>) -> Vec<u8> {
    frame[21] -= 1;
    if let Some(context) = context {
        frame[22..38].copy_from_slice(&context);
    }
    frame
}

fn flow(source_port: u16) -> Flow {
    Flow { v6: false, addresses: (SOURCE.into(), DESTINATION.into()), protocol: 17, ports: Some((source_port, 53)) }
}

/// Ports 0 and 1, and a component between them.
fn function(role: Role) -> (Bench, Far, Far, Worker) {
    let mut bench = Bench::new(256, 1);
    let ports = (bench.nsh_port(0, role), bench.nsh_port(1, role));
    bench.component(1, OnCrash::Drop, false);
    bench.edge(1, 0, 1, 64, false);
    bench.edge(2, 1, 0, 64, false);
    bench.service_path(0, 0, Some(SPI), Target::Edge(1), Some((SPI, 200)));
    bench.exit(2, 0, 1);
    bench.settle();
    let worker = bench.worker(1);
    bench.settle();
    (bench, ports.0, ports.1, worker)
}

fn through(bench: &mut Bench, worker: &mut Worker, near: &Far, far: &Far, frame: Vec<u8>) -> Vec<u8> {
    near.lock().unwrap().arriving.push_back(frame);
    bench.settle();
    worker.forward();
    bench.settle();
    let sent = std::mem::take(&mut far.lock().unwrap().sent);
    let [one] = &sent[..] else { panic!("one packet, not {sent:?}") };
    one.clone()
}

/// The byte that a component sees first in the context, in the metadata line and, where it sees the NSH, in the frame.
fn seen_inside(worker: &Worker, d: &Descriptor, role: Role) -> [u8; 2] {
    let line = worker.segment.meta().context(d.frame())[0];
    let mut byte = [line];
    if role == Role::Aware {
        worker.segment.frames().copy_out(d.frame(), u32::from(d.offset()) + 22, &mut byte);
    }
    [line, byte[0]]
}

#[test]
fn a_set_holds_for_all_of_a_path_until_it_is_taken_back() {
    for role in [Role::Proxy, Role::Aware] {
        let (mut bench, near, far, mut worker) = function(role);
        let came = nsh(3, Some([7; 16]), &udp(1000));
        bench.stage.set_context(SPI, None, Bits { mask: 0xff << 120, value: u128::MAX }).unwrap();
        near.lock().unwrap().arriving.push_back(came.clone());
        bench.settle();
        let [d] = worker.take(8)[..] else { panic!("one packet") };
        assert_eq!(seen_inside(&worker, &d, role), [0xff, 0xff], "{role:?}: it comes to the component so");
        if role == Role::Aware {
            worker.segment.frames().copy_in(d.frame(), u32::from(d.offset()) + 22, &[1, 2]);
        } else {
            let meta = worker.segment.meta();
            let mut context = [7; 16];
            (context[0], context[1]) = (1, 2);
            meta.fill(d.frame(), &Line { context, ..meta.origin(d.frame()) });
        }
        worker.post(&[d]);
        bench.settle();
        let mut left = [7; 16];
        (left[0], left[1]) = (0xff, 2);
        assert_eq!(
            far.lock().unwrap().sent,
            [stepped(came.clone(), Some(left))],
            "{role:?}: and leaves so, whatever the component wrote"
        );
        far.lock().unwrap().sent.clear();
        bench.stage.set_context(SPI, None, Bits::default()).unwrap();
        assert!(bench.stage.contexts().is_none(), "the flag is off");
        assert_eq!(through(&mut bench, &mut worker, &near, &far, came.clone()), stepped(came, None));
    }
}

#[test]
fn a_flow_counts_before_its_path_and_other_paths_are_left_alone() {
    for (role, next) in [(Role::Proxy, 3), (Role::Proxy, 1), (Role::Aware, 3), (Role::Aware, 1)] {
        let (mut bench, near, far, mut worker) = function(role);
        let payload = |port| if next == 3 { udp(port) } else { udp(port)[14..].to_vec() };
        bench.stage.set_context(SPI, None, Bits { mask: 0xffff << 112, value: 0x1111 << 112 }).unwrap();
        bench.stage.set_context(SPI, Some(flow(1000)), Bits { mask: 0xff << 120, value: 0x22 << 120 }).unwrap();
        bench.stage.set_context(SPI + 1, None, Bits { mask: u128::MAX, value: u128::MAX }).unwrap();
        for (port, first) in [(1000, 0x22), (1001, 0x11)] {
            let came = nsh(next, Some([7; 16]), &payload(port));
            let mut left = [7; 16];
            (left[0], left[1]) = (first, 0x11);
            assert_eq!(through(&mut bench, &mut worker, &near, &far, came.clone()), stepped(came, Some(left)), "{role:?} {next}");
        }
        let variable = nsh(next, None, &payload(1000));
        assert_eq!(
            through(&mut bench, &mut worker, &near, &far, variable.clone()),
            stepped(variable, None),
            "MD type 2 has no context"
        );
    }
}

#[test]
fn what_is_seen_is_the_last_of_each_path_and_flow() {
    for role in [Role::Proxy, Role::Aware] {
        let (mut bench, near, far, mut worker) = function(role);
        bench.stage.watch_contexts(true).unwrap();
        for (port, context) in [(1000, 1), (1001, 2), (1000, 3)] {
            through(&mut bench, &mut worker, &near, &far, nsh(3, Some([context; 16]), &udp(port)));
        }
        let seen = bench.stage.contexts().unwrap().seen.as_ref().unwrap();
        let paths: Vec<_> = seen.paths().map(|(path, sight)| (*path, sight.packets, sight.context, sight.left)).collect();
        assert_eq!(paths, [(SPI << 8 | 33, 3, Some([3; 16]), Some([3; 16]))], "{role:?}");
        let flows: Vec<_> =
            seen.flows(9).iter().map(|(_, flow, sight)| (*flow, sight.packets, sight.context, sight.left)).collect();
        assert_eq!(
            flows,
            [(flow(1000), 2, Some([3; 16]), Some([3; 16])), (flow(1001), 1, Some([2; 16]), Some([2; 16]))],
            "{role:?}"
        );
        assert_eq!(seen.flows(1).len(), 1);
        through(&mut bench, &mut worker, &near, &far, nsh(3, None, &udp(1002)));
        let seen = bench.stage.contexts().unwrap().seen.as_ref().unwrap();
        assert_eq!(seen.paths().next().map(|(_, sight)| (sight.packets, sight.context, sight.left)), Some((4, None, None)));
        bench.stage.watch_contexts(false).unwrap();
        assert!(bench.stage.contexts().is_none());
    }
}

#[test]
fn sets_are_limited() {
    let (mut bench, ..) = function(Role::Proxy);
    let one = Bits { mask: 1, value: 1 };
    for port in 0..1024 {
        bench.stage.set_context(SPI, Some(flow(port)), one).unwrap();
    }
    assert_eq!(bench.stage.set_context(SPI, Some(flow(1024)), one).map_err(|refusal| refusal.reason), Err("too-many"));
    bench.stage.set_context(SPI, Some(flow(3)), Bits { mask: 3, value: 3 }).unwrap();
    bench.stage.set_context(SPI, Some(flow(3)), Bits::default()).unwrap();
    bench.stage.set_context(SPI, Some(flow(1024)), one).unwrap();
}

#[test]
fn roles_change_and_change_back() {
    let (mut bench, near, far, mut worker) = function(Role::Proxy);
    let switch = |bench: &mut Bench, role| {
        let changes = [0, 1].map(|port| bench.stage.set_role(port, role).unwrap());
        bench.stage.commit(changes.into());
    };
    let came = nsh(3, Some([7; 16]), &udp(1000));
    for role in [Role::Aware, Role::None, Role::Proxy, Role::None, Role::Aware, Role::Proxy] {
        switch(&mut bench, role);
        let expected = if role == Role::None { came.clone() } else { stepped(came.clone(), None) };
        assert_eq!(through(&mut bench, &mut worker, &near, &far, came.clone()), expected, "{role:?}");
    }
    let undone = bench.stage.set_role(1, Role::Edge).unwrap();
    bench.stage.undo(vec![undone]);
    assert_eq!(through(&mut bench, &mut worker, &near, &far, came.clone()), stepped(came, None));
    assert_eq!(bench.stage.set_role(9, Role::Edge).err().map(|refusal| refusal.reason), Some("not-found"));
}
