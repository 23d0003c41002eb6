//! A port as NSHP knows it.
use crate::{Classifier, Hops, Role, Rules};

/// Its role, and the tables that the role needs.
#[derive(Clone, Debug, Default)]
pub struct Port {
    /// What is done here.
    pub role: Role,
    /// Service paths that a proxy or an aware function knows.
    pub paths: Rules,
    /// Next hops of a forwarder.
    pub hops: Hops,
    /// Rules of a classifier.
    pub classifier: Classifier,
}
