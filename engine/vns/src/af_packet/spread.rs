//! The program by which the kernel spreads an interface's packets over the sockets of its threads (PACKET_FANOUT_CBPF): it gives a hash of
//! the flow that both directions have alike, and that a packet has alike behind an NSH and without one. The kernel's own
//! (PACKET_FANOUT_HASH) does not look behind an NSH.
//!
//! It counts from the network header. Fragments go by their addresses alone; what is not IP is the first thread's.
use libc::{
    sock_filter, BPF_ABS, BPF_ADD, BPF_ALU, BPF_AND, BPF_B, BPF_H, BPF_IMM, BPF_IND, BPF_JA, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K,
};
use libc::{
    BPF_A, BPF_LD, BPF_LDX, BPF_LSH, BPF_MEM, BPF_MISC, BPF_MUL, BPF_RET, BPF_RSH, BPF_ST, BPF_STX, BPF_TAX, BPF_TXA, BPF_W,
    BPF_X,
};
use wire::{ether_type, next_protocol, protocol};

/// Ancillary data of the kernel (linux/filter.h): the EtherType, and where the packet comes from.
const PROTOCOL: u32 = -0x1000_i32 as u32;
const KIND: u32 = PROTOCOL + 4;

/// Memory of the program: what is needed a moment later, where a header begins, the sum over the flow.
const LATER: u32 = 0;
const HEADER: u32 = 1;
const SUM: u32 = 2;

/// Odd, so that products keep every bit of what they are of (Fibonacci hashing; a prime of xxHash).
const GOLDEN: u32 = 0x9e37_79b1;
const PRIME: u32 = 0x85eb_ca77;

