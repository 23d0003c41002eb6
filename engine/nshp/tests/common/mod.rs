//! A frame with a packet in it, and hex.
#![allow(dead_code)]
use std::path::PathBuf;

use coven_nshp::{leave, Entry, Frames, Inside, Kept, Keys, Leaving, Path, Port, Role, View};

pub const SPI: u32 = 0x64;
pub const OFFSET: u16 = 320;
pub const LARGEST: usize = 1514;

/// One frame of the default size, the table entry that belongs to it, and the ports by which it comes and leaves.
#[derive(Debug)]
pub struct Bench {
    pub frames: Frames,
    pub port: Port,
    pub out: Role,
    pub back: bool,
    pub keys: Keys,
    pub kept: Kept,
}

impl Bench {
    pub fn new() -> Self {
        Self::between(Role::Proxy, Role::Proxy)
    }

    pub fn between(role: Role, out: Role) -> Self {
        let mut port = Port { role, ..Port::default() };
        port.paths.set(SPI, Path::default());
        Self { frames: Frames::leaked(1, 2048), port, out, back: false, keys: Keys::default(), kept: Kept::NONE }
    }

    /// What the service path SPI says.
    pub fn path(mut self, path: Path) -> Self {
        self.port.paths.set(SPI, path);
        self
    }

    pub fn view(&self, offset: u16, length: u16) -> View<'_> {
        View { frames: &self.frames, frame: 0, offset, length }
    }

    pub fn enter(&mut self, packet: &[u8]) -> Entry {
        self.frames.copy_in(0, OFFSET.into(), packet);
        let view = View { frames: &self.frames, frame: 0, offset: OFFSET, length: packet.len() as u16 };
        self.port.enter(view, &mut self.kept)
    }

    /// Enter a packet that has to pass.
    pub fn pass(&mut self, packet: &[u8]) -> Inside {
        match self.enter(packet) {
            Entry::Nsh(inside) => inside,
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

    /// What the components see of it.
    pub fn seen(&self, inside: &Inside) -> Vec<u8> {
        self.read(inside.offset, inside.length)
    }

    pub fn leave(&self, offset: u16, length: u16, context: [u8; 16]) -> Result<Vec<u8>, u32> {
        let mut kept = self.kept;
        kept.set_context(&context);
        let kept = (!kept.is_none()).then_some(&kept);
        let leaving = Leaving { packet: self.view(offset, length), kept, back: self.back, keys: &self.keys, largest: LARGEST };
        let (offset, length) = leave(self.out, &leaving)?;
        Ok(self.read(offset, length))
    }

    /// Enter and leave, with components in between that touch nothing.
    pub fn through(&mut self, packet: &[u8]) -> Result<Vec<u8>, u32> {
        let inside = self.pass(packet);
        self.leave(inside.offset, inside.length, inside.context)
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
        println!("SKIP NSH packets of other suites: {} is missing", path.display());
        return None;
    }
    Some(path)
}
