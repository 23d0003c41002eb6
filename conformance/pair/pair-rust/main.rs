//! Writes the context of a packet that has none, else checks it: byte i is payload byte i + i, byte 15 is 1.
use coven::{counter, run, Packet, Verdict};

fn expected(packet: &Packet) -> [u8; 16] {
    let mut bytes = [1; 16];
    for (i, byte) in bytes[..15].iter_mut().enumerate() {
        *byte = packet.data()[14 + i].wrapping_add(i as u8);
    }
    bytes
}

fn main() -> std::process::ExitCode {
    let written = counter("written", "packets", "contexts written");
    let matched = counter("matched", "packets", "contexts as the other component wrote them");
    let mismatched = counter("mismatched", "packets", "contexts that are not");
    run(move |packet| {
        let wanted = expected(packet);
        if packet.context()[15] == 0 {
            *packet.context_mut() = wanted;
            written.add(1);
        } else {
            (if *packet.context() == wanted { &matched } else { &mismatched }).add(1);
        }
        Verdict::Forward
    })
}
