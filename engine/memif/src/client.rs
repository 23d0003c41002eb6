//! The client (slave) makes the memory, and offers it: a region with both rings and their buffers, message by message.
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{eventfd, EventfdFlags};

use crate::control::Channel;
use crate::memory::{Region, Ring};
use crate::message::{Message, RingAt, ETHERNET, VERSION};
use crate::port::{refuse, Config, Step};
use crate::ring::{Buffers, Reader, Writer};
use crate::Link;

/// Buffers begin at a page.
const PAGE: usize = 4096;

pub struct Proposal {
    /// What is still to be said, one after each ACK, with its file.
    left: VecDeque<(Message, Option<OwnedFd>)>,
    offer: Option<Offer>,
}

/// The memory of a connection.
struct Offer {
    region: Arc<Region>,
    /// To the server, and from it.
    rings: [Ring; 2],
    bells: [OwnedFd; 2],
    log2: u8,
    buffer_size: u32,
}

impl Offer {
    /// With the file of its memory, and how many bytes that has.
    fn new(log2: u8, buffer_size: u32) -> io::Result<(Self, OwnedFd, u64)> {
        let bytes = first_buffer(log2) + ((2 * buffer_size as usize) << log2);
        let (region, file) = Region::create(bytes)?;
        let region = Arc::new(region);
        let ring = |at| Ring::create(&region, at, log2).ok_or_else(|| io::Error::other("a ring does not fit"));
        let rings = [ring(0)?, ring(Ring::bytes(log2))?];
        let bell = || eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        Ok((Self { region, rings, bells: [bell()?, bell()?], log2, buffer_size }, file, bytes as u64))
    }

    fn link(self) -> Link {
        let first = first_buffer(self.log2) as u32;
        let (up, down) = (Buffers { first, size: self.buffer_size }, first + (self.buffer_size << self.log2));
        let regions: Arc<[Arc<Region>]> = Arc::new([self.region]);
        let ([to_server, to_us], [bell_up, bell_down]) = (self.rings, self.bells);
        let writer = Writer::new(to_server, regions.clone(), Some(up), bell_up);
        let reader = Reader::new(to_us, regions, Some(Buffers { first: down, ..up }), bell_down);
        Link { reader, writer }
    }
}

fn first_buffer(log2: u8) -> usize {
    (2 * Ring::bytes(log2)).next_multiple_of(PAGE)
}

impl Proposal {
    pub fn new() -> Self {
        Self { left: VecDeque::new(), offer: None }
    }

    /// What a message of the server leads to.
    pub fn hear(&mut self, message: Message, channel: &Channel, config: &Config) -> io::Result<Step> {
        match message {
            Message::Hello { versions: (least, most), max_ring_log2, .. } if self.offer.is_none() => {
                if !(least..=most).contains(&VERSION) {
                    return refuse(channel, "the server does not speak memif 2.0");
                }
                self.prepare(config, config.ring_log2.min(max_ring_log2))?;
                self.say_next(channel)
            }
            Message::Ack => self.say_next(channel),
            Message::Connected if self.left.is_empty() => match self.offer.take() {
                Some(offer) => Ok(Step::Connected(offer.link())),
                None => refuse(channel, "CONNECTED came before CONNECT"),
            },
            Message::Disconnect(why) => Err(io::Error::other(format!("the server refuses: {why}"))),
            _ => refuse(channel, "a message came out of turn"),
        }
    }

    fn say_next(&mut self, channel: &Channel) -> io::Result<Step> {
        if let Some((message, file)) = self.left.pop_front() {
            channel.send(&message, file.as_ref().map(AsFd::as_fd))?;
        }
        Ok(Step::GoOn)
    }

    fn prepare(&mut self, config: &Config, log2: u8) -> io::Result<()> {
        let (offer, file, bytes) = Offer::new(log2, config.buffer_size)?;
        let ring = |to_server, offset: usize| RingAt { to_server, index: 0, region: 0, offset: offset as u32, log2 };
        let [up, down] = [offer.bells[0].try_clone()?, offer.bells[1].try_clone()?];
        self.left = VecDeque::from([
            (Message::Init { version: VERSION, id: config.id, mode: ETHERNET }, None),
            (Message::AddRegion { index: 0, bytes }, Some(file)),
            (Message::AddRing(ring(true, 0)), Some(up)),
            (Message::AddRing(ring(false, Ring::bytes(log2))), Some(down)),
            (Message::Connect, None),
        ]);
        self.offer = Some(offer);
        Ok(())
    }
}
