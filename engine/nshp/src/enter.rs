//! From the wire to the first component.
use channel::layout::*;
use wire::{ether_type, md_type, next_protocol, Found, Malformed, Nsh, Outer, Tlvs, ETHERNET_LENGTH, NSH_BASE_LENGTH};

use crate::kept::{Form, Kept, KEPT_MAX};
use crate::{Context, Hop, Path, Port, Role, Rules, View};

/// Enough for the headers of every transport with MD type 1, and for the classifier, in one copy.
const FIRST: usize = 128;
/// TTL in the first two bytes of an NSH.
const TTL_SHIFT: u32 = 6;
const TTL_MAX: u8 = 63;

/// What a packet at a port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// No NSH.
    Plain,
    /// With an NSH.
    Nsh(Inside),
    /// To be dropped.
    Drop {
        /// A reason of spec/channel.toml.
        reason: u32,
        /// SPI << 8 | SI if it was read, for the counter.
        path: Option<u32>,
    },
}

/// A packet with an NSH, as the components get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// First byte of what the components see.
    pub offset: u16,
    /// Its bytes.
    pub length: u16,
    /// First 32 bits of the NSH.
    pub base: u32,
    /// SPI << 8 | SI.
    pub path: u32,
    /// Where the NSH lies in the frame, and its bytes; zeroes if it was made here.
    pub place: (u16, u16),
    /// MD type 1 context; zero for MD type 2.
    pub context: [u8; 16],
    /// The path of the plan, where a table says it; else the SPI does.
    pub route: Option<u16>,
    /// It passes the components by: there is nothing in it for them.
    pub straight: bool,
}

/// Reason and path.
type Refused = (u32, Option<u32>);

impl Port {
    /// What comes in here. What `leave` needs goes to `kept`, the table's entry of this frame.
    pub fn enter(&mut self, packet: View, kept: &mut Kept) -> Entry {
        if let Some(inside) = self.enter_usual(packet, kept) {
            return Entry::Nsh(inside);
        }
        kept.forget();
        if self.role == Role::None {
            return Entry::Plain;
        }
        let mut first = [0; FIRST];
        let first = packet.first(&mut first);
        let whole = first.len() == usize::from(packet.length);
        match Outer::find(first) {
            Found::Nsh(outer) if whole || reaches(first, outer) => self.arrived(packet, first, outer, kept),
            Found::Nsh(_) | Found::Cut if !whole => self.enter_long(packet, kept),
            Found::Unsupported => Entry::Drop { reason: REASON_NSH_TRANSPORT, path: None },
            _ => self.plain(packet, first, kept),
        }
    }

    /// More bytes than usual are copied, and only that copy is read.
    #[cold]
    fn enter_long(&mut self, packet: View, kept: &mut Kept) -> Entry {
        let mut all = [0; KEPT_MAX];
        let all = packet.first(&mut all);
        match Outer::find(all) {
            Found::Nsh(outer) => self.arrived(packet, all, outer, kept),
            Found::Unsupported => Entry::Drop { reason: REASON_NSH_TRANSPORT, path: None },
            Found::Plain | Found::Cut => self.plain(packet, all, kept),
        }
    }

    fn arrived(&self, packet: View, private: &[u8], outer: Outer, kept: &mut Kept) -> Entry {
        let arrived = Arrived { packet, private, outer };
        let entered = match self.role {
            Role::Forward => arrived.forward(self, kept),
            role if role.is_inside() => arrived.take(self, kept),
            _ => Err((REASON_NSH_EDGE, path_of(arrived.nsh()))), // RFC 8300 §8.1
        };
        entered.map_or_else(|(reason, path)| Entry::Drop { reason, path }, Entry::Nsh)
    }

    fn plain(&mut self, packet: View, first: &[u8], kept: &mut Kept) -> Entry {
        let Some(made) = (self.role == Role::Classify).then(|| self.classifier.classify(first)).flatten() else {
            return Entry::Plain;
        };
        made.give(first, kept, Form::Hidden, false);
        Entry::Nsh(Inside {
            offset: packet.offset,
            length: packet.length,
            base: made.base(),
            path: made.service(),
            place: (0, 0),
            context: made.context(),
            route: Some(made.path()),
            straight: false,
        })
    }
}

