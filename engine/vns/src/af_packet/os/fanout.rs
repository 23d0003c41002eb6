//! Sockets that share the packets of an interface, a thread each.
use std::io;

use libc::{c_int, sock_filter, sock_fprog};

use super::Socket;

/// The flags of a group lie above its kind. Outgoing packets are left out where the kernel knows how (Linux 6.3); the filters of the
/// sockets do so on all.
const KIND: u32 = libc::PACKET_FANOUT_CBPF | libc::PACKET_FANOUT_FLAG_IGNORE_OUTGOING;

impl Socket {
    /// Join the group with this number, or begin one; returns its number. The socket has to be bound to an interface that is up.
    pub fn join(&self, group: Option<u16>) -> io::Result<u16> {
        let kind = if group.is_some() { KIND } else { KIND | libc::PACKET_FANOUT_FLAG_UNIQUEID };
        self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &(u32::from(group.unwrap_or(0)) | kind << 16))?;
        self.get(libc::SOL_PACKET, libc::PACKET_FANOUT, 0u32).map(|group| group as u16)
    }

    /// Packets of the group go to the socket that the program counts out, by the order in which they joined.
    pub fn spread(&self, program: &[sock_filter]) -> io::Result<()> {
        self.load(libc::SOL_PACKET, libc::PACKET_FANOUT_DATA, program)
    }

    /// Receive only what the program lets through.
    pub fn filter(&self, program: &[sock_filter]) -> io::Result<()> {
        self.load(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, program)
    }

    fn load(&self, level: c_int, name: c_int, program: &[sock_filter]) -> io::Result<()> {
        let program = sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
        // The kernel copies what the pointer points to, which is borrowed for as long.
        self.set(level, name, &program)
    }
}
