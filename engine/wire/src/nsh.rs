//! The Network Service Header (RFC 8300 §2).
use crate::{u16_at, u32_at};

/// Base header and service path header.
pub const NSH_BASE_LENGTH: usize = 8;
/// A whole header of MD type 1.
pub const NSH_MD1_LENGTH: usize = 24;
/// The largest header that the Length field can state.
pub const NSH_LENGTH_MAX: usize = 63 * 4;

const OAM: u8 = 0x20;

/// Metadata types.
#[allow(missing_docs)]
pub mod md_type {
    pub const FIXED: u8 = 1;
    pub const VARIABLE: u8 = 2;
    pub const EXPERIMENT: u8 = 15;
}

/// What the payload can be.
#[allow(missing_docs)]
pub mod next_protocol {
    pub const NONE: u8 = 0;
    pub const IPV4: u8 = 1;
    pub const IPV6: u8 = 2;
    pub const ETHERNET: u8 = 3;
    pub const NSH: u8 = 4;
    pub const MPLS: u8 = 5;
}

/// Why bytes are no NSH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Another version: nothing behind the first two bits is known.
    Version,
    /// Shorter than the base headers, than its Length says, or than its MD type asks for.
    Length,
}

/// A view of a whole header; the U bits are never read.
#[derive(Clone, Copy, Debug)]
pub struct Nsh<'a>(&'a [u8]);

impl<'a> Nsh<'a> {
    /// Check version and Length against `bytes`, which may go on behind the header.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.first().is_some_and(|first| first >> 6 != 0) {
            return Err(Malformed::Version);
        }
        if bytes.len() < NSH_BASE_LENGTH {
            return Err(Malformed::Length);
        }
        let stated = usize::from(bytes[1] & 0x3f) * 4;
        let view = Self(bytes.get(..stated).ok_or(Malformed::Length)?);
        let right = match bytes[2] & 0x0f {
            md_type::FIXED => stated == NSH_MD1_LENGTH,
            _ => stated >= NSH_BASE_LENGTH,
        };
        right.then_some(view).ok_or(Malformed::Length)
    }

    /// The header's bytes.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The first 32 bits, U bits included.
    #[inline]
    pub fn base(&self) -> u32 {
        u32_at(self.0, 0)
    }

    /// SPI << 8 | SI.
    #[inline]
    pub fn path(&self) -> u32 {
        u32_at(self.0, 4)
    }

    /// Service path identifier.
    #[inline]
    pub fn spi(&self) -> u32 {
        self.path() >> 8
    }

    /// Service index.
    #[inline]
    pub fn si(&self) -> u8 {
        self.0[7]
    }

    /// An OAM packet.
    #[inline]
    pub fn oam(&self) -> bool {
        self.0[0] & OAM != 0
    }

    /// Hops that forwarders may still take.
    pub fn ttl(&self) -> u8 {
        ((u16_at(self.0, 0) >> 6) & 0x3f) as u8
    }

    /// Type of the metadata.
    #[inline]
    pub fn md_type(&self) -> u8 {
        self.0[2] & 0x0f
    }

    /// What comes behind the header.
    #[inline]
    pub fn next_protocol(&self) -> u8 {
        self.0[3]
    }

    /// What stands behind the service path header.
    #[inline]
    pub fn metadata(&self) -> &'a [u8] {
        &self.0[NSH_BASE_LENGTH..]
    }

    /// The context of MD type 1.
    #[inline]
    pub fn context(&self) -> Option<[u8; 16]> {
        (self.md_type() == md_type::FIXED).then(|| self.0[8..24].try_into().expect("Length was checked"))
    }
}

/// The fields of a header without TLVs: of MD type 1 where there is a context, else of MD type 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NshFields {
    /// An OAM packet.
    pub oam: bool,
    /// 0 to 63.
    pub ttl: u8,
    /// What comes behind.
    pub next_protocol: u8,
    /// 24 bits.
    pub spi: u32,
    /// Service index.
    pub si: u8,
    /// MD type 1.
    pub context: Option<[u8; 16]>,
}

impl NshFields {
    /// Read them from a view.
    pub fn parse(view: &Nsh) -> Self {
        Self {
            oam: view.oam(),
            ttl: view.ttl(),
            next_protocol: view.next_protocol(),
            spi: view.spi(),
            si: view.si(),
            context: view.context(),
        }
    }

    /// Bytes that `emit` writes.
    pub fn length(&self) -> usize {
        if self.context.is_some() {
            NSH_MD1_LENGTH
        } else {
            NSH_BASE_LENGTH
        }
    }

    /// Write version 0, U bits 0 (RFC 8300 §2.2). Panics where `into` is shorter than `length`.
    pub fn emit(&self, into: &mut [u8]) {
        let words = (self.length() / 4) as u16;
        let first = u16::from(self.oam) << 13 | u16::from(self.ttl & 0x3f) << 6 | words;
        into[..2].copy_from_slice(&first.to_be_bytes());
        into[2] = if self.context.is_some() { md_type::FIXED } else { md_type::VARIABLE };
        into[3] = self.next_protocol;
        into[4..8].copy_from_slice(&(self.spi << 8 | u32::from(self.si)).to_be_bytes());
        if let Some(context) = self.context {
            into[8..24].copy_from_slice(&context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_field_behind_set_u_bits() {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&[0x30 | 0x0f, 0xc6, 0xf1, 3, 0x12, 0x34, 0x56, 0xff]);
        let view = Nsh::new(&bytes).unwrap();
        assert!(view.oam());
        assert_eq!((view.ttl(), view.bytes().len(), view.md_type(), view.next_protocol()), (63, 24, 1, 3));
        assert_eq!((view.spi(), view.si(), view.context()), (0x123456, 255, Some([0; 16])));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(oam: bool, ttl in 0u8..64, next_protocol: u8, spi in 0u32..1 << 24, si: u8, context: Option<[u8; 16]>) {
            let fields = NshFields { oam, ttl, next_protocol, spi, si, context };
            let mut bytes = [0xaa; 24];
            fields.emit(&mut bytes);
            prop_assert_eq!(NshFields::parse(&Nsh::new(&bytes).unwrap()), fields);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            if let Ok(view) = Nsh::new(&bytes) {
                NshFields::parse(&view);
            }
        }
    }
}
