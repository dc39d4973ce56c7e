//! The tables of the performance analysis, by code.

use std::{collections::HashSet, fmt::Write as _};

use super::Evidence;
use crate::{
    grounding::fact::{FactRow, Ledger, Relation, Statistic},
    metrics::series::{Group, Nature},
    report::{
        escape::{inline, table_head, table_row},
        wording::{direction, group_name, label, name_beside, shared},
    },
};

/// Metrics that get a table; the others are named.
const MOST_METRICS: usize = 6;
/// Metrics without a table that are named.
const MOST_NAMES: usize = 10;
/// Groups of a table; how many more there are is said.
const MOST_GROUPS: usize = 8;

/// Columns of a table of groups: head, statistic, and what stands beside that in a cell.
type Column = (&'static str, Statistic, Option<Beside>);

/// A second figure of a cell.
#[derive(Clone, Copy, Debug)]
enum Beside {
    /// The other end: `60 ms – 62 ms`.
    To(Statistic),
    /// In brackets: `1.4 ms (2.3 %)`.
    Brackets(Statistic),
}

const COLUMNS: [Column; 8] = [
    ("Runs", Statistic::N, None),
    ("Median", Statistic::Median, None),
    ("ci95", Statistic::CiLow, Some(Beside::To(Statistic::CiHigh))),
    ("Mean", Statistic::Mean, None),
    ("Std dev (cv)", Statistic::Stddev, Some(Beside::Brackets(Statistic::Cv))),
    ("p95", Statistic::P95, None),
    ("Min", Statistic::Min, None),
    ("Max", Statistic::Max, None),
];
/// Cold runs apart from warm ones.
const STARTS: [Column; 4] = [
    ("Cold runs", Statistic::ColdN, None),
    ("Cold median", Statistic::ColdMedian, None),
    ("Warm runs", Statistic::WarmN, None),
    ("Warm median", Statistic::WarmMedian, None),
];

/// The table of a metric.
#[derive(Debug)]
pub struct MetricTable {
    /// What is measured: `Throughput`.
    pub label: String,
    /// Heading, table and notes.
    pub text: String,
}

/// A table for each metric, most wanted first; and a last paragraph that names the metrics
/// without one.
pub fn performance(ledger: &Ledger, evidence: &mut Evidence) -> (Vec<MetricTable>, String) {
    let metrics = by_metric(ledger);
    if metrics.is_empty() {
        return (Vec::new(), "No field of a known metric was found in the files.\n".to_owned());
    }
    let tables = metrics.iter().take(MOST_METRICS).filter_map(|rows| table(rows, ledger, evidence)).collect();
    let others = metrics.iter().skip(MOST_METRICS).filter_map(|rows| rows.first());
    let mut others: Vec<String> = others.map(|row| inline(&label(row))).collect();
    others.dedup();
    if others.is_empty() {
        return (tables, String::new());
    }
    let more = others.len().saturating_sub(MOST_NAMES);
    others.truncate(MOST_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (tables, format!("Also measured, without a table here: {}{more}.\n", others.join(", ")))
}

/// The rows of each metric, in the order of the ledger: what is wanted most comes first.
fn by_metric(ledger: &Ledger) -> Vec<Vec<&FactRow>> {
    let mut metrics: Vec<Vec<&FactRow>> = Vec::new();
    for row in &ledger.rows {
        let is_same = |first: &&FactRow| {
            (&first.metric, first.nature, &first.unit) == (&row.metric, row.nature, &row.unit)
        };
        match metrics.iter_mut().find(|rows| rows.first().is_some_and(is_same)) {
            Some(rows) => rows.push(row),
            None => metrics.push(vec![row]),
        }
    }
    // Turns of the ledger interleave the metrics; here each has its place by rank.
    metrics.sort_by_key(|rows| {
        rows.first().map(|row| (row.nature, row.metric.0.known.is_none(), row.metric.0.rank))
    });
    metrics
}

fn table(rows: &[&FactRow], ledger: &Ledger, evidence: &mut Evidence) -> Option<MetricTable> {
    let first = rows.first()?;
    let direction = direction(first).map(|direction| format!(" ({direction})")).unwrap_or_default();
    let mut text = format!("**{}**{direction}\n\n", inline(&label(first)));
    let mut shown: Vec<&FactRow> = rows.iter().copied().take(MOST_GROUPS).collect();
    let median = |row: &FactRow| row.fact(ledger, Statistic::Median).map_or(f64::NAN, |fact| fact.value);
    if first.metric.0.better.is_some() {
        shown.sort_by(|left, right| {
            let (left_value, right_value) = (median(left), median(right));
            first.is_better(right_value, left_value).cmp(&first.is_better(left_value, right_value))
        });
    }
    // What is the same in all groups is said once, above them.
    let all: Vec<&Group> = rows.iter().map(|row| row.group.as_ref()).collect();
    let shared = shared(&all);
    if !shared.is_empty() {
        let common = Group(shared.iter().map(|dimension| (*dimension).clone()).collect());
        let _ = write!(text, "All groups: {}.\n\n", inline(&group_name(&common)));
    }
    let name = |group: &Group| name_beside(group, &shared);
    text.push_str(&groups(&shown, &COLUMNS, &name, ledger, evidence));
    if rows.len() > MOST_GROUPS {
        let more = rows.len() - MOST_GROUPS;
        let _ = write!(text, "\n… and {more} more {}.\n", if more == 1 { "group" } else { "groups" });
    }
    if first.nature == Nature::Summary {
        text.push_str(
            "\nThese values had been summarised before they were written; they are no single runs.\n",
        );
        return Some(MetricTable { label: label(first), text });
    }
    let started: Vec<&FactRow> =
        shown.into_iter().filter(|row| row.index(ledger, Statistic::ColdN).is_some()).collect();
    if !started.is_empty() {
        let _ = write!(text, "\n{}", groups(&started, &STARTS, &name, ledger, evidence));
    }
    if let Some(relations) = relations(first, &name, ledger, evidence) {
        let _ = write!(text, "\n{relations}");
    }
    Some(MetricTable { label: label(first), text })
}

/// The groups with those of the columns that some of them fill.
fn groups(
    rows: &[&FactRow],
    columns: &[Column],
    name: &dyn Fn(&Group) -> String,
    ledger: &Ledger,
    evidence: &mut Evidence,
) -> String {
    let has = |statistic| rows.iter().any(|row| row.index(ledger, statistic).is_some());
    let columns: Vec<&Column> = columns.iter().filter(|(_, statistic, _)| has(*statistic)).collect();
    let mut head = vec!["Group"];
    head.extend(columns.iter().map(|(column, ..)| *column));
    // Where two fields measure one group, the field tells its rows apart.
    let mut seen = HashSet::new();
    let has_fields = !rows.iter().all(|row| seen.insert(&row.group));
    if has_fields {
        head.push("Field");
    }
    let mut text = table_head(&head);
    for row in rows {
        let mut figure = |statistic| {
            let index = row.index(ledger, statistic)?;
            evidence.add(index);
            ledger.facts.get(index).map(|fact| fact.text.as_str())
        };
        let mut cells = vec![name(&row.group)];
        for (_, statistic, beside) in &columns {
            let cell = figure(*statistic).unwrap_or_default();
            let (before, statistic, behind) = match beside {
                Some(Beside::To(statistic)) => (" – ", Some(*statistic), ""),
                Some(Beside::Brackets(statistic)) => (" (", Some(*statistic), ")"),
                None => ("", None, ""),
            };
            cells.push(match statistic.and_then(&mut figure) {
                Some(beside) => format!("{cell}{before}{beside}{behind}"),
                None => cell.to_owned(),
            });
        }
        if has_fields {
            cells.push(row.field.to_string());
        }
        text.push_str(&table_row(cells.iter().map(String::as_str)));
    }
    text
}

/// Two groups at a time, with the change between their medians and what the test says of it.
fn relations(
    of: &FactRow,
    name: &dyn Fn(&Group) -> String,
    ledger: &Ledger,
    evidence: &mut Evidence,
) -> Option<String> {
    let relations: Vec<&Relation> =
        ledger.relations.iter().filter(|relation| relation.metric == of.metric).collect();
    relations.first()?;
    let is_warm = relations.iter().all(|relation| relation.is_warm);
    let median = if is_warm { "Warm median" } else { "Median" };
    let mut text = table_head(&["Group", median, "Against", median, "Change", "Verdict"]);
    for relation in relations {
        let mut figure = |fact: usize| {
            evidence.add(fact);
            ledger.facts.get(fact).map_or("", |fact| fact.text.as_str())
        };
        let (own, other) = (figure(relation.median), figure(relation.other_median));
        let change = relation.change.map(figure).unwrap_or_default();
        let (group, against) = (name(&relation.group), name(&relation.other));
        text.push_str(&table_row([&group, own, &against, other, change, relation.verdict.as_str()]));
    }
    Some(text)
}
