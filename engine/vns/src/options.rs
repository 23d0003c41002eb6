//! The options of a port (spec/engine.md, `open-port`), checked with the name of what is wrong.
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::OpenError;

/// What every backend takes.
const COMMON: &[&str] = &["record", "faults"];

pub(crate) struct Options<'a> {
    of: &'a str,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Options<'a> {
    /// `of` names whose options they are. Null stands for none.
    pub fn new(of: &'a str, value: &'a Value) -> Result<Self, OpenError> {
        match value {
            Value::Null => Ok(Self { of, map: None }),
            Value::Object(map) => Ok(Self { of, map: Some(map) }),
            _ => Err(OpenError::new("bad-option", format!("the options of {of} have to be an object, not {value}"))),
        }
    }

    /// Refuse what is neither among `names` nor common to all backends.
    pub fn only(&self, names: &[&str]) -> Result<(), OpenError> {
        let unknown = self.map.iter().flat_map(|map| map.keys()).find(|key| !names.iter().chain(COMMON).any(|name| name == key));
        match unknown {
            Some(key) => Err(self.bad(key, &format!("is not one of its options: {}", [names, COMMON].concat().join(", ")))),
            None => Ok(()),
        }
    }

    pub fn bad(&self, key: &str, why: &str) -> OpenError {
        OpenError::new("bad-option", format!("option {key} of {} {why}", self.of))
    }

    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    pub fn text(&self, key: &str) -> Result<Option<&'a str>, OpenError> {
        self.read(key, "has to be a string that is not empty", |value| value.as_str().filter(|text| !text.is_empty()))
    }

    pub fn count(&self, key: &str, most: u64) -> Result<Option<u64>, OpenError> {
        self.within(key, 0..=most)
    }

    pub fn within(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, OpenError> {
        let why = format!("has to be a whole number from {} to {}", range.start(), range.end());
        self.read(key, &why, |value| value.as_u64().filter(|n| range.contains(n)))
    }

    pub fn share(&self, key: &str) -> Result<Option<f64>, OpenError> {
        self.read(key, "has to be a number from 0 to 1", |value| value.as_f64().filter(|n| (0.0..=1.0).contains(n)))
    }

    fn read<T>(&self, key: &str, why: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, OpenError> {
        self.get(key).map(|value| read(value).ok_or_else(|| self.bad(key, why))).transpose()
    }
}
