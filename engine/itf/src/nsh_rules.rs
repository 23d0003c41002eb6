//! `set-role`, `add-rules` and `remove-rules`: roles of ports, and tables of those that classify or forward.
use crate::config::{missing, taken, Change, Done};
use crate::graph::Refusal;
use crate::stage::Stage;
use nshp::{Classifier, Hops, Role};

/// The tables of a port that classifies or forwards.
#[derive(Default)]
pub struct NshRules {
    /// Next hops.
    pub hops: Hops,
    /// Rules for plain packets.
    pub classifier: Classifier,
}

/// Put tables in force; gives those before.
pub(crate) fn replace(port: &mut nshp::Port, NshRules { hops, classifier }: NshRules) -> NshRules {
    NshRules { hops: std::mem::replace(&mut port.hops, hops), classifier: std::mem::replace(&mut port.classifier, classifier) }
}

impl Stage {
    /// `add-rules`.
    pub fn add_rules(&mut self, port: u8, rules: NshRules) -> Done {
        let refusal = match self.nsh_mut(port) {
            Ok(nsh) if nsh.hops.is_empty() && nsh.classifier.is_empty() => {
                return Ok(Change::Rules(port, Box::new(replace(nsh, rules))));
            }
            Ok(_) => taken(format!("a table of rules at port {port}")),
            Err(refusal) => refusal,
        };
        self.spent.push(rules);
        Err(refusal)
    }

    /// Tables that are no longer in force, or never were: to be dropped where no packet waits for it.
    pub fn spent(&mut self) -> Vec<NshRules> {
        std::mem::take(&mut self.spent)
    }

    /// `remove-rules`.
    pub fn remove_rules(&mut self, port: u8) -> Done {
        Ok(Change::Rules(port, Box::new(replace(self.nsh_mut(port)?, NshRules::default()))))
    }

    /// `set-role`.
    pub fn set_role(&mut self, port: u8, role: Role) -> Done {
        Ok(Change::Role(port, std::mem::replace(&mut self.nsh_mut(port)?.role, role)))
    }

    pub(crate) fn nsh_mut(&mut self, port: u8) -> Result<&mut nshp::Port, Refusal> {
        let end = self.ports.get_mut(port as usize).and_then(Option::as_mut);
        end.map(|end| &mut end.nsh).ok_or_else(|| missing(format!("port {port}")))
    }
}
