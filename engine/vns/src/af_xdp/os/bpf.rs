//! The program that hands the packets of an interface to the sockets, and what keeps it there: a link, which goes with the process in
//! every way of ending. All by bpf(2); the program is six instructions.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::socket::check;

const MAP_CREATE: i32 = 0;
const MAP_UPDATE_ELEM: i32 = 2;
const PROG_LOAD: i32 = 5;
const LINK_CREATE: i32 = 28;

const MAP_TYPE_XSKMAP: u32 = 17;
const PROG_TYPE_XDP: u32 = 6;
const ATTACH_XDP: u32 = 37;
const PSEUDO_MAP_FD: u8 = 1;
const REDIRECT_MAP: i32 = 51;
const RX_QUEUE_INDEX: i16 = 16;
const XDP_PASS: i32 = 2;

/// Attributes of a call, as 32-bit words in the order of `union bpf_attr`; those not named are zero.
#[repr(C, align(8))]
struct Attributes([u32; 32]);

impl Attributes {
    fn new(words: &[u32]) -> Self {
        let mut all = [0; 32];
        all[..words.len()].copy_from_slice(words);
        Self(all)
    }

    /// A pointer takes two words, in the order of the machine.
    fn with_pointer<T>(mut self, word: usize, to: *const T) -> Self {
        let bytes = (to as u64).to_ne_bytes();
        for (half, four) in bytes.chunks_exact(4).enumerate() {
            self.0[word + half] = u32::from_ne_bytes(four.try_into().expect("4 bytes"));
        }
        self
    }

    /// Returns a descriptor, or 0. What pointers point to has to be alive.
    fn call(&self, command: i32) -> io::Result<i32> {
        // SAFETY: the kernel reads the attributes, whose pointers the callers below keep alive.
        let result = unsafe { libc::syscall(libc::SYS_bpf, command, self.0.as_ptr(), size_of::<Self>()) };
        check(result as i32)
    }

    fn make(&self, command: i32) -> io::Result<OwnedFd> {
        let fd = self.call(command)?;
        // SAFETY: the call made this descriptor, and nobody else owns it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }
}

fn word(fd: BorrowedFd) -> u32 {
    fd.as_raw_fd() as u32
}

/// Which socket takes which queue (XSKMAP). Sockets leave it when they are closed.
pub(crate) struct Map(OwnedFd);

impl Map {
    pub fn new(queues: u32) -> io::Result<Self> {
        Attributes::new(&[MAP_TYPE_XSKMAP, 4, 4, queues]).make(MAP_CREATE).map(Self)
    }

    pub fn enter(&self, queue: u32, socket: BorrowedFd) -> io::Result<()> {
        let value = word(socket);
        let attributes = Attributes::new(&[word(self.0.as_fd())]).with_pointer(2, &queue).with_pointer(4, &value);
        attributes.call(MAP_UPDATE_ELEM).map(drop)
    }
}

#[repr(C)]
struct Instruction {
    code: u8,
    /// Destination in the low half, source in the high one.
    registers: u8,
    offset: i16,
    immediate: i32,
}

const fn instruction(code: u8, to: u8, from: u8, offset: i16, immediate: i32) -> Instruction {
    let registers = if cfg!(target_endian = "big") { to << 4 | from } else { from << 4 | to };
    Instruction { code, registers, offset, immediate }
}

pub(crate) struct Program(OwnedFd);

impl Program {
    /// `return bpf_redirect_map(map, ctx->rx_queue_index, XDP_PASS)`: what no socket takes goes on to the host.
    pub fn redirect(map: &Map) -> io::Result<Self> {
        const LOAD_IMMEDIATE: u8 = 0x18;
        const LOAD_WORD: u8 = 0x61;
        const MOVE: u8 = 0xb7;
        const CALL: u8 = 0x85;
        const EXIT: u8 = 0x95;
        let code = [
            instruction(LOAD_WORD, 2, 1, RX_QUEUE_INDEX, 0),
            instruction(LOAD_IMMEDIATE, 1, PSEUDO_MAP_FD, 0, map.0.as_raw_fd()),
            instruction(0, 0, 0, 0, 0),
            instruction(MOVE, 3, 0, 0, XDP_PASS),
            instruction(CALL, 0, 0, 0, REDIRECT_MAP),
            instruction(EXIT, 0, 0, 0, 0),
        ];
        let license = c"Apache-2.0";
        let attributes = Attributes::new(&[PROG_TYPE_XDP, code.len() as u32]);
        attributes.with_pointer(2, code.as_ptr()).with_pointer(4, license.as_ptr()).make(PROG_LOAD).map(Self)
    }
}

/// Where in the kernel the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// In the kernel's common code, after it made a packet of its own of it: works with every driver.
    Generic = 1 << 1,
    /// In the driver.
    Native = 1 << 2,
}

/// The program is on the interface as long as this lives.
pub(crate) struct Attached {
    _link: OwnedFd,
    pub mode: Mode,
}

impl Attached {
    /// Never in place of another program: EBUSY or EEXIST then.
    pub fn to(index: u32, program: &Program) -> io::Result<Self> {
        Self::in_mode(index, program, Mode::Native).or_else(|error| match error.raw_os_error() {
            Some(libc::EBUSY | libc::EEXIST | libc::EPERM | libc::ENODEV) => Err(error),
            _ => Self::in_mode(index, program, Mode::Generic),
        })
    }

    fn in_mode(index: u32, program: &Program, mode: Mode) -> io::Result<Self> {
        let attributes = Attributes::new(&[word(program.0.as_fd()), index, ATTACH_XDP, mode as u32]);
        attributes.make(LINK_CREATE).map(|link| Self { _link: link, mode })
    }
}
