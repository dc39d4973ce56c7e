//! Better, worse, faster, higher, as fast as, twice, 63 % more: do the facts have this order
//! and this ratio?

use super::{
    Kind, Rejection,
    extremes::{metrics_at, split, statistic_at},
    figures::{Found, Measure, Ratio},
    index::{Index, LEAST_RUNS, holds},
    lexicon::Class,
    number,
    read::{Reading, What},
    refer::Referent,
    statement::is_imperative,
};
use crate::{
    compare::verdict::Verdict,
    grounding::fact::{FactRow, Statistic},
    metrics::{names::Better, series::Group},
};

/// Medians nearer than this are called the same, not better.
const PRACTICAL: f64 = 0.02;
/// `Slightly` is at most this much, `significantly` at least.
const WIDE: f64 = 0.10;
/// How far `twice` may be off, relative.
const WORD_TOLERANCE: f64 = 0.025;
/// How far `about twice` may be off, relative.
const ROUGH: f64 = 0.10;
/// Items between a ratio and the word that it belongs to.
const NEAR: usize = 5;

/// Two sides and the metric in which they are compared.
struct Pair<'r, 'a> {
    subject: &'r Referent<'a>,
    /// `None`: all others.
    object: Option<&'r Referent<'a>>,
}

/// Values of both sides.
struct Sides {
    subject: Vec<f64>,
    object: Vec<f64>,
    facts: Vec<usize>,
    /// A side rests on fewer runs than an order can be told from.
    is_thin: bool,
}

