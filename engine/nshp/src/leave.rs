//! From the last component to the wire.
use channel::layout::*;
use wire::{next_protocol, Found, Malformed, Nsh, Outer, ETHERNET_LENGTH, NSH_BASE_LENGTH};

use crate::enter::made_type;
use crate::kept::{Form, KEPT_MAX};
use crate::{Kept, Keys, Role, View};

/// First bytes that a plain packet is told by where no NSH may leave.
const FIRST: usize = 128;
/// Bits of the first word that are the engine's: version, O, U, TTL. The others are the component's where it sees the NSH.
const OURS: u32 = 0xffc0_f000;

/// A packet that is about to leave by a port.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    /// As the components left it.
    pub packet: View<'a>,
    /// What `enter` kept of it, with the context as the components left it; none if it came without NSH.
    pub kept: Option<&'a Kept>,
    /// It leaves by the port that it came in by.
    pub back: bool,
    /// For packets whose NSH is protected.
    pub keys: &'a Keys,
    /// Bytes that the port takes, with the Ethernet header.
    pub largest: usize,
}

/// Offset and length on the wire, or a reason of spec/channel.toml.
type Left = Result<(u16, u16), u32>;

/// What the role of the port does to a packet that leaves: SI one less, the NSH put back or taken off.
#[inline]
pub fn leave(role: Role, leaving: &Leaving) -> Left {
    let Leaving { packet, kept, .. } = leaving;
    match (role, kept) {
        (Role::None, _) => leaving.as_it_is(*packet),
        (role, None) if role.is_inside() => leaving.as_it_is(*packet),
        (_, None) if carries_nsh(*packet) => Err(REASON_NSH_EDGE), // RFC 8300 §8.1
        (_, None) => leaving.as_it_is(*packet),
        (role, Some(kept)) if role.is_inside() => match kept.form() {
            Form::Hidden => leaving.put_back(kept),
            Form::Visible => leaving.in_place(kept),
        },
        (Role::Edge, Some(_)) => Err(REASON_NSH_EDGE),
        (_, Some(kept)) => leaving.strip(kept),
    }
}

#[inline(never)]
fn carries_nsh(packet: View) -> bool {
    !matches!(Outer::find(packet.first(&mut [0; FIRST])), Found::Plain | Found::Cut)
}

