//! What is set of contexts holds for all packets, and no bytes that components write make it fail.
mod common;
use common::*;
use coven_nshp::{Bits, Context, Contexts, End, Entry, Path, Role, Seen};
use proptest::prelude::*;

const MASK: u128 = 0xffff_0000_0000_0000_0000_0000_0000_000f;
const VALUE: u128 = 0x1234_ffff_ffff_ffff_ffff_ffff_ffff_fff5;

fn watched() -> Contexts {
    let mut contexts = Contexts::default();
    contexts.seen = Some(Seen::default());
    assert!(contexts.set(SPI, None, Bits { mask: MASK, value: VALUE }));
    contexts
}

/// Every MD type and next protocol, with what may be a context and what may be a packet.
fn nsh_frame() -> impl Strategy<Value = Vec<u8>> {
    let length = |md: u8, words: u8| if md == 1 { 6 } else { words };
    let base = (0u8..4, 2u8..16, 0u8..6, 1u8..=255);
    (base, prop::collection::vec(any::<u8>(), 16..200)).prop_map(move |((md, words, next, si), tail)| {
        let nsh = [0x0f, 0xc0 | length(md, words), md, next, 0, 0, SPI as u8, si];
        [&[2; 12][..], &[0x89, 0x4f], &nsh, &tail].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn what_is_set_leaves_so_and_nothing_else_changes(aware: bool, packet in nsh_frame(), written: [u8; 16]) {
        let role = if aware { Role::Aware } else { Role::Proxy };
        let mut bench = Bench::between(role, role).path(Path { context: Context::Known, oam: true, ..Path::default() });
        let Entry::Nsh(inside) = bench.enter(&packet) else { return Ok(()) };
        let mut contexts = watched();
        let view = bench.view(inside.offset, inside.length);
        let mut context = inside.context;
        contexts.pass(End::In(1), &bench.kept, view, &mut context);
        let in_frame = inside.offset + 22;
        let fixed = packet[16] == 1;
        if fixed && aware && !inside.straight {
            prop_assert_eq!(bench.read(in_frame, 16), context.to_vec());
            bench.frames.copy_in(0, in_frame.into(), &written);
        } else if fixed {
            context = written;
        }
        contexts.pass(End::Out, &bench.kept, bench.view(inside.offset, inside.length), &mut context);
        let out = bench.leave(inside.offset, inside.length, context).unwrap();
        let mut expected = packet.clone();
        expected[21] -= 1;
        if fixed {
            // What passes the components by keeps the context that it came with.
            let whole = u128::from_be_bytes(if inside.straight { inside.context } else { written });
            expected[22..38].copy_from_slice(&(whole & !MASK | VALUE & MASK).to_be_bytes());
        }
        prop_assert_eq!(out, expected);
        let seen = contexts.seen.as_ref().unwrap();
        prop_assert_eq!(seen.paths().map(|(path, sight)| (path >> 8, sight.packets)).collect::<Vec<_>>(), [(SPI, 1)]);
    }

    #[test]
    fn no_bytes_make_it_fail(aware: bool, packet in nsh_frame(), written in prop::collection::vec(any::<u8>(), 0..300), offset: u16, length in 0u16..2000) {
        let role = if aware { Role::Aware } else { Role::Proxy };
        let mut bench = Bench::between(role, role).path(Path { oam: true, unknown: true, ..Path::default() });
        bench.enter(&packet);
        let (offset, mut context) = (offset % (2048 - length), [0; 16]);
        bench.frames.copy_in(0, u32::from(offset) % 1700, &written);
        let mut contexts = watched();
        contexts.pass(End::In(1), &bench.kept, bench.view(offset, length), &mut context);
        contexts.pass(End::Out, &bench.kept, bench.view(offset, length), &mut context);
        let _ = bench.leave(offset, length, context);
    }
}
