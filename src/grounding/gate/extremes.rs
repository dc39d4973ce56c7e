//! Best, worst, highest, lowest: is it so over all rows that can be compared?

use super::{
    Kind, Rejection,
    figures::Found,
    index::{Index, LEAST_RUNS, Measured, holds},
    lexicon::Class,
    read::{Reading, What},
    refer::Referent,
};
use crate::{
    grounding::fact::{FactRow, Statistic},
    metrics::names::{Better, Known},
};

/// Items between a superlative and what it is said of.
const NEAR: usize = 7;

/// Does a larger value win by this word? `None` where neither is good.
fn wants_larger(class: Class, better: Option<Better>) -> Option<bool> {
    let by_direction = better.map(|better| better == Better::Higher);
    match class {
        Class::Highest | Class::Maximum => Some(true),
        Class::Lowest | Class::Minimum => Some(false),
        Class::Best | Class::Fastest | Class::BestRun => by_direction,
        Class::Worst | Class::Slowest | Class::WorstRun => by_direction.map(|larger| !larger),
        _ => None,
    }
}

fn is_superlative(class: Class) -> bool {
    matches!(
        class,
        Class::Best | Class::Worst | Class::Fastest | Class::Slowest | Class::Highest | Class::Lowest
    )
}

/// Does the sentence call the figure at `item` an extreme, and is it one beside `others`?
pub fn says_extreme(
    reading: &Reading<'_, '_>,
    item: usize,
    better: Option<Better>,
    value: f64,
    others: &[f64],
    statistic: Statistic,
) -> bool {
    let class_at = |at: usize| match reading.items[at].what {
        What::Says(class) => wants_larger(class, better).map(|larger| (class, larger)),
        _ => None,
    };
    // `249.1 tok/s, which is the highest achieved` says more than that it is the best median.
    let is_single = matches!(statistic, Statistic::Min | Statistic::Max | Statistic::Best | Statistic::Worst);
    let behind = || (item..reading.items.len()).find_map(class_at).filter(|_| is_single);
    let found = (0..item).rev().find_map(class_at).or_else(behind);
    let Some((class, larger)) = found else { return false };
    // The best of the medians is a best one; the smallest value is no best median.
    let fits = match statistic {
        Statistic::Max => larger,
        Statistic::Min => !larger,
        Statistic::Best => !matches!(class, Class::Worst | Class::WorstRun | Class::Slowest),
        Statistic::Worst => !matches!(class, Class::Best | Class::BestRun | Class::Fastest),
        _ => true,
    };
    fits && others.iter().all(|other| if larger { value >= *other } else { value <= *other })
}

