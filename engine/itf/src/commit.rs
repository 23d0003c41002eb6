//! The end of a plan: its changes are undone, or they count.
use crate::config::Change;
use crate::graph::*;
use crate::nsh_rules::replace;
use crate::stage::{Retired, Stage};
use std::collections::BTreeSet;

impl Stage {
    /// Undo changes, the last one first.
    pub fn undo(&mut self, changes: Vec<Change>) {
        for change in changes.into_iter().rev() {
            match change {
                Change::Channel => self.pool = None,
                Change::Port(number, before) => self.ports[number as usize] = before,
                Change::Component(slot, before) => {
                    let fresh = std::mem::replace(&mut self.components[slot as usize], before.map(|removed| removed.0));
                    fresh.into_iter().for_each(|fresh| self.give_rings(&fresh));
                }
                Change::Edge(index, before) => {
                    let fresh = std::mem::replace(&mut self.edges[index], before.map(|removed| removed.0));
                    if let (Some(fresh), Some(pool)) = (fresh, &mut self.pool) {
                        pool.rings.give(fresh.place);
                    }
                }
                Change::Path(index, Some(before)) => self.paths.insert(index, before),
                Change::Path(index, None) => drop(self.paths.remove(index)),
                Change::Rules(port, before) => {
                    if let Ok(nsh) = self.nsh_mut(port) {
                        let undone = replace(nsh, *before);
                        self.spent.push(undone);
                    }
                }
                Change::Role(port, before) => {
                    if let Ok(nsh) = self.nsh_mut(port) {
                        nsh.role = before;
                    }
                }
                Change::Exit(index, path, before) => {
                    let Some(edge) = &mut self.edges[index] else { continue };
                    match before {
                        Some(port) => edge.exits.insert(path, port),
                        None => edge.exits.remove(path),
                    };
                }
            }
        }
    }

    fn give_rings(&mut self, component: &Component) {
        let Some(pool) = &mut self.pool else { return };
        pool.rings.give(component.returns.0);
        component.alloc.iter().for_each(|(place, _)| pool.rings.give(*place));
    }

    /// Make changes count: routes and tables are written, what was removed is let go.
    pub fn commit(&mut self, changes: Vec<Change>) {
        let mut touched = BTreeSet::new();
        let mut removed = Vec::new();
        for change in changes {
            match change {
                Change::Port(_, Some(port)) => self.close(*port),
                Change::Component(_, Some(component)) => self.let_go(component.0),
                Change::Component(slot, None) => drop(touched.insert(slot)),
                Change::Edge(_, Some(edge)) => {
                    touched.extend([edge.0.spec.from.0, edge.0.spec.to.0]);
                    removed.push(edge.0);
                }
                Change::Edge(index, None) => {
                    touched.extend(self.edges[index].iter().flat_map(|edge| [edge.spec.from.0, edge.spec.to.0]));
                }
                Change::Rules(_, before) => self.spent.push(*before),
                _ => {}
            }
        }
        for slot in touched.into_iter().filter(|&slot| slot != 0) {
            self.renew_stand_in(slot);
            self.publish(slot);
        }
        for edge in removed {
            let ends = [edge.spec.from.0, edge.spec.to.0].into_iter();
            let left = ends.filter_map(|slot| self.components[slot as usize].as_ref().map(|c| (slot, c.epoch))).collect();
            self.retired.push(Retired { edge, left });
        }
        self.settle();
        self.rewire();
    }
}
