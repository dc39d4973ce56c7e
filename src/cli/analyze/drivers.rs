//! The section on what drives a metric.

use serde_json::{Value, json};

use super::{
    Scope, file_sources,
    prose::{Prose, p_value},
    series_document, title,
};
use crate::metrics::{
    drivers::{self, ALPHA, Driver, Drivers, Level, MIN_ROWS, Sort},
    format,
    series::Series,
};

/// Groups of one field that are told when its metric was asked for; the rest is in JSON.
const TOLD_GROUPS: usize = 6;

/// Every series of the scope with what drives it: each field as a whole, then its groups
/// where there are several.
fn all<'s>(scope: &'s Scope<'_>) -> Vec<(&'s Series, Drivers)> {
    let mut found = Vec::new();
    let others: Vec<&Series> = scope.whole.iter().collect();
    for whole in scope.chosen() {
        let rest: Vec<&Series> =
            others.iter().copied().filter(|other| !std::ptr::eq(*other, whole)).collect();
        found.push((whole, drivers::of(whole, &rest)));
        let same = |series: &&Series| series.metric == whole.metric && series.field == whole.field;
        let groups: Vec<&Series> =
            scope.chosen_groups().filter(same).filter(|series| !series.values.is_empty()).collect();
        if groups.len() > 1 {
            let large = groups.into_iter().filter(|series| series.values.len() >= MIN_ROWS);
            found.extend(large.map(|series| (series, drivers::of(series, &rest))));
        }
    }
    found
}

/// As JSON.
pub fn document(scope: &Scope<'_>) -> Vec<Value> {
    all(scope).iter().map(|(series, drivers)| item(series, drivers)).collect()
}

fn item(series: &Series, drivers: &Drivers) -> Value {
    let mut document = series_document(series);
    document.insert("n".into(), drivers.n.into());
    document.insert("used".into(), drivers.used.into());
    document.insert("ranked".into(), drivers.ranked.iter().map(driver).collect::<Vec<_>>().into());
    let left_out = drivers.left_out.iter().map(|(name, reason)| json!({"name": &**name, "reason": reason}));
    document.insert("left_out".into(), left_out.collect::<Vec<_>>().into());
    document.insert("notes".into(), drivers.notes.clone().into());
    document.insert("sources".into(), file_sources(series).into());
    Value::Object(document)
}

fn driver(driver: &Driver) -> Value {
    let level = |level: &Level| json!({"value": &*level.value, "n": level.n, "cold": level.cold, "median": level.median});
    let confounded = driver.confounded.iter().map(|found| {
        json!({
            "with": &*found.with,
            "level": found.level.as_deref(),
            "n": found.n,
            "share": found.share,
            "p": found.p,
            "note": found.sentence,
        })
    });
    json!({
        "name": &*driver.name,
        "kind": driver.sort.as_str(),
        "detail": driver.detail,
        "n": driver.n,
        "share": driver.effect.share,
        "rank_share": driver.effect.rank_share,
        "p": driver.effect.p,
        "p_adjusted": driver.p_adjusted,
        "found": driver.is_found(),
        "correlation": driver.correlation,
        "levels": driver.levels.iter().map(level).collect::<Vec<_>>(),
        "same_as": driver.same_as.iter().map(|name| &**name).collect::<Vec<_>>(),
        "confounded": confounded.collect::<Vec<_>>(),
    })
}

/// For people.
pub fn tell(scope: &Scope<'_>, prose: &mut Prose) {
    let most = if scope.is_asked { TOLD_GROUPS } else { 0 };
    let mut told: Vec<(&Series, usize)> = Vec::new();
    let mut few = 0;
    for (series, drivers) in all(scope) {
        if (drivers.n as usize) < MIN_ROWS {
            few += 1;
            continue;
        }
        let same =
            |(known, _): &&mut (&Series, usize)| known.metric == series.metric && known.field == series.field;
        match told.iter_mut().find(same) {
            Some((_, count)) => *count += 1,
            None => told.push((series, 0)),
        }
        let is_few = told.last().is_some_and(|(_, count)| *count <= most);
        if is_few {
            tell_one(series, &drivers, prose);
        }
    }
    let more: usize = told.iter().map(|(_, count)| count.saturating_sub(most)).sum();
    if more > 0 {
        let hint = if scope.is_asked { "" } else { ", and with --metric here" };
        prose.heading(&format!("drivers of {more} groups of these rows are in --json{hint}"));
    }
    if few > 0 {
        prose.heading(&format!("drivers of {few} fields were not looked for: fewer than {MIN_ROWS} rows"));
    }
}

fn tell_one(series: &Series, drivers: &Drivers, prose: &mut Prose) {
    prose.heading(&format!("what drives {}: {} rows", title(series), format::count(drivers.n)));
    let found: Vec<&Driver> = drivers.ranked.iter().filter(|driver| driver.is_found()).collect();
    for (index, driver) in found.iter().enumerate() {
        tell_driver(index + 1, driver, drivers.used, series, prose);
    }
    if found.is_empty() && drivers.n as usize >= MIN_ROWS && !drivers.ranked.is_empty() {
        prose.line(2, "nothing was found to drive it");
    }
    let idle: Vec<String> = drivers
        .ranked
        .iter()
        .filter(|driver| !driver.is_found())
        .map(|driver| {
            format!(
                "{} ({}, {})",
                driver.name,
                format::share(driver.effect.size()),
                p_value(driver.p_adjusted)
            )
        })
        .collect();
    if !idle.is_empty() {
        prose.line(2, &format!("not told from chance: {}", idle.join(", ")));
    }
    for note in &drivers.notes {
        prose.line(2, &format!("note: {note}"));
    }
    for (name, reason) in &drivers.left_out {
        prose.line(2, &format!("not judged: {name} {reason}"));
    }
}

fn tell_driver(rank: usize, driver: &Driver, all_rows: u64, series: &Series, prose: &mut Prose) {
    let kind = match driver.sort {
        Sort::Measured => " (measured)",
        Sort::Dimension | Sort::Start | Sort::Position => "",
    };
    let rows =
        if driver.n < all_rows { format!(" of the {} rows that have it", driver.n) } else { String::new() };
    prose.line(
        1,
        &format!(
            "{rank:>2}. {}{kind}: explains {}{} ({} of the ranks), {}",
            driver.name,
            format::share(driver.effect.share),
            rows,
            format::share(driver.effect.rank_share),
            p_value(driver.p_adjusted),
        ),
    );
    if let Some(detail) = &driver.detail {
        prose.line(5, detail);
    }
    let direction = driver.correlation.map(|rho| {
        let way = if rho < 0.0 { "falls with it" } else { "rises with it" };
        format!("{way} (rank correlation {rho:.2})")
    });
    if let Some((first, last)) = driver.levels.first().zip(driver.levels.last()) {
        let level = |level: &Level| {
            let cold = if level.cold > 0 { format!(", {} cold", level.cold) } else { String::new() };
            format!("{}: {} (n {}{cold})", level.value, format::value(level.median, &series.unit), level.n)
        };
        let (best, worst) =
            if series.metric.better().is_some() { ("best", "worst") } else { ("least", "most") };
        prose.line(5, &format!("{best} {}, {worst} {}", level(first), level(last)));
    } else if let Some(direction) = direction {
        prose.line(5, &direction);
    }
    for found in &driver.confounded {
        let how = if found.p.is_some_and(|p| p <= ALPHA) { "mostly" } else { "only" };
        prose.line(5, &format!("{how} stands for {}: {}", found.with, found.sentence));
    }
}
