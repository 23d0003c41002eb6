//! From the last component to the wire.
use channel::layout::*;
use wire::{ETHERNET_LENGTH, NSH_BASE_LENGTH};

use crate::enter::made_type;
use crate::{Frames, Kept};

/// Put the NSH that was kept before the packet at `offset` of `frame`: SI one less, context as updated (MD type 1 only).
/// The packet may have been moved or resized by the components. Returns its offset and length on the wire, or a reason of
/// spec/channel.toml. `largest`: bytes that the port takes, with the Ethernet header. A packet without NSH is only measured.
pub fn leave(
    frames: &Frames,
    frame: u32,
    offset: u16,
    length: u16,
    kept: &Kept,
    context: [u8; 16],
    largest: usize,
) -> Result<(u16, u16), u32> {
    if kept.is_none() {
        return if usize::from(length) <= largest { Ok((offset, length)) } else { Err(REASON_TOO_LARGE) };
    }
    let (offset, length) = payload(frames, frame, offset, length, kept)?;
    let headers = kept.headers();
    let whole = usize::from(length) + headers.len();
    if whole > largest.min(u16::MAX.into()) {
        return Err(REASON_NSH_MTU);
    }
    let start = offset.checked_sub(headers.len() as u16).ok_or(REASON_NSH_HEADROOM)?;
    let si = kept.nsh()[NSH_BASE_LENGTH - 1].checked_sub(1).ok_or(REASON_NSH_PATH_EXHAUSTED)?; // RFC 8300 §2.3
    let nsh = u32::from(start) + kept.outer() as u32;
    frames.copy_in(frame, start.into(), headers);
    frames.copy_in(frame, nsh + NSH_BASE_LENGTH as u32 - 1, &[si]);
    if kept.has_context() {
        frames.copy_in(frame, nsh + NSH_BASE_LENGTH as u32, &context);
    }
    Ok((start, whole as u16))
}

/// Without the Ethernet header that `enter` made; a packet that is no longer what the NSH says can't go on under it.
fn payload(frames: &Frames, frame: u32, offset: u16, length: u16, kept: &Kept) -> Result<(u16, u16), u32> {
    if length < ETHERNET_LENGTH as u16 {
        return Err(REASON_TRUNCATED);
    }
    if !kept.made_ethernet() {
        return Ok((offset, length));
    }
    let mut ether_type = [0; 2];
    frames.copy_out(frame, u32::from(offset) + 12, &mut ether_type);
    if Some(u16::from_be_bytes(ether_type)) != made_type(kept.nsh()[3]) {
        return Err(REASON_NSH_NEXT_PROTOCOL);
    }
    Ok((offset + ETHERNET_LENGTH as u16, length - ETHERNET_LENGTH as u16))
}
