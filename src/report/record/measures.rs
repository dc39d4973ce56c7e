//! What was measured of a run's calls, as rows that are compared like those of a folder.

use std::{path::PathBuf, sync::Arc};

use serde_json::{Value, json};

use crate::{
    ingest::{
        self,
        file::{Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
};

/// What a call's record says that is no measure of it.
const NO_MEASURES: [&str; 8] = [
    "tokens",
    "forced_tokens",
    "rejected_tokens",
    "drafted_tokens",
    "accepted_tokens",
    "prompt_tokens",
    "cached_prompt_tokens",
    "server",
];

/// The calls of a record as a document of results: their measures, with the model and the settings
/// that were used. `None` where it called no model.
pub fn document(record: &Value) -> Option<String> {
    let mut document = json!({ "model": record["model"]["name"], "backend": "chimera-insight" });
    if let Some(settings) = record["config_used"].as_object() {
        for (key, value) in settings {
            document[key] = value.clone();
        }
    }
    let calls = record["calls"].as_array().into_iter().flatten().map(|call| {
        let mut row = call["metrics"].clone();
        if let Some(measures) = row.as_object_mut() {
            measures.retain(|name, _| !NO_MEASURES.contains(&name.as_str()));
        }
        row
    });
    let rows: Vec<Value> = calls.filter(Value::is_object).collect();
    if rows.is_empty() {
        return None;
    }
    document["runs"] = rows.into();
    Some(document.to_string())
}

/// A library of such a document alone, in which it is named as its run is.
pub fn library(name: &str, document: &str) -> Library {
    let file = ReportFile {
        path: format!("{name}.json").into(),
        os_path: PathBuf::from(format!("{name}.json")),
        kind: Kind::Json,
        stamp: Stamp::default(),
        status: Status::Ok,
        generated: false,
        document: Arc::new(ingest::parse("run.json", Kind::Json, document.as_bytes())),
        digest: document.into(),
    };
    let mut library = Library::default();
    library.apply(&Batch { changes: vec![Change::Read(Arc::new(file))], ..Batch::default() });
    library
}

/// A record's name, which is its run's.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".json").unwrap_or(name)
}
