//! `chimera-insight analyze`: what drives a metric, the best configurations, outliers, and
//! trends with their steps.

mod drivers;
mod front;
mod outliers;
pub(super) mod prose;
mod trends;

use serde_json::{Map, Value, json};

use self::prose::Prose;
use super::{
    Failure, FailureKind,
    arguments::Analyze,
    filter::Filter,
    inventory,
    output::{print, print_json, terminal_width},
};
use crate::{
    config::Config,
    metrics::{
        library::Library,
        names::{Better, Metric},
        series::{Group, Nature, Series},
    },
};

/// Metrics that are analysed when none is asked for.
const USUAL_METRICS: usize = 4;
/// Columns of text that goes to no terminal, and the most on one: longer lines read badly.
const WIDTH: usize = 80;
/// Narrower terminals get lines of this.
const NARROWEST: usize = 40;

/// What the sections work on.
struct Scope<'a> {
    /// All of it.
    library: &'a Library,
    /// One series for each measured field, all groups together.
    whole: Vec<Series>,
    /// The usual groups of the same rows.
    groups: Vec<Series>,
    /// The metrics that were chosen, most important first.
    metrics: Vec<Metric>,
    /// How many more there are.
    more: usize,
    /// They were asked for by name.
    is_asked: bool,
}

/// Which sections.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a section of its own")]
struct Sections {
    drivers: bool,
    fronts: bool,
    outliers: bool,
    trends: bool,
}

impl Sections {
    fn of(arguments: &Analyze) -> Self {
        let Analyze { drivers, outliers, trends, pareto, .. } = arguments;
        let is_any = *drivers || *outliers || *trends || !pareto.is_empty();
        let is_wanted = |asked: bool| asked || !is_any;
        Self {
            drivers: is_wanted(*drivers),
            fronts: is_wanted(!pareto.is_empty()),
            outliers: is_wanted(*outliers),
            trends: is_wanted(*trends),
        }
    }
}

/// Analyses the folder.
pub(super) fn run(config: &Config, arguments: &Analyze, json: bool) -> Result<(), Failure> {
    let sections = Sections::of(arguments);
    if !arguments.pareto.is_empty() && !(2..=3).contains(&arguments.pareto.len()) {
        return Err(Failure::new(FailureKind::Usage, "--pareto takes two or three metrics")
            .hint("as in --pareto throughput,ttft"));
    }
    let filter = Filter::of(&arguments.file, &arguments.metric, &arguments.conditions)?;
    let library = inventory::read(&config.folder)?.library;
    let keep = |path: &str, group: &Group| filter.takes(path, group);
    // A front may name metrics that the sections beside it leave out.
    let every = library.select(&[], keep);
    let axes = if sections.fronts { front::axes(&arguments.pareto, &every)? } else { Vec::new() };
    let scope = Scope::of(&library, &filter, &every);
    let fronts = front::of(&axes, &every);
    if json {
        let mut document = Map::new();
        if sections.drivers {
            document.insert("drivers".into(), drivers::document(&scope).into());
        }
        if sections.fronts {
            document.insert("fronts".into(), front::document(&fronts).into());
        }
        if sections.outliers {
            document.insert("outliers".into(), outliers::document(&scope).into());
        }
        if sections.trends {
            document.insert("trends".into(), trends::document(&scope).into());
        }
        return print_json(&Value::Object(document));
    }
    let width = terminal_width().unwrap_or(WIDTH).clamp(NARROWEST, WIDTH);
    let mut prose = Prose::new(width);
    if scope.metrics.is_empty() {
        prose.line(0, "no measured values");
        return print(&prose.text());
    }
    if sections.drivers {
        drivers::tell(&scope, &mut prose);
    }
    if sections.fronts {
        front::tell(&fronts, &mut prose);
    }
    if sections.outliers {
        outliers::tell(&scope, &mut prose);
    }
    if sections.trends {
        trends::tell(&scope, &mut prose);
    }
    if scope.more > 0 && (sections.drivers || sections.outliers || sections.trends) {
        prose.heading(&format!("{} more metrics: name them with --metric", scope.more));
    }
    print(&prose.text())
}

impl<'a> Scope<'a> {
    fn of(library: &'a Library, filter: &Filter, every: &[Series]) -> Self {
        let is_wanted = |series: &&Series| {
            series.nature == Nature::Sample && !series.values.is_empty() && filter.takes_series(series)
        };
        let mut metrics: Vec<Metric> = Vec::new();
        for series in every.iter().filter(is_wanted) {
            if !metrics.contains(&series.metric) {
                metrics.push(series.metric.clone());
            }
        }
        let found = metrics.len();
        let is_asked = filter.names_metrics();
        if !is_asked {
            metrics.truncate(USUAL_METRICS);
        }
        let more = found - metrics.len();
        // Other measures of the rows stay in the whole: they may drive what is asked for.
        let whole =
            every.iter().filter(|series| series.nature == Nature::Sample && !series.values.is_empty());
        let groups = library.filtered(|path, group| filter.takes(path, group));
        let groups = groups.into_iter().filter(|series| is_wanted(&series)).collect();
        Self { library, whole: whole.cloned().collect(), groups, metrics, more, is_asked }
    }
    /// The series of the chosen metrics, all groups together.
    fn chosen(&self) -> impl Iterator<Item = &Series> {
        self.whole.iter().filter(|series| self.metrics.contains(&series.metric))
    }
    /// The same by their usual groups.
    fn chosen_groups(&self) -> impl Iterator<Item = &Series> {
        self.groups.iter().filter(|series| self.metrics.contains(&series.metric))
    }
}

/// A series named for people: metric, field, group.
fn title(series: &Series) -> String {
    let group = if series.group.0.is_empty() { String::new() } else { format!(", {}", series.group) };
    format!("{} ({}{group})", series.metric.label(), series.field)
}

/// What every item says of its series.
fn series_document(series: &Series) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("metric".into(), series.metric.name().into());
    document.insert("field".into(), series.field.as_ref().into());
    document.insert("unit".into(), series.unit.symbol().into());
    document.insert("better".into(), better(series.metric.better()));
    document.insert("group".into(), group_document(&series.group));
    document
}

fn better(better: Option<Better>) -> Value {
    match better {
        Some(Better::Higher) => "higher".into(),
        Some(Better::Lower) => "lower".into(),
        None => Value::Null,
    }
}

fn group_document(group: &Group) -> Value {
    Value::Object(group.0.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect())
}

fn source(path: &str, line: u32, field: &str) -> Value {
    json!({ "path": path, "line": line, "field": field })
}

/// Where the rows of a series stand: for each file the first line, the last, and how many.
fn file_sources(series: &Series) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for (index, path) in series.files.iter().enumerate() {
        let lines = series.values.iter().filter(|value| value.file as usize == index).map(|value| value.line);
        let ends = lines.clone().min().zip(lines.clone().max());
        if let Some((first, last)) = ends {
            found.push(json!({
                "path": &**path, "line": first, "last_line": last, "rows": lines.count(), "field": &*series.field,
            }));
        }
    }
    found
}
