//! Percentages, factors and differences between two values: which two, by what the
//! sentence names, and on which base, by the way it compares.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    Folder,
    amount::Print,
    lexicon::{Class, Mention, Name, Trend},
    pool::{Line, Selected, statistics},
    quantity::{allows, name},
    scope::{Scope, Sentence},
    verdict::{Backing, NO_FACT, Verdict},
};
use crate::metrics::{
    names::Better,
    series::{Nature, Series},
    unit::Unit,
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
struct Side<'s> {
    /// Index of the value of the dimension, or of the line.
    of: u32,
    class: Class,
    value: f64,
    series: &'s Series,
    selected: &'s Selected,
}

/// What two sides may be told apart by.
struct Pair<'p, 's> {
    left: &'p Side<'s>,
    right: &'p Side<'s>,
    series: &'s Series,
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
    /// Where the figure ends in it.
    pub end: usize,
    /// May a metric be meant?
    pub can_have: &'s dyn Fn(&Line<'_>) -> bool,
}

impl Folder<'_> {
    /// Judges a figure that compares.
    pub fn relation(&self, ask: &Compared<'_>) -> Verdict {
        let mut truth: Option<Backing> = None;
        let mut truths = 0_usize;
        let is_asked = named_values(ask).len() == 2;
        let metrics = self.compared_metrics(ask);
        let selections = self.compared(ask);
        let against = than_values(ask);
        for wanted in &metrics {
            let sides = self.sides(ask, *wanted, &selections);
            for pair in pairs(&sides, ask, &against) {
                let values = pair.values(ask);
                if let Some(value) = values.iter().find(|value| ask.says(**value)) {
                    return Verdict::Grounded(self.told(&pair, ask, *value));
                }
                let is_asked = is_asked && pair.left.of != pair.right.of && pair.left.class == Class::Median;
                if is_asked && let Some(value) = values.first() {
                    truths += 1;
                    truth.get_or_insert_with(|| self.told(&pair, ask, *value));
                }
            }
        }
        // Who wrote a report often looked at one file.
        if is_asked || !against.0.is_empty() {
            for wanted in &metrics {
                for sides in self.sides_by_file(ask, *wanted, &selections) {
                    for pair in pairs(&sides, ask, &against) {
                        if let Some(value) = pair.values(ask).iter().find(|value| ask.says(**value)) {
                            return Verdict::Grounded(self.told(&pair, ask, *value));
                        }
                    }
                }
            }
        }
        match truth.filter(|_| truths == 1 && metrics.len() == 1) {
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
                // Of loading and of compiling nobody says that a model is faster.
                let name = line.series.metric.name();
                let is_preparing = ["load", "compile", "prompt_eval"].iter().any(|word| name.contains(word));
                let is_speedy = !is_preparing
                    && matches!(
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

    /// What is set beside each other: the rows of each value of the dimension that is compared,
    /// or of each series.
    fn compared(&self, ask: &Compared<'_>) -> Vec<(Option<u32>, Rc<Vec<Selected>>)> {
        let scope = ask.scope;
        let Some((key, named)) = compared_key(ask) else {
            return vec![(None, self.pool.select(&scope.wanted, &self.lexicon))];
        };
        let every = self.lexicon.values.get(key as usize).map_or(0, Vec::len);
        let values: Vec<u32> = if named.len() >= 2 {
            named.clone()
        } else {
            (0..u32::try_from(every).unwrap_or(0)).take(MOST_VALUES).collect()
        };
        let of_value = |value: u32| {
            let mut wanted = scope.wanted.clone();
            // What differs between the sides beside the key is said of each alone.
            wanted.values.retain(|key, _| scope.everything.values.get(key).is_none_or(|all| all.len() <= 1));
            wanted.files.clear();
            wanted.values.insert(key, vec![value]);
            // With one value named, pairs without it say nothing of the sentence.
            let is_other = !named.contains(&value) && named.len() == 1;
            let of = if is_other { value | OTHER } else { value };
            (Some(of), self.pool.select(&wanted, &self.lexicon))
        };
        values.into_iter().map(of_value).collect()
    }

    /// The values that may be compared.
    fn sides<'s>(
        &'s self,
        ask: &Compared<'_>,
        (metric, nature): (u32, Nature),
        selections: &'s [(Option<u32>, Rc<Vec<Selected>>)],
    ) -> Vec<Side<'s>> {
        let mut sides = Vec::new();
        for (of, selection) in selections {
            let of_metric = selection.iter().filter_map(|selected| {
                let line = self.pool.line(selected)?;
                let is_it = line.metric == metric && line.series.nature == nature;
                // A series that says nothing of the key is no side of it.
                (is_it && (of.is_none() || !selected.is_loose)).then_some((line.series, selected))
            });
            let of_metric: Vec<_> = of_metric.collect();
            if of.is_none() && of_metric.len() > MOST_GROUPS {
                continue;
            }
            for (series, selected) in of_metric {
                add_sides(ask, series, selected, of.unwrap_or(selected.line), &mut sides);
            }
        }
        sides
    }

    /// The same values within each file that has more than one of the groups.
    fn sides_by_file<'s>(
        &'s self,
        ask: &Compared<'_>,
        (metric, nature): (u32, Nature),
        selections: &'s [(Option<u32>, Rc<Vec<Selected>>)],
    ) -> Vec<Vec<Side<'s>>> {
        let mut of_files: BTreeMap<&str, Vec<Side<'s>>> = BTreeMap::new();
        for (of, selection) in selections {
            let Some(of) = of else { continue };
            for selected in selection.iter().filter(|selected| !selected.is_loose) {
                let Some(line) = self.pool.line(selected) else { continue };
                if line.metric != metric || line.series.nature != nature {
                    continue;
                }
                let series = line.series;
                for (file, stats) in line.by_file(selected) {
                    let Some(path) = series.files.get(*file as usize) else { continue };
                    let sides = of_files.entry(path).or_default();
                    let wanted = statistics(stats).filter(|(class, _)| is_compared(ask, *class));
                    sides.extend(wanted.map(|(class, value)| Side {
                        of: *of,
                        class,
                        value,
                        series,
                        selected,
                    }));
                }
            }
        }
        of_files.into_values().collect()
    }

    /// What a pair's value is, with its places.
    fn told(&self, pair: &Pair<'_, '_>, ask: &Compared<'_>, value: f64) -> Backing {
        let (unit, statistic) = match ask.relation {
            Relation::Percent => (Unit::Percent, "change"),
            Relation::Factor => (Unit::Other("x".into()), "ratio"),
            Relation::Difference => (pair.series.unit.clone(), "difference"),
        };
        let key = compared_key(ask).map(|(key, _)| key);
        let label = |side: &Side<'_>| {
            let values = key.and_then(|key| self.lexicon.values.get(key as usize));
            let value = values.and_then(|values| values.get((side.of & !OTHER) as usize));
            value.map_or_else(|| side.series.group.to_string(), ToString::to_string)
        };
        let (left, right) = (pair.left, pair.right);
        let group = if left.of == right.of {
            format!("{} and {} of {}", name(left.class), name(right.class), label(left))
        } else {
            format!("{} and {}", label(left), label(right))
        };
        let sources = [left, right].into_iter().flat_map(|side| {
            self.pool.line(side.selected).map(|line| line.sources(side.selected)).unwrap_or_default()
        });
        let sources = sources.collect();
        Backing::new(pair.series.metric.name(), statistic, group, value, &unit).from(sources)
    }
}