/// Judges every superlative; the facts that they rest on.
pub fn judge(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    referents: &[Referent<'_>],
    found: &Found,
) -> Result<Vec<usize>, Rejection> {
    let mut facts = Vec::new();
    for (at, item) in reading.items.iter().enumerate() {
        let What::Says(class) = item.what else { continue };
        if class == Class::Follow {
            facts.extend(next_in_rank(index, reading, referents, at)?);
        }
        // `Where throughput matters most, use A` says that A is best in it.
        if class == Class::Phrase && reading.words(at).to_lowercase().starts_with("matters") {
            if let Some(subject) = referents.iter().find(|referent| referent.start > at) {
                facts.extend(holds_for_all(index, reading, subject, at, Class::Best)?);
            }
            continue;
        }
        let names_all = matches!(
            reading.words(at + 1).to_lowercase().as_str(),
            "of all" | "overall" | "among all" | "across all" | "from all" | "over all"
        );
        if matches!(class, Class::BestRun | Class::WorstRun) && names_all {
            best_of_all(index, reading, found, at)?;
        }
        if !is_superlative(class) {
            continue;
        }
        let word = reading.words(at);
        let Some((subject, is_of)) = subject_of(reading, referents, at) else {
            // The figure stands for the thing: it was found to be the extreme.
            if found.stated.iter().any(|stated| !is_count(index, stated.fact)) {
                continue;
            }
            return Err(Rejection::new(
                Kind::Superlative,
                format!("`{word}`: of what, and in which metric?"),
            ));
        };
        // `best 310 tok/s, worst 290 tok/s` in a list of one group.
        let is_its = at > 0 && matches!(reading.words(at - 1).to_lowercase().as_str(), "its" | "their");
        let is_listed =
            is_its || matches!(reading.items.get(at + 1).map(|next| &next.what), Some(What::Figure(_)));
        if (is_of || is_listed) && is_own_extreme(index, found, subject, at) {
            continue;
        }
        facts.extend(holds_for_all(index, reading, subject, at, class)?);
    }
    Ok(facts)
}

/// `The best run of all reached 310 tok/s`: no other group has a better one.
fn best_of_all(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    found: &Found,
    at: usize,
) -> Result<(), Rejection> {
    let is_single = |statistic| matches!(statistic, Statistic::Best | Statistic::Worst | Statistic::First);
    let holds = found.stated.iter().any(|stated| {
        let Some(fact) = index.fact(stated.fact).filter(|fact| is_single(fact.statistic)) else {
            return false;
        };
        let metric = index.metric_of.get(stated.fact).copied().flatten();
        let Some(measured) = metric.and_then(|metric| index.metrics.get(metric)) else { return false };
        let larger = (fact.statistic == Statistic::Best) == (measured.better() == Some(Better::Higher));
        let others = measured.rows.iter().filter_map(|row| index.value_of(row, fact.statistic));
        others.into_iter().all(|other| if larger { fact.value >= other } else { fact.value <= other })
    });
    if holds {
        return Ok(());
    }
    let word = reading.words(at);
    Err(Rejection::new(Kind::Superlative, format!("`{word}`: another group has a better or worse one")))
}

fn is_count(index: &Index<'_>, fact: usize) -> bool {
    index.fact(fact).is_none_or(|fact| matches!(fact.statistic, Statistic::Count | Statistic::N))
}

/// What a superlative is said of, and whether as `the best … of it`, `its best`.
fn subject_of<'r, 'a>(
    reading: &Reading<'a, '_>,
    referents: &'r [Referent<'a>],
    at: usize,
) -> Option<(&'r Referent<'a>, bool)> {
    let behind = referents.iter().find(|referent| referent.start > at);
    let mut of = false;
    let tight = behind.filter(|referent| {
        referent.start - at <= NEAR
            && (at + 1..referent.start).all(|between| match &reading.items[between].what {
                What::Break(_) | What::Figure(_) | What::Says(Class::Than) => false,
                What::Says(Class::Neutral) => {
                    of |= matches!(
                        reading.words(between).to_lowercase().as_str(),
                        "of" | "from" | "in" | "by" | "for"
                    );
                    true
                }
                _ => true,
            })
    });
    if let Some(referent) = tight {
        return Some((referent, of));
    }
    let mut before = referents.iter().rev().filter(|referent| referent.end < at);
    let mut nearest = before.next();
    // `A is faster than B and has the lowest …` speaks of A.
    while let Some(referent) = nearest
        && referent.start > 0
        && (referent.start.saturating_sub(2)..referent.start)
            .any(|place| reading.items[place].what == What::Says(Class::Than))
        && let Some(earlier) = before.next()
    {
        nearest = Some(earlier);
    }
    if let Some(referent) = nearest {
        let end = reading.items[referent.end].range.end;
        let owns =
            reading.text.get(end..).is_some_and(|rest| rest.starts_with("'s") || rest.starts_with("’s"));
        return Some((referent, owns && at == referent.end + 1));
    }
    behind.map(|referent| (referent, false))
}

/// `The highest throughput of A was 310 tok/s`: the largest value of A itself.
fn is_own_extreme(index: &Index<'_>, found: &Found, subject: &Referent<'_>, at: usize) -> bool {
    found.stated.iter().filter(|stated| stated.item > at).any(|stated| {
        index.fact(stated.fact).is_some_and(|fact| {
            matches!(
                fact.statistic,
                Statistic::Max | Statistic::Min | Statistic::Best | Statistic::Worst | Statistic::First
            ) && holds(&fact.group, &subject.dimensions)
        })
    })
}

