//! From the wire to the first component.
use channel::layout::*;
use wire::{ether_type, next_protocol, Ethernet, Malformed, Nsh, ETHERNET_LENGTH, NSH_BASE_LENGTH, NSH_MD1_LENGTH};

use crate::kept::{Kept, KEPT_MAX};
use crate::{Context, Frames, Rules};

/// Enough for two tags and MD type 1, in one copy.
const FIRST: usize = 22 + NSH_MD1_LENGTH;

/// What a packet at a `proxy` port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// No NSH.
    Plain,
    /// NSH taken off: the payload begins at `offset`.
    Nsh {
        /// First byte of what the component sees.
        offset: u16,
        /// Its bytes.
        length: u16,
        /// First 32 bits of the NSH.
        base: u32,
        /// SPI << 8 | SI.
        path: u32,
        /// MD type 1 context; zero for MD type 2.
        context: [u8; 16],
    },
    /// To be dropped; `path` is SPI << 8 | SI if it was read.
    Drop {
        /// A reason of spec/channel.toml.
        reason: u32,
        /// For the counter per SPI and SI.
        path: Option<u32>,
    },
}

/// Take the NSH off the packet at `offset` of `frame`. What `leave` needs goes to `kept`, the table's entry of this frame.
pub fn enter(frames: &Frames, frame: u32, offset: u16, length: u16, rules: &Rules, kept: &mut Kept) -> Entry {
    kept.forget();
    let mut first = [0; FIRST];
    let first = &mut first[..FIRST.min(length.into())];
    frames.copy_out(frame, offset.into(), first);
    let Some(outer) = Ethernet::new(first).filter(|e| e.ether_type() == ether_type::NSH).map(|e| e.header_length()) else {
        return Entry::Plain;
    };
    let packet = Arrived { frames, frame, offset, length, outer };
    let taken = if stated_length(&first[outer..]) <= FIRST - outer {
        packet.take_off(first, rules, kept)
    } else {
        packet.take_off_long(rules, kept)
    };
    taken.unwrap_or_else(|(reason, path)| Entry::Drop { reason, path })
}

/// Bytes of the header as it says, unchecked.
fn stated_length(nsh: &[u8]) -> usize {
    nsh.get(1).map_or(0, |byte| usize::from(byte & 0x3f) * 4)
}

/// A packet with an outer Ethernet header of `outer` bytes and something like an NSH.
struct Arrived<'a> {
    frames: &'a Frames,
    frame: u32,
    offset: u16,
    length: u16,
    outer: usize,
}

/// Reason and path.
type Refused = (u32, Option<u32>);

impl Arrived<'_> {
    /// MD type 2 with TLVs: more bytes than usual are copied, and only that copy is read.
    #[cold]
    fn take_off_long(&self, rules: &Rules, kept: &mut Kept) -> Result<Entry, Refused> {
        let mut all = [0; KEPT_MAX];
        let all = &mut all[..KEPT_MAX.min(self.length.into())];
        self.frames.copy_out(self.frame, self.offset.into(), all);
        self.take_off(all, rules, kept)
    }

    fn take_off(&self, private: &[u8], rules: &Rules, kept: &mut Kept) -> Result<Entry, Refused> {
        let bytes = private.get(self.outer..).unwrap_or_default();
        let nsh = Nsh::new(bytes).map_err(|malformed| refused(malformed, bytes))?;
        check(&nsh, rules).map_err(|reason| (reason, Some(nsh.path())))?;
        let headers = self.outer + nsh.bytes().len();
        let made = made_type(nsh.next_protocol());
        let payload = usize::from(self.length) - headers;
        if made.is_none() && payload < ETHERNET_LENGTH {
            return Err((REASON_TRUNCATED, Some(nsh.path())));
        }
        kept.keep(&private[..headers], self.outer, made.is_some());
        let made = made.map_or(0, |ether_type| self.make_ethernet(private, headers, ether_type));
        Ok(Entry::Nsh {
            offset: self.offset + (headers - made) as u16,
            length: (payload + made) as u16,
            base: nsh.base(),
            path: nsh.path(),
            context: nsh.context().unwrap_or_default(),
        })
    }

    /// Components see Ethernet: the outer addresses before a bare IP packet, over the last bytes of the NSH, which is kept.
    fn make_ethernet(&self, private: &[u8], headers: usize, ether_type: u16) -> usize {
        let mut header = [0; ETHERNET_LENGTH];
        header[..12].copy_from_slice(&private[..12]);
        header[12..].copy_from_slice(&ether_type.to_be_bytes());
        let at = usize::from(self.offset) + headers - ETHERNET_LENGTH;
        self.frames.copy_in(self.frame, at as u32, &header);
        ETHERNET_LENGTH
    }
}

/// EtherType of the header to make; none for a payload that brings its own.
pub(crate) fn made_type(next: u8) -> Option<u16> {
    match next {
        next_protocol::IPV4 => Some(ether_type::IPV4),
        next_protocol::IPV6 => Some(ether_type::IPV6),
        _ => None,
    }
}

fn refused(malformed: Malformed, bytes: &[u8]) -> Refused {
    match malformed {
        Malformed::Version => (REASON_NSH_VERSION, None),
        Malformed::Length => {
            let path = bytes.get(4..NSH_BASE_LENGTH).map(|path| u32::from_be_bytes(path.try_into().expect("4 bytes")));
            (REASON_NSH_LENGTH, path)
        }
    }
}

/// The rules for a well-formed header, in the order in which a reader of RFC 8300 meets them.
#[inline]
fn check(nsh: &Nsh, rules: &Rules) -> Result<(), u32> {
    if !matches!(nsh.md_type(), wire::md_type::FIXED | wire::md_type::VARIABLE) {
        return Err(REASON_NSH_MD_TYPE);
    }
    let path = rules.get(nsh.spi()).ok_or(REASON_NSH_NO_PATH)?;
    if nsh.oam() && !path.oam {
        return Err(REASON_NSH_OAM);
    }
    if nsh.si() == 0 {
        return Err(REASON_NSH_PATH_EXHAUSTED);
    }
    if !matches!(nsh.next_protocol(), next_protocol::IPV4 | next_protocol::IPV6 | next_protocol::ETHERNET) {
        return Err(REASON_NSH_NEXT_PROTOCOL);
    }
    if nsh.md_type() == wire::md_type::FIXED && path.context == Context::None {
        return Err(REASON_NSH_UNKNOWN_CONTEXT);
    }
    Ok(())
}
