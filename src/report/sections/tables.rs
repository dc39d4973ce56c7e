//! The tables of the performance analysis, by code.

use std::{collections::HashSet, fmt::Write as _};

use super::Evidence;
use crate::{
    grounding::fact::{FactRow, Ledger, Relation, Statistic},
    metrics::{
        names::Better,
        series::{Group, Nature},
    },
    report::{
        escape::{inline, table_head, table_row},
        wording::{direction, group_name, label, name_beside, shared, short_models, with_short_model},
    },
};

/// Metrics that get a table; the others are named.
const MOST_METRICS: usize = 6;
/// Metrics without a table that are named.
const MOST_NAMES: usize = 10;
/// Groups of a table; how many more there are is said.
const MOST_GROUPS: usize = 8;

/// Columns of a table of groups: head and statistic. Few enough for eighty columns of a
/// terminal; mean, deviation, interval and the other end stand in the run record.
type Column = (&'static str, Statistic);

/// Of a metric of which more is worse, or neither: the tail is above.
const COLUMNS: [Column; 4] =
    [("Runs", Statistic::N), ("Median", Statistic::Median), ("p95", Statistic::P95), ("cv", Statistic::Cv)];

/// Of a metric of which more is better: the tail is below.
const RATE_COLUMNS: [Column; 4] =
    [("Runs", Statistic::N), ("Median", Statistic::Median), ("Min", Statistic::Min), ("cv", Statistic::Cv)];

/// Columns of the table that sets cold starts apart.
const STARTS: [Column; 3] = [
    ("Cold median", Statistic::ColdMedian),
    ("Warm median", Statistic::WarmMedian),
    ("Warm runs", Statistic::WarmN),
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
        let text = match ledger.count("failed rows") {
            0 => "No field of a known metric was found in the files.\n",
            _ => "No run succeeded, so there is no value to show.\n",
        };
        return (Vec::new(), text.to_owned());
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
    let most = rows.iter().map(|row| row.group.0.len()).max().unwrap_or(0);
    let is_told = |row: &FactRow| row.group.0.len() < most && is_told_by_another(row, rows, ledger);
    let rows: Vec<&FactRow> = rows.iter().copied().filter(|row| !is_told(row)).collect();
    let rows = rows.as_slice();
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
    let models = short_models(&all);
    let name = |group: &Group| name_beside(&with_short_model(group, &models), &shared);
    let is_rate = first.metric.0.better == Some(Better::Higher);
    let columns = if is_rate { &RATE_COLUMNS } else { &COLUMNS };
    text.push_str(&groups(&shown, columns, &name, ledger, evidence));
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

/// The same values under a name that says less: runs that another file has with fewer settings.
fn is_told_by_another(row: &FactRow, rows: &[&FactRow], ledger: &Ledger) -> bool {
    let value = |row: &FactRow, statistic| row.fact(ledger, statistic).map(|fact| fact.value);
    let is_same = |other: &FactRow| {
        [Statistic::N, Statistic::Mean, Statistic::Min, Statistic::Max]
            .into_iter()
            .all(|statistic| value(row, statistic) == value(other, statistic))
    };
    let mut larger = rows.iter().filter(|other| other.group.0.len() > row.group.0.len());
    larger.any(|other| row.group.0.iter().all(|own| other.group.0.contains(own)) && is_same(other))
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
    let columns: Vec<&Column> = columns.iter().filter(|(_, statistic)| has(*statistic)).collect();
    let mut head = vec!["Group"];
    head.extend(columns.iter().map(|(column, _)| *column));
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
        cells.extend(columns.iter().map(|(_, statistic)| figure(*statistic).unwrap_or_default().to_owned()));
        if has_fields {
            cells.push(row.field.to_string());
        }
        text.push_str(&table_row(cells.iter().map(String::as_str)));
    }
    text
}

/// Two groups at a time, with the change between their medians (which stand above) and what
/// the test says of it.
fn relations(
    of: &FactRow,
    name: &dyn Fn(&Group) -> String,
    ledger: &Ledger,
    evidence: &mut Evidence,
) -> Option<String> {
    let relations: Vec<&Relation> =
        ledger.relations.iter().filter(|relation| relation.metric == of.metric).collect();
    relations.first()?;
    let mut text = table_head(&["Group", "Against", "Change", "Verdict"]);
    for relation in relations {
        let change = relation.change.and_then(|fact| {
            evidence.add(fact);
            ledger.facts.get(fact).map(|fact| fact.text.as_str())
        });
        let (group, against) = (name(&relation.group), name(&relation.other));
        text.push_str(&table_row([&group, &against, change.unwrap_or_default(), relation.verdict.as_str()]));
    }
    Some(text)
}
