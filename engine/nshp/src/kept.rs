//! What NSHP keeps of a packet while it is with the components, who may write every byte of the frame.
use wire::{md_type, Outer, ETHERNET_LENGTH, NSH_BASE_LENGTH, NSH_LENGTH_MAX, NSH_MD1_LENGTH, OUTER_LENGTH_MAX};

/// The longest outer header and the longest NSH.
pub(crate) const KEPT_MAX: usize = OUTER_LENGTH_MAX + NSH_LENGTH_MAX;

/// How the components see the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Without its NSH.
    Hidden,
    /// As on the wire.
    Visible,
}

/// Bytes of Ethernet without tags and an NSH of MD type 1: what stands before most packets.
pub const USUAL: usize = ETHERNET_LENGTH + NSH_MD1_LENGTH;

/// A private copy of the outer headers and the NSH as they came, with the context as the components left it. Made for a table with
/// one entry a frame, which `enter` writes in place: only the bytes that count are touched, one cache line for the usual headers.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Kept {
    length: u16,
    outer: Outer,
    form: Form,
    step: bool,
    protected: bool,
    bytes: [u8; KEPT_MAX],
}

impl Kept {
    /// The packet came without NSH.
    pub const NONE: Self =
        Self { length: 0, outer: Outer::ethernet(0), form: Form::Hidden, step: false, protected: false, bytes: [0; KEPT_MAX] };

    /// The packet came without NSH.
    #[inline]
    pub fn is_none(&self) -> bool {
        self.length == 0
    }

    /// `headers`: the outer headers and the NSH. `step`: the SI is stepped when the packet leaves (RFC 8300 §2.3).
    #[inline]
    pub(crate) fn keep(&mut self, headers: &[u8], outer: Outer, form: Form, step: bool) {
        self.bytes[..headers.len()].copy_from_slice(headers);
        self.length = headers.len() as u16;
        (self.outer, self.form, self.step, self.protected) = (outer, form, step, false);
    }

    /// The same of the usual headers.
    #[inline]
    pub(crate) fn keep_usual(&mut self, headers: &[u8; USUAL], form: Form) {
        self.bytes[..USUAL].copy_from_slice(headers);
        self.length = USUAL as u16;
        (self.outer, self.form, self.step, self.protected) = (Outer::ethernet(ETHERNET_LENGTH), form, true, false);
    }

    /// The headers, if they are as many bytes as the usual ones.
    #[inline]
    pub(crate) fn usual(&self) -> Option<&[u8; USUAL]> {
        (usize::from(self.length) == USUAL).then(|| self.bytes.first_chunk()).flatten()
    }

    /// It has a MAC, which is made anew when the packet leaves (RFC 9145).
    pub(crate) fn protect(&mut self) {
        self.protected = true;
    }

    #[inline]
    pub(crate) fn is_protected(&self) -> bool {
        self.protected
    }

    /// The packet is made here, now.
    pub(crate) fn stamp(&mut self) {
        if self.protected {
            crate::integrity::stamp(&mut self.bytes[self.outer.length()..usize::from(self.length)]);
        }
    }

    /// Take over what another packet has.
    pub(crate) fn keep_like(&mut self, other: &Self) {
        self.keep(other.headers(), other.outer, other.form, other.step);
        self.protected = other.protected;
    }

    /// A forwarder changed the first 32 bits and where the packet goes.
    pub(crate) fn readdress(&mut self, base: u32, to: Option<[u8; 6]>) {
        let at = self.outer.length();
        self.bytes[at..at + 4].copy_from_slice(&base.to_be_bytes());
        if let Some(to) = to {
            self.bytes[..6].copy_from_slice(&to);
        }
    }

    /// The packet has no NSH.
    #[inline]
    pub fn forget(&mut self) {
        self.length = 0;
    }

    /// The context with which the packet leaves; nothing happens where its NSH has none.
    #[inline]
    pub fn set_context(&mut self, context: &[u8; 16]) {
        let at = self.outer.length() + NSH_BASE_LENGTH;
        if !self.is_none() && self.has_context() {
            self.bytes[at..at + context.len()].copy_from_slice(context);
        }
    }

    /// The context with which the packet leaves; zero where its NSH has none.
    pub fn context(&self) -> [u8; 16] {
        let at = self.outer.length() + NSH_BASE_LENGTH;
        match !self.is_none() && self.has_context() {
            true => self.bytes[at..at + 16].try_into().expect("16 bytes"),
            false => [0; 16],
        }
    }

    #[inline]
    pub(crate) fn headers(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    #[inline]
    pub(crate) fn outer(&self) -> Outer {
        self.outer
    }

    #[inline]
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    #[inline]
    pub(crate) fn nsh(&self) -> &[u8] {
        &self.headers()[self.outer.length()..]
    }

    #[inline]
    pub(crate) fn has_context(&self) -> bool {
        self.nsh()[2] & 0x0f == md_type::FIXED
    }

    #[inline]
    pub(crate) fn next_protocol(&self) -> u8 {
        self.nsh()[3]
    }

    /// SPI << 8 | SI.
    pub fn path(&self) -> Option<u32> {
        let nsh = self.bytes.get(self.outer.length()..usize::from(self.length))?;
        nsh.get(4..NSH_BASE_LENGTH).map(|path| u32::from_be_bytes(path.try_into().expect("4 bytes")))
    }

    /// The SI with which the packet leaves; none where it can't be stepped (RFC 8300 §2.3).
    #[inline]
    pub(crate) fn next_si(&self) -> Option<u8> {
        self.nsh()[NSH_BASE_LENGTH - 1].checked_sub(self.step.into())
    }
}
