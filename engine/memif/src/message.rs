//! The messages of the control socket: 128 bytes each, packed, in the byte order of the machine.

pub const BYTES: usize = 128;
/// Version 2.0.
pub const VERSION: u16 = 0x0200;
pub const ETHERNET: u8 = 0;

const NAME: usize = 32;
const TO_SERVER: u16 = 1;
const REASON: usize = 96;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Ack,
    /// From the server: what it takes. Ring numbers and regions are the highest that there may be.
    Hello {
        versions: (u16, u16),
        max_region: u16,
        max_ring_log2: u8,
    },
    /// From the client: which interface it wants.
    Init {
        version: u16,
        id: u32,
        mode: u8,
    },
    /// Memory; its file comes with the message.
    AddRegion {
        index: u16,
        bytes: u64,
    },
    /// A ring in it; the eventfd that tells its receiver of packets comes with the message.
    AddRing(RingAt),
    Connect,
    Connected,
    Disconnect(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingAt {
    /// Packets go from the client to the server.
    pub to_server: bool,
    pub index: u16,
    pub region: u16,
    pub offset: u32,
    pub log2: u8,
}

/// `name` is what either side may show to people: of the program in HELLO and INIT, of the interface in CONNECT and CONNECTED.
pub fn encode(message: &Message, name: &str) -> [u8; BYTES] {
    let mut to = [0; BYTES];
    let kind: u16 = match message {
        Message::Ack => 1,
        Message::Hello { versions, max_region, max_ring_log2 } => {
            put_text(&mut to, 2, NAME, name);
            put(&mut to, 34, &versions.0.to_ne_bytes());
            put(&mut to, 36, &versions.1.to_ne_bytes());
            put(&mut to, 38, &max_region.to_ne_bytes());
            put(&mut to, 44, &[*max_ring_log2]); // at 40 and 42 the highest rings: number 0 each way
            2
        }
        Message::Init { version, id, mode } => {
            put(&mut to, 2, &version.to_ne_bytes());
            put(&mut to, 4, &id.to_ne_bytes());
            put(&mut to, 8, &[*mode]); // at 9 a secret of 24 bytes: none
            put_text(&mut to, 33, NAME, name);
            3
        }
        Message::AddRegion { index, bytes } => {
            put(&mut to, 2, &index.to_ne_bytes());
            put(&mut to, 4, &bytes.to_ne_bytes());
            4
        }
        Message::AddRing(ring) => {
            put(&mut to, 2, &u16::from(ring.to_server).to_ne_bytes());
            put(&mut to, 4, &ring.index.to_ne_bytes());
            put(&mut to, 6, &ring.region.to_ne_bytes());
            put(&mut to, 8, &ring.offset.to_ne_bytes());
            put(&mut to, 12, &[ring.log2]);
            5
        }
        Message::Connect | Message::Connected => {
            put_text(&mut to, 2, NAME, name);
            if *message == Message::Connect {
                6
            } else {
                7
            }
        }
        Message::Disconnect(why) => {
            put_text(&mut to, 6, REASON, why);
            8
        }
    };
    put(&mut to, 0, &kind.to_ne_bytes());
    to
}

/// None: no message of this protocol.
pub fn decode(from: &[u8; BYTES]) -> Option<Message> {
    let half = |at: usize| u16::from_ne_bytes([from[at], from[at + 1]]);
    let word = |at: usize| u32::from_ne_bytes([from[at], from[at + 1], from[at + 2], from[at + 3]]);
    Some(match half(0) {
        1 => Message::Ack,
        2 => Message::Hello { versions: (half(34), half(36)), max_region: half(38), max_ring_log2: from[44] },
        3 => Message::Init { version: half(2), id: word(4), mode: from[8] },
        4 => Message::AddRegion { index: half(2), bytes: u64::from_ne_bytes(from[4..12].try_into().ok()?) },
        5 => Message::AddRing(RingAt {
            to_server: half(2) & TO_SERVER != 0,
            index: half(4),
            region: half(6),
            offset: word(8),
            log2: from[12],
        }),
        6 => Message::Connect,
        7 => Message::Connected,
        8 => Message::Disconnect(text(&from[6..6 + REASON])),
        _ => return None,
    })
}

fn put(to: &mut [u8; BYTES], at: usize, bytes: &[u8]) {
    to[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Cut to `room`, with the zero that ends it.
fn put_text(to: &mut [u8; BYTES], at: usize, room: usize, text: &str) {
    put(to, at, &text.as_bytes()[..text.len().min(room - 1)]);
}

/// What people may be shown of it.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(message: Message) {
        assert_eq!(decode(&encode(&message, "a name longer than the thirty-two bytes that there are")), Some(message));
    }

    #[test]
    fn every_message_is_read_as_it_was_written() {
        there_and_back(Message::Ack);
        there_and_back(Message::Hello { versions: (0x0200, 0x0300), max_region: 255, max_ring_log2: 14 });
        there_and_back(Message::Init { version: VERSION, id: 0x0102_0304, mode: ETHERNET });
        there_and_back(Message::AddRegion { index: 3, bytes: 1 << 33 });
        there_and_back(Message::AddRing(RingAt { to_server: true, index: 0, region: 1, offset: 0x8000_0040, log2: 10 }));
        there_and_back(Message::AddRing(RingAt { to_server: false, index: 7, region: 0, offset: 0, log2: 0 }));
        there_and_back(Message::Connect);
        there_and_back(Message::Connected);
        there_and_back(Message::Disconnect("gone".into()));
    }

    /// As the compiler of C lays the packed structs of the public header out: type, then the body at byte 2.
    #[test]
    fn fields_lie_where_the_header_has_them() {
        let ring = encode(&Message::AddRing(RingAt { to_server: true, index: 2, region: 3, offset: 4, log2: 5 }), "");
        assert_eq!(ring[..16], [5, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0, 5, 0, 0, 0]);
        let region = encode(&Message::AddRegion { index: 1, bytes: 0x0807_0605_0403_0201 }, "");
        assert_eq!(region[..12], [4, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let init = encode(&Message::Init { version: VERSION, id: 9, mode: 0 }, "coven");
        assert_eq!((&init[..9], &init[33..39]), (&[3, 0, 0, 2, 9, 0, 0, 0, 0][..], &b"coven\0"[..]));
        let hello = encode(&Message::Hello { versions: (VERSION, VERSION), max_region: 15, max_ring_log2: 14 }, "coven");
        assert_eq!((&hello[2..8], &hello[34..45]), (&b"coven\0"[..], &[0, 2, 0, 2, 15, 0, 0, 0, 0, 0, 14][..]));
        assert_eq!(encode(&Message::Disconnect("x".into()), "")[..8], [8, 0, 0, 0, 0, 0, b'x', 0]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), BYTES), kind in 0u8..10) {
            let mut from: [u8; BYTES] = bytes.try_into().unwrap();
            (from[0], from[1]) = (kind, 0);
            let _ = decode(&from);
        }
    }
}
