//! Percentages, factors and differences between two values: which two, by what the
//! sentence names, and on which base, by the way it compares.

use super::{
    Folder,
    amount::Print,
    lexicon::{Class, Trend},
    pool::{Line, Selected, Wanted, statistics},
    quantity::{allows, name},
    scope::{Scope, Sentence},
    verdict::{Backing, NO_FACT, Verdict},
};
use crate::{
    grounding::fact::Source,
    metrics::{names::Better, series::Nature, unit::Unit},
};

/// More groups than that are compared only where two of them are named.
const MOST_GROUPS: usize = 6;
/// Values of one dimension that are set beside each other.
const MOST_VALUES: usize = 24;

/// How two values are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// In percent.
    Percent,
    /// As a factor.
    Factor,
    /// By subtraction, in the figure's unit.
    Difference,
}

/// One value of a comparison.
#[derive(Clone)]
struct Side {
    /// Index of the value of the dimension, or of the line.
    of: u32,
    label: String,
    class: Class,
    value: f64,
    sources: Vec<Source>,
}

/// What two sides may be told apart by.
struct Pair<'s> {
    left: &'s Side,
    right: &'s Side,
    better: Option<Better>,
    metric: &'s str,
    unit: &'s Unit,
}

/// What is asked.
pub struct Compared<'s> {
    /// The figure's number.
    pub print: Print,
    /// From the figure's unit to the canonical one, for differences.
    pub factor: f64,
    /// How it relates.
    pub relation: Relation,
    /// Written with a sign.
    pub has_sign: bool,
    /// What it is about.
    pub scope: &'s Scope,
    /// The sentence.
    pub sentence: &'s Sentence<'s>,
    /// May a metric be meant?
    pub can_have: &'s dyn Fn(&Line<'_>) -> bool,
}

impl<'a> Folder<'a> {
    /// Judges a figure that compares.
    pub fn relation(&self, ask: &Compared<'_>) -> Verdict {
        let mut truth: Option<Backing> = None;
        let mut truths = 0_usize;
        for (metric, nature) in self.compared_metrics(ask) {
            let sides = self.sides(ask, metric, nature);
            let Some(line) = self.example(metric, nature) else { continue };
            let named = named_values(ask);
            for (at, left) in sides.iter().enumerate() {
                for right in sides.get(at + 1..).unwrap_or_default() {
                    let is_within = left.of == right.of;
                    if left.class != right.class && !is_within || is_within && left.class == right.class {
                        continue;
                    }
                    let pair = Pair {
                        left,
                        right,
                        better: line.series.metric.better(),
                        metric: line.series.metric.name(),
                        unit: &line.series.unit,
                    };
                    let values = pair.values(ask);
                    if let Some(value) = values.iter().find(|value| ask.print.is(**value, ask.factor)) {
                        return Verdict::Grounded(pair.backing(ask, *value));
                    }
                    let is_asked = named.len() == 2 && !is_within && left.class == Class::Median;
                    if is_asked && let Some(value) = values.first() {
                        truths += 1;
                        truth.get_or_insert_with(|| pair.backing(ask, *value));
                    }
                }
            }
        }
        match truth.filter(|_| truths == 1) {
            Some(backing) => {
                let note = format!("the folder has {}", backing.described());
                Verdict::Mismatched(Some(backing), note)
            }
            None => Verdict::Ungrounded(NO_FACT.to_owned()),
        }
    }

    /// The metrics that are compared: those named, else those that "faster" may mean.
    fn compared_metrics(&self, ask: &Compared<'_>) -> Vec<(u32, Nature)> {
        let has_named = !ask.scope.everything.values.is_empty() || !ask.scope.wanted.values.is_empty();
        let is_speed = ask.scope.trends.iter().any(|trend| matches!(trend, Trend::Faster | Trend::Slower));
        let has_within = ask.scope.classes.len() >= 2;
        let mut found: Vec<(u32, Nature)> = self
            .pool
            .lines
            .iter()
            .filter(|line| {
                if !ask.scope.metrics.is_empty() {
                    return ask.scope.metrics.contains(&line.metric);
                }
                let is_speedy = matches!(
                    line.series.unit,
                    Unit::Milliseconds | Unit::TokensPerSecond | Unit::RequestsPerSecond
                );
                (is_speed && is_speedy)
                    || (!is_speed && has_named)
                    || has_within
                    || ask.relation == Relation::Difference
            })
            .filter(|line| (ask.can_have)(line))
            .map(|line| (line.metric, line.series.nature))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn example(&self, metric: u32, nature: Nature) -> Option<&Line<'a>> {
        let is_it = |line: &&Line<'_>| line.metric == metric && line.series.nature == nature;
        self.pool.lines.iter().find(is_it)
    }

