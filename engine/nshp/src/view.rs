//! A packet in a frame that others may write at any time: bytes are copied, checked and only then used.
use channel::Frames;

/// Where a packet lies.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The pool.
    pub frames: &'a Frames,
    /// Its frame.
    pub frame: u32,
    /// First byte in the frame.
    pub offset: u16,
    /// Bytes.
    pub length: u16,
}

impl View<'_> {
    /// Copy the first bytes, as many as there are and `into` holds.
    #[inline]
    pub(crate) fn first<'b>(&self, into: &'b mut [u8]) -> &'b mut [u8] {
        if usize::from(self.length) >= into.len() {
            self.read(0, into); // of a size that is known where this is inlined
            return into;
        }
        let into = &mut into[..self.length.into()];
        self.read(0, into);
        into
    }

    /// Copy the first bytes, of which there are so many: of a known number, which takes a few loads.
    #[inline]
    pub(crate) fn array<const N: usize>(&self) -> [u8; N] {
        let mut first = [0; N];
        self.read(0, &mut first);
        first
    }

    #[inline]
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) {
        self.frames.copy_out(self.frame, u32::from(self.offset) + at as u32, into);
    }

    #[inline]
    pub(crate) fn write(&self, at: usize, bytes: &[u8]) {
        self.frames.copy_in(self.frame, u32::from(self.offset) + at as u32, bytes);
    }

    /// Copy all of it, in pieces that fit the stack.
    pub(crate) fn each_piece(&self, mut take: impl FnMut(&[u8])) {
        let mut piece = [0; 512];
        for at in (0..usize::from(self.length)).step_by(piece.len()) {
            let count = piece.len().min(usize::from(self.length) - at);
            self.read(at, &mut piece[..count]);
            take(&piece[..count]);
        }
    }

    /// The same packet without its first bytes.
    pub(crate) fn behind(self, bytes: usize) -> Self {
        Self { offset: self.offset + bytes as u16, length: self.length - bytes as u16, ..self }
    }
}
