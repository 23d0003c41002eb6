//! Copies each packet to the output `copies`, makes one of its own that it does not send, reads and grows; every eighth packet meets a panic.
use coven::{command, counter, gauge, run, run_burst, setting_checked, Own, Packet, Verdict};
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().len() > 1 {
        return bursts();
    }
    let sent = counter("copies", "packets", "copies that were sent");
    let last = gauge("last", "bytes", "length of the last packet");
    let every = setting_checked("every", 8, "packets", "which one fails", |&value: &i64| value > 1);
    command("echo", "", |text| if text.is_empty() { Err("nothing to say".into()) } else { Ok(text.to_uppercase()) });
    let copies = Verdict::to("copies");
    let mut count = 0;
    run(move |packet| {
        count += 1;
        last.set(packet.len() as f64);
        assert!(count % every.value() != 0, "on purpose");
        if let Some(copy) = Own::copy(packet) {
            assert_eq!(copy.data(), packet.data());
            sent.add(1);
            copy.send(copies);
        }
        if let Some(mut own) = Own::new(60, packet) {
            own.data_mut().fill(0xAA);
            assert_eq!(own.context(), &[0; 16]);
        }
        check(packet);
        Verdict::Forward
    })
}

/// What the stand-in data plane wrote (sdk/c/test/peer/content.c), before and after the packet was moved and back.
fn check(packet: &mut Packet) {
    let number = packet.time_ns() - 1_700_000_000_000_000_000;
    let byte = |at: u64| (number * 31 + at * 7 + (number >> 8)) as u8;
    assert_eq!(packet.u16(12), Some(u16::from_be_bytes([byte(12), byte(13)])));
    assert_eq!(packet.u32(packet.len() - 3), None);
    assert_eq!((packet.context()[3], packet.service_path()), ((number + 3) as u8, 10 << 8 | 255));
    packet.set_mark(7);
    assert!(packet.mark() == 7 && packet.grow_front(16) && packet.u16(28) == Some(u16::from_be_bytes([byte(12), byte(13)])));
    assert!(packet.grow_front(-16) && !packet.grow_front(1000) && packet.data()[0] == byte(0));
}

fn bursts() -> ExitCode {
    let mut failures = 0;
    run_burst(move |packets| {
        for packet in packets.iter_mut().filter(|packet| packet.context()[0] != 0) {
            packet.set_verdict(Verdict::Drop);
        }
        failures += 1;
        assert!(failures > 3, "the first bursts fail");
    })
}
