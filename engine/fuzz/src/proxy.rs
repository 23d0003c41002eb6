//! A packet comes in, components write what they like where they like, and it leaves.
use crate::bytes::Bytes;
use nshp::{leave, ClassRule, Classifier, Entry, Frames, Hop, Inside, Kept, Keys, Leaving, Path, Port, Role, View};
use wire::{Found, Nsh, Outer};

const OFFSET: u16 = 320;
const SIZE: u16 = 2048;
const LARGEST: usize = 1514;
pub const SPI: u32 = 10;
pub const ROLES: [Role; 7] = [Role::Proxy, Role::Aware, Role::Classify, Role::Forward, Role::Terminate, Role::Edge, Role::None];

fn port(role: Role, knobs: u8) -> Port {
    let mut port = Port { role, ..Port::default() };
    port.paths.set(SPI, Path { oam: knobs & 1 != 0, unknown: knobs & 2 != 0, ..Path::default() });
    port.hops.add(SPI, None, Hop { path: 0, to: (knobs & 4 != 0).then_some([9; 6]), oam: true, unknown: true });
    if role == Role::Classify {
        port.classifier = Classifier::new(&[ClassRule::default()]);
    }
    port
}

pub fn proxy(data: &[u8]) {
    thread_local!(static FRAMES: Frames = Frames::leaked(1, SIZE.into()));
    FRAMES.with(|frames| through(frames, data));
}

fn through(frames: &Frames, data: &[u8]) {
    let mut bytes = Bytes(data);
    let [role, out] = [bytes.byte(), bytes.byte()].map(|role| ROLES[usize::from(role) % ROLES.len()]);
    let knobs = bytes.byte();
    let packet = bytes.piece();
    frames.copy_in(0, OFFSET.into(), packet);
    let mut kept = Kept::NONE;
    let view = View { frames, frame: 0, offset: OFFSET, length: packet.len() as u16 };
    let entered = port(role, knobs).enter(view, &mut kept);
    let Entry::Nsh(inside) = entered else { return };
    assert!(kept.path() == Some(inside.path) && inside.offset + inside.length <= SIZE);

    if knobs & 16 != 0 {
        kept.set_context(&[bytes.byte(); 16]);
    }
    let (offset, length) = components(frames, &mut bytes, &inside);
    let packet_now = View { frames, frame: 0, offset, length };
    let leaving =
        Leaving { packet: packet_now, kept: Some(&kept), back: knobs & 8 != 0, keys: &Keys::default(), largest: LARGEST };
    let Ok((at, count)) = leave(out, &leaving) else { return };
    assert!(u32::from(at) + u32::from(count) <= SIZE.into() && usize::from(count) <= LARGEST);
    let mut left = vec![0; count.into()];
    frames.copy_out(0, at.into(), &mut left);
    if matches!(role, Role::Proxy | Role::Aware) && matches!(out, Role::Proxy | Role::Aware | Role::Forward) {
        on_its_path(packet, &inside, &left);
    }
}

/// They write pieces anywhere in the frame, and say where the packet is.
fn components(frames: &Frames, bytes: &mut Bytes, inside: &Inside) -> (u16, u16) {
    let place = (bytes.word() % SIZE, bytes.word());
    while !bytes.is_empty() {
        let at = bytes.word() % SIZE;
        let piece = bytes.piece();
        let fits = piece.len().min(usize::from(SIZE - at));
        frames.copy_in(0, at.into(), &piece[..fits]);
    }
    match place.1 {
        0 => (inside.offset, inside.length),
        length => (place.0, length % (SIZE - place.0 + 1)),
    }
}

/// Whatever was written: service path, TTL and O bit are those it came with, and the SI is one less.
fn on_its_path(came: &[u8], inside: &Inside, left: &[u8]) {
    let nsh = |frame: &[u8]| {
        let Found::Nsh(outer) = Outer::find(frame) else { panic!("an NSH") };
        let view = Nsh::new(&frame[outer.length()..]).expect("a sound one");
        (view.path(), view.ttl(), view.oam())
    };
    let (path, ttl, oam) = nsh(came);
    assert_eq!(path, inside.path);
    assert_eq!(nsh(left), (path - 1, ttl, oam));
}