/// The metrics that a word at this place is about.
pub fn metrics_at(index: &Index<'_>, reading: &Reading<'_, '_>, at: usize, class: Class) -> Vec<usize> {
    let metrics = |place: usize| match &reading.items[place].what {
        What::Metric(metrics) => Some(metrics.clone()),
        _ => None,
    };
    // `A generates faster` speaks of throughput.
    let verb = at.checked_sub(1).map(|before| reading.words(before).to_lowercase()).unwrap_or_default();
    if matches!(class, Class::Faster | Class::Slower | Class::Fastest | Class::Slowest)
        && matches!(verb.as_str(), "generates" | "generate" | "decodes" | "decode")
    {
        let is_throughput = |place: &usize| index.metrics[*place].metric.0.known == Some(Known::Throughput);
        let generated: Vec<usize> = (0..index.metrics.len()).filter(is_throughput).collect();
        if !generated.is_empty() {
            return generated;
        }
    }
    let near = (at + 1..reading.items.len())
        .take(4)
        .take_while(|place| {
            !matches!(reading.items[*place].what, What::Break(_) | What::Figure(_) | What::Says(Class::Than))
        })
        .find_map(metrics);
    let named = near
        .or_else(|| (0..at).rev().find_map(metrics))
        .or_else(|| (at + 1..reading.items.len()).find_map(metrics));
    if let Some(named) = named {
        return named;
    }
    let all = 0..index.metrics.len();
    let is_known = |place: &usize| index.metrics.get(*place).is_some_and(Measured::is_speed);
    match class {
        // Without a metric, speed is the first metric of speed that was measured.
        Class::Fastest | Class::Slowest | Class::Faster | Class::Slower => {
            all.filter(is_known).take(1).collect()
        }
        // And good is what is good in all of them.
        Class::Best | Class::Worst | Class::Better | Class::Worse => {
            all.filter(|place| index.metrics.get(*place).is_some_and(|m| m.better().is_some())).collect()
        }
        _ => Vec::new(),
    }
}

/// The statistic that is compared: the median, unless the words before say the mean or a tail.
pub fn statistic_at(reading: &Reading<'_, '_>, at: usize) -> Statistic {
    let of = |place: usize| match reading.items[place].what {
        What::Says(Class::Median) => Some(Statistic::Median),
        What::Says(Class::Mean) => Some(Statistic::Mean),
        What::Says(Class::Tail) => Some(Statistic::P95),
        What::Says(Class::Deviation) => Some(Statistic::Stddev),
        _ => None,
    };
    let near = (at + 1..reading.items.len()).take(2).find_map(of);
    near.or_else(|| (0..at).rev().take(6).find_map(of)).unwrap_or(Statistic::Median)
}

/// Rows of a metric that a group names, and those that it can be set beside: of other
/// groups, with more than a few runs where there are any.
pub fn split<'a>(
    index: &Index<'a>,
    measured: &Measured<'a>,
    group: &[(&str, &str)],
) -> (Vec<&'a FactRow>, Vec<&'a FactRow>) {
    let rows = measured.rows.iter().copied();
    let (own, others): (Vec<&FactRow>, Vec<&FactRow>) = rows.partition(|row| holds(&row.group, group));
    let runs = |row: &FactRow| index.value_of(row, Statistic::N).unwrap_or_default();
    let many: Vec<&FactRow> = others.iter().copied().filter(|row| runs(row) >= LEAST_RUNS).collect();
    (own, if many.is_empty() { others } else { many })
}

