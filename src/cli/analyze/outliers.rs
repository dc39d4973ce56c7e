//! The section on values far from their group.

use serde_json::{Value, json};

use super::{Scope, group_document, prose::Prose, series_document, source, title};
use crate::metrics::{
    format,
    outliers::{self, Among, Outlier, Outliers},
    series::Series,
};

/// Outliers of one series that are told; the rest is in JSON.
const TOLD: usize = 8;

fn all<'s>(scope: &'s Scope<'_>) -> Vec<(&'s Series, Outliers)> {
    scope.chosen_groups().map(|series| (series, outliers::of(series))).collect()
}

/// As JSON: one item for each outlier.
pub fn document(scope: &Scope<'_>) -> Vec<Value> {
    let found = all(scope);
    found
        .iter()
        .flat_map(|(series, outliers)| outliers.found.iter().map(|outlier| item(series, outlier)))
        .collect()
}

fn item(series: &Series, outlier: &Outlier) -> Value {
    let mut document = series_document(series);
    let mut add = |key: &str, value: Value| document.insert(key.into(), value);
    add("value", outlier.value.into());
    add("median", outlier.median.into());
    add("mad", outlier.mad.into());
    add("mads", outlier.mads.into());
    add("z", outlier.z.into());
    add("rule", outlier.rule.as_str().into());
    add("n", outlier.n.into());
    add("cold", outlier.is_cold.into());
    let judged_in = match &outlier.judged_in {
        Among::Configuration(group) => json!({"configuration": group_document(group)}),
        Among::File(path) => json!({"file": &**path}),
        Among::Rest => json!({}),
    };
    add("judged_in", judged_in);
    add("configuration", group_document(&outlier.group));
    add("row", outlier.row.into());
    add("sources", vec![source(&outlier.path, outlier.line, &series.field)].into());
    Value::Object(document)
}

/// For people.
pub fn tell(scope: &Scope<'_>, prose: &mut Prose) {
    let all = all(scope);
    let total: usize = all.iter().map(|(_, outliers)| outliers.found.len()).sum();
    let judged: u64 = all.iter().map(|(_, outliers)| outliers.judged).sum();
    let too_few: u64 = all.iter().map(|(_, outliers)| outliers.too_few).sum();
    prose.heading(&format!("outliers: {total} of {} values", format::count(judged)));
    for (series, outliers) in all.iter().filter(|(_, outliers)| !outliers.found.is_empty()) {
        prose.line(1, &title(series));
        for outlier in outliers.found.iter().take(TOLD) {
            prose.line(3, &sentence(series, outlier));
        }
        if outliers.found.len() > TOLD {
            prose.line(3, &format!("{} more are in --json", outliers.found.len() - TOLD));
        }
    }
    let two_levels: u64 = all.iter().map(|(_, outliers)| outliers.two_levels).sum();
    if two_levels > 0 {
        let count = format::count(two_levels);
        prose.line(2, &format!("no outliers among {count} values: a quarter of their group lies far off"));
    }
    if too_few > 0 {
        let count = format::count(too_few);
        prose
            .line(2, &format!("not judged: {count} values in groups of fewer than {}", outliers::MIN_VALUES));
    }
}

fn sentence(series: &Series, outlier: &Outlier) -> String {
    let far = match (outlier.mads, outlier.z) {
        (Some(mads), _) => format!("{} MAD from", format::number(mads)),
        (None, Some(z)) => format!("{} mean deviations from", format::number(z)),
        (None, None) => "beyond the fences around".to_owned(),
    };
    let rows = if outlier.is_cold { "cold rows" } else { "rows" };
    let among = match &outlier.judged_in {
        Among::Configuration(group) if group.0.is_empty() => rows.to_owned(),
        Among::Configuration(group) => format!("{rows} of {group}"),
        Among::File(_) => format!("{rows} of the file"),
        Among::Rest => format!("{rows} of several files"),
    };
    format!(
        "{}:{} {}, {far} the median {} of {} {among}",
        outlier.path,
        outlier.line,
        format::value(outlier.value, &series.unit),
        format::value(outlier.median, &series.unit),
        outlier.n,
    )
}