/// Judges every comparison; the facts that they rest on.
pub fn judge(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    referents: &[Referent<'_>],
    found: &Found,
) -> Result<Vec<usize>, Rejection> {
    let mut facts = Vec::new();
    let mut with_ratio = Vec::new();
    for ratio in ratios(reading, found) {
        let at = word_of(reading, ratio.item);
        with_ratio.extend(at);
        facts.extend(judge_ratio(index, reading, referents, &ratio, at)?);
    }
    for (at, item) in reading.items.iter().enumerate() {
        let What::Says(class) = item.what else { continue };
        if !is_comparative(class) && class != Class::Same {
            continue;
        }
        if with_ratio.contains(&at) && class == Class::Same {
            continue;
        }
        // `with more runs` asks for them; `more runs than` compares.
        let next = reading.words(at + 1).to_lowercase();
        let is_wish =
            matches!(next.as_str(), "runs" | "measurements" | "samples" | "data" | "values" | "prompts");
        if is_wish && is_imperative(reading) && !reading.says(Class::Than) {
            continue;
        }
        facts.extend(judge_order(index, reading, referents, found, at, class)?);
    }
    Ok(facts)
}

/// Does the word set two values in order?
pub fn is_comparative(class: Class) -> bool {
    matches!(
        class,
        Class::Better | Class::Worse | Class::Faster | Class::Slower | Class::Higher | Class::Lower
    )
}

/// Ratios in figures and in words.
fn ratios(reading: &Reading<'_, '_>, found: &Found) -> Vec<Ratio> {
    let mut ratios = found.ratios.clone();
    for (at, _) in reading.items.iter().enumerate() {
        let word = reading.words(at).to_lowercase();
        let is_times = reading.words(at + 1).eq_ignore_ascii_case("times");
        if let Some(value) = number::ratio_of(&word).or(number::of_word(&word).filter(|_| is_times)) {
            let tolerance = value * WORD_TOLERANCE;
            ratios.push(Ratio { item: at, value, tolerance, measure: Measure::Times });
        }
    }
    ratios
}

/// The comparing word of a ratio: `63 % faster`, `twice as fast as`.
fn word_of(reading: &Reading<'_, '_>, item: usize) -> Option<usize> {
    let is_word = |at: &usize| match reading.items[*at].what {
        What::Says(class) => is_comparative(class) || class == Class::Same,
        _ => false,
    };
    let is_break = |at: &usize| matches!(reading.items[*at].what, What::Break(',' | ';'));
    let behind = (item + 1..reading.items.len()).take(NEAR).take_while(|at| !is_break(at)).find(is_word);
    behind.or_else(|| (item.saturating_sub(NEAR)..item).rev().take_while(|at| !is_break(at)).find(is_word))
}

/// The two sides of a comparison at this place.
fn pair_at<'r, 'a>(
    reading: &Reading<'a, '_>,
    referents: &'r [Referent<'a>],
    at: usize,
) -> Option<Pair<'r, 'a>> {
    let than = |from: usize, to: usize| {
        (from..to.min(reading.items.len()))
            .find(|place| reading.items[*place].what == What::Says(Class::Than))
    };
    let before: Vec<&Referent<'a>> = referents.iter().filter(|referent| referent.end < at).collect();
    let behind: Vec<&Referent<'a>> = referents.iter().filter(|referent| referent.start > at).collect();
    let is_object = |referent: &Referent<'a>| {
        than(referent.start.saturating_sub(3), referent.start).is_some_and(|place| {
            // `the highest is that of A` compares nothing.
            let is_said = place > 0
                && matches!(reading.words(place - 1).to_lowercase().as_str(), "is" | "was")
                && reading.words(place).eq_ignore_ascii_case("that of");
            !is_said
                && (place + 1..referent.start).all(|between| {
                    matches!(
                        reading.items[between].what,
                        What::Says(Class::Neutral) | What::Key(_) | What::Metric(_)
                    )
                })
        })
    };
    let all_others =
        than(at, reading.items.len()).is_some_and(|place| {
            reading.items.iter().skip(place + 1).take(2).any(|item| item.what == What::Says(Class::Other))
        }) || reading.items.iter().skip(at + 1).take(1).any(|item| item.what == What::Says(Class::Other));
    // `Compared with B, A is faster`: what stands behind `than` is never the subject.
    let subject = before
        .iter()
        .rev()
        .find(|referent| !is_object(referent))
        .or_else(|| behind.iter().find(|referent| !is_object(referent)))
        .copied()?;
    if all_others {
        return Some(Pair { subject, object: None });
    }
    let verb_object = matches!(
        reading.items[at].what,
        What::Says(
            Class::Better
                | Class::Worse
                | Class::Higher
                | Class::Lower
                | Class::Faster
                | Class::Slower
                | Class::Same
        )
    )
    .then(|| behind.first().copied())
    .flatten()
    .filter(|object| {
        // `A outperforms B`, `A is ahead of B`, `A exceeds B`.
        object.start - at <= 3
            && (at + 1..object.start).all(|between| {
                matches!(
                    reading.items[between].what,
                    What::Says(Class::Neutral | Class::Than) | What::Metric(_)
                )
            })
    });
    let object = referents
        .iter()
        .find(|referent| referent.start > at && is_object(referent) && !std::ptr::eq(*referent, subject))
        .or_else(|| verb_object.filter(|object| !std::ptr::eq(*object, subject)))
        .or_else(|| referents.iter().rev().find(|r| is_object(r) && !std::ptr::eq(*r, subject)))
        .or_else(|| {
            // Two groups in the sentence: the other one.
            (referents.len() == 2).then(|| referents.iter().find(|r| !std::ptr::eq(*r, subject))).flatten()
        });
    Some(Pair { subject, object })
}

fn sides(index: &Index<'_>, pair: &Pair<'_, '_>, metric: usize, statistic: Statistic) -> Option<Sides> {
    let measured = index.metrics.get(metric)?;
    let rows = |group: &[(&str, &str)]| {
        let (own, others) = split(index, measured, group);
        if !own.is_empty() {
            return (own, others);
        }
        // A dimension that no row of the metric knows tells none of them apart.
        let known = |(key, _): &&(&str, &str)| measured.rows.iter().any(|row| row.group.get(key).is_some());
        let known: Vec<(&str, &str)> = group.iter().filter(known).copied().collect();
        if known.is_empty() { (own, others) } else { split(index, measured, &known) }
    };
    let (own, mut others) = rows(&pair.subject.dimensions);
    if let Some(object) = pair.object {
        others = rows(&object.dimensions).0;
        others.retain(|row| !own.iter().any(|own| std::ptr::eq(*own, *row)));
    }
    let values = |rows: &[&FactRow]| -> Vec<f64> {
        rows.iter().filter_map(|row| index.value_of(row, statistic)).collect()
    };
    let runs = |row: &FactRow| index.value_of(row, Statistic::N).unwrap_or_default();
    let is_thin = own.iter().chain(&others).any(|row| runs(row) < LEAST_RUNS);
    let facts = own.iter().chain(&others).filter_map(|row| row.index(index.ledger, statistic)).collect();
    Some(Sides { subject: values(&own), object: values(&others), facts, is_thin })
}

