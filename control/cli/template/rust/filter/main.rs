//! Keeps packets away from one port.
use coven::{context_field, counter, run, setting, Counter, Field, FlowTable, Packet, Setting, Verdict};

pub struct Filter {
    port: Setting<i64>,
    dropped: Counter,
    /// Flows to the port, with their packets; one is forgotten after 60 s without any.
    knocks: FlowTable<u32>,
    service: Field,
    watch: Verdict,
}

impl Filter {
    pub fn new() -> Filter {
        Filter {
            port: setting("port", 8080, "", "packets to this port are kept away"),
            dropped: counter("dropped", "packets", "packets to the port, but for the first of each flow"),
            knocks: FlowTable::new("knocks", 4096, 60.0, true),
            service: context_field("service"),
            watch: Verdict::to("watch"),
        }
    }

    pub fn decide(&mut self, packet: &mut Packet) -> Verdict {
        let headers = packet.headers();
        let to = headers.tcp().map(|tcp| tcp.destination_port()).or(headers.udp().map(|udp| udp.destination_port()));
        let Some(to) = to else { return Verdict::Forward };
        packet.set(self.service, to.into());
        if i64::from(to) != self.port.value() {
            return Verdict::Forward;
        }
        match self.knocks.put_of(packet) {
            Some(packets @ 0) => {
                *packets = 1;
                self.watch
            }
            _ => {
                self.dropped.add(1);
                Verdict::Drop
            }
        }
    }
}

fn main() -> std::process::ExitCode {
    let mut filter = Filter::new();
    run(move |packet| filter.decide(packet))
}
