//! The comparison as a JSON document.

use serde_json::{Map, Value, json};

use super::{Source, Told};
use crate::{
    compare::{Compared, Figures, Row, Test, rank},
    metrics::{names::Better, series::Nature},
};

/// The document.
pub(super) fn of(told: &Told<'_>) -> Value {
    let comparison = told.comparison;
    let compared = |it: &Compared| json!({ "key": &*it.key, "base": texts(&it.base), "candidate": texts(&it.candidate) });
    let mut document = json!({
        "base": side(told.base),
        "candidate": side(told.candidate),
        "compared": comparison.compared.iter().map(compared).collect::<Vec<_>>(),
        "matched_by": texts(&comparison.matched_by),
        "threshold_pct": told.options.threshold_pct,
        "with_cold": told.options.with_cold,
        "rows": comparison.rows.iter().map(row).collect::<Vec<_>>(),
        "warnings": comparison.warnings,
        "notes": comparison.notes,
    });
    if let Some(percent) = told.fail_on {
        let failed = |row: &Row| json!({ "metric": row.metric.name(), "group": group(row) });
        document["fail_on"] = json!({
            "pct": percent,
            "failed": comparison.failures(percent).map(failed).collect::<Vec<_>>(),
        });
    }
    document
}

fn side(source: &Source) -> Value {
    json!({ "given": source.given.as_str() })
}

fn texts(texts: &[std::sync::Arc<str>]) -> Vec<&str> {
    texts.iter().map(|text| &**text).collect()
}

fn group(row: &Row) -> Map<String, Value> {
    row.group.0.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect()
}

fn row(row: &Row) -> Value {
    json!({
        "metric": row.metric.name(),
        "unit": row.unit.symbol(),
        "unit_guessed": row.is_unit_guessed,
        "better": row.metric.better().map(|better| match better {
            Better::Higher => "higher",
            Better::Lower => "lower",
        }),
        "nature": match row.nature {
            Nature::Sample => "sample",
            Nature::Summary => "summary",
            Nature::Stated => "stated",
        },
        "group": group(row),
        "base": row.base.as_ref().map(figures),
        "candidate": row.candidate.as_ref().map(figures),
        "delta_pct": row.delta_pct,
        "ci95": row.ci95.map(|(low, high)| [low, high]),
        "p_value": row.test.map(|test| test.p_value),
        "p_adjusted": row.test.map(|test| test.p_adjusted),
        "test": row.test.map(|test| test.method.name()),
        "effect": row.test.as_ref().map(effect),
        "verdict": row.verdict.as_str(),
        "more_runs": row.more_runs.map(|more| json!({ "per_side": more.per_side, "at_least": more.is_least })),
        "notes": row.notes,
    })
}

fn effect(test: &Test) -> Value {
    json!({
        "cliffs_delta": test.cliffs_delta,
        "size": rank::size_of(test.cliffs_delta),
        "hedges_g": test.hedges_g,
    })
}

fn figures(figures: &Figures) -> Value {
    let stats = &figures.stats;
    let by_reason: Map<String, Value> =
        figures.excluded.iter().map(|(reason, count)| (reason.to_string(), Value::from(*count))).collect();
    json!({
        "n": stats.n,
        "excluded": figures.excluded_total(),
        "excluded_by": by_reason,
        "cold": figures.cold,
        "mean": stats.mean,
        "median": stats.median,
        "min": stats.min,
        "max": stats.max,
        "p95": stats.p95,
        "stddev": stats.stddev,
        "cv": stats.cv,
        "field": &*figures.field,
        "files": texts(&figures.files),
    })
}
