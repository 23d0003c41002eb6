//! A frame with a packet in it, and hex.
#![allow(dead_code)]
use std::path::PathBuf;

use coven_nshp::{enter, leave, Context, Entry, Frames, Kept, Path, Rules};

pub const SPI: u32 = 0x64;
pub const OFFSET: u16 = 320;
pub const LARGEST: usize = 1514;

/// One frame of the default size, and the table entry that belongs to it.
pub struct Bench {
    pub frames: Frames,
    pub rules: Rules,
    pub kept: Kept,
}

/// What the components get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inside {
    pub offset: u16,
    pub length: u16,
    pub base: u32,
    pub path: u32,
    pub context: [u8; 16],
}

impl Bench {
    pub fn new() -> Self {
        let mut rules = Rules::default();
        rules.set(SPI, Path { context: Context::Opaque, oam: false });
        Self { frames: Frames::leaked(1, 2048), rules, kept: Kept::NONE }
    }

    pub fn enter(&mut self, packet: &[u8]) -> Entry {
        self.frames.copy_in(0, OFFSET.into(), packet);
        enter(&self.frames, 0, OFFSET, packet.len() as u16, &self.rules, &mut self.kept)
    }

    /// Enter a packet that has to pass.
    pub fn pass(&mut self, packet: &[u8]) -> Inside {
        match self.enter(packet) {
            Entry::Nsh { offset, length, base, path, context } => Inside { offset, length, base, path, context },
            other => panic!("not taken in: {other:?}"),
        }
    }

    /// Enter a packet that has to be dropped: its reason.
    pub fn refuse(&mut self, packet: &[u8]) -> u32 {
        match self.enter(packet) {
            Entry::Drop { reason, .. } => reason,
            other => panic!("not dropped: {other:?}"),
        }
    }

    pub fn read(&self, offset: u16, length: u16) -> Vec<u8> {
        let mut bytes = vec![0; length.into()];
        self.frames.copy_out(0, offset.into(), &mut bytes);
        bytes
    }

    pub fn leave(&self, offset: u16, length: u16, context: [u8; 16]) -> Result<Vec<u8>, u32> {
        let (offset, length) = leave(&self.frames, 0, offset, length, &self.kept, context, LARGEST)?;
        Ok(self.read(offset, length))
    }
}

pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

/// Path of a file of ../shared; says that it skips where the folder is missing.
pub fn shared(file: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let path = PathBuf::from(std::env::var("COVEN_SHARED").unwrap_or_else(|_| beside.into())).join(file);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}
