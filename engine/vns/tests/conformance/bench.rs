//! A pool, a stock that is counted, and bounded waiting.
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use coven_vns::{Frames, OpenError, Packet, Port, Received, Stock};
use rustix::event::{poll, PollFd, PollFlags};
use serde_json::Value;

pub const DATA_OFFSET: u16 = 320;
/// Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// The free frames.
pub struct Shelf(pub Vec<u32>);

impl Stock for Shelf {
    fn take(&mut self) -> Option<u32> {
        self.0.pop()
    }

    fn give(&mut self, frame: u32) {
        assert!(!self.0.contains(&frame), "frame {frame} came home twice");
        self.0.push(frame);
    }
}

pub struct Bench {
    pub frames: Frames,
    pub shelf: Shelf,
    completed: Vec<u32>,
}

impl Bench {
    pub fn new(count: u32, size: u32) -> Self {
        let count = count.max(1);
        Self { frames: Frames::leaked(count, size), shelf: Shelf((0..count).collect()), completed: Vec::new() }
    }

    /// A pool that begins with a page, as an engine's does.
    #[allow(unsafe_code)]
    pub fn with_pages(count: u32, size: u32) -> Self {
        let layout = std::alloc::Layout::from_size_align(count as usize * size as usize, 4096).unwrap();
        // SAFETY: so much memory, zeroed, and never given back.
        let frames = unsafe { Frames::new(std::alloc::alloc_zeroed(layout), count, size) };
        Self { frames, ..Self::new(count, 1) }
    }

    pub fn read(&self, packet: Packet) -> Vec<u8> {
        let mut bytes = vec![0; packet.length.into()];
        self.frames.copy_out(packet.frame, packet.offset.into(), &mut bytes);
        bytes
    }

    pub fn receive(&mut self, port: &mut dyn Port, max: usize) -> Vec<Received> {
        let mut into = Vec::new();
        port.receive(&self.frames, &mut self.shelf, DATA_OFFSET, max, &mut into);
        assert!(into.len() <= max, "{} packets though {max} were asked for", into.len());
        into
    }

    /// Receive until `count` packets came; their frames go home.
    pub fn collect_raw(&mut self, port: &mut dyn Port, count: usize) -> Vec<(Received, Vec<u8>)> {
        let (mut all, until) = (Vec::new(), Instant::now() + PATIENCE);
        while all.len() < count {
            assert!(Instant::now() < until, "{} of {count} packets came; the port is {:?}", all.len(), port.state());
            let burst = self.receive(port, 32.min(count - all.len()));
            if burst.is_empty() {
                wait(port);
            }
            for received in burst {
                all.push((received, self.read(received.packet)));
                self.shelf.give(received.packet.frame);
            }
        }
        all
    }

    pub fn collect(&mut self, port: &mut dyn Port, count: usize) -> Vec<Vec<u8>> {
        let check = |(received, bytes): (Received, Vec<u8>)| {
            assert_eq!(received.fault, None);
            bytes
        };
        self.collect_raw(port, count).into_iter().map(check).collect()
    }

    /// Transmit in bursts until all are taken or the port takes no more; frames go home as they are completed.
    pub fn transmit(&mut self, port: &mut dyn Port, packets: &[Vec<u8>]) -> usize {
        let mut taken = 0;
        for burst in packets.chunks(32) {
            let frames: Vec<Packet> = burst.iter().map_while(|bytes| self.write(bytes)).collect();
            let now = port.transmit(&self.frames, &frames);
            taken += now;
            frames[now..].iter().for_each(|packet| self.shelf.give(packet.frame));
            self.reap(port);
            if now < burst.len() {
                break;
            }
        }
        taken
    }

    pub fn write(&mut self, bytes: &[u8]) -> Option<Packet> {
        let frame = self.shelf.take()?;
        self.frames.copy_in(frame, DATA_OFFSET.into(), bytes);
        Some(Packet { frame, offset: DATA_OFFSET, length: bytes.len() as u16 })
    }

    /// Take home what was transmitted.
    pub fn reap(&mut self, port: &mut dyn Port) -> usize {
        port.completed(&mut self.completed);
        let count = self.completed.len();
        self.completed.drain(..).for_each(|frame| self.shelf.give(frame));
        count
    }
}

/// A port that keeps no frames, so that any pool will do.
pub fn open(backend: &str, options: &Value) -> Result<Box<dyn Port>, OpenError> {
    coven_vns::open(backend, options, &Frames::leaked(1, 64))
}

/// Sleep as an engine would: on the descriptor, until the port is due, a second at most. True: the port gave a sign.
pub fn wait(port: &dyn Port) -> bool {
    let left = port.due().map_or(1000, |due| due.saturating_duration_since(Instant::now()).as_millis().min(1000));
    readable(port, left as u64) || port.due().is_some_and(|due| due <= Instant::now())
}

/// Does the descriptor say something within this time?
#[allow(unsafe_code)]
pub fn readable(port: &dyn Port, within_ms: u64) -> bool {
    let timeout = Duration::from_millis(within_ms).try_into().unwrap();
    // SAFETY: the port is borrowed, so its descriptor stays open.
    let descriptor = port.descriptor().map(|raw| unsafe { BorrowedFd::borrow_raw(raw) });
    let mut polled: Vec<PollFd> = descriptor.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    poll(&mut polled, Some(&timeout)).unwrap() > 0
}

/// Bounded wait for something that will be so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < end, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A packet that no protocol of the host answers, told apart by its number.
pub fn packet(number: usize, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length).map(|at| (at * 7 + number) as u8).collect();
    bytes[..14].copy_from_slice(&[2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5]);
    bytes[14..18].copy_from_slice(&(number as u32).to_be_bytes());
    bytes
}

pub fn packets(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| packet(number, 60 + number % 40)).collect()
}

/// A folder of its own that goes with the value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coven-vns-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
