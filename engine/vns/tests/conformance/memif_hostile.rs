//! `memif` with a peer that says and writes what it should not: a client made by hand, byte by byte.
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use coven_vns::{Fault, Port, State, Stock};
use proptest::prelude::*;
use rustix::event::{eventfd, EventfdFlags};
use rustix::fs::{fcntl_add_seals, ftruncate, memfd_create, MemfdFlags, SealFlags};
use rustix::io::pwrite;
use rustix::net::*;
use serde_json::json;

use crate::bench::*;

/// The ring to the server at 0, the one from it at 4096, buffers from 8192 on; 16 descriptors each.
const BYTES: u64 = 1 << 16;
const TO_US: u64 = 0;
const FROM_US: u64 = 4096;
const LOG2: u8 = 4;

struct Client {
    socket: OwnedFd,
    memory: OwnedFd,
    bell: OwnedFd,
}

fn message(kind: u16, body: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [&kind.to_ne_bytes()[..], &body.concat()].concat();
    bytes.resize(128, 0);
    bytes
}

fn init() -> Vec<u8> {
    message(3, &[&0x0200u16.to_ne_bytes(), &0u32.to_ne_bytes(), &[0]])
}

fn region(index: u16, bytes: u64) -> Vec<u8> {
    message(4, &[&index.to_ne_bytes(), &bytes.to_ne_bytes()])
}

fn ring(to_server: bool, index: u16, region: u16, offset: u64, log2: u8) -> Vec<u8> {
    let numbers = [u16::from(to_server), index, region].map(u16::to_ne_bytes).concat();
    message(5, &[&numbers, &(offset as u32).to_ne_bytes(), &[log2]])
}

fn connect() -> Vec<u8> {
    message(6, &[])
}

