//! Integrity of the NSH (RFC 9145): MAC#1 by HMAC-SHA-256-128 over service path header, metadata and payload, so that forwarders,
//! which change the TTL, need no key. Encrypted metadata is not offered.
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use wire::{Nsh, Tlvs, NSH_BASE_LENGTH, NSH_LENGTH_MAX, TLV_HEADER};

use crate::View;

/// Metadata class and type of "MAC and Encrypted Metadata #1".
const CLASS: u16 = 0;
const KIND: u8 = 2;
const TIMESTAMP: usize = 8;
const MAC: usize = 16;
/// Where the scope of MAC#1 begins: behind the base header.
const SCOPE: usize = 4;
/// Longest key identifier.
pub const KEY_ID_MAX: usize = 16;
/// The longest NSH that is made here: with a MAC and nothing else.
pub(crate) const PROTECTED_MAX: usize = NSH_BASE_LENGTH + TLV_HEADER + (1 + KEY_ID_MAX + TIMESTAMP + 1 + MAC).next_multiple_of(4);

/// A key, and how old a time stamp may be under it.
#[derive(Clone)]
pub struct Key {
    id: Vec<u8>,
    keyed: Hmac<Sha256>,
    window_ms: u32,
}

impl std::fmt::Debug for Key {
    /// Without the secret.
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(to, "Key({:x?})", self.id)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Key {}

impl Key {
    /// None: the identifier is empty or too long.
    pub fn new(id: &[u8], secret: &[u8], window_ms: u32) -> Option<Self> {
        let keyed = Hmac::new_from_slice(secret).ok()?;
        (1..=KEY_ID_MAX).contains(&id.len()).then(|| Self { id: id.to_vec(), keyed, window_ms })
    }

    /// The packet, which begins with this NSH, is as somebody with the key made it, and not too old (RFC 9145 §7.5).
    pub(crate) fn verify(&self, nsh: &Nsh, packet: View) -> bool {
        let Some(found) = locate(nsh).filter(|found| found.id == self.id && self.is_recent(found.timestamp)) else {
            return false;
        };
        self.digest(nsh.bytes(), found.mac, packet).verify_truncated_left(&nsh.bytes()[found.mac..found.mac + MAC]).is_ok()
    }

    fn is_recent(&self, timestamp: u64) -> bool {
        let milliseconds = |stamp: u64| (u128::from(stamp) * 1000) >> 32;
        milliseconds(now()).abs_diff(milliseconds(timestamp)) < u128::from(self.window_ms)
    }

    fn digest(&self, nsh: &[u8], mac: usize, packet: View) -> Hmac<Sha256> {
        let mut digest = self.keyed.clone();
        digest.update(&nsh[SCOPE..mac]);
        digest.update(&[0; MAC]);
        digest.update(&nsh[mac + MAC..]);
        packet.behind(nsh.len()).each_piece(|piece| digest.update(piece));
        digest
    }
}

/// The keys of all paths, by identifier.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Arc<Key>>);

impl Keys {
    /// Collect them; of two with one identifier the first counts.
    pub fn new(keys: impl Iterator<Item = Arc<Key>>) -> Self {
        Self(keys.collect())
    }

    /// Write the MAC of the packet, which begins with its NSH. False: it has no place for one, or the key is not known.
    pub(crate) fn sign(&self, packet: View) -> bool {
        let mut private = [0; NSH_LENGTH_MAX];
        let Ok(nsh) = Nsh::new(packet.first(&mut private)) else { return false };
        let Some(found) = locate(&nsh) else { return false };
        let Some(key) = self.0.iter().find(|key| key.id == found.id) else { return false };
        let digest = key.digest(nsh.bytes(), found.mac, packet).finalize().into_bytes();
        packet.write(found.mac, &digest[..MAC]);
        true
    }
}

/// The context header in an NSH.
struct Located<'a> {
    id: &'a [u8],
    timestamp: u64,
    /// Where the MAC begins, from the NSH's first byte.
    mac: usize,
}

/// The first one counts (RFC 9145 §7.1). With a nonce it holds encrypted metadata, which is not read here.
fn locate<'a>(nsh: &Nsh<'a>) -> Option<Located<'a>> {
    let tlv = Tlvs::new(nsh.metadata()).first(CLASS, KIND).filter(|_| nsh.md_type() == wire::md_type::VARIABLE)?;
    let (&length, rest) = tlv.value.split_first()?;
    let (id, rest) = rest.split_at_checked(length.into())?;
    let (timestamp, rest) = rest.split_at_checked(TIMESTAMP)?;
    let (&nonce, mac) = rest.split_first()?;
    let at = NSH_BASE_LENGTH + tlv.at + tlv.value.len() - mac.len();
    (nonce == 0 && mac.len() == MAC).then_some(Located { id, timestamp: u64::from_be_bytes(timestamp.try_into().ok()?), mac: at })
}

/// Seconds since 1970 in the high half, fractions in the low one (RFC 9145 §6).
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_secs() << 32) | ((u64::from(since.subsec_nanos()) << 32) / 1_000_000_000)
}

/// A context header with room for a MAC, padded; gives its length.
pub(crate) fn emit(id: &[u8], into: &mut [u8]) -> usize {
    let value = 1 + id.len() + TIMESTAMP + 1 + MAC;
    into[..TLV_HEADER].copy_from_slice(&[(CLASS >> 8) as u8, CLASS as u8, KIND, value as u8]);
    into[TLV_HEADER] = id.len() as u8;
    into[TLV_HEADER + 1..TLV_HEADER + 1 + id.len()].copy_from_slice(id);
    TLV_HEADER + value.next_multiple_of(4)
}

/// Set the time stamp of an NSH that is made here to now.
pub(crate) fn stamp(nsh: &mut [u8]) {
    let Some(mac) = Nsh::new(nsh).ok().and_then(|nsh| locate(&nsh).map(|found| found.mac)) else { return };
    let at = mac - 1 - TIMESTAMP;
    nsh[at..at + TIMESTAMP].copy_from_slice(&now().to_be_bytes());
}
