//! Captures read: pcap and pcapng, of Ethernet, one record after the other.
use std::fs::File;
use std::io::{ErrorKind, Read, Seek};

use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption::{IfTsOffset, IfTsResol};
use pcap_file::pcapng::{Block, PcapNgReader};
use pcap_file::{DataLink, PcapError, TsResolution};

use crate::OpenError;

const PCAPNG_MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const NS: u128 = 1_000_000_000;

/// What a record says of its packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub time_ns: u64,
    /// Bytes that the packet had.
    pub original: usize,
}

enum Format {
    Pcap(PcapReader<File>),
    PcapNg(PcapNgReader<File>),
}

pub(crate) struct Reader {
    name: String,
    format: Format,
    number: u64,
}

impl Reader {
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let unreadable = |error: std::io::Error| OpenError::new("file-not-readable", format!("{name} can't be read: {error}"));
        let mut file = File::open(name).map_err(unreadable)?;
        let mut magic = [0; 4];
        let known = file.read_exact(&mut magic).is_ok();
        file.rewind().map_err(unreadable)?;
        let malformed = |error| OpenError::new("capture-malformed", format!("{name} is no pcap or pcapng file: {error}"));
        let format = if known && magic == PCAPNG_MAGIC {
            Format::PcapNg(PcapNgReader::new(file).map_err(malformed)?)
        } else {
            Format::Pcap(PcapReader::new(file).map_err(malformed)?)
        };
        let reader = Self { name: name.into(), format, number: 0 };
        reader.check_link().map_err(|why| OpenError::new("capture-not-ethernet", why))?;
        Ok(reader)
    }

    fn check_link(&self) -> Result<(), String> {
        match &self.format {
            Format::Pcap(reader) if reader.header().datalink != DataLink::ETHERNET => {
                Err(self.not_ethernet(reader.header().datalink))
            }
            _ => Ok(()),
        }
    }

    fn not_ethernet(&self, link: DataLink) -> String {
        format!("{} was not captured on Ethernet but on {link:?}", self.name)
    }

    /// The next record, its bytes to `bytes`; none at the end of the file. After an error there is no going on.
    pub fn next(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Record>, String> {
        self.number += 1;
        bytes.clear();
        let read = match &mut self.format {
            Format::Pcap(reader) => next_pcap(reader, bytes),
            Format::PcapNg(reader) => next_pcapng(reader, bytes),
        };
        read.map_err(|wrong| match wrong {
            Wrong::Link(link) => self.not_ethernet(link),
            Wrong::Format(PcapError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                format!("{} ends in the middle of packet {}", self.name, self.number)
            }
            Wrong::Format(error) => format!("{} is malformed at packet {}: {error}", self.name, self.number),
        })
    }
}

enum Wrong {
    Link(DataLink),
    Format(PcapError),
}

impl From<PcapError> for Wrong {
    fn from(error: PcapError) -> Self {
        Self::Format(error)
    }
}

/// The raw form: the checked one refuses packets that were longer than what the capture kept.
fn next_pcap(reader: &mut PcapReader<File>, bytes: &mut Vec<u8>) -> Result<Option<Record>, Wrong> {
    let unit = if reader.header().ts_resolution == TsResolution::NanoSecond { 1 } else { 1000 };
    let Some(packet) = reader.next_raw_packet().transpose()? else { return Ok(None) };
    bytes.extend_from_slice(&packet.data);
    let time_ns = u64::from(packet.ts_sec) * NS as u64 + u64::from(packet.ts_frac) * unit;
    Ok(Some(Record { time_ns, original: packet.orig_len as usize }))
}

fn next_pcapng(reader: &mut PcapNgReader<File>, bytes: &mut Vec<u8>) -> Result<Option<Record>, Wrong> {
    loop {
        let Some(block) = reader.next_block().transpose()? else { return Ok(None) };
        let (interface, ticks, original) = match block {
            Block::EnhancedPacket(packet) => {
                bytes.extend_from_slice(&packet.data);
                // The library reads units of any resolution as nanoseconds.
                (packet.interface_id as usize, packet.timestamp.as_nanos(), packet.original_len as usize)
            }
            Block::SimplePacket(packet) => {
                let original = packet.original_len as usize;
                bytes.extend_from_slice(&packet.data[..packet.data.len().min(original)]);
                (0, 0, original)
            }
            _ => continue,
        };
        let time_ns = absolute(reader, interface, ticks)?;
        return Ok(Some(Record { time_ns, original }));
    }
}

/// Nanoseconds since 1970 of a time stamp in the units of its interface (pcapng, if_tsresol and if_tsoffset).
fn absolute(reader: &PcapNgReader<File>, interface: usize, ticks: u128) -> Result<u64, Wrong> {
    let interface = reader.interfaces().get(interface).ok_or(PcapError::InvalidField("packet of an unknown interface"))?;
    if interface.linktype != DataLink::ETHERNET {
        return Err(Wrong::Link(interface.linktype));
    }
    let (mut a_second, mut offset_s) = (Some(1_000_000), 0);
    for option in &interface.options {
        match option {
            IfTsResol(power) if power & 0x80 != 0 => a_second = 2u128.checked_pow(u32::from(power & 0x7f)),
            IfTsResol(power) => a_second = 10u128.checked_pow((*power).into()),
            IfTsOffset(seconds) => offset_s = u128::from(*seconds),
            _ => {}
        }
    }
    let a_second = a_second.ok_or(PcapError::InvalidField("resolution of time stamps"))?;
    Ok((offset_s * NS + ticks * NS / a_second) as u64)
}
