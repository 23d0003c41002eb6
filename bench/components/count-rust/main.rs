//! Reads the EtherType of every packet and counts IPv4, a burst at a time.
use coven::{counter, run_burst};

fn main() -> std::process::ExitCode {
    let ipv4 = counter("ipv4", "packets", "packets whose EtherType is IPv4");
    run_burst(move |packets| ipv4.add(packets.iter().filter(|packet| packet.u16(12) == Some(0x0800)).count() as u64))
}