    /// The values that may be compared.
    fn sides(&self, ask: &Compared<'_>, metric: u32, nature: Nature) -> Vec<Side> {
        let scope = ask.scope;
        let mut sides = Vec::new();
        let compared = compared_key(ask);
        if let Some((key, named)) = &compared {
            let every = self.lexicon.values.get(*key as usize).map_or(0, Vec::len);
            let values: Vec<u32> = if named.len() >= 2 {
                named.clone()
            } else {
                (0..u32::try_from(every).unwrap_or(0)).take(MOST_VALUES).collect()
            };
            for value in values {
                let mut wanted = scope.wanted.clone();
                // What differs between the sides beside the key is said of each alone.
                wanted
                    .values
                    .retain(|key, _| scope.everything.values.get(key).is_none_or(|all| all.len() <= 1));
                wanted.files.clear();
                wanted.values.insert(*key, vec![value]);
                let is_named = named.contains(&value);
                let label = self
                    .lexicon
                    .values
                    .get(*key as usize)
                    .and_then(|all| all.get(value as usize))
                    .map_or_else(String::new, ToString::to_string);
                self.add_sides(ask, metric, nature, &wanted, (value, &label), &mut sides);
                // With one value named, pairs without it say nothing of the sentence.
                if !is_named && named.len() == 1 {
                    for side in sides.iter_mut().filter(|side| side.of == value) {
                        side.of |= OTHER;
                    }
                }
            }
            return sides;
        }
        let selection = self.pool.select(&scope.wanted, &self.lexicon);
        let of_metric: Vec<&Selected> = selection
            .iter()
            .filter(|selected| {
                self.pool
                    .line(selected)
                    .is_some_and(|line| line.metric == metric && line.series.nature == nature)
            })
            .collect();
        if of_metric.len() <= MOST_GROUPS {
            for selected in of_metric {
                if let Some(line) = self.pool.line(selected) {
                    let label = line.series.group.to_string();
                    add_line(ask, line, selected, (selected.line, &label), &mut sides);
                }
            }
        }
        sides
    }

    fn add_sides(
        &self,
        ask: &Compared<'_>,
        metric: u32,
        nature: Nature,
        wanted: &Wanted,
        of: (u32, &str),
        sides: &mut Vec<Side>,
    ) {
        for selected in self.pool.select(wanted, &self.lexicon).iter().filter(|selected| !selected.is_loose) {
            let Some(line) = self.pool.line(selected) else { continue };
            if line.metric == metric && line.series.nature == nature {
                add_line(ask, line, selected, of, sides);
            }
        }
    }
}

/// Marks a side that the sentence does not name.
const OTHER: u32 = 1 << 31;

fn add_line(
    ask: &Compared<'_>,
    line: &Line<'_>,
    selected: &Selected,
    of: (u32, &str),
    sides: &mut Vec<Side>,
) {
    let classes = &ask.scope.classes;
    let apart = line.series.warm.as_ref().filter(|_| !selected.is_part());
    let wanted = |class: Class| {
        let is_plain = matches!(class, Class::Median | Class::Mean);
        if classes.is_empty() {
            is_plain
        } else {
            allows(classes, class)
                || is_plain && classes.len() == 1 && matches!(classes.first(), Some(Class::Extreme))
        }
    };
    let lists = [Some(&selected.stats), apart].into_iter().flatten();
    for (class, value) in lists.flat_map(statistics).filter(|(class, _)| wanted(*class)) {
        sides.push(Side { of: of.0, label: of.1.to_owned(), class, value, sources: line.sources(selected) });
    }
}

/// The values of the dimension that is compared.
fn named_values(ask: &Compared<'_>) -> Vec<u32> {
    compared_key(ask).map(|(_, values)| values).unwrap_or_default()
}

/// The dimension of which most values are named.
fn compared_key(ask: &Compared<'_>) -> Option<(u32, Vec<u32>)> {
    let scope = ask.scope;
    let all = scope.everything.values.iter().chain(&scope.wanted.values);
    all.max_by_key(|(_, values)| values.len()).map(|(key, values)| (*key, values.clone()))
}

impl Pair<'_> {
    /// What the figure could be, by the way the sentence compares; the first is the usual.
    fn values(&self, ask: &Compared<'_>) -> Vec<f64> {
        let (left, right) = (self.left.value, self.right.value);
        if self.left.of & OTHER != 0 && self.right.of & OTHER != 0 {
            return Vec::new();
        }
        let (big, small) = if left >= right { (left, right) } else { (right, left) };
        if ask.relation == Relation::Difference {
            return vec![big - small];
        }
        if small <= 0.0 {
            return Vec::new();
        }
        if ask.relation == Relation::Factor {
            return vec![big / small, small / big];
        }
        let (up, down) = ((big / small - 1.0) * 100.0, (1.0 - small / big) * 100.0);
        if ask.has_sign {
            return if ask.print.value >= 0.0 { vec![up] } else { vec![-down] };
        }
        let is_time = self.better == Some(Better::Lower);
        let trends = &ask.scope.trends;
        let mut values = Vec::new();
        for trend in trends {
            match trend {
                Trend::Faster if is_time => values.extend([down, up]),
                Trend::Slower if is_time => values.extend([up, down]),
                Trend::Up | Trend::Faster => values.push(up),
                Trend::Down | Trend::Slower => values.push(down),
                Trend::Either => {}
            }
        }
        if values.is_empty() {
            // The last two are "61 % of": a share of the other.
            values.extend([up, down, 100.0 * small / big, 100.0 * big / small]);
        }
        values
    }

    fn backing(&self, ask: &Compared<'_>, value: f64) -> Backing {
        let (unit, statistic) = match ask.relation {
            Relation::Percent => (Unit::Percent, "change"),
            Relation::Factor => (Unit::Other("x".into()), "ratio"),
            Relation::Difference => (self.unit.clone(), "difference"),
        };
        let group = if self.left.of == self.right.of {
            format!("{} and {} of {}", name(self.left.class), name(self.right.class), self.left.label)
        } else {
            format!("{} and {}", self.left.label, self.right.label)
        };
        let sources = self.left.sources.iter().chain(&self.right.sources).cloned().collect();
        Backing::new(self.metric, statistic, group, value, &unit).from(sources)
    }
}
