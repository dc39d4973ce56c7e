//! The metric that a name and the unit beside it say.

use std::sync::Arc;

use super::{Better, Measure, Metric, MetricEntry, Size, book::BOOK};
use crate::{
    ingest::field::{self, FieldRule, Name, Needs},
    metrics::unit::{Scale, Unit, UnitOrigin},
};

/// Rank of metrics that are known by their unit alone.
const GENERIC_RANK: u16 = 500;
/// What a percent is of a whole.
const PERCENT: f64 = 0.01;

/// The metric that a name and the unit beside it say.
pub fn measure(name: &str, beside: Option<&str>) -> Option<Measure> {
    measure_sized(name, beside, Size::Share)
}

/// The metric of a long table's cell: `label` stands in its row, `column` above it.
/// A column that is a statistic (`p95`) makes it a summary of what the label names.
pub fn measure_labelled(label: &str, column: &str, beside: Option<&str>) -> Option<Measure> {
    let (name, own) = field::split_unit(label);
    let mut found = measure(name, beside.or(own))?;
    if found.statistic.is_none() {
        found.statistic = field::facts(column).statistic.as_deref().map(str::to_owned);
    }
    Some(found)
}

pub(super) fn measure_sized(name: &str, beside: Option<&str>, size: Size) -> Option<Measure> {
    let dictionary = field::dictionary();
    let readings = field::readings(name);
    let is_counter = dictionary.never_prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let is_of_never = field::owner_words(name).iter().any(|word| dictionary.never_owners.contains(word));
    if is_of_never {
        return None;
    }
    let has_never = readings.iter().any(is_never);
    for reading in &readings {
        // A unit alone says nothing below the name of a setting (`timeout.ms`).
        let Some(rules) = dictionary.rules.get(&reading.base) else { continue };
        let is_alone = reading.base.is_empty() && (is_counter || has_never);
        if is_alone || (is_never(reading) && !rules.iter().any(|rule| rule.is_own)) {
            continue;
        }
        let written = beside.or(reading.unit.as_deref());
        if let Some(found) = rules.iter().find_map(|rule| by_rule(rule, reading, written, beside, size)) {
            return Some(found);
        }
    }
    if is_counter || has_never { None } else { by_unit(name, beside) }
}

/// Settings, capacities, clocks.
fn is_never(reading: &Name) -> bool {
    let dictionary = field::dictionary();
    dictionary.never_fields.contains(&reading.base)
        || reading.base.split(' ').any(|word| dictionary.never_words.contains(word))
}

fn by_rule(
    rule: &FieldRule,
    reading: &Name,
    written: Option<&str>,
    beside: Option<&str>,
    size: Size,
) -> Option<Measure> {
    let metric = BOOK.metrics.get(rule.metric)?;
    let is_share = field::dictionary().metrics.get(rule.metric).is_some_and(|words| words.is_share);
    let unit = metric.unit();
    let (scale, origin) = match written {
        Some(written) => {
            let scale = Scale::of(written);
            let origin = match beside {
                _ if scale.is_ambiguous => UnitOrigin::Guess,
                Some(_) => UnitOrigin::Written,
                None => UnitOrigin::Suffix,
            };
            if scale.unit == *unit {
                (scale, origin)
            } else if is_share && scale.unit == Unit::Percent {
                (Scale { unit: unit.clone(), factor: PERCENT, is_ambiguous: false }, origin)
            } else if field::is_per_second(written) && unit.symbol().ends_with("/s") {
                (Scale::of(unit.symbol()), origin)
            } else {
                return None;
            }
        }
        None => match &rule.needs {
            Needs::Unit => return None,
            Needs::ToolUnit(tool) => (Scale::of(tool), UnitOrigin::Tool),
            Needs::Nothing if is_share && matches!(size, Size::Setting | Size::Large) => {
                (Scale { unit: unit.clone(), factor: PERCENT, is_ambiguous: true }, UnitOrigin::Guess)
            }
            // A plain number needs no unit: nothing is guessed.
            Needs::Nothing if *unit == Unit::None => (Scale::of(""), UnitOrigin::Suffix),
            Needs::Nothing => (Scale::of(unit.symbol()), UnitOrigin::Guess),
        },
    };
    let statistic = reading.statistic.clone();
    Some(Measure { metric: metric.clone(), scale, origin, statistic })
}

/// A metric that no list knows, by the unit alone: it has its own name.
fn by_unit(name: &str, beside: Option<&str>) -> Option<Measure> {
    let reading = field::analyse(name);
    let written = beside.or(reading.unit.as_deref())?;
    let scale = Scale::of(written);
    let is_named = reading.base.contains(char::is_alphabetic);
    if !is_named || !is_measurable(&scale.unit) {
        return None;
    }
    let origin = match beside {
        _ if scale.is_ambiguous => UnitOrigin::Guess,
        Some(_) => UnitOrigin::Written,
        None => UnitOrigin::Suffix,
    };
    let words: Vec<&str> = reading.base.split(' ').collect();
    let statistic = reading.statistic.clone();
    Some(Measure { metric: generic(&words, &scale.unit)?, scale, origin, statistic })
}

/// Units of things that are measured; `blocks`, `threads` and the like are counts.
fn is_measurable(unit: &Unit) -> bool {
    match unit {
        Unit::None | Unit::Tokens => false,
        Unit::Other(written) => {
            written.ends_with("/s") || written.ends_with("/token") || field::unit_symbol(written).is_some()
        }
        _ => true,
    }
}

/// A metric known by its unit alone: it has its own name.
fn generic(words: &[&str], unit: &Unit) -> Option<Metric> {
    let dictionary = field::dictionary();
    let is_rate = unit.symbol().ends_with("/s");
    let better = match unit {
        _ if is_rate && words.iter().any(|word| dictionary.unwanted.contains(*word)) => Some(Better::Lower),
        Unit::TokensPerSecond | Unit::RequestsPerSecond => Some(Better::Higher),
        _ if is_rate && words.iter().any(|word| dictionary.wanted.contains(*word)) => Some(Better::Higher),
        Unit::Milliseconds => Some(Better::Lower),
        _ => None,
    };
    // Rates keep their unit in the name: `total` in tok/s is no time called `total`.
    let suffix = match unit {
        Unit::TokensPerSecond => "_rate",
        _ => "",
    };
    let name = format!("{}{suffix}", words.join("_"));
    let name = match Metric::named(&name) {
        Some(known) if known.unit() == unit => return Some(known),
        // The share of `memory` is a thing of its own; a throughput in bytes is no metric
        // we can name.
        Some(_) if *unit == Unit::Percent => format!("{name}_percent"),
        Some(_) => return None,
        None => name,
    };
    let label = field::capitalised(&words.join(" "));
    let entry = MetricEntry { name, label, unit: unit.clone(), better, rank: GENERIC_RANK, known: None };
    Some(Metric(Arc::new(entry)))
}
