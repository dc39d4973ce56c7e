//! The answers as JSON. Field names are a promise.

use serde_json::{Map, Value, json};

use super::{
    Asked,
    statistic::{Computed, Statistic, Worth},
};
use crate::{
    ingest::file::Cell,
    metrics::{
        names::Better,
        query::{Answer, Answers, Place, Ratio},
        series::{Group, Nature},
        unit::UnitOrigin,
    },
};

/// The whole answer.
pub(super) fn document(answers: &Answers, asked: &Asked) -> Value {
    let statistics = asked.statistics(&Statistic::USUAL);
    let mut series: Vec<Value> = Vec::new();
    if asked.wants_series() {
        series.extend(answers.answers.iter().map(|answer| one(answer, statistics, asked)));
    }
    series.extend(answers.ratios.iter().map(ratio));
    json!({ "series": series, "include_failed": asked.includes_failed, "raw": asked.is_raw })
}

fn one(answer: &Answer, statistics: &[Statistic], asked: &Asked) -> Value {
    let mut document = json!({
        "metric": answer.metric_name(),
        "unit": answer.unit,
        "better": match answer.better() {
            Some(Better::Higher) => Value::from("higher"),
            Some(Better::Lower) => Value::from("lower"),
            None => Value::Null,
        },
        "field": &*answer.field,
        "group": group(&answer.group),
        "files": answer.files.iter().map(|file| &**file).collect::<Vec<_>>(),
        "nature": nature(answer.nature),
        "unit_origin": answer.unit_origin.map(origin),
    });
    let computed = Computed::of(&answer.numbers);
    for &statistic in statistics {
        document[statistic.name()] = match (computed.worth_in(answer, statistic), statistic) {
            (Worth::Place, Statistic::Argmin) => answer.least.as_ref().map_or(Value::Null, place),
            (Worth::Place, _) => answer.greatest.as_ref().map_or(Value::Null, place),
            (worth, _) => value(worth),
        };
        if statistic == Statistic::Failed {
            document["failed_rows"] = answer.failed_places.iter().map(place).collect();
        }
    }
    let reasons = answer.excluded().into_iter();
    document["excluded_reasons"] =
        Value::Object(reasons.map(|reason| (reason.reason.to_string(), reason.count.into())).collect());
    if let Some(ratio) = answer.ratio_of_totals() {
        document["ratio_of_totals"] = ratio.into();
    }
    if asked.includes_failed {
        document["failed"] = answer.failed.into();
    }
    if let Some((warm, cold)) = answer.apart() {
        for (name, numbers) in [("warm", warm), ("cold", cold)] {
            let computed = Computed::of(&numbers);
            let own = statistics.iter().filter(|statistic| !matches!(**statistic, Statistic::Excluded));
            let own = own.map(|statistic| (statistic.name(), computed.worth(*statistic)));
            let own = own.filter(|(_, worth)| *worth != Worth::Place);
            document[name] = Value::Object(own.map(|(name, worth)| (name, value(worth))).collect());
        }
    }
    document
}

fn ratio(ratio: &Ratio) -> Value {
    json!({
        "metric": format!("{} / {}", ratio.total_field, ratio.over_field),
        "unit": ratio.unit,
        "better": null,
        "field": format!("{} / {}", ratio.total_field, ratio.over_field),
        "group": group(&ratio.group),
        "files": ratio.files.iter().map(|file| &**file).collect::<Vec<_>>(),
        "n": ratio.n,
        "excluded": ratio.excluded,
        "ratio_of_totals": ratio.value(),
        "totals": [ratio.total, ratio.over],
    })
}

pub(super) fn value(worth: Worth) -> Value {
    match worth {
        Worth::Count(count) => count.into(),
        Worth::Number(number) => number.into(),
        Worth::Interval(ends) => ends.map_or(Value::Null, |(low, high)| json!([low, high])),
        Worth::Place => Value::Null,
    }
}

/// Where a value stands, with all dimensions and columns of its row.
fn place(place: &Place) -> Value {
    let cells: Map<String, Value> =
        place.cells.iter().map(|(name, cell)| (name.to_string(), cell_value(cell))).collect();
    json!({
        "value": place.number,
        "path": &*place.path,
        "line": place.line,
        "pointer": &*place.pointer,
        "group": group(&place.group),
        "row": cells,
    })
}

pub(in crate::cli) fn cell_value(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Number(number) => whole(*number),
        Cell::Text(text) => Value::from(&**text),
        Cell::Bool(truth) => (*truth).into(),
    }
}

/// `60` and not `60.0`: so the file has it.
fn whole(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT { (number as i64).into() } else { number.into() }
}

pub(super) fn group(group: &Group) -> Map<String, Value> {
    group.0.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect()
}

pub(super) fn nature(nature: Nature) -> &'static str {
    match nature {
        Nature::Sample => "sample",
        Nature::Summary => "summary",
        Nature::Stated => "stated",
    }
}

pub(in crate::cli) fn origin(origin: UnitOrigin) -> &'static str {
    match origin {
        UnitOrigin::Suffix => "suffix",
        UnitOrigin::Written => "written",
        UnitOrigin::Tool => "tool",
        UnitOrigin::Guess => "guess",
    }
}
