//! `--plain`: what the screen would show, told line by line on standard output, for screen
//! readers and logs. No picture, no colour, nothing that moves.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;

use super::{
    Failure,
    follow::{Teller, watch},
    output::print,
};
use crate::{
    config::Config,
    ingest::{
        file::{Kind, Problem, Status},
        inventory::{Change, ReportFile, WatchState},
    },
    metrics::{format, library::Library, series::Series},
    text::sanitize::Shown,
};

/// Series told after one change; more would drown what follows.
const SERIES: usize = 12;
/// Problems told of one file.
const PROBLEMS: usize = 5;

/// Tells of the folder until a signal comes.
pub(super) fn run(config: &Config) -> Result<(), Failure> {
    let folder = Shown::from_path(&config.folder);
    watch(config, &mut Narrator { folder, files: HashSet::new(), series: Vec::new() })
}

/// What was told last.
struct Narrator {
    folder: Shown,
    files: HashSet<Arc<str>>,
    series: Vec<Arc<Series>>,
}

impl Teller for Narrator {
    fn state(&mut self, state: WatchState) -> Vec<Value> {
        let folder = &self.folder;
        let text = match state {
            WatchState::Scanning => format!("reading the folder `{folder}`"),
            WatchState::Live => format!("watching `{folder}`"),
            WatchState::Polling(seconds) => format!("looking at `{folder}` every {seconds} s"),
            WatchState::Missing => format!("the folder `{folder}` is not there; waiting for it"),
        };
        vec![text.into()]
    }

    fn first(&mut self, library: &Library) -> Vec<Value> {
        let inventory = &library.inventory;
        let counts = inventory.counts();
        let kinds =
            [(Kind::Csv, "CSV"), (Kind::Json, "JSON"), (Kind::Markdown, "Markdown"), (Kind::Text, "text")];
        let kinds = kinds.into_iter().filter(|(kind, _)| counts.of(*kind) > 0);
        let kinds: Vec<String> =
            kinds.map(|(kind, name)| format!("{} {name}", format::count(counts.of(kind)))).collect();
        let of = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
        let mut lines = vec![format!("{}{of}", counted(counts.files(), "file")).into()];
        for file in inventory.files() {
            lines.extend(problems(file));
        }
        self.files = inventory.files().map(|file| Arc::clone(&file.path)).collect();
        lines.push(measured(library).into());
        lines.extend(self.changed(library));
        lines
    }

    fn next(&mut self, library: &Library, changes: &[Change]) -> Vec<Value> {
        let mut lines = Vec::new();
        for change in changes {
            match change {
                Change::Read(file) => {
                    let is_new = self.files.insert(Arc::clone(&file.path));
                    lines.push(read(file, is_new).into());
                    lines.extend(problems(file));
                }
                Change::Removed(path) => {
                    self.files.remove(path);
                    lines.push(format!("removed: {}", Shown::new(path)).into());
                }
            }
        }
        lines.extend(self.changed(library));
        lines
    }

    fn print(&self, event: &Value) -> Result<(), Failure> {
        print(&format!("{}\n", Shown::new(event.as_str().unwrap_or_default())))
    }
}

impl Narrator {
    /// The series that are not as they were told last.
    fn changed(&mut self, library: &Library) -> Vec<Value> {
        let before = std::mem::replace(&mut self.series, library.series().to_vec());
        let is_known = |series: &&Arc<Series>| {
            let place = before.binary_search_by(|other| other.order(series)).ok();
            place.and_then(|place| before.get(place)).is_some_and(|known| known.stats == series.stats)
        };
        let changed: Vec<&Arc<Series>> =
            library.series().iter().filter(|series| !is_known(series) && !series.is_spoken_for()).collect();
        let name = |series: &Series| (series.metric.name().to_owned(), series.group_or_origin());
        let mut namesakes: HashMap<(String, String), usize> = HashMap::new();
        for series in library.series() {
            *namesakes.entry(name(series)).or_default() += 1;
        }
        // Where two fields are the same metric of the same group, only the field tells them apart.
        let is_shared = |series: &Series| namesakes.get(&name(series)).is_some_and(|count| *count > 1);
        let told = changed.iter().take(SERIES).map(|series| told(series, is_shared(series)).into());
        let mut lines: Vec<Value> = told.collect();
        if changed.len() > SERIES {
            let more = counted((changed.len() - SERIES) as u64, "more series");
            lines.push(format!("metric: and {more}; `chimera-insight metrics` lists all").into());
        }
        lines
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 || what.ends_with('s') { "" } else { "s" };
    format!("{} {what}{plural}", format::count(count))
}

fn measured(library: &Library) -> String {
    let series = library.series();
    let metrics: HashSet<&str> = series.iter().map(|series| series.metric.name()).collect();
    let values = series.iter().map(|series| series.values.len() as u64).sum();
    let (metrics, series) = (metrics.len() as u64, series.len() as u64);
    format!("{} in {}, {}", counted(metrics, "metric"), counted(series, "series"), counted(values, "value"))
}

fn read(file: &ReportFile, is_new: bool) -> String {
    let what = match (file.status, is_new) {
        (Status::Error, _) => "failed",
        (_, true) => "new",
        (_, false) => "changed",
    };
    let partly = if file.status == Status::Partial { ", read in part" } else { "" };
    let own = if file.generated { ", written by this program" } else { "" };
    let rows = counted(file.document.rows(), "row");
    let size = format::bytes(file.stamp.length);
    format!("{what}: {}, {rows}, {size}{partly}{own}", Shown::new(&file.path))
}

/// What is wrong with a file.
fn problems(file: &ReportFile) -> Vec<Value> {
    let problems = &file.document.problems;
    let line = |problem: &Problem| {
        let place: String = [problem.line, problem.column]
            .into_iter()
            .map_while(|number| Some(format!(":{}", number?)))
            .collect();
        Value::from(format!("problem: {}{place}: {}", Shown::new(&file.path), problem.message))
    };
    let mut lines: Vec<Value> = problems.iter().take(PROBLEMS).map(line).collect();
    if problems.len() > PROBLEMS {
        let more = counted((problems.len() - PROBLEMS) as u64, "more problem");
        lines.push(format!("problem: {}: and {more}", Shown::new(&file.path)).into());
    }
    lines
}

/// A series in a sentence, with the field's name where the metric's says too little.
fn told(series: &Series, has_namesake: bool) -> String {
    let median =
        series.stats.median.map(|median| format!(", median {}", format::value(median, &series.unit)));
    let newest =
        series.values.last().map(|value| format!(", last {}", format::value(value.number, &series.unit)));
    let field = if has_namesake { format!(" ({})", series.field) } else { String::new() };
    let left_out = match series.excluded_total() {
        0 => String::new(),
        rows => format!(", {} left out", counted(rows, "row")),
    };
    format!(
        "metric: {}{field}, {}: {}{}{}{left_out}",
        series.metric.label(),
        series.group_or_origin(),
        counted(series.values.len() as u64, "value"),
        median.unwrap_or_default(),
        newest.unwrap_or_default(),
    )
}
