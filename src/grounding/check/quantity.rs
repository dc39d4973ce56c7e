//! Figures with a unit, or of a metric that is named: are they a statistic or a single value
//! of what the sentence speaks of?

use std::cmp::Ordering;

use super::{
    Folder,
    amount::{Family, Print, Reading},
    lexicon::Class,
    pool::{Line, Selected, statistics},
    scope::{Origin, Scope},
    verdict::{Backing, NO_FACT, Verdict},
};
use crate::metrics::{series::Nature, stats::Stats, unit::Unit};

/// Values that are expected to equal a figure by chance: with more, equality says nothing.
const MOST_BY_CHANCE: f64 = 2.0;
/// "The true value" is told where so few could be meant.
const FEW: usize = 3;

/// What is asked of a figure.
#[derive(Debug)]
pub struct Ask<'s> {
    /// The figure's number.
    pub print: Print,
    /// What its unit may mean.
    pub readings: Vec<Reading>,
    /// It has a unit.
    pub has_unit: bool,
    /// Where nothing equals it, it may be called another value of what is named.
    pub may_differ: bool,
    /// The same of an end of a range.
    pub may_differ_as_end: bool,
    /// How many runs it is said to be of.
    pub runs: Option<u64>,
    /// What it is about.
    pub scope: &'s Scope,
    /// The other end of a range, and whether this one is the lower.
    pub range: Option<(Print, bool)>,
}

/// A candidate value.
struct Candidate<'f, 'a> {
    line: &'f Line<'a>,
    selected: &'f Selected,
    class: Class,
    value: f64,
}

