//! Shares the flows to one IPv4 address among servers: each packet goes on to the Ethernet address of its flow's server, which has the address too and
//! answers the client directly. Every packet of a flow takes the same server, without a table of flows.
mod maglev;

use coven::{command, counter, run, setting_checked, Packet, Verdict};
use maglev::Table;
use std::cell::{Cell, RefCell};
use std::net::Ipv4Addr;
use std::rc::Rc;

const SERVERS_MAX: usize = 512;
const IPV4: u16 = 0x0800;
const DESTINATION: usize = 14 + 16;

type Mac = [u8; 6];

struct Servers {
    macs: Vec<Mac>,
    table: Table,
}

impl Servers {
    /// None: not a list of Ethernet addresses, or too long.
    fn parse(text: &str) -> Option<Self> {
        let macs: Vec<Mac> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(mac).collect::<Option<_>>()?;
        (macs.len() <= SERVERS_MAX).then(|| Self { table: Table::new(&macs.iter().map(|mac| &mac[..]).collect::<Vec<_>>()), macs })
    }

    fn of(&self, packet: &Packet) -> Option<Mac> {
        self.table.server(packet.flow_hash()).map(|server| self.macs[server])
    }

    fn shares(&self) -> String {
        let text = |mac: &Mac| mac.map(|byte| format!("{byte:02x}")).join(":");
        let lines = self.macs.iter().zip(self.table.shares(self.macs.len()));
        lines.map(|(mac, share)| format!("{} {share}", text(mac))).collect::<Vec<_>>().join(", ")
    }
}

fn mac(text: &str) -> Option<Mac> {
    let bytes: Vec<u8> = text.split(':').map(|part| u8::from_str_radix(part, 16).ok()).collect::<Option<_>>()?;
    bytes.try_into().ok()
}

fn is_for(packet: &Packet, vip: Ipv4Addr) -> bool {
    packet.u16(12) == Some(IPV4) && packet.u32(DESTINATION) == Some(vip.into())
}

/// An address that operators set; its value in force is read without parsing.
fn vip() -> Rc<Cell<Ipv4Addr>> {
    let vip = Rc::new(Cell::new(Ipv4Addr::new(192, 0, 2, 10)));
    let set = vip.clone();
    let accept = move |text: &String| text.parse().map(|address| set.set(address)).is_ok();
    setting_checked("vip", vip.get().to_string(), "", "the address that the servers share", accept);
    vip
}

fn servers() -> Rc<RefCell<Servers>> {
    let servers = Rc::new(RefCell::new(Servers::parse("").expect("an empty list")));
    let (set, shown) = (servers.clone(), servers.clone());
    let accept = move |text: &String| Servers::parse(text).map(|list| *set.borrow_mut() = list).is_some();
    setting_checked("servers", String::new(), "", "Ethernet addresses of the servers, comma-separated", accept);
    command("shares", "how many of 65,537 parts of all flows each server has", move |_| Ok(shown.borrow().shares()));
    servers
}

fn main() -> std::process::ExitCode {
    let (vip, servers) = (vip(), servers());
    let balanced = counter("balanced", "packets", "packets sent to a server");
    let lost = counter("no_server", "packets", "packets to the address while there was no server; dropped");
    run(move |packet| {
        if !is_for(packet, vip.get()) {
            return Verdict::Forward;
        }
        let Some(mac) = servers.borrow().of(packet) else {
            lost.add(1);
            return Verdict::Drop;
        };
        packet.data_mut()[..6].copy_from_slice(&mac);
        balanced.add(1);
        Verdict::Forward
    })
}
