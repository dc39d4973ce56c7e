//! What the folder holds, and what of it could not be used.

use super::{
    super::{
        super::{grammar::Node, wording::one_line},
        Kind,
        template::Slots,
        view::{View, list, path, verb},
    },
    Observation,
};
use crate::{
    grounding::fact::{Fact, Failure, Source, Statistic},
    metrics::{names::Metric, series::Nature},
};

/// Files that are named as instances.
const MOST_INSTANCES: usize = 2;
/// Groups and reasons of failures that are named.
const MOST_NAMED: usize = 3;
/// Subjects of the ledger that count files by kind.
const KINDS: [(&str, &str); 4] =
    [("csv files", "CSV"), ("json files", "JSON"), ("markdown files", "Markdown"), ("text files", "text")];
/// Words in the names of metrics that say what an answer is worth.
const QUALITY: [&str; 8] =
    ["quality", "accuracy", "perplexity", "score", "f1", "exact_match", "pass_rate", "bleu"];
/// Dimensions that say on what was measured.
const ENVIRONMENT: [&str; 8] = ["backend", "cpu", "device", "driver", "gpu", "hardware", "host", "machine"];

pub fn observe(view: &View<'_>, all: &mut Vec<Observation>) {
    all.extend(scope(view));
    all.extend(failures(view));
    all.extend(failed_groups(view));
    all.extend(reasons(view));
    all.extend(problems(view));
    all.extend(duplicates(view));
    all.extend(summarised(view));
}

/// What the report rests on, and what is missing from all of it.
fn scope(view: &View<'_>) -> Option<Observation> {
    let index = view.ledger.about("files", Statistic::Count)?;
    let files = view.fact(index)?;
    let mut slots = Slots::default();
    slots.set_some("files", view.figure(index));
    let kinds: Vec<(usize, &str)> = KINDS
        .iter()
        .filter_map(|(subject, name)| view.count(subject).map(|(index, _)| (index, *name)))
        .collect();
    match kinds.as_slice() {
        [(_, name)] if files.value > 1.0 => slots.set("kind", Node::text(*name)),
        [(index, _)] => slots.set_some("files", view.figure(*index)),
        [] => {}
        kinds => {
            slots
                .set_some("kinds", list(kinds.iter().filter_map(|(index, _)| view.figure(*index)).collect()));
        }
    }
    let rows = &view.ledger.rows;
    let is_named = |metric: &Metric, words: &[&str]| words.iter().any(|word| metric.0.name.contains(word));
    let quality = rows.iter().filter(|row| is_named(&row.metric, &QUALITY)).count();
    let environment = rows
        .iter()
        .flat_map(|row| &row.group.0)
        .filter(|(key, _)| ENVIRONMENT.contains(&key.as_ref()))
        .count();
    let groups = view.families.iter().map(|family| family.members.len()).max().unwrap_or(0);
    let is_empty = rows.is_empty();
    let is_notes = view.count("markdown files").is_some_and(|(_, notes)| notes.value == files.value);
    let failed = view.count("failed rows").map(|(index, _)| index).filter(|_| is_empty);
    slots.set_some("failed", failed.and_then(|index| view.figure(index)));
    slots.set("them", verb(files.value, "it", "them"));
    slots.set("hold", verb(files.value, "holds", "hold"));
    Some(Observation {
        kind: if is_empty { Kind::NoData } else { Kind::Count },
        phrase: match (is_empty, files.value < 1.0) {
            (true, true) => "empty",
            (true, false) if failed.is_some() => "nothing_succeeded",
            (true, false) if is_notes => "documents",
            (true, false) => "unmeasured",
            (false, _) => "scope",
        },
        slots,
        measures: vec![
            ("count", files.value),
            ("groups", groups as f64),
            ("metrics", view.families.len() as f64),
            ("quality_metrics", quality as f64),
            ("environment_dimensions", environment as f64),
            ("settings", view.settings_varied() as f64),
            ("failed", f64::from(u8::from(failed.is_some()))),
        ],
        weight: 100.0,
    })
}

fn failures(view: &View<'_>) -> Option<Observation> {
    let (index, failed) = view.count("failed rows")?;
    let mut slots = counted("failed", view, index);
    slots.set_some("files", instances(failed));
    slots.set("are", verb(failed.value, "is", "are"));
    // Where nothing succeeded the summary has said it.
    let phrase = if view.ledger.rows.is_empty() { "failures_of_all" } else { "failures" };
    Some(Observation {
        kind: Kind::Failure,
        phrase,
        slots,
        measures: vec![("count", failed.value), ("failed", f64::from(u8::from(phrase != "failures")))],
        weight: 62.0,
    })
}

