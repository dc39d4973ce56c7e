//! Groups of a metric beside each other: how far apart their medians are, and what that
//! means by the rule of `compare`.

use std::sync::Arc;

use super::{
    Fact, Relation, RelationKind, Statistic,
    build::{Builder, Measured, Sources},
    rank::{Tier, beats, families},
    rows::slug,
};
use crate::{
    compare::{self, DEFAULT_THRESHOLD_PCT, Row, compare_series, delta::delta_pct, verdict::Verdict},
    metrics::{
        format,
        series::{Group, Series},
        unit::Unit,
    },
};

/// Metrics whose groups are held against each other, the most wanted first: each comparison
/// costs a bootstrap.
const MOST_FAMILIES: usize = 4;
/// Groups held against the baseline.
const MOST_BESIDE_BASELINE: usize = 4;
/// A group with this word in its name is what others are held against.
const BASELINE: &str = "baseline";
/// A ratio nearer to 1 than this shows a place more.
const NEAR_ONE: f64 = 1.1;
/// A ratio above this shows no places.
const LARGE_RATIO: f64 = 10.0;
/// A change above this many percent shows no places.
const LARGE_CHANGE: f64 = 100.0;

/// Two of the ranked series, by index: the one spoken of and the other.
struct Chosen {
    kind: RelationKind,
    group: usize,
    other: usize,
}

impl Builder<'_> {
    /// The comparisons that a reader would ask for.
    pub fn relations(&mut self, ranked: &[&Series], sources: &[Sources]) {
        let families = families(ranked);
        let with_direction = families.iter().filter(|family| {
            let first = family.first().and_then(|&index| ranked.get(index));
            family.len() > 1 && first.is_some_and(|series| series.metric.better().is_some())
        });
        let chosen: Vec<Chosen> =
            with_direction.take(MOST_FAMILIES).flat_map(|family| chosen(family, ranked)).collect();
        let pair = |chosen: &Chosen| Some((*ranked.get(chosen.other)?, *ranked.get(chosen.group)?));
        let pairs: Vec<(&Series, &Series)> = chosen.iter().filter_map(pair).collect();
        let rows = compare_series(&pairs, DEFAULT_THRESHOLD_PCT);
        for (chosen, row) in chosen.iter().zip(&rows) {
            let Some((other, group)) = pair(chosen) else { continue };
            let both: Sources = [chosen.group, chosen.other]
                .into_iter()
                .filter_map(|index| sources.get(index))
                .flat_map(|sources| sources.iter().cloned())
                .collect();
            let relation = self.relation(chosen, row, (group, other), &both);
            self.ledger.relations.extend(relation);
        }
    }

    fn relation(
        &mut self,
        chosen: &Chosen,
        row: &Row,
        (group, other): (&Series, &Series),
        sources: &Sources,
    ) -> Option<Relation> {
        let (base, candidate) = (row.base.as_ref()?, row.candidate.as_ref()?);
        let is_apart = |figures: &compare::Figures, series: &Series| figures.stats.n < series.stats.n;
        let is_warm = is_apart(base, other) || is_apart(candidate, group);
        let (from, to) = (base.stats.median?, candidate.stats.median?);
        let median = self.compared_median(chosen.group, to)?;
        let other_median = self.compared_median(chosen.other, from)?;
        let sides = Sides { builder: self, row, sources };
        let (change, ratio, difference) = sides.facts(group, other, from, to);
        // Times that are 0 on both sides: there is nothing to say.
        change.or(difference)?;
        Some(Relation {
            metric: group.metric.clone(),
            kind: chosen.kind,
            group: Arc::clone(&group.group),
            other: Arc::clone(&other.group),
            verdict: row.verdict,
            p: row.test.map(|test| test.p_adjusted),
            ci95: row.ci95,
            is_warm,
            median,
            other_median,
            change,
            ratio,
            difference,
        })
    }

    /// The fact of a row that has this median: of all runs, of the warm or of the cold ones.
    fn compared_median(&self, row: usize, value: f64) -> Option<usize> {
        let row = self.ledger.rows.get(row)?;
        [Statistic::WarmMedian, Statistic::Median, Statistic::ColdMedian].into_iter().find_map(|statistic| {
            let index = row.index(&self.ledger, statistic)?;
            self.ledger.facts.get(index).is_some_and(|fact| fact.value == value).then_some(index)
        })
    }
}

/// Two medians beside each other, about to become facts.
struct Sides<'b, 'a> {
    builder: &'b mut Builder<'a>,
    row: &'b Row,
    sources: &'b Sources,
}