fn is_same_metric(index: &Index<'_>, left: usize, right: usize) -> bool {
    let name = |metric: usize| index.metrics.get(metric).map(|measured| &measured.metric.0.name);
    name(left) == name(right)
}

/// Must the subject's value be the larger one?
fn wants_larger(class: Class, better: Option<Better>) -> Option<bool> {
    let by_direction = better.map(|better| better == Better::Higher);
    match class {
        Class::Higher => Some(true),
        Class::Lower => Some(false),
        Class::Better | Class::Faster => by_direction,
        Class::Worse | Class::Slower => by_direction.map(|larger| !larger),
        _ => None,
    }
}

fn judge_order(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    referents: &[Referent<'_>],
    found: &Found,
    at: usize,
    class: Class,
) -> Result<Vec<usize>, Rejection> {
    let word = reading.words(at);
    let reject = |reason: String| Err(Rejection::new(Kind::Comparison, reason));
    let by_figures = order_of_figures(index, reading, found, at, class);
    if let Some((holds, facts)) = beside_itself(index, reading, found, at, class) {
        return if holds {
            Ok(facts)
        } else {
            reject(format!("`{word}`: its own values have another order"))
        };
    }
    if by_figures == Some(false) {
        return reject(format!("`{word}`: the figures have another order"));
    }
    let Some(pair) = pair_at(reading, referents, at) else {
        return if by_figures == Some(true) {
            Ok(Vec::new())
        } else {
            reject(format!("`{word}`: the sentence does not say what is compared"))
        };
    };
    // One group alone, its own values set side by side.
    if by_figures == Some(true) && pair.object.is_none() {
        return Ok(Vec::new());
    }
    let metrics = metrics_at(index, reading, at, class);
    if metrics.is_empty() {
        return reject(format!("`{word}`: in which metric?"));
    }
    let statistic = statistic_at(reading, at);
    let modifier = |class: Class| {
        (at.saturating_sub(3)..at + 3)
            .any(|place| reading.items.get(place).is_some_and(|item| item.what == What::Says(class)))
    };
    let (strongly, slightly) = (modifier(Class::Strongly), modifier(Class::Slightly));
    let mut facts = Vec::new();
    for &metric in &metrics {
        let Some(measured) = index.metrics.get(metric) else { continue };
        let label = &measured.metric.0.label;
        let Some(sides) = sides(index, &pair, metric, statistic) else { continue };
        if sides.subject.is_empty() || sides.object.is_empty() {
            // Values that others had summarised are rows of their own, of the same metric.
            let is_elsewhere = metrics.iter().any(|other| {
                *other != metric
                    && is_same_metric(index, *other, metric)
                    && self::sides(index, &pair, *other, statistic)
                        .is_some_and(|sides| !sides.subject.is_empty() && !sides.object.is_empty())
            });
            if is_elsewhere {
                continue;
            }
            return reject(format!("`{word}`: no facts compare {} in {label}", pair.subject.name()));
        }
        if sides.is_thin {
            return reject(format!("`{word}`: in {label} a side has too few runs to tell"));
        }
        let larger = wants_larger(class, measured.better());
        let verdict =
            pair.object.and_then(|object| verdict(index, &measured.metric.0.name, pair.subject, object));
        // `A is ahead of B, but the lead is not sure` speaks of the medians.
        let is_unsure = verdict == Some(Verdict::Unclear) && reading.says(Class::Unsure);
        if let Some(verdict) = verdict
            && !allows(verdict, class)
            && !is_unsure
        {
            let told = match verdict {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::Same => "the same",
                Verdict::Unclear => "unclear",
            };
            return reject(format!("`{word}`: in {label} {} is {told}", pair.subject.name()));
        }
        let least = if is_unsure { 0.0 } else { PRACTICAL };
        for subject in &sides.subject {
            for object in &sides.object {
                let difference = (subject - object) / object.abs().max(f64::MIN_POSITIVE);
                let holds = match (class, larger) {
                    (Class::Same, _) => difference.abs() <= PRACTICAL,
                    (_, Some(true)) => difference > least,
                    (_, Some(false)) => difference < -least,
                    (_, None) => false,
                };
                let by_much = difference.abs() >= WIDE;
                if !holds || (strongly && !by_much) || (slightly && by_much) {
                    let against = pair.object.map_or("the others".to_owned(), Referent::name);
                    return reject(format!(
                        "`{word}`: the facts do not have {} so against {against} in {label}",
                        pair.subject.name()
                    ));
                }
            }
        }
        facts.extend(sides.facts);
    }
    Ok(facts)
}

/// How the subject does beside the object, by the test of the ledger.
fn verdict(
    index: &Index<'_>,
    metric: &str,
    subject: &Referent<'_>,
    object: &Referent<'_>,
) -> Option<Verdict> {
    let mut relations = index.ledger.relations.iter().filter(|relation| relation.metric.0.name == metric);
    relations.find_map(|relation| {
        let is = |left: &Group, right: &Group| {
            holds(left, &subject.dimensions) && holds(right, &object.dimensions)
        };
        if is(&relation.group, &relation.other) {
            return Some(relation.verdict);
        }
        is(&relation.other, &relation.group).then_some(match relation.verdict {
            Verdict::Better => Verdict::Worse,
            Verdict::Worse => Verdict::Better,
            other => other,
        })
    })
}

/// `Higher` is said of values; `better` and `faster` need a test that says so.
fn allows(verdict: Verdict, class: Class) -> bool {
    match class {
        Class::Better | Class::Faster => verdict == Verdict::Better,
        Class::Worse | Class::Slower => verdict == Verdict::Worse,
        _ => true,
    }
}

/// `2,326 ms, higher than its median of 64 ms`: the order of the figures on both sides.
fn order_of_figures(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    found: &Found,
    at: usize,
    class: Class,
) -> Option<bool> {
    // `above the median` compares without a `than`.
    let is_preposition = matches!(reading.words(at).to_lowercase().as_str(), "above" | "below");
    let than = (at + 1..reading.items.len())
        .take(4)
        .find(|place| reading.items[*place].what == What::Says(Class::Than))
        .or(is_preposition.then_some(at))?;
    let right = found
        .stated
        .iter()
        .filter(|stated| stated.item > than && stated.item - than <= 8)
        .min_by_key(|s| s.item)?;
    let left = found.stated.iter().filter(|stated| stated.item < at).max_by_key(|stated| stated.item)?;
    let (left_metric, right_metric) = (
        index.metric_of.get(left.fact).copied().flatten(),
        index.metric_of.get(right.fact).copied().flatten(),
    );
    if left_metric != right_metric {
        return None;
    }
    let measured = index.metrics.get(left_metric?)?;
    let (left, right) = (index.fact(left.fact)?.value, index.fact(right.fact)?.value);
    match wants_larger(class, measured.better()) {
        Some(true) => Some(left > right),
        Some(false) => Some(left < right),
        None => None,
    }
}

/// `The mean TTFT of A is above its median of 3 ms`: two statistics of one row.
fn beside_itself(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    found: &Found,
    at: usize,
    class: Class,
) -> Option<(bool, Vec<usize>)> {
    let statistic = |place: usize| match reading.items.get(place)?.what {
        What::Says(Class::Median) => Some(Statistic::Median),
        What::Says(Class::Mean) => Some(Statistic::Mean),
        What::Says(Class::Tail) => Some(Statistic::P95),
        What::Says(Class::Tail99) => Some(Statistic::P99),
        _ => None,
    };
    let is_own = |place: &usize| reading.words(*place).eq_ignore_ascii_case("its");
    let its = (at + 1..reading.items.len()).take(2).find(is_own)?;
    let right = statistic(its + 1)?;
    let left = (0..at).rev().find_map(statistic).filter(|left| *left != right)?;
    let larger = wants_larger(class, None)?;
    let stated = found.stated.iter().filter(|stated| stated.item > its).min_by_key(|stated| stated.item)?;
    let row = index.ledger.rows.iter().find(|row| row.facts.contains(&stated.fact))?;
    let (low, high) = (row.index(index.ledger, left)?, row.index(index.ledger, right)?);
    let difference = index.fact(low)?.value - index.fact(high)?.value;
    Some(((difference > 0.0) == larger && difference != 0.0, vec![low, high]))
}

fn judge_ratio(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    referents: &[Referent<'_>],
    ratio: &Ratio,
    at: Option<usize>,
) -> Result<Vec<usize>, Rejection> {
    let text = reading.words(ratio.item);
    let kind = if matches!(reading.items[ratio.item].what, What::Figure(_)) {
        Kind::Figure
    } else {
        Kind::NumberWord
    };
    let reject = |reason: String| Err(Rejection::new(kind, reason));
    let place = at.unwrap_or(ratio.item);
    let class = match at.map(|at| &reading.items[at].what) {
        Some(What::Says(class)) => *class,
        _ => Class::Higher,
    };
    if ratio.measure == Measure::Percent && at.is_none() {
        return reject(format!("no fact has `{text}`"));
    }
    let pair = pair_at(reading, referents, place).or_else(|| pair_at(reading, referents, ratio.item));
    let Some(pair) = pair else {
        return reject(format!("`{text}`: the sentence does not say what is compared"));
    };
    if pair.object.is_none() && index.metrics.iter().any(|measured| measured.rows.len() > 2) {
        return reject(format!("`{text}`: the sentence does not say with what it compares"));
    }
    let speed = if class == Class::Same { Class::Faster } else { class };
    let mut metrics = metrics_at(index, reading, place, speed);
    if let Measure::Difference(unit) = &ratio.measure {
        metrics.retain(|metric| index.metrics.get(*metric).is_some_and(|measured| measured.unit == unit));
    }
    let statistic = statistic_at(reading, place);
    let before = (ratio.item.saturating_sub(2)..ratio.item).map(|place| &reading.items[place].what);
    let mut before = before.rev();
    let is_rough = before.clone().any(|what| *what == What::Says(Class::Approximately));
    let bound = before.any(|what| matches!(what, What::Says(Class::Bound)));
    let bound_word = ratio.item.checked_sub(1).map(|place| reading.words(place).to_lowercase());
    let mut facts = Vec::new();
    for metric in &metrics {
        let Some(measured) = index.metrics.get(*metric) else { continue };
        let Some(sides) = sides(index, &pair, *metric, statistic) else { continue };
        let (Some(&subject), Some(&object)) = (sides.subject.first(), sides.object.first()) else {
            return reject(format!("`{text}`: no facts compare {}", pair.subject.name()));
        };
        let grows = match class {
            Class::Same => measured.better() != Some(Better::Lower) || !says_fast(reading, place),
            _ => wants_larger(class, measured.better()).unwrap_or(true),
        };
        let actual = |subject: f64, object: f64| {
            let more = if grows { subject - object } else { object - subject };
            match ratio.measure {
                Measure::Percent => 100.0 * more / object,
                Measure::Difference(_) => more,
                Measure::Times if grows || at.is_none() => subject / object,
                Measure::Times => object / subject,
            }
        };
        // Where cold runs were set apart, the relation of the warm medians is as true.
        let warm = (statistic == Statistic::Median)
            .then(|| self::sides(index, &pair, *metric, Statistic::WarmMedian))
            .flatten()
            .and_then(|warm| Some(actual(*warm.subject.first()?, *warm.object.first()?)));
        let actual = actual(subject, object);
        // `half as fast`, `half the TTFT` say the value itself.
        let tolerance = if is_rough { ratio.tolerance.max(ratio.value * ROUGH) } else { ratio.tolerance };
        let is_less = bound_word.as_deref().is_some_and(|word| {
            ["less", "under", "most", "fewer", "within", "lower"].iter().any(|less| word.contains(less))
        });
        let fits = |actual: f64| match (bound, is_less) {
            (true, true) => actual <= ratio.value,
            (true, false) => actual >= ratio.value,
            (false, _) => (actual - ratio.value).abs() <= tolerance,
        };
        if !(fits(actual) || warm.is_some_and(fits)) || sides.is_thin {
            let unit = match &ratio.measure {
                Measure::Percent => "%",
                Measure::Times => "times",
                Measure::Difference(unit) => unit.symbol(),
            };
            return reject(format!(
                "`{text}`: {} of {} against {} is {actual:.2} {unit}",
                measured.metric.0.label,
                pair.subject.name(),
                pair.object.map_or("the other".to_owned(), Referent::name),
            ));
        }
        facts.extend(sides.facts);
    }
    if metrics.is_empty() { reject(format!("`{text}`: in which metric?")) } else { Ok(facts) }
}

/// `as fast as`, not `as high as`.
fn says_fast(reading: &Reading<'_, '_>, at: usize) -> bool {
    reading.words(at).to_lowercase().contains("fast")
}
