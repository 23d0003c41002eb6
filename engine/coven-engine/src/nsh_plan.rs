//! The words of a plan about NSH (spec/engine.md): roles of ports, rules of paths, tables of classifiers and forwarders.
use itf::{NshRules, Refusal};
use nshp::{ClassRule, Classifier, Context, Hop, Hops, Key, Made, Range, Role, CLASS_RULES_MAX, KEY_ID_MAX, PAYLOAD_MAX};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;
use std::sync::Arc;

const SPI_MAX: u32 = 0xff_ffff;
const HOPS_MAX: usize = 4096;
/// Bytes of a key, at least: as many as the MAC has.
const KEY_MIN: usize = 16;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NshMode {
    #[default]
    None,
    Proxy,
    Aware,
    Classify,
    Forward,
    Terminate,
    Edge,
}

impl From<NshMode> for Role {
    fn from(mode: NshMode) -> Self {
        match mode {
            NshMode::None => Self::None,
            NshMode::Proxy => Self::Proxy,
            NshMode::Aware => Self::Aware,
            NshMode::Classify => Self::Classify,
            NshMode::Forward => Self::Forward,
            NshMode::Terminate => Self::Terminate,
            NshMode::Edge => Self::Edge,
        }
    }
}

/// The service path of packets that components make on a path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePath {
    pub spi: u32,
    pub si: u8,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    #[default]
    Opaque,
    Known,
    None,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    #[default]
    Drop,
    Forward,
}

impl Fate {
    pub fn forwards(self) -> bool {
        self == Self::Forward
    }
}

impl From<Layout> for Context {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Opaque => Self::Opaque,
            Layout::Known => Self::Known,
            Layout::None => Self::None,
        }
    }
}

/// Bytes as hex digits.
#[derive(Clone, Debug, Default)]
pub struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        unhex(&text).map(Self).ok_or_else(|| D::Error::custom(format!("{text:?} are no bytes in hex")))
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

impl Hex {
    pub fn array<const N: usize>(&self, what: &str) -> Result<[u8; N], Refusal> {
        self.0[..].try_into().map_err(|_| invalid(format!("{what} has {N} bytes, not {}", self.0.len())))
    }
}

fn invalid(what: String) -> Refusal {
    Refusal::new("invalid", what)
}

fn service(spi: u32, si: u8) -> Result<u32, Refusal> {
    if spi <= SPI_MAX {
        Ok(spi << 8 | u32::from(si))
    } else {
        Err(invalid(format!("SPI {spi}: it has 24 bits")))
    }
}

impl ServicePath {
    /// The NSH of packets that components make.
    pub fn made(&self, path: u16, integrity: Option<&Integrity>) -> Result<Made, Refusal> {
        made(path, service(self.spi, self.si)?, [0; 16], None, integrity.map(|integrity| &integrity.key_id))
    }
}

/// The key by which packets of a path are protected (RFC 9145).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integrity {
    key_id: Hex,
    /// File with the key, in hex.
    key: PathBuf,
    #[serde(default = "window_default")]
    window_ms: u32,
}

/// RFC 9145 §7.4.
fn window_default() -> u32 {
    2000
}

impl Integrity {
    /// Read the key.
    pub fn key(&self) -> Result<Arc<Key>, Refusal> {
        let file = self.key.display();
        let unreadable = |why: String| Refusal::new("key", format!("the key in {file} can't be used: {why}"));
        let text = std::fs::read_to_string(&self.key).map_err(|error| unreadable(error.to_string()))?;
        let secret = unhex(&text.split_whitespace().collect::<String>()).filter(|secret| secret.len() >= KEY_MIN);
        let secret = secret.ok_or_else(|| unreadable(format!("it is not {KEY_MIN} bytes or more, in hex")))?;
        Key::new(&self.key_id.0, &secret, self.window_ms).map(Arc::new).ok_or_else(|| bad_key_id(&self.key_id.0))
    }
}