fn holds_for_all(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    subject: &Referent<'_>,
    at: usize,
    class: Class,
) -> Result<Vec<usize>, Rejection> {
    let word = reading.words(at);
    let reject = |reason: String| Err(Rejection::new(Kind::Superlative, reason));
    let metrics = metrics_at(index, reading, at, class);
    if metrics.is_empty() {
        return reject(format!("`{word}`: in which metric?"));
    }
    let statistic = statistic_at(reading, at);
    let mut facts = Vec::new();
    for &metric in &metrics {
        let Some(measured) = index.metrics.get(metric) else { continue };
        let label = &measured.metric.0.label;
        let Some(larger) = wants_larger(class, measured.better()) else {
            return reject(format!("`{word}`: neither way is better in {label}"));
        };
        let (own, mut others) = split(index, measured, &subject.dimensions);
        if reading.text.contains("comparable groups") {
            others.retain(|other| own.iter().any(|own| own.is_comparable(other)));
        }
        let values: Vec<f64> = own.iter().filter_map(|row| index.value_of(row, statistic)).collect();
        if values.is_empty() {
            let is_elsewhere = metrics.iter().any(|other| {
                index.metrics.get(*other).is_some_and(|other| {
                    other.metric.0.name == measured.metric.0.name
                        && split(index, other, &subject.dimensions)
                            .0
                            .iter()
                            .any(|row| index.value_of(row, statistic).is_some())
                })
            });
            if is_elsewhere || is_best_configuration(index, measured, subject, larger) {
                continue;
            }
            return reject(format!("`{word}`: no fact gives {label} of {}", subject.name()));
        }
        let has_others = |other: &Measured<'_>| {
            other.metric.0.name == measured.metric.0.name
                && split(index, other, &subject.dimensions).1.len() < other.rows.len()
                && !split(index, other, &subject.dimensions).1.is_empty()
        };
        if others.is_empty() && metrics.iter().filter_map(|other| index.metrics.get(*other)).any(has_others) {
            continue;
        }
        if others.is_empty() {
            return reject(format!("`{word}`: {label} of nothing else was measured"));
        }
        let few = own.iter().all(|row| index.value_of(row, Statistic::N).unwrap_or_default() < LEAST_RUNS);
        if few && others.iter().any(|row| index.value_of(row, Statistic::N).unwrap_or_default() >= LEAST_RUNS)
        {
            return reject(format!("`{word}`: {} has too few runs", subject.name()));
        }
        for other in others {
            let Some(value) = index.value_of(other, statistic) else { continue };
            if values.iter().any(|own| if larger { *own <= value } else { *own >= value }) {
                return reject(format!(
                    "`{word}`: in {label} that is {}, not {}",
                    other.group,
                    subject.name()
                ));
            }
        }
        // A ledger that travelled in part may lack the others; the rank counts them all.
        let wins = larger == (measured.better() == Some(Better::Higher));
        let is_last = |row: &FactRow, rank: f64| {
            index.value_of(row, Statistic::Groups).is_none_or(|groups| groups == rank)
        };
        let is_ranked_so = |row: &&FactRow| {
            index
                .value_of(row, Statistic::Rank)
                .is_none_or(|rank| if wins { rank == 1.0 } else { is_last(row, rank) })
        };
        if statistic == Statistic::Median && !own.iter().any(is_ranked_so) {
            return reject(format!("`{word}`: {} has another rank in {label}", subject.name()));
        }
        facts.extend(own.iter().filter_map(|row| row.index(index.ledger, statistic)));
    }
    Ok(facts)
}

/// The configuration of the best or worst single run of all.
fn is_best_configuration(
    index: &Index<'_>,
    measured: &Measured<'_>,
    subject: &Referent<'_>,
    larger: bool,
) -> bool {
    let statistic = if larger == (measured.better() == Some(Better::Higher)) {
        Statistic::Best
    } else {
        Statistic::Worst
    };
    let singles = measured.rows.iter().filter_map(|row| row.fact(index.ledger, statistic));
    let extreme = singles.reduce(|best, next| {
        if (next.value > best.value) == larger && next.value != best.value { next } else { best }
    });
    extreme.is_some_and(|fact| holds(&fact.group, &subject.dimensions))
}

/// `…, followed by B`: B is the next behind the one that was called the best or worst.
fn next_in_rank(
    index: &Index<'_>,
    reading: &Reading<'_, '_>,
    referents: &[Referent<'_>],
    at: usize,
) -> Result<Vec<usize>, Rejection> {
    let word = reading.words(at);
    let reject = || Err(Rejection::new(Kind::Superlative, format!("`{word}`: no fact gives such an order")));
    let first = (0..at).rev().find_map(|place| match reading.items[place].what {
        What::Says(class) if is_superlative(class) => Some((place, class)),
        _ => None,
    });
    let Some((place, class)) = first else { return reject() };
    let (Some((leader, _)), Some(next)) =
        (subject_of(reading, referents, place), referents.iter().find(|referent| referent.start > at))
    else {
        return reject();
    };
    let metrics = metrics_at(index, reading, place, class);
    let statistic = statistic_at(reading, place);
    let mut facts = Vec::new();
    for metric in &metrics {
        let Some(measured) = index.metrics.get(*metric) else { continue };
        let Some(larger) = wants_larger(class, measured.better()) else { return reject() };
        let (own, others) = split(index, measured, &next.dimensions);
        let values: Vec<f64> = own.iter().filter_map(|row| index.value_of(row, statistic)).collect();
        let ahead = |value: f64| values.iter().any(|own| if larger { *own <= value } else { *own >= value });
        let is_next = others
            .iter()
            .filter(|row| !holds(&row.group, &leader.dimensions))
            .all(|row| index.value_of(row, statistic).is_none_or(|value| !ahead(value)));
        if values.is_empty() || !is_next {
            return reject();
        }
        facts.extend(own.iter().filter_map(|row| row.index(index.ledger, statistic)));
    }
    if metrics.is_empty() { reject() } else { Ok(facts) }
}
