//! The classifier (RFC 7665 §4.7): plain packets get an NSH by rules, of which the first that fits counts.
//!
//! A packet's fields are looked up one by one, each giving the set of rules that it fits; what is in all sets fits, but for its
//! payload. That is remembered by flow.
mod cache;
mod dimension;
mod key;
mod rule;

use cache::{Cache, Candidates};
use dimension::{first_in_all, Dimension, Set};
pub(crate) use key::{Family, Key};

pub use rule::{ClassRule, Made, Range, CLASS_RULES_MAX, PAYLOAD_MAX};

/// Addresses of one family.
#[derive(Clone, Debug)]
struct Addresses<T> {
    source: Dimension<T>,
    destination: Dimension<T>,
}

/// Rules in force.
#[derive(Clone, Debug, Default)]
pub struct Classifier(Option<Box<Tables>>);

#[derive(Clone, Debug)]
struct Tables {
    ipv4: Addresses<u32>,
    ipv6: Addresses<u128>,
    /// Rules that ask for no address.
    other: Set,
    ports: (Dimension<u32>, Dimension<u32>),
    protocol: Dimension<u32>,
    dscp: Dimension<u32>,
    vlan: Dimension<u32>,
    payloads: Vec<Payload>,
    made: Vec<Made>,
    cache: Cache,
}

/// What a rule asks of the payload, in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Payload {
    length: u8,
    bytes: [u8; PAYLOAD_MAX],
}

impl Payload {
    fn new(wanted: &[u8]) -> Self {
        let wanted = &wanted[..wanted.len().min(PAYLOAD_MAX)];
        let mut bytes = [0; PAYLOAD_MAX];
        bytes[..wanted.len()].copy_from_slice(wanted);
        Self { length: wanted.len() as u8, bytes }
    }

    fn is_empty(&self) -> bool {
        self.length == 0
    }

    #[inline]
    fn begins(&self, payload: &[u8]) -> bool {
        payload.starts_with(&self.bytes[..self.length.into()])
    }
}

impl Classifier {
    /// Index rules; at most `CLASS_RULES_MAX`, those beyond are not taken.
    pub fn new(rules: &[ClassRule]) -> Self {
        let rules = &rules[..rules.len().min(CLASS_RULES_MAX)];
        if rules.is_empty() {
            return Self::default();
        }
        let field = |of: fn(&ClassRule) -> Option<(u32, u32)>| {
            Dimension::new(rules.iter().map(|rule| Some(of(rule).unwrap_or((0, u32::MAX)))))
        };
        let mut other = Set::default();
        for (number, _) in rules.iter().enumerate().filter(|(_, rule)| rule.source.is_none() && rule.destination.is_none()) {
            other.add(number);
        }
        Self(Some(Box::new(Tables {
            ipv4: addresses(rules, |range| range.ipv4(), u32::MAX),
            ipv6: addresses(rules, |range| range.ipv6(), u128::MAX),
            other,
            ports: (field(|rule| rule.source_port), field(|rule| rule.destination_port)),
            protocol: field(|rule| rule.protocol),
            dscp: field(|rule| rule.dscp),
            vlan: field(|rule| rule.vlan),
            payloads: rules.iter().map(|rule| Payload::new(&rule.payload)).collect(),
            made: rules.iter().map(|rule| rule.made).collect(),
            cache: Cache::default(),
        })))
    }

    /// There are no rules.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What a packet gets, by its first bytes; none where no rule fits.
    #[inline]
    pub fn classify(&mut self, first: &[u8]) -> Option<&Made> {
        let tables = self.0.as_deref_mut().filter(|_| first.len() >= wire::ETHERNET_LENGTH)?;
        let (key, payload) = Key::read(first);
        let number = match tables.cache.get(&key) {
            Some(candidates) => tables.first_of(candidates, payload),
            None => tables.look_up(&key, payload),
        }?;
        Some(&tables.made[number])
    }
}

impl Tables {
    #[inline]
    fn first_of(&self, candidates: &Candidates, payload: &[u8]) -> Option<usize> {
        candidates.rules().find(|&(number, asks)| !asks || self.payloads[number].begins(payload)).map(|(number, _)| number)
    }

    /// Of a flow that is not remembered, and remember it.
    fn look_up(&mut self, key: &Key, payload: &[u8]) -> Option<usize> {
        let (sets, count) = self.sets(key);
        let (mut candidates, mut all) = (Candidates::default(), true);
        first_in_all(&sets[..count], |number| {
            let asks = !self.payloads[number].is_empty();
            all = candidates.add(number, asks);
            !all || !asks
        });
        if all {
            self.cache.put(key, candidates);
            return self.first_of(&candidates, payload);
        }
        first_in_all(&sets[..count], |number| self.payloads[number].begins(payload))
    }

    /// The rules that fit each field. A field that no rule asks for is left out.
    fn sets(&self, key: &Key) -> ([&Set; 7], usize) {
        let mut sets = [&self.other; 7];
        let mut count = 0;
        let mut add = |set| {
            sets[count] = set;
            count += 1;
        };
        match key.family() {
            Family::Ipv4 => {
                add(self.ipv4.source.fits(key.source as u32));
                add(self.ipv4.destination.fits(key.destination as u32));
            }
            Family::Ipv6 => {
                add(self.ipv6.source.fits(key.source));
                add(self.ipv6.destination.fits(key.destination));
            }
            Family::Other => add(&self.other),
        }
        let (source_port, destination_port) = key.ports();
        let fields = [
            (&self.ports.1, destination_port),
            (&self.ports.0, source_port),
            (&self.protocol, key.protocol()),
            (&self.dscp, key.dscp()),
            (&self.vlan, key.vlan()),
        ];
        for (dimension, value) in fields.into_iter().filter(|(dimension, _)| dimension.divides()) {
            add(dimension.fits(value));
        }
        (sets, count)
    }
}

/// A rule for the other family fits nothing here; one without addresses fits all.
fn addresses<T: dimension::Value>(rules: &[ClassRule], of: fn(&Range) -> Option<(T, T)>, last: T) -> Addresses<T> {
    let side = |rule: &ClassRule, range: &Option<Range>| {
        let asked = [&rule.source, &rule.destination];
        let foreign = asked.into_iter().flatten().any(|range| of(range).is_none());
        if foreign {
            None
        } else {
            Some(range.as_ref().map_or(Some((T::default(), last)), of)?)
        }
    };
    Addresses {
        source: Dimension::new(rules.iter().map(|rule| side(rule, &rule.source))),
        destination: Dimension::new(rules.iter().map(|rule| side(rule, &rule.destination))),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
