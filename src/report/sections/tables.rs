//! The tables of the performance analysis, by code.

use std::fmt::Write as _;

use super::Evidence;
use crate::{
    grounding::fact::{FactRow, Ledger, Statistic},
    metrics::series::Nature,
    report::{
        escape::{inline, table_head, table_row},
        wording::{direction, group_name, label},
    },
};

/// Metrics that get a table; the others are named.
const MOST_METRICS: usize = 6;
/// Metrics without a table that are named.
const MOST_NAMES: usize = 10;
/// Groups of a table; how many more there are is said.
const MOST_GROUPS: usize = 6;
const COLUMNS: [(&str, Statistic); 6] = [
    ("Runs", Statistic::N),
    ("Median", Statistic::Median),
    ("Mean", Statistic::Mean),
    ("Std dev", Statistic::Stddev),
    ("Min", Statistic::Min),
    ("Max", Statistic::Max),
];

/// A table for each metric, most wanted first.
pub fn performance(ledger: &Ledger, evidence: &mut Evidence) -> String {
    let mut metrics: Vec<Vec<&FactRow>> = Vec::new();
    for row in &ledger.rows {
        match metrics.iter_mut().find(|rows| rows.first().is_some_and(|first| first.is_comparable(row))) {
            Some(rows) => rows.push(row),
            None => metrics.push(vec![row]),
        }
    }
    if metrics.is_empty() {
        return "No field of a known metric was found in the files.\n\n".to_owned();
    }
    // Turns of the ledger interleave the metrics; here each has its place by rank.
    metrics.sort_by_key(|rows| {
        rows.first().map(|row| (row.nature, row.metric.0.known.is_none(), row.metric.0.rank))
    });
    let mut text = String::new();
    for rows in metrics.iter().take(MOST_METRICS) {
        table(&mut text, rows, ledger, evidence);
    }
    let others = metrics.iter().skip(MOST_METRICS).filter_map(|rows| rows.first());
    let mut others: Vec<String> = others.map(|row| inline(&label(row))).collect();
    others.dedup();
    if !others.is_empty() {
        let more = others.len().saturating_sub(MOST_NAMES);
        others.truncate(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = write!(text, "Also measured, without a table here: {}{more}.\n\n", others.join(", "));
    }
    text
}

fn table(text: &mut String, rows: &[&FactRow], ledger: &Ledger, evidence: &mut Evidence) {
    let Some(first) = rows.first() else { return };
    let direction = direction(first).map(|direction| format!(" ({direction})")).unwrap_or_default();
    let _ = write!(text, "**{}**{direction}\n\n", inline(&label(first)));
    let mut head = vec!["Group"];
    head.extend(COLUMNS.iter().map(|(name, _)| *name));
    let has_fields = rows.iter().any(|row| row.field != first.field);
    if has_fields {
        head.push("Field");
    }
    text.push_str(&table_head(&head));
    for row in rows.iter().take(MOST_GROUPS) {
        let mut cells = vec![group_name(&row.group)];
        for (_, statistic) in COLUMNS {
            let fact = row.index(ledger, statistic);
            if let Some(index) = fact {
                evidence.add(index);
            }
            let shown = fact.and_then(|index| ledger.facts.get(index)).map(|fact| match statistic {
                Statistic::N => crate::metrics::format::count(fact.value as u64),
                _ => fact.text.clone(),
            });
            cells.push(shown.unwrap_or_default());
        }
        if has_fields {
            cells.push(row.field.to_string());
        }
        text.push_str(&table_row(cells.iter().map(String::as_str)));
    }
    if rows.len() > MOST_GROUPS {
        let more = rows.len() - MOST_GROUPS;
        let _ = write!(text, "\n… and {more} more {}.\n", if more == 1 { "group" } else { "groups" });
    }
    if first.nature == Nature::Summary {
        text.push_str(
            "\nThese values had been summarised before they were written; they are no single runs.\n",
        );
    }
    text.push('\n');
}
