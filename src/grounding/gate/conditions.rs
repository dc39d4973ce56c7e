//! Words that stand for something measured, with the limits that the plan of a report has:
//! comparable, too few, a long tail, a lead that depends on the metric, a sure one.

use super::{
    Kind, Rejection,
    figures::{Found, Scene},
    index::{LEAST_RUNS, Measured, holds},
    lexicon::Class,
    read::What,
    relate,
    statement::is_imperative,
};
use crate::{
    compare::verdict::Verdict,
    grounding::fact::{FactRow, Relation, Statistic},
    metrics::series::Group,
};

/// Fewer runs than this make a median that the next run can overturn.
const FEW_RUNS: f64 = 5.0;
/// A tail of more than so many medians is a long one.
const LONG_TAIL: f64 = 1.5;

/// Judges every such word; the facts that they rest on.
pub fn judge(scene: &Scene<'_, '_, '_>, found: &Found) -> Result<Vec<usize>, Rejection> {
    let mut facts = Vec::new();
    for (at, item) in scene.reading.items.iter().enumerate() {
        let What::Says(class) = item.what else { continue };
        let word = scene.reading.words(at);
        facts.extend(match class {
            Class::Alike => alike(scene, word)?,
            Class::Few => few(scene, found, word)?,
            Class::LongTail => long_tail(scene, found, word)?,
            Class::Apart => apart(scene, word)?,
            Class::Sure | Class::Unsure => relate::certainty(scene, class, word)?,
            Class::Cold => cold(scene),
            _ => Vec::new(),
        });
    }
    Ok(facts)
}

/// Cold runs of the groups of a sentence in its metric.
pub fn cold(scene: &Scene<'_, '_, '_>) -> Vec<usize> {
    let ledger = scene.index.ledger;
    let is_meant = |row: &&FactRow| {
        scene.referents.iter().any(|referent| holds(&row.group, &referent.dimensions))
            && scene.names_metric(&row.metric.0.name)
    };
    let of =
        |row: &FactRow| row.index(ledger, Statistic::First).or_else(|| row.index(ledger, Statistic::ColdN));
    scene.rows().filter(is_meant).filter_map(of).collect()
}

/// The two groups of a sentence differ too little to matter.
fn alike(scene: &Scene<'_, '_, '_>, word: &str) -> Result<Vec<usize>, Rejection> {
    let relation = relate::between(scene, &|verdict| verdict == Verdict::Same);
    relation.map(compared).ok_or_else(|| {
        Rejection::new(Kind::Comparison, format!("`{word}`: no test of the facts finds them the same"))
    })
}

/// What a relation compared.
pub fn compared(relation: &Relation) -> Vec<usize> {
    vec![relation.median, relation.other_median]
}

fn few(scene: &Scene<'_, '_, '_>, found: &Found, word: &str) -> Result<Vec<usize>, Rejection> {
    let is_count = |statistic| matches!(statistic, Statistic::N | Statistic::ColdN | Statistic::WarmN);
    let stated = found.stated.iter().filter_map(|stated| {
        scene.index.fact(stated.fact).filter(|fact| is_count(fact.statistic)).map(|_| stated.fact)
    });
    let mut counts: Vec<usize> = stated.collect();
    if counts.is_empty() {
        let is_of = |row: &&FactRow| {
            scene.referents.iter().any(|referent| holds(&row.group, &referent.dimensions))
                && (scene.names_metric(&row.metric.0.name) || !scene.names_any_metric())
        };
        counts = scene
            .rows()
            .filter(is_of)
            .filter_map(|row| row.index(scene.index.ledger, Statistic::N))
            .collect();
    }
    // Advice that names no group speaks of whichever has few.
    let is_general = counts.is_empty() && scene.referents.is_empty() && is_imperative(scene.reading);
    let is_few = |fact: &usize| scene.index.fact(*fact).is_some_and(|fact| fact.value < FEW_RUNS);
    if is_general || (!counts.is_empty() && counts.iter().all(is_few)) {
        return Ok(counts);
    }
    Err(Rejection::new(Kind::Figure, format!("`{word}`: no fact counts so few runs")))
}

fn long_tail(scene: &Scene<'_, '_, '_>, found: &Found, word: &str) -> Result<Vec<usize>, Rejection> {
    let of = |wanted: &[Statistic]| {
        found
            .stated
            .iter()
            .find(|stated| scene.index.fact(stated.fact).is_some_and(|fact| wanted.contains(&fact.statistic)))
    };
    let tail = of(&[Statistic::P95, Statistic::P99, Statistic::Max]);
    let middle = of(&[Statistic::Median, Statistic::Mean, Statistic::WarmMedian]);
    if let (Some(tail), Some(middle)) = (tail, middle)
        && let (Some(far), Some(near)) = (scene.index.fact(tail.fact), scene.index.fact(middle.fact))
        && scene.rows().any(|row| row.facts.contains(&tail.fact) && row.facts.contains(&middle.fact))
        && far.value > near.value * LONG_TAIL
    {
        return Ok(vec![tail.fact, middle.fact]);
    }
    Err(Rejection::new(Kind::Judgement, format!("`{word}`: no percentile in the sentence bears it out")))
}

/// Not one group is the best in all metrics of the sentence, or of the folder.
fn apart(scene: &Scene<'_, '_, '_>, word: &str) -> Result<Vec<usize>, Rejection> {
    let named = scene.names_any_metric();
    let runs = |row: &FactRow| scene.index.value_of(row, Statistic::N).unwrap_or_default();
    let is_first =
        |row: &&&FactRow| scene.index.value_of(row, Statistic::Rank) == Some(1.0) && runs(row) >= LEAST_RUNS;
    let is_meant = |measured: &&Measured<'_>| {
        measured.better().is_some()
            && measured.rows.len() > 1
            && (!named || scene.names_metric(&measured.metric.0.name))
    };
    let leaders: Vec<&FactRow> = scene
        .index
        .metrics
        .iter()
        .filter(is_meant)
        .filter_map(|measured| measured.rows.iter().find(is_first).copied())
        .collect();
    let is_other =
        |left: &&FactRow, right: &&FactRow| left.metric != right.metric && differ(&left.group, &right.group);
    if leaders.iter().any(|left| leaders.iter().any(|right| is_other(left, right))) {
        return Ok(leaders.iter().filter_map(|row| row.index(scene.index.ledger, Statistic::Rank)).collect());
    }
    Err(Rejection::new(Kind::Superlative, format!("`{word}`: the facts have one leader, or none")))
}

/// Is some dimension of both another one?
fn differ(left: &Group, right: &Group) -> bool {
    left.0.iter().any(|(key, value)| right.get(key).is_some_and(|other| other != value))
}
