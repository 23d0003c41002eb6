//! `plugin`: a backend from outside of this source, in a shared object that keeps to `coven_vns.h`. It is loaded only from the
//! folder that the operator names, since it runs with all that the engine may do.
mod abi;

use std::os::fd::RawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::options::Options;
use crate::{Frames, Missed, OpenError, Packet, Port, Received, State, Stock};
use abi::Opened;

/// The folder; the engine's environment has it from the operator, and no plan can change it.
const FOLDER: &str = "COVEN_PLUGINS";
const OTHERS_WRITE: u32 = 0o002;

pub(crate) struct Plugin(Opened);

impl Plugin {
    pub fn open(options: &Options, frames: &Frames) -> Result<Self, OpenError> {
        options.only(&["file", "arguments"])?;
        let plain = |name: &&str| !name.contains('/') && name.ends_with(".so");
        let name = options.text("file")?.filter(plain);
        let name = name.ok_or_else(|| options.bad("file", "has to be the name of a file NAME.so, without its folder"))?;
        let file = find(name)?;
        let opened = Opened::open(&file, options.text("arguments")?.unwrap_or(""), frames);
        opened.map(Self).map_err(|why| OpenError::new("plugin-failed", format!("plugin {}: {why}", file.display())))
    }
}

/// In the operator's folder, and nothing that others could have put there.
fn find(name: &str) -> Result<PathBuf, OpenError> {
    let folder = std::env::var_os(FOLDER).filter(|folder| Path::new(folder).is_absolute()).map(PathBuf::from);
    let refuse = |message: String| OpenError::new("plugin-not-allowed", message);
    let folder = folder.ok_or_else(|| {
        refuse(format!("plugin {name} is not loaded: the operator has named no folder; set {FOLDER} to its absolute path where covend starts"))
    })?;
    let file = folder.join(name);
    let ours = std::fs::metadata("/proc/self").map_or(0, |own| own.uid());
    for path in [&folder, &file] {
        let about = std::fs::metadata(path).map_err(|error| {
            OpenError::new("plugin-missing", format!("plugin {}: {error}; {FOLDER} names its folder", path.display()))
        })?;
        if about.mode() & OTHERS_WRITE != 0 || ![0, ours].contains(&about.uid()) {
            return Err(refuse(format!(
                "{} may be written by others; make it the engine's user's own (chmod o-w)",
                path.display()
            )));
        }
    }
    Ok(file)
}

impl Port for Plugin {
    fn receive(&mut self, frames: &Frames, stock: &mut dyn Stock, data_offset: u16, max: usize, into: &mut Vec<Received>) {
        self.0.receive(frames, stock, data_offset, max, into);
    }

    fn transmit(&mut self, _: &Frames, packets: &[Packet]) -> usize {
        self.0.transmit(packets)
    }

    fn completed(&mut self, into: &mut Vec<u32>) {
        self.0.completed(into);
    }

    fn descriptor(&self) -> Option<RawFd> {
        self.0.descriptor()
    }

    fn due(&self) -> Option<Instant> {
        self.0.due_in().map(|left| Instant::now() + left)
    }

    fn holds(&self) -> usize {
        self.0.holds()
    }

    fn missed(&mut self) -> Missed {
        let (rx, tx) = self.0.missed();
        Missed { rx, tx }
    }

    fn state(&self) -> State {
        self.0.down().map_or(State::Up, State::Down)
    }

    fn largest(&self) -> usize {
        self.0.largest()
    }
}