/// Instructions, with jumps to names that come later.
#[derive(Default)]
struct Code {
    code: Vec<sock_filter>,
    jumps: Vec<(usize, &'static str)>,
    places: Vec<(&'static str, usize)>,
}

impl Code {
    fn push(&mut self, code: u32, k: u32) -> &mut Self {
        self.code.push(sock_filter { code: code as u16, jt: 0, jf: 0, k });
        self
    }

    fn jump_if(&mut self, test: u32, k: u32, to: &'static str) -> &mut Self {
        self.jumps.push((self.code.len(), to));
        self.push(BPF_JMP | test | BPF_K, k)
    }

    fn if_is(&mut self, k: impl Into<u32>, to: &'static str) -> &mut Self {
        self.jump_if(BPF_JEQ, k.into(), to)
    }

    fn go(&mut self, to: &'static str) -> &mut Self {
        self.jump_if(BPF_JA, 0, to)
    }

    fn here(&mut self, name: &'static str) -> &mut Self {
        self.places.push((name, self.code.len()));
        self
    }

    /// A = bytes of this size, so far behind X.
    fn load(&mut self, size: u32, at: u32) -> &mut Self {
        self.push(BPF_LD | BPF_IND | size, at)
    }

    fn keep(&mut self, cell: u32) -> &mut Self {
        self.push(BPF_ST, cell)
    }

    fn get(&mut self, cell: u32) -> &mut Self {
        self.push(BPF_LD | BPF_MEM, cell)
    }

    fn get_x(&mut self, cell: u32) -> &mut Self {
        self.push(BPF_LDX | BPF_MEM, cell)
    }

    fn with(&mut self, operation: u32, k: u32) -> &mut Self {
        self.push(BPF_ALU | operation | BPF_K, k)
    }

    fn add_x(&mut self) -> &mut Self {
        self.push(BPF_ALU | BPF_ADD | BPF_X, 0)
    }

    /// X = A.
    fn move_x(&mut self) -> &mut Self {
        self.push(BPF_MISC | BPF_TAX, 0)
    }

    /// X goes on by so many bytes; A is what it was.
    fn step(&mut self, bytes: u32) -> &mut Self {
        self.keep(LATER).push(BPF_MISC | BPF_TXA, 0).with(BPF_ADD, bytes).move_x().get(LATER)
    }

    fn finish(mut self) -> Vec<sock_filter> {
        for (at, to) in self.jumps {
            let place = self.places.iter().find(|(name, _)| *name == to).map_or(at + 1, |(_, place)| *place);
            let one = &mut self.code[at];
            match u32::from(one.code) & 0xf0 {
                BPF_JA => one.k = (place - at - 1) as u32,
                _ => one.jt = (place - at - 1) as u8,
            }
        }
        self.code
    }
}

/// The whole program.
pub(crate) fn by_flow() -> Vec<sock_filter> {
    let mut code = Code::default();
    code.push(BPF_LD | BPF_ABS | BPF_H, PROTOCOL).push(BPF_LDX | BPF_IMM, 0);
    one_tag(&mut code, "tag", "no tag");
    code.if_is(ether_type::NSH, "nsh").go("ip");
    behind_nsh(&mut code);
    code.here("ip").if_is(ether_type::IPV4, "ipv4").if_is(ether_type::IPV6, "ipv6").go("none");
    ipv4(&mut code);
    ipv6(&mut code);
    // The ports, in either order; A and X are at the transport header.
    code.here("ports").load(BPF_H, 0).keep(LATER).load(BPF_H, 2).get_x(LATER).add_x().with(BPF_MUL, PRIME);
    code.get_x(SUM).add_x().keep(SUM);
    code.here("mix").get(SUM).with(BPF_MUL, GOLDEN).with(BPF_RSH, 16).push(BPF_RET | BPF_A, 0);
    code.here("none").push(BPF_RET | BPF_K, 0);
    code.finish()
}

/// A is an EtherType and X behind it: if it is that of a tag, go on behind that.
fn one_tag(code: &mut Code, tag: &'static str, no_tag: &'static str) {
    code.if_is(ether_type::VLAN, tag).if_is(ether_type::QINQ, tag).go(no_tag);
    code.here(tag).load(BPF_H, 2).step(4).here(no_tag);
}

/// To the packet inside: A its EtherType, X where it begins.
fn behind_nsh(code: &mut Code) {
    code.here("nsh").load(BPF_B, 3).keep(HEADER);
    code.load(BPF_B, 1).with(BPF_AND, 0x3f).with(BPF_LSH, 2).add_x().move_x().get(HEADER);
    for (next, inner) in
        [(next_protocol::IPV4, "inner ipv4"), (next_protocol::IPV6, "inner ipv6"), (next_protocol::ETHERNET, "inner")]
    {
        code.if_is(next, inner);
    }
    code.go("none");
    code.here("inner ipv4").push(BPF_LD | BPF_IMM, ether_type::IPV4.into()).go("ip");
    code.here("inner ipv6").push(BPF_LD | BPF_IMM, ether_type::IPV6.into()).go("ip");
    code.here("inner").load(BPF_H, 12).step(14);
    one_tag(code, "inner tag", "no inner tag");
}

/// Where the header begins, and the first word of the addresses.
fn begin(code: &mut Code, addresses: u32) {
    code.push(BPF_STX, HEADER).load(BPF_W, addresses).keep(SUM);
}

/// A and X as they come; the sum gets one word more.
fn sum_up(code: &mut Code, at: u32) {
    code.load(BPF_W, at).get_x(SUM).add_x().keep(SUM).get_x(HEADER);
}

fn ipv4(code: &mut Code) {
    code.here("ipv4");
    begin(code, 12);
    sum_up(code, 16);
    code.load(BPF_H, 6).jump_if(BPF_JSET, 0x3fff, "mix").load(BPF_B, 9);
    code.if_is(protocol::TCP, "header").if_is(protocol::UDP, "header").go("mix");
    code.here("header").load(BPF_B, 0).with(BPF_AND, 0xf).with(BPF_LSH, 2).add_x().move_x().go("ports");
}

fn ipv6(code: &mut Code) {
    code.here("ipv6");
    begin(code, 8);
    (12..40).step_by(4).for_each(|at| sum_up(code, at));
    code.load(BPF_B, 6).if_is(protocol::TCP, "fixed header").if_is(protocol::UDP, "fixed header").go("mix");
    code.here("fixed header").step(40);
}

/// Nothing at all is received.
pub(crate) fn nothing() -> Vec<sock_filter> {
    let mut code = Code::default();
    code.push(BPF_RET | BPF_K, 0);
    code.finish()
}

/// What the host sends by the interface is not received.
pub(crate) fn arriving() -> Vec<sock_filter> {
    let mut code = Code::default();
    code.push(BPF_LD | BPF_ABS | BPF_W, KIND).if_is(libc::PACKET_OUTGOING, "none").push(BPF_RET | BPF_K, u32::MAX);
    code.here("none").push(BPF_RET | BPF_K, 0);
    code.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_jump_has_its_place() {
        for program in [by_flow(), nothing(), arriving()] {
            let length = program.len();
            assert!(length <= libc::BPF_MAXINSNS as usize);
            assert_eq!(u32::from(program[length - 1].code) & 7, BPF_RET);
            for (at, one) in program.iter().enumerate().filter(|(_, one)| u32::from(one.code) & 7 == BPF_JMP) {
                let unconditional = u32::from(one.code) & 0xf0 == BPF_JA;
                let to = at + 1 + if unconditional { one.k as usize } else { one.jt.into() };
                assert!(to < length && (to > at + 1 || !unconditional), "jump at {at}");
            }
        }
    }
}
