//! The contexts that packets carry (RFC 8300 §2.4), for people: seen while somebody looks, and set where somebody said so.
//! There is one of these only while it is needed; a packet that comes by one is looked at more closely than others.
use crate::classify::{Family, Key};
use crate::kept::{Form, Kept, KEPT_MAX};
use crate::seen::Seen;
use crate::View;
use std::collections::BTreeMap;
use wire::{md_type, next_protocol, Found, Nsh, Outer, ETHERNET_LENGTH, NSH_BASE_LENGTH};

/// Sets at most.
pub const SETS_MAX: usize = 1024;

/// A flow, in one direction. Ports are there for TCP and UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// Its addresses are IPv6.
    pub v6: bool,
    /// Source and destination.
    pub addresses: (u128, u128),
    /// Of IP.
    pub protocol: u8,
    /// Source and destination.
    pub ports: Option<(u16, u16)>,
}

/// Bits of a context that packets have, whatever they came with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    /// These.
    pub mask: u128,
    /// As here.
    pub value: u128,
}

/// Where a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It comes to the components, at this time.
    In(u64),
    /// It leaves them.
    Out,
}

/// What is seen and what is set.
#[derive(Debug, Default)]
pub struct Contexts {
    /// There while somebody looks.
    pub seen: Option<Seen>,
    /// By SPI and flow; of the whole path without one.
    sets: BTreeMap<(u32, Option<Flow>), Bits>,
}

impl Bits {
    fn set(self, context: u128) -> u128 {
        context & !self.mask | self.value & self.mask
    }
}

impl Contexts {
    /// Set bits, or take them back with an empty mask. False: there are too many.
    pub fn set(&mut self, spi: u32, flow: Option<Flow>, bits: Bits) -> bool {
        let key = (spi, flow);
        if bits.mask == 0 {
            self.sets.remove(&key);
        } else if self.sets.len() < SETS_MAX || self.sets.contains_key(&key) {
            self.sets.insert(key, bits);
        } else {
            return false;
        }
        true
    }

    /// SPI, flow, bits.
    pub fn sets(&self) -> impl Iterator<Item = (u32, Option<Flow>, Bits)> + '_ {
        self.sets.iter().map(|(&(spi, flow), &bits)| (spi, flow, bits))
    }

    /// Nobody looks and nothing is set.
    pub fn is_idle(&self) -> bool {
        self.seen.is_none() && self.sets.is_empty()
    }

    /// A packet with an NSH. `context` is the one that it has beside the frame; where components see the NSH it is also in the frame.
    #[cold]
    #[inline(never)]
    pub fn pass(&mut self, end: End, kept: &Kept, packet: View, context: &mut [u8; 16]) {
        let Some(path) = kept.path() else { return };
        let mut private = [0; KEPT_MAX + READ];
        let read = Read::of(kept.form(), packet, &mut private);
        let flow = read.flow();
        let carried = kept.has_context().then(|| {
            let came = u128::from_be_bytes(read.context.map_or(*context, |at| context_at(read.bytes, at)));
            let is = self.bits(path >> 8, flow).fold(came, |context, bits| bits.set(context));
            *context = is.to_be_bytes();
            if let Some(at) = read.context.filter(|_| is != came) {
                packet.write(at, context);
            }
            *context
        });
        if let Some(seen) = &mut self.seen {
            seen.note(end, path, flow, carried);
        }
    }

    /// The path's first, then the flow's.
    fn bits(&self, spi: u32, flow: Option<Flow>) -> impl Iterator<Item = Bits> + '_ {
        let of_flow = flow.and_then(|flow| self.sets.get(&(spi, Some(flow))));
        self.sets.get(&(spi, None)).into_iter().chain(of_flow).copied()
    }
}

/// Behind the headers, enough for those of the packet inside.
const READ: usize = 128;

/// The first bytes of a packet.
struct Read<'a> {
    bytes: &'a [u8],
    /// Where the context lies in the packet, if components see it.
    context: Option<usize>,
    /// Where the packet inside begins, and the type of what is there; none: nothing that has flows.
    inside: Option<(usize, u8)>,
}

impl<'a> Read<'a> {
    fn of(form: Form, packet: View, private: &'a mut [u8]) -> Self {
        let bytes: &[u8] = packet.first(private);
        let plain = Self { bytes, context: None, inside: Some((0, next_protocol::ETHERNET)) };
        let Found::Nsh(outer) = (if form == Form::Visible { Outer::find(bytes) } else { Found::Plain }) else { return plain };
        let Ok(nsh) = Nsh::new(&bytes[outer.length()..]) else { return Self { inside: None, ..plain } };
        let context = (nsh.md_type() == md_type::FIXED).then_some(outer.length() + NSH_BASE_LENGTH);
        Self { bytes, context, inside: Some((outer.length() + nsh.bytes().len(), nsh.next_protocol())) }
    }

    fn flow(&self) -> Option<Flow> {
        let (at, kind) = self.inside?;
        let inside = &self.bytes[at..];
        let ether_type = crate::enter::made_type(kind);
        if ether_type.is_none() && kind != next_protocol::ETHERNET {
            return None;
        }
        let Some(ether_type) = ether_type else { return Flow::of(inside) };
        let mut made = [0; ETHERNET_LENGTH + READ];
        made[12..ETHERNET_LENGTH].copy_from_slice(&ether_type.to_be_bytes());
        let count = inside.len().min(READ);
        made[ETHERNET_LENGTH..][..count].copy_from_slice(&inside[..count]);
        Flow::of(&made[..ETHERNET_LENGTH + count])
    }
}

fn context_at(bytes: &[u8], at: usize) -> [u8; 16] {
    bytes[at..at + 16].try_into().expect("16 bytes of a sound NSH")
}

impl Flow {
    /// Of an Ethernet frame; none where it is not IP.
    fn of(frame: &[u8]) -> Option<Self> {
        let (key, _) = Key::read(frame);
        let ports = key.ports();
        (key.family() != Family::Other).then_some(Self {
            v6: key.family() == Family::Ipv6,
            addresses: (key.source, key.destination),
            protocol: key.protocol() as u8,
            ports: u16::try_from(ports.0).ok().zip(u16::try_from(ports.1).ok()),
        })
    }
}
