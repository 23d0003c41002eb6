//! `memif`: both roles against each other, and against DPDK's driver.
use std::cell::RefCell;

use coven_vns::{Port, State};
use serde_json::{json, Value};

use crate::bench::*;
use crate::suite;

pub fn memif(options: Value) -> Box<dyn Port> {
    open("memif", &options).unwrap_or_else(|error| panic!("{error}"))
}

fn at(socket: &str, role: &str) -> Box<dyn Port> {
    memif(json!({ "socket": socket, "role": role }))
}

/// Serve both ends until they are connected.
pub fn connect(ports: &mut [&mut dyn Port]) {
    let mut bench = Bench::new(1, 2048);
    until("the connection", || {
        ports.iter_mut().for_each(|port| assert!(bench.receive(*port, 1).is_empty()));
        ports.iter().all(|port| port.state() == State::Up)
    });
}

/// The port under test has one role, the peer, made anew for every check, the other.
struct Both {
    folder: Folder,
    role: &'static str,
    peer: RefCell<Option<Box<dyn Port>>>,
}

impl Both {
    fn new(role: &'static str) -> Self {
        Self { folder: Folder::new(&format!("memif-{role}")), role, peer: RefCell::new(None) }
    }

    fn make(&self) -> Box<dyn Port> {
        *self.peer.borrow_mut() = None;
        let socket = self.folder.file("memif.sock");
        let mut port = at(&socket, self.role);
        let mut peer = at(&socket, if self.role == "server" { "client" } else { "server" });
        connect(&mut [&mut *port, &mut *peer]);
        *self.peer.borrow_mut() = Some(peer);
        port
    }

    fn with_peer<T>(&self, work: impl FnOnce(&mut dyn Port) -> T) -> T {
        work(&mut **self.peer.borrow_mut().as_mut().unwrap())
    }
}

impl suite::Rig for Both {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = self.make();
        let taken = self.with_peer(|peer| Bench::new(64, 2048).transmit(peer, packets));
        assert_eq!(taken, packets.len());
        port
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        self.make()
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        self.with_peer(|peer| Bench::new(64, 2048).collect(peer, count))
    }
}

#[test]
fn the_server_passes_the_suite() {
    suite::run(&Both::new("server"));
}

#[test]
fn the_client_passes_the_suite() {
    suite::run(&Both::new("client"));
}

/// A pair of connected ports: server and client.
fn pair(folder: &Folder, client: Value) -> (Box<dyn Port>, Box<dyn Port>) {
    let socket = folder.file("memif.sock");
    let mut server = at(&socket, "server");
    let mut options = json!({ "socket": socket, "role": "client" });
    options.as_object_mut().unwrap().extend(client.as_object().unwrap().clone());
    let mut client = memif(options);
    connect(&mut [&mut *server, &mut *client]);
    (server, client)
}

#[test]
fn a_packet_larger_than_a_buffer_goes_as_a_chain() {
    let folder = Folder::new("memif-chain");
    let (mut server, mut client) = pair(&folder, json!({"buffer_size": 128, "ring_size": 64}));
    let sent: Vec<_> = [60, 127, 128, 129, 1514, 1600].into_iter().enumerate().map(|(n, length)| packet(n, length)).collect();
    let mut bench = Bench::new(16, 2048);
    for (from, to) in [(true, false), (false, true)] {
        assert_ne!(from, to);
        let (from, to) = if from { (&mut server, &mut client) } else { (&mut client, &mut server) };
        assert_eq!(bench.transmit(&mut **from, &sent), sent.len());
        assert!(bench.collect(&mut **to, sent.len()) == sent);
    }
}

#[test]
fn what_fits_in_no_chain_is_missed_and_no_obstacle() {
    let folder = Folder::new("memif-larger");
    let (mut server, mut client) = pair(&folder, json!({"buffer_size": 128, "ring_size": 16}));
    let sent = [packet(0, 2048), packet(1, 2049), packet(2, 60)];
    let mut bench = Bench::new(4, 4096);
    for _ in 0..2 {
        assert_eq!(bench.transmit(&mut *client, &sent[1..]), 2);
        assert!(bench.collect(&mut *server, 1) == sent[2..]);
        assert_eq!(bench.transmit(&mut *client, &sent[..1]), 1);
        assert!(bench.collect(&mut *server, 1) == sent[..1]);
    }
    assert_eq!(client.missed().tx, 2);
}

