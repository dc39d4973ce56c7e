//! The section on trends over time and the steps in them.

use serde_json::{Value, json};

use super::{
    Scope,
    prose::{Prose, p_value},
    series_document, source, title,
};
use crate::{
    cli::output::json_time,
    metrics::{
        format,
        names::Better,
        series::Series,
        trend::{self, Changed, MIN_VALUES, Place, Shape, Step, Trend},
    },
};

/// Steps of one series that are told; the rest is in JSON.
const TOLD: usize = 8;

fn all<'s>(scope: &'s Scope<'_>) -> Vec<(&'s Series, Trend)> {
    let inventory = &scope.library.inventory;
    scope.chosen_groups().map(|series| (series, trend::of(series, inventory))).collect()
}

/// As JSON.
pub fn document(scope: &Scope<'_>) -> Vec<Value> {
    all(scope).iter().map(|(series, trend)| item(series, trend)).collect()
}

fn item(series: &Series, trend: &Trend) -> Value {
    let mut document = series_document(series);
    let mut add = |key: &str, value: Value| document.insert(key.into(), value);
    let ends: Vec<&Place> = trend.ends.iter().flat_map(|(first, last)| [first, last]).collect();
    add("n", trend.n.into());
    add("cold", trend.cold.into());
    add("thinned", trend.thinned.into());
    add("order", trend.clock.as_str().into());
    add("from", json_time(ends.first().and_then(|place| place.at_ns)));
    add("to", json_time(ends.last().and_then(|place| place.at_ns)));
    add("shape", trend.shape.as_str().into());
    add("slope", trend.slope.into());
    add("change", trend.change().into());
    add("p", trend.p.into());
    add("steps", trend.steps.iter().map(|found| step(series, found)).collect::<Vec<_>>().into());
    add("notes", trend.notes.clone().into());
    let sources = ends.iter().map(|place| source(&place.path, place.line, &series.field));
    add("sources", sources.collect::<Vec<_>>().into());
    Value::Object(document)
}

fn step(series: &Series, step: &Step) -> Value {
    let names = |levels: &[std::sync::Arc<str>]| {
        levels.iter().map(std::string::ToString::to_string).collect::<Vec<_>>()
    };
    let changed = |changed: &Changed| json!({"key": &*changed.key, "before": names(&changed.before), "after": names(&changed.after)});
    json!({
        "path": &*step.place.path,
        "line": step.place.line,
        "row": step.place.row,
        "at": step.at,
        "time": json_time(step.place.at_ns),
        "before": step.before,
        "n_before": step.n_before,
        "after": step.after,
        "n_after": step.n_after,
        "delta_pct": delta_pct(step),
        "p": step.p,
        "changed": step.changed.iter().map(changed).collect::<Vec<_>>(),
        "sources": [source(&step.place.path, step.place.line, &series.field)],
    })
}

fn delta_pct(step: &Step) -> Option<f64> {
    Some((step.after - step.before) / step.before.abs() * 100.0).filter(|delta| delta.is_finite())
}

/// For people.
pub fn tell(scope: &Scope<'_>, prose: &mut Prose) {
    let all = all(scope);
    let is_long = |trend: &Trend| trend.n as usize >= MIN_VALUES;
    let (long, short): (Vec<_>, Vec<_>) = all.iter().partition(|(_, trend)| is_long(trend));
    let moving: Vec<_> = long.iter().filter(|(_, trend)| trend.shape != Shape::Flat).collect();
    prose.heading(&format!("trends: {} of {} series move", moving.len(), long.len()));
    for (series, trend) in moving {
        prose.line(
            1,
            &format!("{}: {} values by {}", title(series), format::count(trend.n), trend.clock.as_str()),
        );
        match trend.shape {
            Shape::Drift => prose.line(3, &drift(series, trend)),
            Shape::Steps | Shape::Flat => {}
        }
        for step in trend.steps.iter().take(TOLD) {
            prose.line(3, &sentence(series, step));
        }
        if trend.steps.len() > TOLD {
            prose.line(3, &format!("{} more are in --json", trend.steps.len() - TOLD));
        }
        for note in &trend.notes {
            prose.line(3, &format!("note: {note}"));
        }
    }
    if !short.is_empty() {
        prose.line(2, &format!("not judged: {} series of fewer than {MIN_VALUES} values", short.len()));
    }
}

fn drift(series: &Series, trend: &Trend) -> String {
    let change = trend.change().unwrap_or_default();
    let way = if change < 0.0 { "falls" } else { "rises" };
    format!(
        "{way} by {} from first to last, {}{}",
        format::value(change.abs(), &series.unit),
        p_value(trend.p.unwrap_or(1.0)),
        verdict(series, change)
    )
}

fn sentence(series: &Series, step: &Step) -> String {
    let value = |number: f64| format::value(number, &series.unit);
    let percent = delta_pct(step).map(|delta| format!(" ({delta:+.1} %)")).unwrap_or_default();
    let time = step.place.at_ns.map(|at| format!(" at {}", format::utc(at))).unwrap_or_default();
    let changed: Vec<String> = step
        .changed
        .iter()
        .map(|changed| format!("{} {} → {}", changed.key, changed.before.join("/"), changed.after.join("/")))
        .collect();
    let with =
        if changed.is_empty() { String::new() } else { format!("; with it changed {}", changed.join(", ")) };
    format!(
        "step at {}:{}{time}: {} (n {}) → {} (n {}){percent}, {}{}{with}",
        step.place.path,
        step.place.line,
        value(step.before),
        step.n_before,
        value(step.after),
        step.n_after,
        p_value(step.p),
        verdict(series, step.after - step.before),
    )
}

fn verdict(series: &Series, change: f64) -> &'static str {
    match series.metric.better() {
        Some(Better::Higher) if change > 0.0 => ", better",
        Some(Better::Lower) if change < 0.0 => ", better",
        Some(_) if change != 0.0 => ", worse",
        _ => "",
    }
}
