//! `metrics --follow`: the same question asked again whenever files change.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{Asked, document};
use crate::{
    cli::{
        follow::{Teller, event},
        globs::Globs,
    },
    ingest::inventory::{Change, ReportFile},
    metrics::{
        library::Library,
        query::{Asker, File, Query},
    },
};

/// What tells series apart; the rest of one is what changes.
const KEY: [&str; 4] = ["metric", "field", "nature", "group"];

/// What was told last.
pub(super) struct Told {
    query: Query,
    asked: Asked,
    globs: Globs,
    series: BTreeMap<String, Value>,
    /// The files asked about, with their tables.
    files: BTreeMap<Arc<str>, Arc<ReportFile>>,
}

impl Told {
    /// Nothing told yet.
    pub fn new(query: Query, asked: Asked, globs: Globs) -> Self {
        Told { query, asked, globs, series: BTreeMap::new(), files: BTreeMap::new() }
    }

    fn ask(&self) -> Value {
        let mut asker = Asker::new(self.query.clone());
        for file in self.files.values() {
            asker.ask(File { path: &file.path, digest: &file.digest, document: &file.document });
        }
        document::document(&asker.finish(), &self.asked)
    }
}

impl Teller for Told {
    fn learn(&mut self, change: &Change) {
        match change {
            // Still being written: its last whole rows stay.
            Change::Read(file)
                if file.document.is_light()
                    && self.files.get(&file.path).is_some_and(|known| known.digest == file.digest) => {}
            Change::Read(file) if !file.generated && self.globs.takes(&file.path) => {
                self.files.insert(Arc::clone(&file.path), Arc::clone(file));
            }
            Change::Read(file) => drop(self.files.remove(&file.path)),
            Change::Removed(path) => drop(self.files.remove(path)),
        }
    }

    fn first(&mut self, _library: &Library) -> Vec<Value> {
        let document = self.ask();
        self.series = by_key(&document);
        vec![event("metrics", document)]
    }

    fn next(&mut self, _library: &Library, changes: &[Change]) -> Vec<Value> {
        let paths = changes.iter().map(|change| match change {
            Change::Read(file) => &file.path,
            Change::Removed(path) => path,
        });
        let files: Vec<&Arc<str>> = paths.filter(|path| self.globs.takes(path)).collect();
        if files.is_empty() {
            return Vec::new();
        }
        let now = by_key(&self.ask());
        let before = std::mem::replace(&mut self.series, now);
        let changed = self.series.iter().filter(|(key, series)| before.get(*key) != Some(*series));
        let changed: Vec<&Value> = changed.map(|(_, series)| series).collect();
        let gone = before.iter().filter(|(key, _)| !self.series.contains_key(*key));
        let name = |series: &Value| -> Value {
            let named = KEY.map(|name| (name.to_owned(), series[name].clone()));
            Value::Object(named.into_iter().collect())
        };
        let gone: Vec<Value> = gone.map(|(_, series)| name(series)).collect();
        if changed.is_empty() && gone.is_empty() {
            return Vec::new();
        }
        let files: Vec<&str> = files.into_iter().map(|path| &**path).collect();
        vec![json!({"event": "changed", "files": files, "series": changed, "removed": gone})]
    }
}

/// The series of a document by what tells them apart.
fn by_key(document: &Value) -> BTreeMap<String, Value> {
    let series = document["series"].as_array().into_iter().flatten();
    series
        .map(|series| {
            let key: Vec<&Value> = KEY.iter().chain(&["unit"]).map(|name| &series[*name]).collect();
            (json!(key).to_string(), series.clone())
        })
        .collect()
}
