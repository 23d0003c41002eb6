//! The host's own stack, as it sends by an interface under test: with checksums and large packets left to the hardware.
use std::io::Write;
use std::net::{TcpStream, UdpSocket};

use coven_vns::Port;
use wire::{Checksum, Ethernet, Ipv4, Tcp};

use crate::bench::Bench;
use crate::namespace::ip;

/// An address for the host's own stack on an interface, and a neighbour behind it that never has to answer for it.
pub fn address(interface: &str) {
    ip(&format!("addr add 10.9.0.1/24 dev {interface}"));
    ip(&format!("neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev {interface}"));
}

/// Is every checksum of this IPv4 packet right?
fn assert_checksums(frame: &[u8]) {
    let ip = Ipv4::new(Ethernet::new(frame).unwrap().payload()).unwrap();
    assert_eq!(wire::sum(&frame[14..14 + ip.header_length()]), 0, "checksum of IP");
    let sum = Checksum::pseudo(ip.addresses(), ip.protocol(), ip.payload().len()).with(ip.payload()).finish();
    assert_eq!(sum, 0, "checksum of protocol {}", ip.protocol());
}

/// Datagrams to the neighbour arrive at the port with right checksums.
pub fn datagrams_arrive(port: &mut dyn Port, bench: &mut Bench) {
    let socket = UdpSocket::bind("10.9.0.1:5000").unwrap();
    for length in [18, 19, 700, 1472] {
        socket.send_to(&vec![0x5a; length], "10.9.0.2:6000").unwrap();
        let received = bench.collect(port, 1).remove(0);
        assert_eq!(received.len(), 42 + length);
        assert_checksums(&received);
    }
}

/// What answers the SYN in `frame`: SYN and ACK, with a window and a segment size that let the host send large packets.
fn answer(frame: &[u8]) -> Vec<u8> {
    let ip = Ipv4::new(Ethernet::new(frame).unwrap().payload()).unwrap();
    let syn = ip.payload();
    let acknowledged = Tcp::new(syn).unwrap().sequence().wrapping_add(1).to_be_bytes();
    let mut tcp = [&syn[2..4], &syn[..2], &[0, 0, 0, 1], &acknowledged, &[0x60, 0x12, 0xff, 0xff, 0, 0, 0, 0, 2, 4]].concat();
    tcp.extend(1460u16.to_be_bytes());
    let addresses = [&ip.addresses()[4..], &ip.addresses()[..4]].concat();
    let sum = Checksum::pseudo(&addresses, 6, tcp.len()).with(&tcp).finish();
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    let mut header = [&[0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6, 0, 0], &addresses[..]].concat();
    let sum = wire::sum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    [&frame[6..12], &frame[..6], &[8, 0], &header, &tcp].concat()
}

/// What is sent to the neighbour by TCP arrives at the port, in packets that the link takes and with right checksums.
pub fn a_connection_arrives(port: &mut dyn Port, bench: &mut Bench) {
    let sent: Vec<u8> = (0..14_000u32).map(|at| (at / 3) as u8).collect();
    let payload = sent.clone();
    let client = std::thread::spawn(move || {
        let mut stream = TcpStream::connect("10.9.0.2:7000").unwrap();
        stream.write_all(&payload).unwrap();
        stream
    });
    let syn = bench.collect(port, 1).remove(0);
    assert_checksums(&syn);
    bench.transmit(port, &[answer(&syn)]);
    let start = Tcp::new(&syn[34..]).unwrap().sequence().wrapping_add(1);
    let mut arrived = vec![None; sent.len()];
    while arrived.iter().any(Option::is_none) {
        let frame = bench.collect(port, 1).remove(0);
        assert!(frame.len() <= 1514, "{} bytes", frame.len());
        assert_checksums(&frame);
        let tcp = Tcp::new(&frame[34..]).unwrap();
        let at = tcp.sequence().wrapping_sub(start) as usize;
        for (place, byte) in arrived[at..].iter_mut().zip(&frame[34 + tcp.header_length()..]) {
            *place = Some(*byte);
        }
    }
    assert!(arrived.into_iter().flatten().eq(sent));
    assert_eq!(port.missed().rx, 0);
    drop(client.join().unwrap());
}