/// The copied bytes hold the whole header.
fn reaches(first: &[u8], outer: Outer) -> bool {
    let nsh = &first[outer.length()..];
    nsh.get(1).is_some_and(|byte| usize::from(byte & 0x3f) * 4 <= nsh.len())
}

/// A packet with something like an NSH behind `outer`; `private` is a copy of its first bytes.
struct Arrived<'a> {
    packet: View<'a>,
    private: &'a [u8],
    outer: Outer,
}

impl<'a> Arrived<'a> {
    fn nsh(&self) -> &'a [u8] {
        &self.private[self.outer.length()..]
    }

    fn read(&self) -> Result<Nsh<'a>, Refused> {
        Nsh::new(self.nsh()).map_err(|malformed| match malformed {
            Malformed::Version => (REASON_NSH_VERSION, None),
            Malformed::Length => (REASON_NSH_LENGTH, path_of(self.nsh())),
        })
    }

    fn take(&self, port: &Port, kept: &mut Kept) -> Result<Inside, Refused> {
        let nsh = self.read()?;
        let failed = |reason| (reason, Some(nsh.path()));
        let (treatment, path) = check(&nsh, &port.paths).map_err(failed)?;
        let key = path.integrity.as_deref();
        if key.is_some_and(|key| !key.verify(&nsh, self.packet.behind(self.outer.length()))) {
            return Err(failed(REASON_NSH_INTEGRITY));
        }
        let headers = &self.private[..self.outer.length() + nsh.bytes().len()];
        let (form, inside) = self.present(port.role, treatment, &nsh).map_err(failed)?;
        kept.keep(headers, self.outer, form, true);
        if key.is_some() {
            kept.protect();
        }
        Ok(inside)
    }

    /// What the components see.
    #[inline]
    fn present(&self, role: Role, treatment: Treatment, nsh: &Nsh) -> Result<(Form, Inside), u32> {
        let seen = role == Role::Aware;
        if seen || treatment == Treatment::Straight || nsh.next_protocol() == next_protocol::NONE {
            let straight = !seen || treatment == Treatment::Straight;
            return Ok((Form::Visible, Inside { straight, ..self.inside(nsh, self.packet) }));
        }
        let payload = self.packet.behind(self.outer.length() + nsh.bytes().len());
        match made_type(nsh.next_protocol()) {
            Some(ether_type) => Ok((Form::Hidden, self.inside(nsh, self.make_ethernet(payload, ether_type)))),
            None if payload.length < ETHERNET_LENGTH as u16 => Err(REASON_TRUNCATED),
            None => Ok((Form::Hidden, self.inside(nsh, payload))),
        }
    }

    /// A forwarder: TTL first, then the look-up (RFC 8300 §2.2). It looks at nothing behind the service path header.
    fn forward(&self, port: &Port, kept: &mut Kept) -> Result<Inside, Refused> {
        let nsh = self.read()?;
        let failed = |reason| (reason, Some(nsh.path()));
        let ttl = nsh.ttl().checked_sub(1).unwrap_or(TTL_MAX);
        if ttl == 0 {
            return Err(failed(REASON_NSH_TTL));
        }
        let hop = port.hops.get(nsh.path()).ok_or_else(|| failed(REASON_NSH_NO_PATH))?;
        check_hop(&nsh, hop).map_err(failed)?;
        let base = nsh.base() & !(u32::from(TTL_MAX) << (16 + TTL_SHIFT)) | u32::from(ttl) << (16 + TTL_SHIFT);
        self.packet.write(self.outer.length(), &base.to_be_bytes());
        if let Some(to) = hop.to {
            self.packet.write(0, &to);
        }
        kept.keep(&self.private[..self.outer.length() + nsh.bytes().len()], self.outer, Form::Visible, false);
        kept.readdress(base, hop.to);
        Ok(Inside { base, route: Some(hop.path), ..self.inside(&nsh, self.packet) })
    }

    fn inside(&self, nsh: &Nsh, seen: View) -> Inside {
        Inside {
            offset: seen.offset,
            length: seen.length,
            base: nsh.base(),
            path: nsh.path(),
            place: (self.packet.offset + self.outer.length() as u16, nsh.bytes().len() as u16),
            context: nsh.context().unwrap_or_default(),
            route: None,
            straight: false,
        }
    }

    /// Components see Ethernet: the outer addresses before a bare packet, over the last bytes of the headers, which are kept.
    fn make_ethernet(&self, payload: View<'a>, ether_type: u16) -> View<'a> {
        let made =
            View { offset: payload.offset - ETHERNET_LENGTH as u16, length: payload.length + ETHERNET_LENGTH as u16, ..payload };
        let mut header = [0; ETHERNET_LENGTH];
        header[..12].copy_from_slice(&self.private[..12]);
        header[12..].copy_from_slice(&ether_type.to_be_bytes());
        made.write(0, &header);
        made
    }
}

