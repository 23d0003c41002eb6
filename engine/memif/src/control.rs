//! The control socket: messages with a file each.
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::net::{
    self, AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

use crate::message::{decode, encode, Message, BYTES};

/// Peers that wait to be greeted.
const BACKLOG: i32 = 4;

fn socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?)
}

/// One connection.
pub struct Channel {
    socket: OwnedFd,
    name: String,
}

impl Channel {
    pub fn connect(path: &Path, name: &str) -> io::Result<Self> {
        let socket = socket()?;
        net::connect(&socket, &SocketAddrUnix::new(path)?)?;
        Ok(Self { socket, name: name.into() })
    }

    /// A peer that takes no message of 128 bytes reads none of them: it is as good as gone.
    pub fn send(&self, message: &Message, file: Option<BorrowedFd>) -> io::Result<()> {
        let bytes = encode(message, &self.name);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut with = SendAncillaryBuffer::new(&mut space);
        let files: Vec<BorrowedFd> = file.into_iter().collect();
        if !files.is_empty() {
            with.push(SendAncillaryMessage::ScmRights(&files));
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        net::sendmsg(&self.socket, &[IoSlice::new(&bytes)], &mut with, flags)?;
        Ok(())
    }

    /// The next message and its file; none if there is none yet. An error: the peer went, or speaks another language.
    pub fn receive(&self) -> io::Result<Option<(Message, Option<OwnedFd>)>> {
        let mut bytes = [0; BYTES];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut with = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let got = match net::recvmsg(&self.socket, &mut [IoSliceMut::new(&mut bytes)], &mut with, flags) {
            Ok(got) => got,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut files = with.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(files) => Some(files),
            _ => None,
        });
        let file = files.by_ref().flatten().next();
        match got.bytes {
            0 => Err(io::Error::other("the peer closed the connection")),
            BYTES => match decode(&bytes) {
                Some(message) => Ok(Some((message, file))),
                None => Err(io::Error::other("the peer sent a message of an unknown type")),
            },
            other => Err(io::Error::other(format!("the peer sent a message of {other} bytes instead of {BYTES}"))),
        }
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Where clients connect; the socket goes with it.
pub struct Listener {
    socket: OwnedFd,
    path: PathBuf,
}

impl Listener {
    /// For the user alone (mode 0600). A socket that nobody listens at any more is replaced.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let socket = socket()?;
        rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?; // the file that `bind` makes has the socket's mode
        let address = SocketAddrUnix::new(path)?;
        match net::bind(&socket, &address) {
            Err(rustix::io::Errno::ADDRINUSE) if is_abandoned(path) => {
                std::fs::remove_file(path)?;
                net::bind(&socket, &address)?;
            }
            other => other?,
        }
        let bound = Self { socket, path: path.into() };
        net::listen(&bound.socket, BACKLOG)?;
        Ok(bound)
    }

    /// A client, if one waits.
    pub fn accept(&self, name: &str) -> Option<Channel> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        net::accept_with(&self.socket, flags).ok().map(|socket| Channel { socket, name: name.into() })
    }
}

/// A socket whose server is gone refuses; what is no socket is none of ours.
fn is_abandoned(path: &Path) -> bool {
    let refused = Channel::connect(path, "").err().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|about| std::os::unix::fs::FileTypeExt::is_socket(&about.file_type()));
    refused && is_socket
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
