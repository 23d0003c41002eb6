//! Every backend and wrapper through one suite, then what is its own.
mod af_packet;
mod af_xdp;
mod bench;
mod dpdk;
mod dpdk_plugin;
mod faulty;
mod generate;
mod host;
mod libpcap;
mod memif;
mod memif_hostile;
mod namespace;
mod options;
mod pcap;
mod plugin;
mod suite;
mod tap;
mod threads;

use bench::*;
use coven_vns::Port;
use serde_json::json;

/// What is transmitted comes back by the same port.
struct Loop(serde_json::Value);

impl suite::Rig for Loop {
    fn receiving(&self, bench: &mut Bench, packets: &[Vec<u8>]) -> Box<dyn Port> {
        let mut port = self.transmitting(bench);
        let mut bench = Bench::new(packets.len() as u32, 2048);
        assert_eq!(bench.transmit(&mut *port, packets), packets.len());
        port
    }

    fn transmitting(&self, _: &Bench) -> Box<dyn Port> {
        open("loopback", &self.0).unwrap()
    }

    fn sent(&self, mut port: Box<dyn Port>, count: usize) -> Vec<Vec<u8>> {
        let mut bench = Bench::new(64, 2048);
        bench.collect(&mut *port, count)
    }
}

#[test]
fn loopback_passes_the_suite() {
    suite::run(&Loop(json!({})));
}

#[test]
fn faulty_without_faults_passes_the_suite() {
    suite::run(&Loop(json!({"faults": {"seed": 1}})));
}

#[test]
fn faulty_with_a_delay_passes_the_suite() {
    suite::run(&Loop(json!({"faults": {"delay_us": 2000}})));
}

#[test]
fn record_passes_the_suite() {
    let folder = Folder::new("record");
    suite::run(&Loop(json!({"record": folder.file("all.pcap")})));
}
