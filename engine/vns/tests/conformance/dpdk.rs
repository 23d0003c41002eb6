//! DPDK's memif driver as the other side: testpmd forwards between two interfaces, of which the port under test has one.
use std::cell::RefCell;
use std::process::{Child, Command, Stdio};

use coven_vns::{Port, Stock};
use serde_json::json;

use crate::bench::*;
use crate::memif::{connect, memif};
use crate::suite;

/// testpmd without huge pages and network cards, ended with the value.
struct Testpmd(Child);

impl Testpmd {
    /// `role` is its own at both sockets.
    fn start(role: &str, sockets: [&str; 2]) -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let device = |number: usize| {
            format!("--vdev=net_memif{number},role={role},socket={},socket-abstract=no,rsize=10", sockets[number])
        };
        let child = Command::new("dpdk-testpmd")
            .args(["--no-huge", "-m", "128", "--no-pci", "--no-telemetry", "--no-shconf"])
            .args([format!("--lcores=(0-1)@(0-{})", cpus - 1), device(0), device(1)])
            .args(["--", "--auto-start", "--forward-mode=io", "--no-flush-rx", "--total-num-mbufs=4096"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Testpmd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Connected, testpmd still has to begin, and drops what comes before. Packets keep their order: once the last one that was sent
/// is here, no other is on its way.
fn forwards(from: &mut dyn Port, to: &mut dyn Port) {
    let (mut bench, mut number) = (Bench::new(4, 2048), 0);
    until("testpmd forwards", || {
        number += 1;
        let probe = packet(number, 60);
        let sent = bench.transmit(from, std::slice::from_ref(&probe)) == 1;
        let mut arrived = false;
        while sent && !arrived && wait(to) {
            for received in bench.receive(to, 4) {
                arrived |= bench.read(received.packet) == probe;
                bench.shelf.give(received.packet.frame);
            }
        }
        arrived
    });
}

/// Made anew for every check: `ours` is the role of the port under test.
struct Through {
    ours: &'static str,
    folder: Folder,
    /// testpmd, and the port on its other side.
    rest: RefCell<Option<(Testpmd, Box<dyn Port>)>>,
}

impl Through {
    fn make(&self) -> Box<dyn Port> {
        *self.rest.borrow_mut() = None;
        let sockets = ["a.sock", "b.sock"].map(|name| self.folder.file(name));
        let theirs = if self.ours == "server" { "client" } else { "server" };
        let open = || sockets.each_ref().map(|socket| memif(json!({ "socket": socket, "role": self.ours })));
        // A client of DPDK's connects when it starts, and ends if nobody listens.
        let early = (self.ours == "server").then(open);
        sockets.iter().filter(|_| early.is_none()).for_each(|socket| drop(std::fs::remove_file(socket)));
        let testpmd = Testpmd::start(theirs, sockets.each_ref().map(String::as_str));
        let [mut port, mut other] = early.unwrap_or_else(open);
        connect(&mut [&mut *port, &mut *other]);
        forwards(&mut *port, &mut *other);
        forwards(&mut *other, &mut *port);
        *self.rest.borrow_mut() = Some((testpmd, other));
        port
    }

    fn with_other<T>(&self, work: impl FnOnce(&mut dyn Port) -> T) -> T {
        work(&mut *self.rest.borrow_mut().as_mut().unwrap().1)
    }
}

impl suite::Rig for Through {
    fn receiving(&self, _: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let port = self.make();
        let taken = self.with_other(|other| Bench::new(64, 2048).transmit(other, packets));
        assert_eq!(taken, packets.len());
        port
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        self.make()
    }

    fn sent(&self, _port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        self.with_other(|other| Bench::new(64, 2048).collect(other, count))
    }
}

/// Is Debian's testpmd here, with the driver?
fn can(test: &str) -> bool {
    let found = Command::new("dpdk-testpmd").args(["--no-huge", "-m", "64", "--no-pci", "--no-shconf", "--version"]).output();
    let driver = std::fs::read_dir("/usr/lib").is_ok_and(|folders| {
        let mut folders =
            folders.flatten().flat_map(|folder| std::fs::read_dir(folder.path().join("dpdk")).into_iter().flatten().flatten());
        folders.any(|pmds| {
            std::fs::read_dir(pmds.path()).is_ok_and(|mut files| {
                files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("librte_net_memif")))
            })
        })
    });
    if found.is_err() || !driver {
        println!("SKIP {test}: dpdk-testpmd or DPDK's memif driver is missing (Debian: dpdk, librte-net-memif23)");
    }
    found.is_ok() && driver
}

fn passes(test: &str, ours: &'static str) {
    if can(test) {
        suite::run(&Through { ours, folder: Folder::new(&format!("dpdk-{ours}")), rest: RefCell::new(None) });
    }
}

#[test]
fn a_server_for_dpdk_passes_the_suite() {
    passes("a_server_for_dpdk_passes_the_suite", "server");
}

#[test]
fn a_client_of_dpdk_passes_the_suite() {
    passes("a_client_of_dpdk_passes_the_suite", "client");
}