/// Which groups failed, where there is nothing else to say of them.
fn failed_groups(view: &View<'_>) -> Option<Observation> {
    let groups = view.ledger.failures.iter().filter(|failure| failure.is_of_group());
    let groups = groups.filter(|failure| !failure.group.0.is_empty());
    let mut slots = Slots::default();
    slots.set("groups", each(view, groups, |failure| view.group(&failure.group))?);
    view.ledger.rows.is_empty().then(|| Observation {
        kind: Kind::Failure,
        phrase: "failed_groups",
        slots,
        measures: Vec::new(),
        weight: 61.5,
    })
}

/// Why runs failed, as their rows say.
fn reasons(view: &View<'_>) -> Option<Observation> {
    let reasons = view.ledger.failures.iter().filter(|failure| failure.reason.is_some());
    let mut slots = Slots::default();
    let name = |failure: &Failure| Node::Name(failure.reason.as_deref().map(one_line).unwrap_or_default());
    slots.set("reasons", each(view, reasons, name)?);
    Some(Observation {
        kind: Kind::Failure,
        phrase: "failed_reasons",
        slots,
        measures: Vec::new(),
        weight: 61.8,
    })
}

/// `gemma3 (9 failed rows) and llama3 (3 failed rows)`.
fn each<'a>(
    view: &View<'_>,
    failures: impl Iterator<Item = &'a Failure>,
    name: impl Fn(&Failure) -> Node,
) -> Option<Node> {
    let part = |failure: &Failure| {
        let failed = view.figure(failure.failed)?;
        Some(Node::All(vec![name(failure), Node::text(" ("), failed, Node::text(")")]))
    };
    list(failures.take(MOST_NAMED).filter_map(part).collect())
}

fn problems(view: &View<'_>) -> Option<Observation> {
    let found = ["unreadable files", "partly read files"].map(|subject| view.count(subject));
    let found: Vec<(usize, &Fact)> = found.into_iter().flatten().collect();
    let count: f64 = found.iter().map(|(_, fact)| fact.value).sum();
    let mut slots = Slots::default();
    slots.set_some("counts", list(found.iter().filter_map(|(index, _)| view.figure(*index)).collect()));
    slots.get("counts")?;
    // A file that is counted: others have remarks, and were read whole all the same.
    if let Some(source) = found.iter().find_map(|(_, fact)| fact.sources.first()) {
        let mut problems = view.inventory.problems().filter(|(file, _)| file.path == source.path);
        let line = problems.find_map(|(_, problem)| problem.line);
        let line = line.map(|line| Node::text(format!(" at line {line}")));
        slots.set("example", Node::All([path(&source.path)].into_iter().chain(line).collect()));
    }
    slots.set("were", verb(found.first().map_or(0.0, |(_, fact)| fact.value), "was", "were"));
    Some(Observation {
        kind: Kind::Problem,
        phrase: "problems",
        slots,
        measures: vec![("count", count)],
        weight: 30.0,
    })
}

fn duplicates(view: &View<'_>) -> Option<Observation> {
    let (index, copies) = view.count("duplicate files")?;
    let mut slots = counted("copies", view, index);
    slots.set_some("example", copies.sources.first().map(|source| path(&source.path)));
    slots.set("are", verb(copies.value, "is", "are"));
    slots.set("repeat", verb(copies.value, "repeats", "repeat"));
    slots.set("count", verb(copies.value, "counts", "count"));
    slots.set("enter", verb(copies.value, "enters", "enter"));
    Some(Observation {
        kind: Kind::Duplicate,
        phrase: "duplicates",
        slots,
        measures: vec![("count", copies.value)],
        weight: 28.0,
    })
}

fn summarised(view: &View<'_>) -> Option<Observation> {
    view.ledger.rows.iter().any(|row| row.nature == Nature::Summary).then(|| Observation {
        kind: Kind::Summarised,
        phrase: "summarised",
        slots: Slots::default(),
        measures: Vec::new(),
        weight: 20.0,
    })
}

fn counted(slot: &'static str, view: &View<'_>, index: usize) -> Slots {
    let mut slots = Slots::default();
    slots.set_some(slot, view.figure(index));
    slots
}

/// The files that have most of it.
fn instances(fact: &Fact) -> Option<Node> {
    let mut sources: Vec<&Source> = fact.sources.iter().collect();
    sources.sort_by_key(|source| std::cmp::Reverse(source.rows));
    list(sources.into_iter().take(MOST_INSTANCES).map(|source| path(&source.path)).collect())
}
