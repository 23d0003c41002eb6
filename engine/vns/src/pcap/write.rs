//! Captures written: pcap with nanoseconds, through a buffer that is flushed when traffic pauses.
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use pcap_file::pcap::PcapHeader;
use pcap_file::{DataLink, Endianness, TsResolution};

use crate::{Frames, OpenError, Packet};

const BUFFER: usize = 256 * 1024;
/// How long a packet may wait in the buffer.
const FLUSH_AFTER: Duration = Duration::from_millis(100);

pub(crate) struct Writer {
    name: String,
    file: BufWriter<File>,
    scratch: Vec<u8>,
    unflushed: Option<Instant>,
    failed: Option<String>,
}

impl Writer {
    pub fn create(name: &str) -> Result<Self, OpenError> {
        let refuse = |why: String| OpenError::new("file-not-writable", format!("{name} can't be written: {why}"));
        let file = File::create(name).map_err(|error| refuse(error.to_string()))?;
        let mut file = BufWriter::with_capacity(BUFFER, file);
        let header = PcapHeader {
            snaplen: u16::MAX.into(),
            datalink: DataLink::ETHERNET,
            ts_resolution: TsResolution::NanoSecond,
            endianness: Endianness::native(),
            ..PcapHeader::default()
        };
        header.write_to(&mut file).map_err(|error| refuse(error.to_string()))?;
        file.flush().map_err(|error| refuse(error.to_string()))?;
        let scratch = Vec::with_capacity(16 + usize::from(u16::MAX));
        Ok(Self { name: name.into(), file, scratch, unflushed: None, failed: None })
    }

    /// Append a packet. After a failure nothing more is written.
    pub fn write(&mut self, frames: &Frames, packet: Packet, time_ns: u64) {
        if self.failed.is_some() {
            return;
        }
        let length = u32::from(packet.length);
        self.scratch.clear();
        for field in [(time_ns / 1_000_000_000) as u32, (time_ns % 1_000_000_000) as u32, length, length] {
            self.scratch.extend(field.to_ne_bytes());
        }
        self.scratch.resize(16 + usize::from(packet.length), 0);
        frames.copy_out(packet.frame, packet.offset.into(), &mut self.scratch[16..]);
        let done = self.file.write_all(&self.scratch);
        self.note(done);
        if self.unflushed.is_none() {
            self.unflushed = Some(Instant::now());
        }
    }

    /// When the buffer wants to be flushed.
    pub fn due(&self) -> Option<Instant> {
        self.unflushed.map(|since| since + FLUSH_AFTER)
    }

    pub fn flush_when_due(&mut self) {
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.unflushed = None;
            let done = self.file.flush();
            self.note(done);
        }
    }

    /// Why nothing is written any more.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    fn note(&mut self, done: std::io::Result<()>) {
        if let Err(error) = done {
            self.failed.get_or_insert(format!("{} can't be written: {error}", self.name));
        }
    }
}