fn memory(seals: SealFlags) -> OwnedFd {
    let file = memfd_create("hostile", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
    ftruncate(&file, BYTES).unwrap();
    fcntl_add_seals(&file, seals).unwrap();
    file
}

impl Client {
    fn new(path: &str) -> Self {
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        rustix::net::connect(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
        let client = Self { socket, memory: memory(SealFlags::SHRINK), bell: eventfd(0, EventfdFlags::CLOEXEC).unwrap() };
        for at in [TO_US, FROM_US] {
            client.write(at, &0x03E3_1F20u32.to_ne_bytes());
        }
        client
    }

    fn say(&self, bytes: &[u8], file: Option<BorrowedFd>) {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut with = SendAncillaryBuffer::new(&mut space);
        let files: Vec<_> = file.into_iter().collect();
        if !files.is_empty() {
            with.push(SendAncillaryMessage::ScmRights(&files));
        }
        let _ = sendmsg(&self.socket, &[IoSlice::new(bytes)], &mut with, SendFlags::NOSIGNAL);
        // refused before it was all said
    }

    /// Serve the port until the client heard why it was refused.
    fn heard(&self, port: &mut dyn Port) -> String {
        let (mut bench, mut bytes, mut heard) = (Bench::new(4, 512), [0; 128], None);
        until("a DISCONNECT", || {
            bench.receive(port, 1).into_iter().for_each(|received| bench.shelf.give(received.packet.frame));
            let into = &mut [IoSliceMut::new(&mut bytes)];
            let got = recvmsg(&self.socket, into, &mut RecvAncillaryBuffer::default(), RecvFlags::DONTWAIT);
            if got.is_ok_and(|got| got.bytes == 128) && bytes[0] == 8 {
                let text = bytes[6..102].iter().copied().take_while(|byte| *byte != 0).collect();
                heard = Some(String::from_utf8(text).unwrap());
            }
            heard.is_some()
        });
        heard.unwrap()
    }

    fn write(&self, at: u64, bytes: &[u8]) {
        pwrite(&self.memory, bytes, at).unwrap();
    }

    fn descriptor(&self, ring: u64, slot: u64, flags: u16, region: u16, length: u32, offset: u32) {
        let words = [length, offset, 0].map(u32::to_ne_bytes).concat();
        self.write(ring + 128 + slot * 16, &[&flags.to_ne_bytes()[..], &region.to_ne_bytes(), &words].concat());
    }

    fn head(&self, ring: u64, head: u16) {
        self.write(ring + 6, &head.to_ne_bytes());
    }

    fn offer(&self) {
        self.say(&init(), None);
        self.say(&region(0, BYTES), Some(self.memory.as_fd()));
        self.say(&ring(true, 0, 0, TO_US, LOG2), Some(self.bell.as_fd()));
        self.say(&ring(false, 0, 0, FROM_US, LOG2), Some(self.bell.as_fd()));
        self.say(&connect(), None);
    }
}

fn server(folder: &Folder) -> (Box<dyn Port>, String) {
    let socket = folder.file("memif.sock");
    (open("memif", &json!({ "socket": socket, "role": "server" })).unwrap(), socket)
}

type Say = fn(&Client);

/// What a client says, and what it hears of it.
const OFFERS: &[(&str, Say)] = &[
    ("out of turn", |c| c.say(&connect(), None)),
    ("out of turn", |c| c.say(&region(0, BYTES), Some(c.memory.as_fd()))),
    ("a ring is missing", |c| {
        c.say(&init(), None);
        c.say(&connect(), None)
    }),
    ("out of turn", |c| {
        c.say(&init(), None);
        c.say(&init(), None)
    }),
    ("only memif 2.0", |c| c.say(&message(3, &[&0x0300u16.to_ne_bytes()]), None)),
    ("mode ethernet", |c| c.say(&message(3, &[&0x0200u16.to_ne_bytes(), &[0; 4], &[1]]), None)),
    ("no interface of this id", |c| c.say(&message(3, &[&0x0200u16.to_ne_bytes(), &[9; 4], &[0]]), None)),
    ("without its file", |c| {
        c.say(&init(), None);
        c.say(&region(0, BYTES), None)
    }),
    ("F_SEAL_SHRINK", |c| {
        c.say(&init(), None);
        c.say(&region(0, BYTES), Some(memory(SealFlags::GROW).as_fd()))
    }),
    ("F_SEAL_SHRINK", |c| {
        c.say(&init(), None);
        c.say(&region(0, BYTES), Some(c.bell.as_fd()))
    }),
    ("smaller than stated", |c| {
        c.say(&init(), None);
        c.say(&region(0, BYTES + 1), Some(c.memory.as_fd()))
    }),
    ("smaller than stated", |c| {
        c.say(&init(), None);
        c.say(&region(0, u64::MAX), Some(c.memory.as_fd()))
    }),
    ("smaller than stated", |c| {
        c.say(&init(), None);
        c.say(&region(0, 0), Some(c.memory.as_fd()))
    }),
    ("numbered", |c| {
        c.say(&init(), None);
        c.say(&region(1, BYTES), Some(c.memory.as_fd()))
    }),
    ("an eventfd", |c| {
        c.say(&init(), None);
        c.say(&ring(true, 0, 0, 0, LOG2), Some(c.memory.as_fd()))
    }),
    ("one ring each way", |c| {
        c.say(&init(), None);
        c.say(&ring(true, 1, 0, 0, LOG2), Some(c.bell.as_fd()))
    }),
    ("not where it is said", |c| rings(c, 0, 0, BYTES - 128, LOG2)),
    ("not where it is said", |c| rings(c, 0, 0, 4096, 16)),
    ("not where it is said", |c| rings(c, 0, 0, 4096, 255)),
    ("not where it is said", |c| rings(c, 0, 0, 8, LOG2)),
    ("not where it is said", |c| rings(c, 0, 0, 8192, LOG2)), // no cookie there
    ("not where it is said", |c| rings(c, 0, 7, FROM_US, LOG2)),
];

fn rings(c: &Client, index: u16, region_of_second: u16, at: u64, log2: u8) {
    c.say(&init(), None);
    c.say(&region(0, BYTES), Some(c.memory.as_fd()));
    c.say(&ring(true, 0, 0, TO_US, LOG2), Some(c.bell.as_fd()));
    c.say(&ring(false, index, region_of_second, at, log2), Some(c.bell.as_fd()));
    c.say(&connect(), None);
}

#[test]
fn what_a_client_may_not_offer_is_refused_with_the_reason() {
    let folder = Folder::new("memif-offers");
    let (mut port, socket) = server(&folder);
    for (why, say) in OFFERS {
        let client = Client::new(&socket);
        say(&client);
        let heard = client.heard(&mut *port);
        assert!(heard.contains(why), "{heard}");
        assert!(matches!(port.state(), State::Down(said) if said.contains(why)));
    }
}

#[test]
fn what_is_no_message_ends_the_connection() {
    let folder = Folder::new("memif-messages");
    let (mut port, socket) = server(&folder);
    for (bytes, why) in [(vec![1; 127], "127 bytes"), (vec![0xff; 128], "unknown type")] {
        let client = Client::new(&socket);
        client.say(&bytes, None);
        let mut bench = Bench::new(1, 512);
        until(why, || {
            bench.receive(&mut *port, 1);
            matches!(port.state(), State::Down(said) if said.contains(why))
        });
    }
}

fn connected(folder: &Folder) -> (Box<dyn Port>, Client) {
    let (mut port, socket) = server(folder);
    let client = Client::new(&socket);
    client.offer();
    let mut bench = Bench::new(1, 512);
    until("the connection", || {
        bench.receive(&mut *port, 1);
        port.state() == State::Up
    });
    (port, client)
}

#[test]
fn descriptors_and_cursors_that_cannot_be_end_the_connection() {
    let wrong: &[(&str, Say)] = &[
        ("cursor", |c| c.head(TO_US, 17)),
        ("cursor", |c| c.head(TO_US, u16::MAX)),
        ("descriptor", |c| c.descriptor(TO_US, 0, 0, 1, 60, 8192)),
        ("descriptor", |c| c.descriptor(TO_US, 0, 0, 0, 60, BYTES as u32 - 59)),
        ("descriptor", |c| c.descriptor(TO_US, 0, 0, 0, u32::MAX, u32::MAX)),
    ];
    for (why, write) in wrong {
        let folder = Folder::new("memif-wrong");
        let (mut port, client) = connected(&folder);
        client.head(TO_US, 1);
        write(&client);
        let heard = client.heard(&mut *port);
        assert!(heard.contains(why), "{heard}");
        assert!(matches!(port.state(), State::Down(said) if said.contains(why)));
    }
}

#[test]
fn buffers_that_cannot_be_end_the_connection_and_take_no_packet() {
    let wrong: &[(&str, Say)] = &[
        ("cursor", |c| c.head(FROM_US, 17)),
        ("descriptor", |c| c.descriptor(FROM_US, 0, 0, 3, 2048, 8192)),
        ("descriptor", |c| c.descriptor(FROM_US, 0, 0, 0, 2048, BYTES as u32)),
    ];
    for (why, write) in wrong {
        let folder = Folder::new("memif-buffers");
        let (mut port, client) = connected(&folder);
        client.head(FROM_US, 1);
        write(&client);
        let mut bench = Bench::new(4, 2048);
        assert_eq!(bench.transmit(&mut *port, &packets(1)), 0);
        assert_eq!(bench.shelf.0.len(), 4);
        assert!(matches!(port.state(), State::Down(said) if said.contains(why)));
    }
}

#[test]
fn buffers_without_room_hold_nothing_up() {
    let folder = Folder::new("memif-empty");
    let (mut port, client) = connected(&folder);
    client.head(FROM_US, 16);
    assert_eq!(Bench::new(4, 2048).transmit(&mut *port, &packets(3)), 3);
    assert_eq!(port.missed().tx, 3);
}

#[test]
fn a_chain_without_end_is_a_truncated_packet() {
    let folder = Folder::new("memif-endless");
    let (mut port, client) = connected(&folder);
    (0..16).for_each(|slot| client.descriptor(TO_US, slot, 1, 0, 64, 8192));
    client.head(TO_US, 16);
    let mut bench = Bench::new(4, 2048);
    assert_eq!(bench.collect_raw(&mut *port, 1)[0].0.fault, Some(Fault::Truncated));
    client.descriptor(TO_US, 0, 0, 0, 64, 8192);
    client.descriptor(TO_US, 1, 0, 0, 0, 8192);
    client.descriptor(TO_US, 2, 0, 0, 40_000, 8192);
    client.head(TO_US, 19);
    let faults: Vec<_> = bench.collect_raw(&mut *port, 3).into_iter().map(|(received, _)| received.fault).collect();
    assert_eq!(faults, [None, Some(Fault::Truncated), Some(Fault::TooLarge)]);
    assert_eq!(bench.shelf.0.len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn property_garbage_in_shared_memory_harms_nobody(garbage in proptest::collection::vec((0u64..700, any::<u16>()), 1..200), seed: u16) {
        let folder = Folder::new(&format!("memif-garbage-{seed}"));
        let (mut port, client) = connected(&folder);
        let mut bench = Bench::new(32, 2048);
        for burst in garbage.chunks(8) {
            for (at, value) in burst {
                // Half of it where it may be believed: in the first descriptors and cursors.
                let (ring, at) = if at % 2 == 0 { (TO_US, at / 2 * 2 % 384) } else { (FROM_US, at / 2 * 2 % 384) };
                client.write(ring + at, &(value % if at == 6 { 32 } else { u16::MAX }).to_ne_bytes());
            }
            for received in bench.receive(&mut *port, 32) {
                prop_assert!(received.fault.is_some() || bench.read(received.packet).len() >= 14);
                bench.shelf.give(received.packet.frame);
            }
            bench.transmit(&mut *port, &packets(4));
            prop_assert_eq!(bench.shelf.0.len(), 32);
        }
    }
}
