//! One thread's part of an interface that several threads have: its socket in their group. The kernel counts sockets in the order in
//! which they joined, and when an interface comes up again in the order in which they were made: so they are made and joined in the
//! order of the threads, on every interface, and both directions of a flow come to the same thread.
use std::io;

use super::link::Link;
use super::os::{Ring, Socket};
use super::{sockets, spread};
use crate::member::Meeting;
use crate::Member;

type Made = (Socket, Ring, Link);

pub(crate) struct Share {
    name: String,
    member: Member,
    joined: bool,
    /// It receives: all have joined.
    hears: bool,
}

impl Share {
    /// None: there is one thread only.
    pub fn of(name: &str, member: &Member) -> Option<Self> {
        let share = || Self { name: name.into(), member: member.clone(), joined: false, hears: false };
        (!member.is_alone()).then(share)
    }

    /// A socket that joins if it can and hears nothing as yet.
    pub fn open(&mut self) -> io::Result<Made> {
        let member = self.member.clone();
        member.meet(&self.name.clone(), |meeting| self.make(meeting))
    }

    fn make(&mut self, meeting: &mut Meeting) -> io::Result<Made> {
        let made = sockets(&self.name, |socket| socket.filter(&spread::nothing()))?;
        let (socket, _, link) = &made;
        self.hears = false;
        // Older kernels take no socket into a group before its interface is up.
        self.joined = link.is_up() && self.is_its_turn(meeting, link.index()) && self.join(socket, link.index(), meeting)?;
        Ok(made)
    }

    fn is_its_turn(&self, meeting: &Meeting, index: u32) -> bool {
        self.member.number == 0 || (meeting.index == index && meeting.members == self.member.number)
    }

    fn join(&self, socket: &Socket, index: u32, meeting: &mut Meeting) -> io::Result<bool> {
        let first = self.member.number == 0;
        let group = socket.join((!first).then_some(meeting.group))?;
        if first {
            socket.spread(&spread::by_flow())?;
        }
        *meeting = Meeting { index, group, members: self.member.number + 1 };
        Ok(true)
    }

    /// All have come together.
    pub fn is_whole(&self) -> bool {
        self.hears
    }

    /// Go on to come together, or begin anew where the interface was made anew: a socket that is in a group can't be bound again.
    pub fn look(&mut self, socket: &Socket, link: &Link) -> Option<Made> {
        let stale = if self.joined {
            link.is_another()
        } else {
            Socket::index_of(&self.name).is_ok() && (link.is_up() || link.is_another())
        };
        let member = self.member.clone();
        let name = self.name.clone();
        member.meet(&name, |meeting| {
            if stale {
                let index = Socket::index_of(&self.name).ok()?;
                return if self.is_its_turn(meeting, index) { self.make(meeting).ok() } else { None };
            }
            if self.joined && !self.hears && meeting.members == member.of {
                self.hears = socket.filter(&spread::arriving()).is_ok();
            }
            None
        })
    }
}