impl<'a> Folder<'a> {
    /// Judges a figure that measures something.
    pub fn quantity(&self, ask: &Ask<'_>) -> Verdict {
        let readings = self.readings_of(ask);
        if readings.is_empty() {
            return Verdict::Ungrounded(NO_FACT.to_owned());
        }
        let selection = self.pool.select(&ask.scope.wanted, &self.lexicon);
        let mut fits: Vec<(&Line<'a>, &Selected, &Reading)> = selection
            .iter()
            .filter_map(|selected| Some((self.pool.line(selected)?, selected)))
            .filter(|(line, _)| ask.scope.metrics.is_empty() || ask.scope.metrics.contains(&line.metric))
            .filter(|(_, selected)| !selected.is_loose || !ask.scope.metrics.is_empty())
            .flat_map(|(line, selected)| {
                let same = readings.iter().filter(move |reading| reading.family == line.family);
                same.map(move |reading| (line, selected, reading))
            })
            .collect();
        // What says nothing of the group that is named comes last, or not at all where the
        // sentence itself names one that is there.
        let is_named_here = ask.scope.wanted.values.keys().any(|key| !ask.scope.from_headings.contains(key));
        if is_named_here && fits.iter().any(|(_, selected, _)| !selected.is_loose) {
            fits.retain(|(_, selected, _)| !selected.is_loose);
        }
        fits.sort_by_key(|(_, selected, _)| selected.is_loose);
        if let Some(backing) = self.found(ask, &fits) {
            return Verdict::Grounded(backing);
        }
        self.not_found(ask, &fits)
    }

    /// What the figure's unit may mean; without a unit, those of the metric named.
    fn readings_of(&self, ask: &Ask<'_>) -> Vec<Reading> {
        let mut found = ask.readings.clone();
        let is_percent = found.iter().any(|reading| reading.family == Family::Of(Unit::Percent));
        if is_percent && !ask.scope.metrics.is_empty() {
            found.push(Reading { family: Family::Of(Unit::None), factor: 0.01 });
        }
        if ask.has_unit {
            return found;
        }
        for metric in &ask.scope.metrics {
            for line in self.pool.lines.iter().filter(|line| line.metric == *metric) {
                let factors: &[f64] = match &line.family {
                    Family::Of(Unit::Milliseconds) => &[1.0, 1000.0],
                    Family::Of(Unit::Mebibytes) => &[1.0, 1024.0],
                    _ => &[1.0],
                };
                for factor in factors {
                    let reading = Reading { family: line.family.clone(), factor: *factor };
                    if !found.contains(&reading) {
                        found.push(reading);
                    }
                }
            }
        }
        found
    }

    fn found(&self, ask: &Ask<'_>, fits: &[(&Line<'a>, &Selected, &Reading)]) -> Option<Backing> {
        if let Some((other, is_low)) = &ask.range {
            return self.range_found(ask, other, *is_low, fits);
        }
        let scope = ask.scope;
        if let Some(bound) = scope.bound {
            return self.bound_found(ask, bound, fits);
        }
        let named = usize::from(!scope.metrics.is_empty())
            + usize::from(!scope.wanted.is_free())
            + usize::from(ask.print.significant() >= 3);
        let is_telling = Self::is_telling(ask, fits);
        if is_telling && (named > 0 || !scope.classes.is_empty()) {
            for (line, selected, reading) in fits {
                for (class, value) in candidates(line, selected, &scope.classes) {
                    if ask.print.is(value, reading.factor) {
                        return Some(self.backing(&Candidate { line, selected, class, value }));
                    }
                }
            }
        }
        // The least and the most are statistics; of a best run any value may be told.
        let single = scope.classes.iter().all(|class| matches!(class, Class::Extreme));
        let has_runs =
            fits.iter().any(|(line, selected, _)| line.series.nature == Nature::Sample && !selected.is_loose);
        if named >= 2 || (named > 0 && is_telling && fits.len() <= FEW) {
            for (line, selected, reading) in fits {
                // What others have summarised is a mean of something, and hardly of all that is named.
                let is_summary = line.series.nature != Nature::Sample && selected.stats.n <= FEW as u64;
                if single || is_summary {
                    let (low, high) = ask.print.limits(reading.factor);
                    if let Some((value, index)) = line.value_between(selected, low, high) {
                        return Some(single_value(line, value, index));
                    }
                }
            }
        }
        // A field that is called a mean holds means.
        if named > 0 && !has_runs && !scope.wanted.is_free() {
            let of_class = fits.iter().filter(|(line, ..)| {
                line.series.nature != Nature::Sample
                    && line.says().is_some_and(|class| scope.classes.contains(&class))
            });
            for (line, selected, reading) in of_class {
                let (low, high) = ask.print.limits(reading.factor);
                if let Some((value, index)) = line.value_between(selected, low, high) {
                    return Some(single_value(line, value, index));
                }
            }
        }
        self.pooled(ask, fits).or_else(|| self.in_one_file(ask, fits))
    }

    /// A statistic over the rows of one file, where those of a group stand in several: who
    /// wrote a report often looked at one.
    fn in_one_file(&self, ask: &Ask<'_>, fits: &[(&Line<'a>, &Selected, &Reading)]) -> Option<Backing> {
        let scope = ask.scope;
        let says_much = ask.print.significant() >= 3 || (!scope.classes.is_empty() && !scope.is_about);
        let is_group = !scope.metrics.is_empty() && !scope.wanted.values.is_empty();
        // Where nothing tells the runs apart but their file.
        let is_metric = scope.wanted.is_free()
            && !scope.classes.is_empty()
            && fits.iter().filter(|(line, ..)| line.series.nature == Nature::Sample).count() <= FEW;
        if !(is_group || is_metric) || !says_much {
            return None;
        }
        let is_of_group = |line: &Line<'a>| {
            scope.wanted.values.keys().any(|key| {
                self.lexicon.keys.get(*key as usize).is_some_and(|key| line.series.group.get(key).is_some())
            })
        };
        let samples = fits.iter().filter(|(line, selected, _)| {
            line.series.nature == Nature::Sample && (!selected.is_loose || is_of_group(line) || is_metric)
        });
        for (line, selected, reading) in samples {
            let of_files = line.by_file(selected).iter();
            for (file, stats) in of_files.filter(|(_, stats)| ask.runs.is_none_or(|runs| runs == stats.n)) {
                let mut of_file = statistics(stats).filter(|(class, _)| allows(&scope.classes, *class));
                if let Some((class, value)) = of_file.find(|(_, value)| ask.print.is(*value, reading.factor))
                {
                    let series = line.series;
                    let backing = Backing::new(
                        series.metric.name(),
                        name(class),
                        series.group.to_string(),
                        value,
                        &series.unit,
                    );
                    return Some(backing.from(line.source_in(*file, stats.n).into_iter().collect()));
                }
            }
        }
        None
    }

    /// Would few values equal the figure by chance? Where a group is named, only its own
    /// values are looked at, and equality says enough.
    fn is_telling(ask: &Ask<'_>, fits: &[(&Line<'a>, &Selected, &Reading)]) -> bool {
        if !ask.scope.wanted.is_free() || ask.print.value == 0.0 {
            return true;
        }
        // One reading's limits are another's times a factor: the share is the same.
        let (low, high) = ask.print.limits(1.0);
        let share = (high - low) / 2.0 / f64::midpoint(low, high).abs().max(f64::MIN_POSITIVE);
        let most = MOST_BY_CHANCE / share;
        let mut near = 0_usize;
        for (line, selected, reading) in fits {
            let middle = ask.print.value.abs() * reading.factor;
            let is_near =
                |value: &f64| *value > middle / std::f64::consts::E && *value < middle * std::f64::consts::E;
            near +=
                candidates(line, selected, &ask.scope.classes).filter(|(_, value)| is_near(value)).count();
            if near as f64 > most {
                return false;
            }
        }
        true
    }

    /// Both ends of a range must be ends of one thing: the least and the most of a series, of
    /// a statistic over the groups, or of an interval.
    fn range_found(
        &self,
        ask: &Ask<'_>,
        other: &Print,
        is_low: bool,
        fits: &[(&Line<'a>, &Selected, &Reading)],
    ) -> Option<Backing> {
        let (low, high) = if is_low { (&ask.print, other) } else { (other, &ask.print) };
        let is_pair = |ends: (f64, f64), factor: f64| low.is(ends.0, factor) && high.is(ends.1, factor);
        // "The median lies between": an interval of it.
        let wants_interval =
            ask.scope.classes.iter().any(|class| matches!(class, Class::Interval | Class::Median));
        for (line, selected, reading) in fits {
            let stats = &selected.stats;
            let mut pairs: Vec<(Class, Class, f64, f64)> = Vec::new();
            if let Some((min, max)) = stats.min.zip(stats.max) {
                pairs.push((Class::Min, Class::Max, min, max));
            }
            if let Some((mean, deviation)) = stats.mean.zip(stats.stddev) {
                pairs.push((Class::Mean, Class::Mean, mean - deviation, mean + deviation));
            }
            if wants_interval && let Some((from, to)) = line.interval(selected) {
                pairs.push((Class::Interval, Class::Interval, from, to));
            }
            let found = pairs.into_iter().find(|(.., from, to)| is_pair((*from, *to), reading.factor));
            if let Some((first, last, from, to)) = found {
                let (class, value) = if is_low { (first, from) } else { (last, to) };
                return Some(self.backing(&Candidate { line, selected, class, value }));
            }
        }
        self.range_over_groups(is_low, fits, &is_pair)
    }

    /// The least and the most of one statistic over the groups of a metric.
    fn range_over_groups(
        &self,
        is_low: bool,
        fits: &[(&Line<'a>, &Selected, &Reading)],
        is_pair: &dyn Fn((f64, f64), f64) -> bool,
    ) -> Option<Backing> {
        let mut metrics: Vec<(u32, Nature)> =
            fits.iter().map(|(line, ..)| (line.metric, line.series.nature)).collect();
        metrics.sort_unstable();
        metrics.dedup();
        for (metric, nature) in metrics {
            let of_metric = || {
                fits.iter().filter(move |(line, ..)| line.metric == metric && line.series.nature == nature)
            };
            let factor = of_metric().next().map_or(1.0, |(.., reading)| reading.factor);
            for wanted in [Class::Median, Class::Mean, Class::Min, Class::Max, Class::P95] {
                let mut ends: Option<[Candidate<'_, 'a>; 2]> = None;
                for (line, selected, _) in of_metric() {
                    let Some((class, value)) =
                        statistics(&selected.stats).find(|(class, _)| *class == wanted)
                    else {
                        continue;
                    };
                    let make = || Candidate { line, selected, class, value };
                    match &mut ends {
                        None => ends = Some([make(), make()]),
                        Some([least, most]) => {
                            if value < least.value {
                                *least = make();
                            }
                            if value > most.value {
                                *most = make();
                            }
                        }
                    }
                }
                let Some([least, most]) = ends else { continue };
                if is_pair((least.value, most.value), factor) {
                    return Some(self.backing(if is_low { &least } else { &most }));
                }
            }
            let least = of_metric().filter_map(|(_, selected, _)| selected.stats.min).min_by(f64::total_cmp);
            let most = of_metric().filter_map(|(_, selected, _)| selected.stats.max).max_by(f64::total_cmp);
            let Some((least, most)) = least.zip(most) else { continue };
            if is_pair((least, most), factor) {
                let wanted = if is_low { least } else { most };
                let end = of_metric().find_map(|(line, selected, _)| {
                    let class = if is_low { Class::Min } else { Class::Max };
                    let (class, value) = statistics(&selected.stats)
                        .find(|(own, value)| *own == class && value.total_cmp(&wanted).is_eq())?;
                    Some(self.backing(&Candidate { line, selected, class, value }))
                });
                return end;
            }
        }
        None
    }

    /// "Over 100 tok/s": true of something that the sentence names.
    fn bound_found(
        &self,
        ask: &Ask<'_>,
        bound: Ordering,
        fits: &[(&Line<'a>, &Selected, &Reading)],
    ) -> Option<Backing> {
        if ask.scope.metrics.is_empty() && ask.scope.wanted.is_free() {
            return None;
        }
        let mut nearest: Option<(f64, Candidate<'_, 'a>)> = None;
        for (line, selected, reading) in fits {
            let limit = ask.print.value * reading.factor;
            let holds = |value: f64| value.total_cmp(&limit) == bound || ask.print.is(value, reading.factor);
            let ends = [selected.stats.min, selected.stats.max];
            let is_sample = line.series.nature == Nature::Sample && !selected.is_loose;
            if ask.scope.is_of_all && is_sample && !ends.into_iter().flatten().all(holds) {
                return None;
            }
            for (class, value) in
                candidates(line, selected, &ask.scope.classes).filter(|(_, value)| holds(*value))
            {
                let how_far = (value - limit).abs();
                if nearest.as_ref().is_none_or(|(known, _)| how_far < *known) {
                    nearest = Some((how_far, Candidate { line, selected, class, value }));
                }
            }
        }
        nearest.map(|(_, candidate)| self.backing(&candidate))
    }

    /// Statistics over all rows of a metric that fit, groups together.
    fn pooled(&self, ask: &Ask<'_>, fits: &[(&Line<'a>, &Selected, &Reading)]) -> Option<Backing> {
        let [metric] = ask.scope.metrics.as_slice() else { return None };
        let mut samples: Vec<(&Line<'a>, &Selected)> = Vec::new();
        let mut factors: Vec<f64> = Vec::new();
        for (line, selected, reading) in fits {
            if line.series.nature != Nature::Sample || line.metric != *metric {
                continue;
            }
            if factors.is_empty() || (ask.has_unit && !factors.contains(&reading.factor)) {
                factors.push(reading.factor);
            }
            if samples.iter().all(|(_, known)| known.line != selected.line) {
                samples.push((line, selected));
            }
        }
        if samples.len() < 2 {
            return None;
        }
        let key = (ask.scope.wanted.clone(), samples.iter().map(|(_, selected)| selected.line).collect());
        let stats = *self.pooled.borrow_mut().entry(key).or_insert_with(|| {
            let numbers = samples.iter().flat_map(|(line, selected)| line.numbers(selected));
            Stats::of(&numbers.collect::<Vec<f64>>())
        });
        let (class, value) = statistics(&stats)
            .filter(|(class, _)| allows(&ask.scope.classes, *class))
            .find(|(_, value)| factors.iter().any(|factor| ask.print.is(*value, *factor)))?;
        let (first, _) = samples.first()?;
        let sources = samples.iter().flat_map(|(line, selected)| line.sources(selected)).collect();
        Some(
            Backing::new(
                first.series.metric.name(),
                name(class),
                "all groups".to_owned(),
                value,
                &first.series.unit,
            )
            .from(sources),
        )
    }

    /// Nothing equals the figure: another value of what is named, or nothing at all.
    fn not_found(&self, ask: &Ask<'_>, fits: &[(&Line<'a>, &Selected, &Reading)]) -> Verdict {
        if fits.is_empty() {
            return self.wrong_unit(ask);
        }
        let scope = ask.scope;
        let mut metrics: Vec<u32> = fits.iter().map(|(line, ..)| line.metric).collect();
        metrics.sort_unstable();
        metrics.dedup();
        // Without its name a metric is known by its unit where no other has it.
        let is_metric_known = metrics.len() == 1
            && (!scope.metrics.is_empty()
                || fits.iter().all(|(line, ..)| {
                    let alike = self.families.iter().filter(|all| all.contains(&line.family));
                    alike.count() == 1
                }));
        let firm: Vec<_> =
            fits.iter().filter(|(_, selected, _)| !selected.is_loose && selected.knows_all).collect();
        let mut lines: Vec<u32> = firm.iter().map(|(_, selected, _)| selected.line).collect();
        lines.sort_unstable();
        lines.dedup();
        // Single runs are what is spoken of, where there are some.
        let has_samples = firm.iter().any(|(line, ..)| line.series.nature == Nature::Sample);
        let mut of_groups = firm
            .iter()
            .filter(|(line, ..)| !has_samples || line.series.nature == Nature::Sample)
            .map(|(line, ..)| &line.series.group);
        let first = of_groups.next();
        let is_one = of_groups.all(|group| Some(group) == first);
        let is_group_known = if scope.wanted.is_free() { lines.len() <= FEW } else { is_one };
        let is_range = ask.range.is_some() && scope.metric_from == Origin::Here && !scope.metrics.is_empty();
        let may_differ = ask.may_differ || (is_range && ask.may_differ_as_end);
        if !(may_differ && is_metric_known && is_group_known && !firm.is_empty()) {
            return Verdict::Ungrounded(NO_FACT.to_owned());
        }
        let distance = |value: f64, reading: &Reading| {
            let stated = ask.print.value * reading.factor;
            if stated == 0.0 || value == 0.0 {
                (value - stated).abs()
            } else {
                (value / stated).abs().ln().abs()
            }
        };
        let mut nearest: Option<(f64, Candidate<'_, 'a>)> = None;
        for (line, selected, reading) in firm {
            if has_samples && line.series.nature != Nature::Sample {
                continue;
            }
            let wanted: Vec<Class> = match &ask.range {
                Some((_, true)) => vec![Class::Min],
                Some((_, false)) => vec![Class::Max],
                // What breaks the bound.
                None if scope.is_of_all && scope.bound == Some(Ordering::Less) => vec![Class::Max],
                None if scope.is_of_all && scope.bound == Some(Ordering::Greater) => vec![Class::Min],
                None if scope.classes.is_empty() => vec![Class::Median],
                None => scope.classes.clone(),
            };
            for (class, value) in candidates(line, selected, &wanted) {
                let how_far = distance(value, reading);
                if nearest.as_ref().is_none_or(|(known, _)| how_far < *known) {
                    nearest = Some((how_far, Candidate { line, selected, class, value }));
                }
            }
        }
        match nearest {
            Some((_, candidate)) => {
                let backing = self.backing(&candidate);
                let note = format!("the folder has {}", backing.described());
                Verdict::Mismatched(Some(backing), note)
            }
            None => Verdict::Ungrounded(NO_FACT.to_owned()),
        }
    }

    /// The metric is named, and has no such unit.
    fn wrong_unit(&self, ask: &Ask<'_>) -> Verdict {
        let selection = self.pool.select(&ask.scope.wanted, &self.lexicon);
        let mut other: Option<Candidate<'_, 'a>> = None;
        for selected in selection.iter().filter(|selected| !selected.is_loose) {
            let Some(line) = self.pool.line(selected) else { continue };
            if !ask.scope.other_metrics.contains(&line.metric) {
                continue;
            }
            for (class, value) in candidates(line, selected, &ask.scope.classes) {
                if ask.print.is(value, 1.0) {
                    other = Some(Candidate { line, selected, class, value });
                }
            }
        }
        match other {
            Some(candidate) => {
                let backing = self.backing(&candidate);
                let note = format!("the folder has {}", backing.described());
                Verdict::Mismatched(Some(backing), note)
            }
            None => Verdict::Ungrounded(NO_FACT.to_owned()),
        }
    }

    fn backing(&self, candidate: &Candidate<'_, 'a>) -> Backing {
        let Candidate { line, selected, class, value } = candidate;
        let series = line.series;
        if !selected.is_part()
            && let Some(fact) = self.fact_of(series, *class)
        {
            return Backing::of(fact);
        }
        let group = if selected.is_part() {
            let wanted = self.described(selected);
            if series.group.0.is_empty() { wanted } else { format!("{}, {wanted}", series.group) }
        } else {
            series.group.to_string()
        };
        Backing::new(series.metric.name(), name(*class), group, *value, &series.unit)
            .from(line.sources(selected))
    }
}

fn single_value(line: &Line<'_>, value: f64, index: u32) -> Backing {
    let group = line.group_at(index).unwrap_or_else(|| line.series.group.to_string());
    Backing::new(line.series.metric.name(), "value", group, value, &line.series.unit)
        .from(vec![line.source(index)])
}

/// The statistics of some rows that a sentence with these words may mean.
pub fn candidates<'f>(
    line: &'f Line<'_>,
    selected: &'f Selected,
    classes: &'f [Class],
) -> impl Iterator<Item = (Class, f64)> + 'f {
    let series = line.series;
    let is_whole = !selected.is_part();
    // One value of a field that is called a minimum is that, and no median.
    let says = if series.nature != Nature::Sample && selected.stats.n == 1 { line.says() } else { None };
    let is_meant = says.is_none_or(|says| classes.is_empty() || allows(classes, says));
    let apart = [series.warm.as_ref(), series.cold.as_ref()].into_iter().flatten().filter(move |_| is_whole);
    let ratio = series.ratio_of_totals.filter(|_| is_whole).map(|value| (Class::Mean, value));
    statistics(&selected.stats)
        .chain(apart.flat_map(statistics))
        .chain(ratio)
        .filter(move |(class, _)| is_meant && (says.is_some() || allows(classes, *class)))
        .map(move |(class, value)| (says.unwrap_or(class), value))
}

/// May a sentence with these words of statistics mean this one?
pub fn allows(classes: &[Class], class: Class) -> bool {
    // How far values lie apart is no value of theirs: it must be named.
    if classes.is_empty() {
        return class != Class::Deviation;
    }
    // "The best group has a median of": an extreme beside another statistic rules nothing
    // out, and alone it may be the best of the medians.
    let is_extreme = classes.iter().all(|class| *class == Class::Extreme) && class != Class::Deviation;
    classes.contains(&class) || is_extreme
}

/// Its name in notes.
pub fn name(class: Class) -> &'static str {
    match class {
        Class::Mean => "mean",
        Class::Median => "median",
        Class::Deviation => "sd",
        Class::Variation => "cv",
        Class::P90 => "p90",
        Class::P95 => "p95",
        Class::P99 => "p99",
        Class::Min => "min",
        Class::Max => "max",
        Class::Extreme => "best",
        Class::Interval => "ci95",
        Class::Count => "n",
    }
}
