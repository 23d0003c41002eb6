//! Whether to spin before sleeping (spec/channel.md §3): with the profile `balanced` only where it lately paid.
use crate::layout::{LIMITS_WAIT_CAP, LIMITS_WAIT_SHIFT, PROFILE_BALANCED, PROFILE_POWER};

/// How long the last waits of one consumer were.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waits {
    profile: u32,
    spin_ns: u64,
    mean: u64,
}

impl Waits {
    /// As a plan says; nothing is known as yet, so it begins with sleeping.
    pub fn new(profile: u32, spin_ns: u32) -> Self {
        let spin_ns = u64::from(spin_ns);
        Self { profile, spin_ns, mean: u64::from(LIMITS_WAIT_CAP) * spin_ns }
    }

    /// A wait has ended. One that slept took about `spin_ns` longer than what was waited for.
    pub fn ended(&mut self, wait_ns: u64, slept: bool) {
        let wait = if slept { wait_ns.saturating_sub(self.spin_ns) } else { wait_ns };
        let seen = wait.min(u64::from(LIMITS_WAIT_CAP) * self.spin_ns);
        self.mean = self.mean - (self.mean >> LIMITS_WAIT_SHIFT) + (seen >> LIMITS_WAIT_SHIFT);
    }

    /// For how long to spin now; 0: not at all.
    pub fn spin_ns(&self) -> u64 {
        let pays = match self.profile {
            PROFILE_POWER => false,
            PROFILE_BALANCED => self.mean <= self.spin_ns,
            _ => true,
        };
        if pays {
            self.spin_ns
        } else {
            0
        }
    }

    /// Whether waits are worth a look at the clock.
    pub fn counts(&self) -> bool {
        self.profile == PROFILE_BALANCED && self.spin_ns > 0
    }

    /// Of the last waits, ns.
    pub fn mean(&self) -> u64 {
        self.mean
    }
}

#[cfg(all(test, not(loom), not(miri)))]
mod tests {
    use super::*;
    use crate::layout::PROFILE_LATENCY;
    use serde_json::Value;

    fn profile(vector: &Value) -> u32 {
        match vector["profile"].as_str().unwrap() {
            "power" => PROFILE_POWER,
            "latency" => PROFILE_LATENCY,
            _ => PROFILE_BALANCED,
        }
    }

    #[test]
    fn as_in_the_vectors_of_every_language() {
        let all: Value = serde_json::from_str(include_str!("../../../spec/vectors/sdk/waits.json")).unwrap();
        for vector in all["vectors"].as_array().unwrap() {
            let mut waits = Waits::new(profile(vector), vector["spin_ns"].as_u64().unwrap() as u32);
            assert_eq!(waits.spin_ns() > 0, vector["first"], "{}", vector["name"]);
            for (at, wait) in vector["waits"].as_array().unwrap().iter().enumerate() {
                waits.ended(wait["ns"].as_u64().unwrap(), wait["slept"].as_bool().unwrap());
                assert_eq!(waits.mean(), wait["mean"], "{}, wait {at}", vector["name"]);
                assert_eq!(waits.spin_ns() > 0, wait["spins"], "{}, wait {at}", vector["name"]);
            }
        }
    }
}