/// Marks a side that the sentence does not name.
const OTHER: u32 = 1 << 31;

fn add_sides<'s>(
    ask: &Compared<'_>,
    series: &'s Series,
    selected: &'s Selected,
    of: u32,
    sides: &mut Vec<Side<'s>>,
) {
    let apart = series.warm.as_ref().filter(|_| !selected.is_part());
    let lists = [Some(&selected.stats), apart].into_iter().flatten();
    for (class, value) in lists.flat_map(statistics).filter(|(class, _)| is_compared(ask, *class)) {
        sides.push(Side { of, class, value, series, selected });
    }
}

/// May a comparison with these words be one of this statistic?
fn is_compared(ask: &Compared<'_>, class: Class) -> bool {
    let classes = &ask.scope.classes;
    let is_plain = matches!(class, Class::Median | Class::Mean);
    if classes.is_empty() {
        return is_plain;
    }
    allows(classes, class)
        || is_plain && classes.len() == 1 && matches!(classes.first(), Some(Class::Extreme))
}

/// The pairs of sides that a sentence may compare. `against`: what stands behind its "than".
fn pairs<'p, 's>(
    sides: &'p [Side<'s>],
    ask: &'p Compared<'_>,
    against: &'p (Vec<u32>, Vec<u32>),
) -> impl Iterator<Item = Pair<'p, 's>> {
    let series = sides.first().map(|side| side.series);
    let all = sides.iter().enumerate().flat_map(move |(at, left)| {
        sides.get(at + 1..).unwrap_or_default().iter().map(move |right| (left, right))
    });
    all.filter_map(move |(left, right)| {
        let is_within = left.of == right.of;
        // Mean and median of one thing are only compared by name.
        if is_within && ask.scope.classes.len() < 2 || is_within == (left.class == right.class) {
            return None;
        }
        let is_of = |side: &Side<'_>, values: &[u32]| values.contains(&(side.of & !OTHER));
        let is_pair = |one: &Side<'_>, other: &Side<'_>| {
            is_of(one, &against.0)
                && !is_of(other, &against.0)
                && (against.1.is_empty() || is_of(other, &against.1))
        };
        let is_it = against.0.is_empty() || is_within || is_pair(left, right) || is_pair(right, left);
        Some(Pair { left, right, series: series? }).filter(|_| is_it)
    })
}

