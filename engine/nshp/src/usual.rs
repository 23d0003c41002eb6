//! The packets that most are, from the wire to the first component.
use wire::{ether_type, md_type, next_protocol, ETHERNET_LENGTH, NSH_MD1_LENGTH};

use crate::kept::{Form, Kept, USUAL};
use crate::{Inside, Port, Role, View};

/// Of the first 32 bits of an NSH what has one value in the usual one: version, O, Length, MD type and next protocol.
const FIXED: u32 = 0xe03f_0fff;
const USUAL_BASE: u32 = (NSH_MD1_LENGTH as u32 / 4) << 16 | (md_type::FIXED as u32) << 8 | next_protocol::ETHERNET as u32;

impl Port {
    /// `enter` of what most packets are, in a few words that are read once: an NSH of MD type 1 right behind Ethernet, Ethernet
    /// in it, on a path that asks for nothing more. What is to be said of any other is for `enter` to say.
    #[inline(always)]
    pub fn enter_usual(&self, packet: View, kept: &mut Kept) -> Option<Inside> {
        let form = match self.role {
            Role::Proxy => Form::Hidden,
            Role::Aware => Form::Visible,
            _ => return None,
        };
        if usize::from(packet.length) < USUAL + ETHERNET_LENGTH {
            return None;
        }
        let headers: [u8; USUAL] = packet.array();
        let word = |at: usize| u32::from_be_bytes([headers[at], headers[at + 1], headers[at + 2], headers[at + 3]]);
        let (base, path) = (word(ETHERNET_LENGTH), word(ETHERNET_LENGTH + 4));
        let usual = headers[12..14] == ether_type::NSH.to_be_bytes() && base & FIXED == USUAL_BASE && path as u8 != 0;
        if !usual || !self.paths.get(path >> 8)?.asks_nothing() {
            return None;
        }
        kept.keep_usual(&headers, form);
        let seen = if form == Form::Hidden { packet.behind(USUAL) } else { packet };
        Some(Inside {
            offset: seen.offset,
            length: seen.length,
            base,
            path,
            place: (packet.offset + ETHERNET_LENGTH as u16, NSH_MD1_LENGTH as u16),
            context: *headers.last_chunk().expect("the context is at the end"),
            route: None,
            straight: false,
        })
    }
}
