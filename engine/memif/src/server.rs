//! The server (master) takes the memory that a client offers, once all of it is checked.
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use crate::control::Channel;
use crate::memory::{Region, Ring, MOST_LOG2};
use crate::message::{Message, RingAt, ETHERNET, VERSION};
use crate::port::{refuse, Config, Step};
use crate::ring::{Reader, Writer};
use crate::Link;

/// Regions of one client.
const REGIONS: usize = 16;

/// What a client has offered so far.
pub struct Greeting {
    named: bool,
    regions: Vec<Arc<Region>>,
    /// To us, and from us, with their bells.
    rings: [Option<(RingAt, OwnedFd)>; 2],
}

impl Greeting {
    /// Greet a client.
    pub fn new(channel: &Channel) -> io::Result<Self> {
        let hello = Message::Hello { versions: (VERSION, VERSION), max_region: REGIONS as u16 - 1, max_ring_log2: MOST_LOG2 - 1 };
        channel.send(&hello, None)?;
        Ok(Self { named: false, regions: Vec::new(), rings: [None, None] })
    }

    /// What a message of the client leads to.
    pub fn hear(&mut self, message: Message, file: Option<OwnedFd>, channel: &Channel, config: &Config) -> io::Result<Step> {
        let taken = match (message, file) {
            (Message::Init { version, id, mode }, _) if !self.named => self.name(version, id, mode, config),
            (Message::Disconnect(why), _) => return Err(io::Error::other(format!("the client left: {why}"))),
            (Message::AddRegion { index, bytes }, Some(file)) if self.named => self.add_region(index, bytes, &file),
            (Message::AddRing(ring), Some(bell)) if self.named => self.add_ring(ring, bell),
            (Message::Connect, _) if self.named => return self.connect(channel),
            _ => Err("a message came out of turn, or without its file"),
        };
        match taken {
            Ok(()) => channel.send(&Message::Ack, None).map(|()| Step::GoOn),
            Err(why) => refuse(channel, why),
        }
    }

    fn name(&mut self, version: u16, id: u32, mode: u8, config: &Config) -> Result<(), &'static str> {
        match (version, id, mode) {
            (VERSION, id, ETHERNET) if id == config.id => self.named = true,
            (VERSION, _, ETHERNET) => return Err("there is no interface of this id here"),
            (VERSION, ..) => return Err("only the mode ethernet is spoken"),
            _ => return Err("only memif 2.0 is spoken"),
        }
        Ok(())
    }

    fn add_region(&mut self, index: u16, bytes: u64, file: &OwnedFd) -> Result<(), &'static str> {
        if usize::from(index) != self.regions.len() || self.regions.len() == REGIONS {
            return Err("regions have to be numbered from 0 to 15, in turn");
        }
        self.regions.push(Arc::new(Region::adopt(file, bytes)?));
        Ok(())
    }

    fn add_ring(&mut self, ring: RingAt, bell: OwnedFd) -> Result<(), &'static str> {
        let place = &mut self.rings[usize::from(!ring.to_server)];
        if ring.index != 0 || place.is_some() {
            return Err("there is one ring each way here");
        }
        if !is_bell(&bell) {
            return Err("the file of a ring has to be an eventfd");
        }
        *place = Some((ring, bell));
        Ok(())
    }

    fn connect(&mut self, channel: &Channel) -> io::Result<Step> {
        let [Some((up, bell_up)), Some((down, bell_down))] = std::mem::take(&mut self.rings) else {
            return refuse(channel, "a ring is missing");
        };
        let regions: Arc<[Arc<Region>]> = std::mem::take(&mut self.regions).into();
        let ring =
            |at: RingAt| regions.get(usize::from(at.region)).and_then(|region| Ring::adopt(region, at.offset as usize, at.log2));
        let (Some(up), Some(down)) = (ring(up), ring(down)) else {
            return refuse(channel, "a ring is not where it is said to be");
        };
        let link =
            Link { reader: Reader::new(up, regions.clone(), None, bell_up), writer: Writer::new(down, regions, None, bell_down) };
        channel.send(&Message::Connected, None)?;
        Ok(Step::Connected(link))
    }
}

/// An eventfd, and one that does not block: the peer says what we write to.
fn is_bell(file: &OwnedFd) -> bool {
    let about = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
    let is_eventfd = std::fs::read_link(about).is_ok_and(|target| target.to_string_lossy().starts_with("anon_inode:[eventfd"));
    is_eventfd && rustix::io::ioctl_fionbio(file, true).is_ok()
}
