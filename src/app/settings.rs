//! What the next report is made with, besides the settings of the run: personas, how long the
//! model stays, and who set what.

use std::collections::BTreeMap;

use crate::config::{KeepAlive, Key, Origin};

/// Settings that can be edited while the program runs.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Name and text of every persona.
    pub personas: BTreeMap<String, String>,
    /// The persona unless one is set.
    pub usual_persona: String,
    /// How long an unused model stays loaded.
    pub keep_alive: KeepAlive,
    /// A model on the GPU makes way when another process needs it.
    pub yield_gpu: bool,
    /// Who set what at the start, and what was edited since; the last one holds.
    pub origins: Vec<(Key, Origin)>,
}

impl Settings {
    /// Who set it.
    pub fn origin(&self, key: Key) -> &Origin {
        let set = self.origins.iter().rev().find(|(set, _)| *set == key);
        set.map_or(&Origin::Default, |(_, origin)| origin)
    }

    /// It was edited, or put back to what it is by default.
    pub(super) fn set(&mut self, key: Key, origin: Origin) {
        self.origins.retain(|(set, _)| *set != key);
        self.origins.push((key, origin));
    }
}