/// First and last.
type Field = Option<(u32, u32)>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    path: u16,
    spi: u32,
    si: u8,
    context: Option<Hex>,
    key_id: Option<Hex>,
    to: Option<Hex>,
    source: Option<(Hex, Hex)>,
    destination: Option<(Hex, Hex)>,
    protocol: Field,
    source_port: Field,
    destination_port: Field,
    vlan: Field,
    dscp: Field,
    #[serde(default)]
    payload: Hex,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NextHop {
    spi: u32,
    si: Option<u8>,
    path: u16,
    to: Option<Hex>,
    #[serde(default)]
    oam: Fate,
    #[serde(default)]
    unknown: Fate,
}

/// `add-rules`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddRules {
    port: u8,
    #[serde(default)]
    classify: Vec<Rule>,
    #[serde(default)]
    forward: Vec<NextHop>,
}

/// Its tables, or why there are none.
#[derive(Deserialize)]
#[serde(from = "AddRules")]
pub struct ReadRules {
    pub port: u8,
    pub tables: Result<NshRules, Refusal>,
}

impl From<AddRules> for ReadRules {
    fn from(told: AddRules) -> Self {
        Self { port: told.port, tables: told.tables() }
    }
}

impl AddRules {
    /// As NSHP takes them.
    fn tables(self) -> Result<NshRules, Refusal> {
        if self.classify.len() > CLASS_RULES_MAX || self.forward.len() > HOPS_MAX {
            return Err(invalid(format!(
                "a port has at most {CLASS_RULES_MAX} rules of a classifier and {HOPS_MAX} of a forwarder"
            )));
        }
        let rules = self.classify.iter().map(Rule::class_rule).collect::<Result<Vec<_>, _>>()?;
        let mut hops = Hops::default();
        for NextHop { spi, si, path, to, oam, unknown } in self.forward {
            service(spi, 0)?;
            let to = to.map(|to| to.array("an Ethernet address")).transpose()?;
            let hop = Hop { path, to, oam: oam.forwards(), unknown: unknown.forwards() };
            if !hops.add(spi, si, hop) {
                return Err(invalid(format!("SPI {spi} has two next hops for SI {si:?}")));
            }
        }
        Ok(NshRules { hops, classifier: Classifier::new(&rules) })
    }
}

impl Rule {
    fn payload(&self) -> Result<Vec<u8>, Refusal> {
        let Hex(wanted) = &self.payload;
        match wanted.len() {
            0..=PAYLOAD_MAX => Ok(wanted.clone()),
            length => Err(invalid(format!("a rule asks for {length} bytes of the payload; {PAYLOAD_MAX} are the most"))),
        }
    }

    fn class_rule(&self) -> Result<ClassRule, Refusal> {
        let context = self.context.as_ref().map_or(Ok([0; 16]), |context| context.array("a context"))?;
        let to = self.to.as_ref().map(|to| to.array("an Ethernet address")).transpose()?;
        let made = made(self.path, service(self.spi, self.si)?, context, to, self.key_id.as_ref())?;
        Ok(ClassRule {
            source: self.source.as_ref().map(addresses).transpose()?,
            destination: self.destination.as_ref().map(addresses).transpose()?,
            protocol: self.protocol,
            source_port: self.source_port,
            destination_port: self.destination_port,
            vlan: self.vlan,
            dscp: self.dscp,
            payload: self.payload()?,
            made,
        })
    }
}

fn made(path: u16, service: u32, context: [u8; 16], to: Option<[u8; 6]>, key_id: Option<&Hex>) -> Result<Made, Refusal> {
    match key_id {
        None => Ok(Made::new(path, service, context, to)),
        Some(Hex(id)) => Made::protected(path, service, to, id).ok_or_else(|| bad_key_id(id)),
    }
}

fn bad_key_id(id: &[u8]) -> Refusal {
    invalid(format!("a key identifier has 1 to {KEY_ID_MAX} bytes, not {}", id.len()))
}

fn addresses((first, last): &(Hex, Hex)) -> Result<Range, Refusal> {
    if first.0.len() == 4 {
        return Ok(Range::Ipv4(u32::from_be_bytes(first.array("IPv4")?), u32::from_be_bytes(last.array("an IPv4 address")?)));
    }
    Ok(Range::Ipv6(u128::from_be_bytes(first.array("an IPv6 address")?), u128::from_be_bytes(last.array("an IPv6 address")?)))
}