/// The values behind the "than" or "over" that follows the figure at once, and those that are
/// compared with them: the first of the sentence, or the last before the figure.
fn than_values(ask: &Compared<'_>) -> (Vec<u32>, Vec<u32>) {
    let Some((key, values)) = compared_key(ask).filter(|(_, values)| values.len() > 2) else {
        return Default::default();
    };
    let behind = ask.sentence.mentions.iter().find(|mention| {
        mention.range.start >= ask.end && matches!(&mention.name, Name::Values(own, _) if *own == key)
    });
    let Some(Mention { range, name: Name::Values(_, named) }) = behind else { return Default::default() };
    let between = ask.sentence.text.get(ask.end..range.start).unwrap_or_default();
    let is_than = between.split(|c: char| !c.is_alphanumeric()).any(is_than_word)
        && !between.contains(|c: char| c.is_ascii_digit() || matches!(c, ',' | ';'));
    if !is_than {
        return Default::default();
    }
    // What stands behind an earlier "than" is compared with, and compares nothing.
    let is_object = |mention: &Mention| {
        let before = ask.sentence.text.get(..mention.range.start).unwrap_or_default();
        let words = before.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.rev().take(2).any(is_than_word)
    };
    let of_key = |mention: &Mention| match &mention.name {
        Name::Values(own, values) if *own == key && mention.range.end <= ask.end && !is_object(mention) => {
            Some(values.clone())
        }
        _ => None,
    };
    let before: Vec<Vec<u32>> = ask.sentence.mentions.iter().filter_map(of_key).collect();
    let ends = [before.first(), before.last()];
    let subjects: Vec<u32> = ends.into_iter().flatten().flatten().copied().collect();
    // `gemma3` may be short for the subject too.
    let against = named.iter().copied().filter(|value| values.contains(value) && !subjects.contains(value));
    (against.collect(), subjects)
}

fn is_than_word(word: &str) -> bool {
    matches!(word, "than" | "over" | "as" | "to" | "with" | "against" | "versus" | "vs")
}

impl Compared<'_> {
    /// Is this value what the figure says: equal, or beyond a bound and not far from it?
    fn says(&self, value: f64) -> bool {
        let is_beyond = self.scope.bound.is_some_and(|bound| {
            let limit = self.print.value * self.factor;
            value.total_cmp(&limit) == bound && (value - limit).abs() <= NEAR_BOUND * limit.abs()
        });
        is_beyond || self.print.is(value, self.factor)
    }
}

/// A figure that is "more than" another is told to be so where it is not much more.
const NEAR_BOUND: f64 = 0.25;

/// The values of the dimension that is compared.
fn named_values(ask: &Compared<'_>) -> Vec<u32> {
    compared_key(ask).map(|(_, values)| values).unwrap_or_default()
}

/// The dimension of which most values are named.
fn compared_key(ask: &Compared<'_>) -> Option<(u32, Vec<u32>)> {
    let scope = ask.scope;
    let all = scope.everything.values.iter().chain(&scope.wanted.values);
    let (key, mut values) =
        all.max_by_key(|(_, values)| values.len()).map(|(key, values)| (*key, values.clone()))?;
    // What is compared with may stand in the heading: "Changes against the baseline".
    if let (1, Some(above)) = (values.len(), ask.scope.above.values.get(&key)) {
        let others: Vec<u32> = above.iter().copied().filter(|value| !values.contains(value)).collect();
        values.extend(others);
    }
    Some((key, values))
}

impl Pair<'_, '_> {
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
        let is_time = self.series.metric.better() == Some(Better::Lower);
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
}