/// EtherType of the header to make; none for a payload that brings its own.
pub(crate) fn made_type(next: u8) -> Option<u16> {
    match next {
        next_protocol::IPV4 => Some(ether_type::IPV4),
        next_protocol::IPV6 => Some(ether_type::IPV6),
        next_protocol::NSH => Some(ether_type::NSH),
        next_protocol::MPLS => Some(ether_type::MPLS),
        _ => None,
    }
}

/// SPI and SI of what may be too short for them.
fn path_of(nsh: &[u8]) -> Option<u32> {
    nsh.get(4..NSH_BASE_LENGTH).map(|path| u32::from_be_bytes(path.try_into().expect("4 bytes")))
}

/// Where a sound packet goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Treatment {
    /// To the components.
    Through,
    /// Past them: the path hands on what is not known.
    Straight,
}

/// The rules for a well-formed header, in the order in which a reader of RFC 8300 meets them.
#[inline]
fn check<'a>(nsh: &Nsh, paths: &'a Rules) -> Result<(Treatment, &'a Path), u32> {
    if !matches!(nsh.md_type(), md_type::FIXED | md_type::VARIABLE | md_type::EXPERIMENT) {
        return Err(REASON_NSH_MD_TYPE);
    }
    let path = paths.get(nsh.spi()).ok_or(REASON_NSH_NO_PATH)?;
    if nsh.oam() && !path.oam {
        return Err(REASON_NSH_OAM);
    }
    if nsh.si() == 0 {
        return Err(REASON_NSH_PATH_EXHAUSTED);
    }
    let straight = (Treatment::Straight, path);
    if nsh.md_type() == md_type::EXPERIMENT {
        return if path.unknown { Ok(straight) } else { Err(REASON_NSH_MD_TYPE) };
    }
    if nsh.next_protocol() > next_protocol::MPLS {
        return if path.unknown { Ok(straight) } else { Err(REASON_NSH_NEXT_PROTOCOL) };
    }
    check_metadata(nsh, path).map(|()| (Treatment::Through, path))
}

fn check_metadata(nsh: &Nsh, path: &Path) -> Result<(), u32> {
    if nsh.md_type() == md_type::FIXED {
        return if path.context == Context::None { Err(REASON_NSH_UNKNOWN_CONTEXT) } else { Ok(()) };
    }
    let tlvs = Tlvs::new(nsh.metadata());
    let missing = path.require.iter().any(|&(class, kind)| tlvs.first(class, kind).is_none());
    if missing {
        Err(REASON_NSH_METADATA)
    } else {
        Ok(())
    }
}

fn check_hop(nsh: &Nsh, hop: &Hop) -> Result<(), u32> {
    match nsh.md_type() {
        md_type::FIXED | md_type::VARIABLE => {}
        md_type::EXPERIMENT if hop.unknown => {}
        _ => return Err(REASON_NSH_MD_TYPE),
    }
    if nsh.oam() && !hop.oam {
        Err(REASON_NSH_OAM)
    } else {
        Ok(())
    }
}
