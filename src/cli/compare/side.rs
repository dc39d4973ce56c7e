//! What BASE and CANDIDATE mean: a path, a group within the folder, or a run of this program.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use serde_json::Value;

use crate::{
    cli::{Failure, FailureKind, inventory},
    compare::{Side, list},
    config::Config,
    ingest::file::Status,
    metrics::{library::Library, query::Condition, series::Group},
    report::{export::OWN_FOLDER, record::measures},
    text::sanitize::Shown,
    watch::scan::scan_file,
};

/// Runs that an error names.
const MAX_RUNS_NAMED: usize = 3;
/// Larger records are not read: those of this program hold some hundred kilobytes.
const MAX_RECORD_BYTES: u64 = 64 * 1024 * 1024;
/// A side as asked for, with its values.
pub(super) struct Source {
    /// As written on the command line.
    pub given: Shown,
    library: Rc<Library>,
    /// `K=V`, for a group.
    group: Vec<(Arc<str>, Condition)>,
}

/// What an argument means.
enum Meaning {
    Folder(PathBuf),
    File(PathBuf),
    Group(Vec<(String, String)>),
    Run(PathBuf),
}

impl Source {
    /// Reads both; groups of the folder share it.
    pub fn both(config: &Config, given: [&OsStr; 2]) -> Result<[Self; 2], Failure> {
        let [base, candidate] = given.map(|given| meaning(config, given));
        let (base, candidate) = (base?, candidate?);
        let mut folder: Option<Rc<Library>> = None;
        let mut source = |given: &OsStr, meaning: Meaning| -> Result<Self, Failure> {
            let given = Shown::from_path(Path::new(given));
            let (library, group) = match meaning {
                Meaning::Folder(path) => (Rc::new(inventory::read(&path)?.library), Vec::new()),
                Meaning::File(path) => (Rc::new(file(&path, &given)?), Vec::new()),
                Meaning::Run(path) => (Rc::new(run(&path, &given)?), Vec::new()),
                Meaning::Group(pairs) => {
                    let library = match &folder {
                        Some(library) => Rc::clone(library),
                        None => Rc::clone(folder.insert(Rc::new(inventory::read(&config.folder)?.library))),
                    };
                    let group = group(config, &library, &pairs)?;
                    (library, group)
                }
            };
            Ok(Self { given, library, group })
        };
        Ok([source(given[0], base)?, source(given[1], candidate)?])
    }

    /// The side, of the rows that meet the conditions.
    pub fn side<'a>(&'a self, conditions: &'a [Condition]) -> Side<'a> {
        let keep = move |_: &str, group: &Group| {
            self.group.iter().all(|(_, condition)| condition.meets(group))
                && conditions.iter().all(|condition| condition.meets(group))
        };
        let named = self.group.iter().map(|(key, _)| Arc::clone(key)).collect();
        Side { library: &self.library, keep: Box::new(keep), named }
    }
}

/// A path that is there comes first, whatever else it could mean.
fn meaning(config: &Config, given: &OsStr) -> Result<Meaning, Failure> {
    let path = Path::new(given);
    let own = config.folder.join(OWN_FOLDER);
    for path in [path.to_owned(), config.folder.join(path)] {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Ok(Meaning::Folder(path)),
            Ok(_) if is_record(&path) => return Ok(Meaning::Run(path)),
            Ok(_) => return Ok(Meaning::File(path)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(Failure::unreadable(&path, &error));
            }
            Err(_) => {}
        }
    }
    let shown = Shown::from_path(path);
    let text = given.to_str().unwrap_or_default();
    if text.contains('=') {
        return pairs(text).map(Meaning::Group).ok_or_else(|| {
            Failure::new(FailureKind::Usage, format!("`{shown}` is not `KEY=VALUE[,KEY=VALUE]`"))
                .hint("a group within the folder is named like model=gemma3:270m,num_gpu=20")
        });
    }
    let runs = runs(&own);
    let meant: Vec<&PathBuf> =
        runs.iter().filter(|run| !text.is_empty() && stem(run).starts_with(text)).collect();
    if let Some(exact) = meant.iter().find(|run| stem(run) == text) {
        return Ok(Meaning::Run((*exact).clone()));
    }
    match meant.as_slice() {
        [only] => Ok(Meaning::Run((*only).clone())),
        [] => {
            let names: Vec<String> = runs.iter().rev().take(MAX_RUNS_NAMED).map(|run| stem(run)).collect();
            let folder = Shown::from_path(&config.folder);
            let hint = if names.is_empty() {
                format!("`{folder}` holds no run of this program; a group is KEY=VALUE")
            } else {
                format!("the last runs in `{folder}` are {}; a group is KEY=VALUE", names.join(", "))
            };
            let message = format!("`{shown}` is no file, folder, group or run");
            Err(Failure::new(FailureKind::Input, message).hint(hint))
        }
        several => {
            let names: Vec<String> = several.iter().map(|run| stem(run)).collect();
            Err(Failure::new(FailureKind::Usage, format!("`{shown}` could be any of {}", names.join(", ")))
                .hint("give more of its name"))
        }
    }
}

fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        (!key.is_empty() && !value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
    };
    text.split(',').map(pair).collect()
}

/// The conditions of a group; an error says what the folder has instead.
fn group(
    config: &Config,
    library: &Library,
    pairs: &[(String, String)],
) -> Result<Vec<(Arc<str>, Condition)>, Failure> {
    let group: Vec<(Arc<str>, Condition)> =
        pairs.iter().map(|(key, value)| (Arc::from(key.as_str()), Condition::equal(key, value))).collect();
    let is_there =
        !library.filtered(|_, found| group.iter().all(|(_, condition)| condition.meets(found))).is_empty();
    if is_there {
        return Ok(group);
    }
    let name: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let folder = Shown::from_path(&config.folder);
    let message = format!("no row in `{folder}` has {}", Shown::new(&name.join(",")));
    let hints: Vec<String> = pairs.iter().map(|(key, _)| hint(library, key)).collect();
    Err(Failure::new(FailureKind::Usage, message).hint(hints.join("\n")))
}

fn hint(library: &Library, key: &str) -> String {
    let mut values: Vec<Arc<str>> =
        library.series_by(&[key]).iter().filter_map(|series| series.group.get(key).cloned()).collect();
    values.sort();
    values.dedup();
    if !values.is_empty() {
        return format!("{key} is {}", list(&values));
    }
    let mut keys: Vec<Arc<str>> = Vec::new();
    for value in library.series().iter().flat_map(|series| series.values.iter()) {
        for (known, _) in &value.group.0 {
            if !keys.contains(known) {
                keys.push(Arc::clone(known));
            }
        }
    }
    keys.sort();
    let names: Vec<&str> = keys.iter().map(|key| &**key).collect();
    format!("no row says its {key}; rows have {}", names.join(", "))
}

fn file(path: &Path, given: &Shown) -> Result<Library, Failure> {
    let batch = scan_file(path).map_err(|error| Failure::unreadable(path, &error))?;
    let Some(batch) = batch else {
        return Err(Failure::new(FailureKind::Input, format!("`{given}` is not a file of results"))
            .hint("CSV, JSON and Markdown files are compared"));
    };
    let mut library = Library::default();
    library.apply(&batch);
    let Some(file) = library.inventory.files().next() else {
        return Err(Failure::new(FailureKind::Input, format!("`{given}` is gone")));
    };
    if matches!(file.status, Status::Error | Status::Skipped) {
        let why = file.document.problems.first().map_or("not read", |problem| problem.message.as_str());
        return Err(Failure::new(FailureKind::Input, format!("cannot read `{given}`: {why}")));
    }
    if file.generated {
        return Err(Failure::new(FailureKind::Input, format!("`{given}` is written by this program"))
            .hint("a run is compared by its record, the JSON file beside the report"));
    }
    Ok(library)
}

/// Records of runs, the oldest first.
fn runs(own: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(own).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut runs: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    runs.sort();
    runs
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn is_record(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json") && record(path).is_some()
}

/// The record in a file, if it is one of this program.
fn record(path: &Path) -> Option<Value> {
    fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= MAX_RECORD_BYTES)?;
    let record: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (record["generated_by"] == "chimera-insight" && record["calls"].is_array()).then_some(record)
}

/// A run's calls as rows.
fn run(path: &Path, given: &Shown) -> Result<Library, Failure> {
    let wrong = |message: String| Failure::new(FailureKind::Input, message);
    let record = record(path).ok_or_else(|| wrong(format!("`{given}` is no run record of this program")))?;
    let document = measures::document(&record)
        .ok_or_else(|| wrong(format!("the run `{given}` called no model: there is nothing to compare")))?;
    Ok(measures::library(&stem(path), &document))
}
