//! The plugin over DPDK (engine/plugins/dpdk.c) on its virtual devices: a ring that is a loop, a network interface, memif.
//! Each test has a process of its own: DPDK can be started once in one.
use std::cell::RefCell;
use std::process::Command;

use coven_vns::Port;
use serde_json::json;

use crate::af_packet::on;
use crate::bench::*;
use crate::memif::{connect, memif};
use crate::namespace::inside;
use crate::plugin::{root, Plugins};
use crate::suite;

fn flags(what: &str) -> Option<Vec<String>> {
    let said = Command::new("pkg-config").args([what, "libdpdk"]).output().ok().filter(|said| said.status.success())?;
    Some(String::from_utf8_lossy(&said.stdout).split_whitespace().map(str::to_owned).collect())
}

/// The plugin, compiled, in a namespace of the test's own; or why not.
fn plugins(test: &str) -> Option<Plugins> {
    let (Some(include), Some(link)) = (flags("--cflags"), flags("--libs")) else {
        println!("SKIP {test}: libdpdk-dev is missing");
        return None;
    };
    if !inside(&format!("dpdk_plugin::{test}")) {
        return None;
    }
    let plugins = Plugins::new(test);
    plugins
        .compile(&root().join("engine/plugins/dpdk.c"), "dpdk.so", &[include, link].concat())
        .unwrap_or_else(|why| panic!("{why}"));
    Some(plugins)
}

fn device(bench: &Bench, arguments: &str) -> Box<dyn Port> {
    let options = json!({ "file": "dpdk.so", "arguments": arguments });
    coven_vns::open("plugin", &options, &bench.frames).unwrap_or_else(|error| panic!("{error}"))
}

/// What is transmitted comes back.
struct Ring;

impl suite::Rig for Ring {
    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let mut port = device(bench, "net_ring0");
        for burst in packets.chunks(bench.shelf.0.len()) {
            assert_eq!(bench.transmit(&mut *port, burst), burst.len());
        }
        port
    }

    fn transmitting(&self, bench: &Bench) -> Box<dyn Port> {
        device(bench, "net_ring0")
    }

    fn sent(&self, _: Box<dyn Port>, _: usize) -> Vec<Vec<u8>> {
        unreachable!("what needs the port's own pool is left out")
    }
}

#[test]
fn a_ring_passes_the_suite() {
    if let Some(_plugins) = plugins("a_ring_passes_the_suite") {
        let why = "a ring hands its packets to nobody else";
        let large = "larger packets than the pool's frames can't be written into it";
        suite::run_but(
            &Ring,
            &[
                ("transmitted packets keep order and bytes", why),
                ("a transmitted frame is completed once", why),
                ("what is too large is a fault and no obstacle", large),
                ("received packets keep their order", "a ring holds fewer"),
            ],
        );
    }
}

/// The port under test is on `va`, the other side on `vb`.
struct Interface(RefCell<Box<dyn Port>>);

impl suite::Rig for Interface {
    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = self.transmitting(bench);
        assert_eq!(Bench::new(64, 2048).transmit(&mut **self.0.borrow_mut(), packets), packets.len());
        port
    }

    fn transmitting(&self, bench: &Bench) -> Box<dyn Port> {
        device(bench, "net_af_packet0,iface=va,framecnt=1024,blocksz=8192")
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        Bench::new(64, 2048).collect(&mut **self.0.borrow_mut(), count)
    }
}

#[test]
fn an_interface_passes_the_suite() {
    if let Some(_plugins) = plugins("an_interface_passes_the_suite") {
        suite::run(&Interface(RefCell::new(on("vb"))));
    }
}

/// The port under test is DPDK's end, our own the other; made anew for every check.
struct Memif(Folder, RefCell<Option<Box<dyn Port>>>);

impl suite::Rig for Memif {
    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = self.transmitting(bench);
        let mut other = self.1.borrow_mut();
        assert_eq!(Bench::new(64, 2048).transmit(&mut **other.as_mut().unwrap(), packets), packets.len());
        port
    }

    fn transmitting(&self, bench: &Bench) -> Box<dyn Port> {
        *self.1.borrow_mut() = None;
        let socket = self.0.file("memif.sock");
        let mut other = memif(json!({ "socket": socket, "role": "client" }));
        let mut port = device(bench, &format!("net_memif0,role=server,socket={socket},socket-abstract=no"));
        connect(&mut [&mut *port, &mut *other]);
        *self.1.borrow_mut() = Some(other);
        port
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        Bench::new(64, 2048).collect(&mut **self.1.borrow_mut().as_mut().unwrap(), count)
    }
}

#[test]
fn memif_through_dpdk_passes_the_suite() {
    if let Some(_plugins) = plugins("memif_through_dpdk_passes_the_suite") {
        suite::run(&Memif(Folder::new("dpdk-memif"), RefCell::new(None)));
    }
}

#[test]
fn a_device_that_is_not_there_is_named() {
    if let Some(_plugins) = plugins("a_device_that_is_not_there_is_named") {
        let error = open("plugin", &json!({"file": "dpdk.so", "arguments": "net_nothing0"})).err().unwrap();
        assert!(error.reason == "plugin-failed" && error.message.contains("net_nothing0"), "{error}");
    }
}