impl Leaving<'_> {
    #[inline]
    fn as_it_is(&self, packet: View) -> Left {
        if usize::from(packet.length) <= self.largest {
            Ok((packet.offset, packet.length))
        } else {
            Err(REASON_TOO_LARGE)
        }
    }

    /// The NSH that was kept goes before a packet that may have been moved, resized or rewritten.
    #[inline]
    fn put_back(&self, kept: &Kept) -> Left {
        let payload = bare(self.packet, kept)?;
        let headers = kept.headers();
        let start = payload.offset.checked_sub(headers.len() as u16).ok_or(REASON_NSH_HEADROOM)?;
        let whole = usize::from(payload.length) + headers.len();
        self.fits(whole)?;
        let si = kept.next_si().ok_or(REASON_NSH_PATH_EXHAUSTED)?; // RFC 8300 §2.3
        let (packet, nsh) = (View { offset: start, length: whole as u16, ..payload }, kept.outer().length());
        match kept.usual() {
            Some(headers) => packet.write(0, headers), // of a size that is known here: a few wide stores
            None => packet.write(0, headers),
        }
        packet.write(nsh + NSH_BASE_LENGTH - 1, &[si]);
        self.finish(packet, kept, kept.outer())
    }

    /// The components had the NSH before them: what they may not change is as it was. If they left a packet without one, it gets
    /// the one that it came with.
    #[inline(never)]
    fn in_place(&self, kept: &Kept) -> Left {
        let mut private = [0; KEPT_MAX];
        let private = self.packet.first(&mut private);
        let Found::Nsh(outer) = Outer::find(private) else { return self.put_back(kept) };
        let nsh = Nsh::new(&private[outer.length()..]).map_err(|malformed| match malformed {
            Malformed::Version => REASON_NSH_VERSION,
            Malformed::Length => REASON_NSH_LENGTH,
        })?;
        self.fits(self.packet.length.into())?;
        let (mut base, came) = ([0; NSH_BASE_LENGTH], kept.nsh());
        base.copy_from_slice(&came[..NSH_BASE_LENGTH]);
        let first = u32::from_be_bytes(base[..4].try_into().expect("4 bytes")) & OURS | nsh.base() & !OURS;
        base[..4].copy_from_slice(&first.to_be_bytes());
        base[NSH_BASE_LENGTH - 1] = kept.next_si().ok_or(REASON_NSH_PATH_EXHAUSTED)?;
        self.packet.write(outer.length(), &base);
        self.finish(self.packet, kept, outer)
    }

    fn fits(&self, whole: usize) -> Result<(), u32> {
        if whole <= self.largest.min(u16::MAX.into()) {
            Ok(())
        } else {
            Err(REASON_NSH_MTU)
        } // RFC 8300 §5
    }

    /// What depends on the whole packet, which few have.
    #[inline]
    fn finish(&self, packet: View, kept: &Kept, outer: Outer) -> Left {
        if kept.is_protected() || self.back || outer.is_tunnel() {
            self.complete(packet, kept, outer)?;
        }
        Ok((packet.offset, packet.length))
    }

    /// Its MAC, and outer headers that say how long it is, and where it goes.
    #[cold]
    #[inline(never)]
    fn complete(&self, packet: View, kept: &Kept, outer: Outer) -> Result<(), u32> {
        if kept.is_protected() && !self.keys.sign(packet.behind(outer.length())) {
            return Err(REASON_NSH_INTEGRITY);
        }
        if self.back || outer.is_tunnel() {
            self.readdress(packet, outer);
        }
        Ok(())
    }

    fn readdress(&self, packet: View, outer: Outer) {
        let mut headers = [0; KEPT_MAX];
        let headers = &mut headers[..outer.length()];
        packet.read(0, headers);
        if self.back {
            outer.turn(headers);
        }
        outer.set_length(headers, packet.length.into());
        packet.write(0, headers);
        if let Some((udp, pseudo)) = outer.checksum(headers, packet.length.into()) {
            packet.write(udp + 6, &[0; 2]);
            let mut sum = pseudo;
            packet.behind(udp).each_piece(|piece| sum = sum.with(piece));
            let sum = sum.finish();
            packet.write(udp + 6, &if sum == 0 { 0xffff } else { sum }.to_be_bytes());
            // 0 says that there is none (RFC 768)
        }
    }

    /// The end of the service path (RFC 8300 §3): what is left is the packet that it was made for.
    #[inline(never)]
    fn strip(&self, kept: &Kept) -> Left {
        match kept.next_protocol() {
            next_protocol::NONE => return Err(REASON_NSH_EDGE), // RFC 8393 §3: never leaves the domain
            next if next > next_protocol::MPLS => return Err(REASON_NSH_NEXT_PROTOCOL),
            _ => {}
        }
        if kept.form() == Form::Hidden {
            return self.as_it_is(self.packet);
        }
        let mut private = [0; KEPT_MAX];
        let private = self.packet.first(&mut private);
        let Found::Nsh(outer) = Outer::find(private) else { return self.as_it_is(self.packet) };
        let nsh = Nsh::new(&private[outer.length()..]).map_err(|_| REASON_NSH_LENGTH)?;
        let payload = self.packet.behind(outer.length() + nsh.bytes().len());
        let Some(ether_type) = made_type(nsh.next_protocol()) else { return self.as_it_is(payload) };
        let made =
            View { offset: payload.offset - ETHERNET_LENGTH as u16, length: payload.length + ETHERNET_LENGTH as u16, ..payload };
        made.write(0, &private[..12]);
        made.write(12, &ether_type.to_be_bytes());
        self.as_it_is(made)
    }
}

/// Without the Ethernet header that `enter` made; a packet that is no longer what the NSH says can't go on under it.
#[inline]
fn bare<'a>(packet: View<'a>, kept: &Kept) -> Result<View<'a>, u32> {
    if packet.length < ETHERNET_LENGTH as u16 {
        return Err(REASON_TRUNCATED);
    }
    let Some(made) = made_type(kept.next_protocol()) else { return Ok(packet) };
    let mut ether_type = [0; 2];
    packet.read(12, &mut ether_type);
    if u16::from_be_bytes(ether_type) != made {
        return Err(REASON_NSH_NEXT_PROTOCOL);
    }
    Ok(packet.behind(ETHERNET_LENGTH))
}
