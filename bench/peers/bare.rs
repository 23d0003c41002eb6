//! The peer `bare` in Rust: the forwarder's loop over rings with what Rust has. It reads the EtherType of every packet and counts it; it parks as the
//! SDK parks, but checks nothing and keeps no ledger and no owners. Started by bare.c, which is source and sink and maps the same memory (descriptor 3;
//! this bell is 4, its own 5).
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

const CAPACITY: u32 = 1024;
const BURST: usize = 32;
const FRAME: usize = 2048;
const OUT: usize = 0;
const BACK: usize = 8448;
const PARK_THERE: usize = 16896;
const PARK_HERE: usize = 17024;
const OVER: usize = 17152;
const POOL: usize = 20480;
const HEAD: usize = 0;
const TAIL: usize = 128;
const SLOTS: usize = 256;

extern "C" {
    fn mmap(at: *mut u8, length: usize, protection: i32, flags: i32, file: i32, offset: i64) -> *mut u8;
}

struct Memory(*mut u8);

impl Memory {
    fn word(&self, at: usize) -> &AtomicU32 {
        // SAFETY: `at` is a constant of the layout, aligned and within the mapping.
        unsafe { &*self.0.add(at).cast() }
    }
    fn slot(&self, ring: usize, cursor: u32) -> &AtomicU64 {
        // SAFETY: as above; the cursor is masked.
        unsafe { &*self.0.add(ring + SLOTS + 8 * (cursor & (CAPACITY - 1)) as usize).cast() }
    }
    fn ether_type(&self, descriptor: u64) -> u16 {
        let at = POOL + (descriptor & 0x3f_ffff) as usize * FRAME + (descriptor >> 32 & 0xffff) as usize + 12;
        // SAFETY: the source makes descriptors within the pool.
        unsafe { u16::from_be_bytes([*self.0.add(at), *self.0.add(at + 1)]) }
    }
}

struct Bare {
    memory: Memory,
    bell: File,
    their_bell: File,
    taken: u32,
    head: u32,
    posted: u32,
    tail: u32,
    yields: u32,
}

impl Bare {
    fn take(&mut self, into: &mut [u64; BURST]) -> usize {
        if (self.head.wrapping_sub(self.taken) as usize) < BURST {
            self.head = self.memory.word(OUT + HEAD).load(Ordering::Acquire);
        }
        let count = (self.head.wrapping_sub(self.taken) as usize).min(BURST);
        for (i, one) in into[..count].iter_mut().enumerate() {
            *one = self.memory.slot(OUT, self.taken.wrapping_add(i as u32)).load(Ordering::Relaxed);
        }
        if count > 0 {
            self.taken = self.taken.wrapping_add(count as u32);
            self.memory.word(OUT + TAIL).store(self.taken, Ordering::Release);
        }
        count
    }

    fn post(&mut self, burst: &[u64]) -> usize {
        let mut room = CAPACITY - self.posted.wrapping_sub(self.tail);
        if (room as usize) < burst.len() {
            self.tail = self.memory.word(BACK + TAIL).load(Ordering::Acquire);
            room = CAPACITY - self.posted.wrapping_sub(self.tail);
        }
        let most = (room as usize).min(burst.len());
        if most == 0 {
            return 0;
        }
        for (i, one) in burst[..most].iter().enumerate() {
            self.memory.slot(BACK, self.posted.wrapping_add(i as u32)).store(*one, Ordering::Relaxed);
        }
        self.posted = self.posted.wrapping_add(most as u32);
        self.memory.word(BACK + HEAD).store(self.posted, Ordering::SeqCst);
        let park = self.memory.word(PARK_THERE);
        if park.load(Ordering::SeqCst) != 0 && park.swap(0, Ordering::SeqCst) != 0 {
            self.their_bell.write_all(b"!").expect("the bell of bare.c");
        }
        most
    }

    fn is_over(&self) -> bool {
        self.memory.word(OVER).load(Ordering::Relaxed) != 0
    }

    fn rest(&mut self) {
        self.yields += 1;
        if self.yields % 3 != 0 {
            std::thread::yield_now();
            return;
        }
        self.memory.word(PARK_HERE).store(1, Ordering::SeqCst);
        if self.memory.word(OUT + HEAD).load(Ordering::SeqCst) == self.taken && !self.is_over() {
            let _ = self.bell.read(&mut [0; 64]).expect("this bell");
        }
        self.memory.word(PARK_HERE).swap(0, Ordering::SeqCst);
    }

    fn run(&mut self) -> u64 {
        let (mut burst, mut counted) = ([0; BURST], 0);
        while !self.is_over() {
            let count = self.take(&mut burst);
            if count == 0 {
                self.rest();
                continue;
            }
            counted += burst[..count].iter().filter(|one| self.memory.ether_type(**one) == 0x0800).count() as u64;
            let mut done = 0;
            while done < count && !self.is_over() {
                let sent = self.post(&burst[done..count]);
                done += sent;
                if sent == 0 {
                    std::thread::yield_now();
                }
            }
        }
        counted
    }
}

fn main() {
    // SAFETY: bare.c opens these descriptors for this program.
    let [file, bell, their_bell] = [3, 4, 5].map(|number| unsafe { File::from_raw_fd(number) });
    let length = file.metadata().expect("descriptor 3").len() as usize;
    // SAFETY: a new mapping; the result is checked.
    let memory = unsafe { mmap(std::ptr::null_mut(), length, 3, 1, 3, 0) };
    assert!(memory as isize != -1, "bare: mmap");
    let mut bare = Bare { memory: Memory(memory), bell, their_bell, taken: 0, head: 0, posted: 0, tail: 0, yields: 0 };
    assert!(bare.run() > 0, "bare: no packet was seen");
}