impl Sides<'_, '_> {
    /// Change, ratio and difference.
    fn facts(
        self,
        group: &Series,
        other: &Series,
        from: f64,
        to: f64,
    ) -> (Option<usize>, Option<usize>, Option<usize>) {
        let verdict = self.row.verdict;
        let tier = if verdict == Verdict::Unclear { Tier::Doubt } else { Tier::Difference };
        let named = format!("{}|{}", slug(group), slug(other));
        let subject = group.metric.name();
        let against = |fact: Fact, other: &Arc<Group>, verdict: Verdict| Fact {
            other: Some(Arc::clone(other)),
            verdict: Some(verdict),
            ..fact
        };
        let change = delta_pct(from, to).and_then(|percent| {
            let change = Measured {
                subject,
                statistic: Statistic::Change,
                group: &group.group,
                value: percent,
                unit: Unit::Percent,
            };
            let fact = against(change.printed(change_text(percent), self.sources), &other.group, verdict);
            self.builder.push(fact, tier, &named)
        });
        // Larger over smaller, whichever is spoken of: nobody reads `0.63 times`.
        let (above, below, high, low, of_above) = if to >= from {
            (group, other, to, from, verdict)
        } else {
            (other, group, from, to, reversed(verdict))
        };
        let named = format!("{}|{}", slug(above), slug(below));
        let ratio = (low > 0.0).then(|| high / low).and_then(|times| {
            let ratio = Measured {
                subject,
                statistic: Statistic::Ratio,
                group: &above.group,
                value: times,
                unit: Unit::of("times"),
            };
            let text = ratio_text(times)?;
            let fact = against(ratio.printed(text, self.sources), &below.group, of_above);
            self.builder.push(fact, tier, &named)
        });
        let difference = Measured {
            subject,
            statistic: Statistic::Difference,
            group: &above.group,
            value: high - low,
            unit: group.unit.clone(),
        };
        let fact = against(difference.fact(self.sources), &below.group, of_above);
        let tier = tier.max(Tier::Detail);
        let difference = (high > low).then(|| self.builder.push(fact, tier, &named)).flatten();
        (change, ratio, difference)
    }
}

/// Best against next and worst, and those beside the baseline; each two groups once.
fn chosen(family: &[usize], ranked: &[&Series]) -> Vec<Chosen> {
    let mut by_median: Vec<usize> = family.to_vec();
    by_median.sort_by(|&left, &right| {
        let (Some(left), Some(right)) = (ranked.get(left), ranked.get(right)) else {
            return std::cmp::Ordering::Equal;
        };
        beats(right, left).cmp(&beats(left, right))
    });
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut add = |kind: RelationKind, group: usize, other: usize| {
        let is_known = |known: &Chosen| {
            (known.group, known.other) == (group, other) || (known.other, known.group) == (group, other)
        };
        if group != other && !chosen.iter().any(is_known) {
            chosen.push(Chosen { kind, group, other });
        }
    };
    if let [best, next, ..] = by_median.as_slice() {
        add(RelationKind::Next, *best, *next);
        add(RelationKind::Worst, *best, *by_median.last().unwrap_or(next));
    }
    let is_baseline = |index: &&usize| {
        ranked.get(**index).is_some_and(|series| {
            series.group.0.iter().any(|(_, value)| value.to_lowercase().contains(BASELINE))
        })
    };
    if let Some(&baseline) = by_median.iter().find(is_baseline) {
        for &group in by_median.iter().filter(|group| **group != baseline).take(MOST_BESIDE_BASELINE) {
            add(RelationKind::Baseline, group, baseline);
        }
    }
    chosen
}

/// The verdict of the other side.
fn reversed(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Better => Verdict::Worse,
        Verdict::Worse => Verdict::Better,
        Verdict::Same | Verdict::Unclear => verdict,
    }
}

/// `+63.0 %`, `-4.2 %`, `+1,240 %`, `0.0 %`.
pub fn change_text(percent: f64) -> String {
    let sign = if percent < 0.0 { "-" } else { "+" };
    if percent.abs() >= LARGE_CHANGE {
        return format!("{sign}{} %", format::count(percent.abs().round() as u64));
    }
    let shown = format!("{:.1} %", percent.abs());
    if shown == "0.0 %" { shown } else { format!("{sign}{shown}") }
}

/// `1.6 times`, `1.04 times`, `24 times`; `None` where it would read as once.
fn ratio_text(times: f64) -> Option<String> {
    if times >= LARGE_RATIO {
        return times.is_finite().then(|| format!("{} times", format::count(times.round() as u64)));
    }
    let shown = if times < NEAR_ONE { format!("{times:.2}") } else { format!("{times:.1}") };
    (shown != "1.00").then(|| format!("{shown} times"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn changes_and_ratios_read_well() {
        for (percent, expected) in [
            (63.04, "+63.0 %"),
            (-4.16, "-4.2 %"),
            (0.04, "0.0 %"),
            (-0.04, "0.0 %"),
            (1239.6, "+1,240 %"),
            (-100.0, "-100 %"),
        ] {
            assert_eq!(change_text(percent), expected);
        }
        for (times, expected) in [
            (1.63, Some("1.6 times")),
            (1.043, Some("1.04 times")),
            (1.004, None),
            (24.4, Some("24 times")),
            (f64::INFINITY, None),
        ] {
            assert_eq!(ratio_text(times).as_deref(), expected, "{times}");
        }
    }
}