#[test]
fn a_full_ring_takes_no_more_until_the_peer_took_some() {
    let folder = Folder::new("memif-full");
    let (mut server, mut client) = pair(&folder, json!({"ring_size": 64}));
    let mut bench = Bench::new(64, 2048);
    for to_server in [true, false] {
        let (from, to) = if to_server { (&mut client, &mut server) } else { (&mut server, &mut client) };
        assert_eq!(bench.transmit(&mut **from, &packets(100)), 64);
        assert!(bench.collect(&mut **to, 10) == packets(10));
        assert_eq!(bench.transmit(&mut **from, &packets(100)), 10);
        bench.collect(&mut **to, 64);
    }
}

#[test]
fn cursors_wrap() {
    let folder = Folder::new("memif-wrap");
    let (mut server, mut client) = pair(&folder, json!({"ring_size": 256}));
    let (sent, mut bench) = (packets(256), Bench::new(64, 2048));
    for _ in 0..260 {
        assert_eq!(bench.transmit(&mut *client, &sent), 256);
        assert!(bench.collect(&mut *server, 256) == sent);
        assert_eq!(bench.transmit(&mut *server, &sent), 256);
        assert!(bench.collect(&mut *client, 256) == sent);
    }
}

#[test]
fn a_peer_that_comes_back_is_taken_again() {
    let folder = Folder::new("memif-again");
    let socket = folder.file("memif.sock");
    for stays in ["server", "client"] {
        let goes = if stays == "server" { "client" } else { "server" };
        let mut port = at(&socket, stays);
        let mut bench = Bench::new(8, 2048);
        for round in 0..3 {
            let mut peer = at(&socket, goes);
            connect(&mut [&mut *port, &mut *peer]);
            assert_eq!(bench.transmit(&mut *peer, &packets(3)), 3);
            assert!(bench.collect(&mut *port, 3) == packets(3), "round {round}, {stays}");
            drop(peer);
            until("it is noticed", || {
                bench.receive(&mut *port, 1);
                matches!(port.state(), State::Down(_))
            });
            assert_eq!(bench.transmit(&mut *port, &packets(1)), 0);
        }
        let State::Down(why) = port.state() else { panic!("up") };
        assert!(why.contains(&socket), "{why}");
        drop(port);
    }
    assert!(!std::path::Path::new(&socket).exists(), "the socket goes with its server");
}

#[test]
fn a_connected_port_that_is_idle_is_not_due() {
    let folder = Folder::new("memif-idle");
    let (mut server, mut client) = pair(&folder, json!({}));
    let mut bench = Bench::new(8, 2048);
    bench.transmit(&mut *client, &packets(4));
    bench.collect(&mut *server, 4);
    for port in [&mut server, &mut client] {
        until("rest", || {
            bench.receive(&mut **port, 1);
            port.due().is_none()
        });
        assert!(!readable(&**port, 50));
    }
    bench.transmit(&mut *client, &packets(1));
    assert!(readable(&*server, 1000), "a sleeper is rung for");
}

#[test]
fn other_interfaces_and_second_clients_are_turned_away() {
    let folder = Folder::new("memif-other");
    let socket = folder.file("memif.sock");
    let mut server = at(&socket, "server");
    let mut other = memif(json!({ "socket": socket, "role": "client", "id": 7 }));
    let mut bench = Bench::new(8, 2048);
    let mut refused = |port: &mut Box<dyn Port>, server: &mut Box<dyn Port>, why: &str| {
        until(why, || {
            bench.receive(&mut **server, 1);
            bench.receive(&mut **port, 1);
            matches!(port.state(), State::Down(said) if said.contains(why))
        });
    };
    refused(&mut other, &mut server, "no interface of this id");
    drop(other);
    let mut client = at(&socket, "client");
    connect(&mut [&mut *server, &mut *client]);
    let mut second = at(&socket, "client");
    refused(&mut second, &mut server, "another client is connected");
    assert_eq!((server.state(), client.state()), (State::Up, State::Up));
}

#[test]
fn a_socket_that_is_served_is_busy_and_an_abandoned_one_is_replaced() {
    let folder = Folder::new("memif-busy");
    let socket = folder.file("memif.sock");
    let server = at(&socket, "server");
    let error = open("memif", &json!({ "socket": socket, "role": "server" })).err().unwrap();
    assert_eq!(error.reason, "socket-busy", "{error}");
    drop(server);
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    drop(at(&socket, "server"));
    std::fs::write(&socket, "a file of somebody's").unwrap();
    assert_eq!(open("memif", &json!({ "socket": socket, "role": "server" })).err().unwrap().reason, "socket-busy");
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "a file of somebody's");
}
