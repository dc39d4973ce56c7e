//! Which rows of the ledger are set side by side: the groups of one metric that differ in
//! the same dimensions, best first.

use std::collections::{HashMap, HashSet};

use crate::{
    grounding::fact::{FactRow, Ledger, Statistic},
    metrics::{
        names::Better,
        series::{Group, Nature},
    },
};

/// A group with fewer runs is not called the best while others have as many.
const LEAST_RUNS: f64 = 3.0;
/// Of two sets of comparable groups the one with this share of the other's runs has about as
/// many.
const ABOUT_AS_MANY: f64 = 0.5;

/// A row with what it is ranked by.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The row.
    pub row: &'a FactRow,
    /// Its median.
    pub median: f64,
    /// Its number of runs.
    pub runs: f64,
}

/// The comparable rows of one metric, best first; by size where neither way is good.
#[derive(Clone, Debug)]
pub struct Family<'a> {
    /// Its rows.
    pub members: Vec<Member<'a>>,
    /// Medians of the metric's other rows: groups that are told apart by other dimensions.
    others: Vec<f64>,
}

impl<'a> Family<'a> {
    /// The best of those with more than a few runs; of all where all have few.
    pub fn best(&self) -> Option<Member<'a>> {
        self.reliable().first().copied()
    }
    /// The one behind the best.
    pub fn next(&self) -> Option<Member<'a>> {
        self.reliable().get(1).copied()
    }
    /// The last, where it is neither the best nor the next.
    pub fn worst(&self) -> Option<Member<'a>> {
        let all = self.reliable();
        let (next, worst) = (all.get(1)?, all.get(2..)?.last()?);
        worst.row.is_better(next.median, worst.median).then_some(*worst)
    }
    /// Do all rows of the metric, comparable or not, stay behind this median?
    pub fn is_best_of_all(&self, best: Member<'_>) -> bool {
        self.all().all(|median| !best.row.is_better(median, best.median))
    }
    /// Do all rows of the metric, comparable or not, stay before this median?
    pub fn is_worst_of_all(&self, worst: Member<'_>) -> bool {
        self.all().all(|median| !worst.row.is_better(worst.median, median))
    }
    fn all(&self) -> impl Iterator<Item = f64> {
        self.members.iter().map(|member| member.median).chain(self.others.iter().copied())
    }
    /// The row of a group.
    pub fn of_group(&self, group: &Group) -> Option<&'a FactRow> {
        self.members.iter().map(|member| member.row).find(|row| *row.group == *group)
    }
    /// The row that tells what the metric is.
    pub fn first(&self) -> Option<&'a FactRow> {
        self.members.first().map(|member| member.row)
    }
    fn reliable(&self) -> Vec<Member<'a>> {
        let reliable: Vec<Member<'a>> =
            self.members.iter().copied().filter(|member| member.runs >= LEAST_RUNS).collect();
        if reliable.is_empty() { self.members.clone() } else { reliable }
    }
    fn has_comparison(&self) -> bool {
        self.members.iter().filter(|member| member.runs >= LEAST_RUNS).count() > 1
    }
    fn runs(&self) -> f64 {
        self.members.iter().map(|member| member.runs).sum()
    }
}

/// Is one of the two a part of the other (the same model, told apart further)?
pub fn is_nested(left: &Group, right: &Group) -> bool {
    let (small, large) = if left.0.len() <= right.0.len() { (left, right) } else { (right, left) };
    small.0.iter().all(|dimension| large.0.contains(dimension))
}

/// The families of the ledger, one for each measured metric, the most wanted first: known
/// metrics before others, those that have a good way before those that have none.
pub fn families(ledger: &Ledger) -> Vec<Family<'_>> {
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    let mut metrics: Vec<Vec<(String, Family<'_>)>> = Vec::new();
    for row in ledger.rows.iter().filter(|row| row.nature == Nature::Sample) {
        let value = |statistic| row.fact(ledger, statistic).map(|fact| fact.value);
        let Some((median, runs)) = value(Statistic::Median).zip(value(Statistic::N)) else { continue };
        let member = Member { row, median, runs };
        let place = *places.entry((&row.metric.0.name, row.unit.symbol())).or_insert_with(|| {
            metrics.push(Vec::new());
            metrics.len() - 1
        });
        let Some(parts) = metrics.get_mut(place) else { continue };
        let kind = kind(&row.group);
        match parts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, family)) => family.members.push(member),
            None => parts.push((kind, Family { members: vec![member], others: Vec::new() })),
        }
    }
    let mut families: Vec<Family<'_>> = metrics.into_iter().filter_map(most_telling).collect();
    families.sort_by_key(|family| {
        family.first().map(|row| {
            let entry = &row.metric.0;
            (entry.better.is_none(), entry.known.is_none(), entry.rank, entry.name.clone())
        })
    });
    families
}

/// By what a group is told from its like.
fn kind(group: &Group) -> String {
    group.0.iter().map(|(key, _)| key.as_ref()).collect::<Vec<_>>().join(",")
}

/// Of the rows of one metric those that can be compared best: named, more than one with more
/// than a few runs, most runs; or about as many, with the best of all.
fn most_telling(mut parts: Vec<(String, Family<'_>)>) -> Option<Family<'_>> {
    for (_, family) in &mut parts {
        settle(&mut family.members);
    }
    let most = parts.iter().map(|(_, family)| family.runs()).fold(0.0, f64::max);
    let is_leading = |family: &Family<'_>| {
        let Some(best) = family.best() else { return false };
        let mut others = parts.iter().filter_map(|(_, other)| other.best());
        family.runs() >= most * ABOUT_AS_MANY
            && others.all(|other| !best.row.is_better(other.median, best.median))
    };
    let worth = |(kind, family): &(String, Family<'_>)| {
        (!kind.is_empty(), family.has_comparison(), is_leading(family))
    };
    let chosen = parts.iter().enumerate().reduce(|best, next| {
        let order = worth(next.1).cmp(&worth(best.1)).then(next.1.1.runs().total_cmp(&best.1.1.runs()));
        if order.is_gt() { next } else { best }
    });
    let (_, mut family) = parts.swap_remove(chosen?.0);
    family.others = parts.iter().flat_map(|(_, other)| &other.members).map(|member| member.median).collect();
    Some(family)
}

/// Each group once, by the field that has most of its runs; best first.
fn settle(members: &mut Vec<Member<'_>>) {
    members.sort_by(|left, right| right.runs.total_cmp(&left.runs));
    let mut seen = HashSet::new();
    members.retain(|member| seen.insert(&member.row.group));
    members.sort_by(|left, right| {
        let by_median = match left.row.metric.0.better {
            Some(Better::Lower) => left.median.total_cmp(&right.median),
            Some(Better::Higher) | None => right.median.total_cmp(&left.median),
        };
        by_median.then(right.runs.total_cmp(&left.runs)).then_with(|| left.row.group.cmp(&right.row.group))
    });
}
