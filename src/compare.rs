//! Two sides held against each other: for each metric and group that both have, the
//! difference with its confidence, and what it means. Pure.
//!
//! Samples are tested; a single value, a summary made by others and a statement in a
//! document are shown beside each other as figures, with a difference and without a test.

pub mod delta;
mod dimensions;
mod matching;
pub mod rank;
#[cfg(test)]
mod tests;
pub mod verdict;

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

pub use self::dimensions::{Compared, list};
use self::{
    dimensions::{Dimensions, Plan},
    matching::{ColdRule, Pair, pairs},
    rank::Method,
    verdict::{Evidence, MoreRuns, Verdict},
};
use crate::metrics::{
    library::Library,
    names::Metric,
    series::{Group, Nature, Series},
    stats::Stats,
    unit::{Unit, UnitOrigin},
};

/// A difference below this does not matter in practice, unless somebody says otherwise.
pub const DEFAULT_THRESHOLD_PCT: f64 = 2.0;
/// The median of a normal sample scatters so much more than its mean: √(π/2).
const MEDIAN_PENALTY: f64 = 1.253_314_137_315_500_3;

/// Does a side take the rows of this file and group?
pub type Keep<'a> = dyn Fn(&str, &Group) -> bool + 'a;

/// What a file's bytes are known by, the line and the row in its table.
type Place = (Arc<str>, u32, u32);

/// One of the two.
pub struct Side<'a> {
    /// Where its values are.
    pub library: &'a Library,
    /// Which of them are its own.
    pub keep: Box<Keep<'a>>,
    /// The dimensions it was asked for by (`model` in `model=gemma3:270m`).
    pub named: Vec<Arc<str>>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// A difference below it does not matter, in percent.
    pub threshold_pct: f64,
    /// Dimensions to match groups by, besides the usual ones.
    pub group_by: Vec<Arc<str>>,
    /// Cold runs count like warm ones.
    pub with_cold: bool,
}

/// The table and what must be known to read it.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// In which dimensions the sides differ, as asked or found.
    pub compared: Vec<Compared>,
    /// What rows of the table are matched by.
    pub matched_by: Vec<Arc<str>>,
    /// By metric, nature and group.
    pub rows: Vec<Row>,
    /// What makes the table doubtful.
    pub warnings: Vec<String>,
    /// What is good to know.
    pub notes: Vec<String>,
}

/// One metric of one group.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which metric.
    pub metric: Metric,
    /// Of all its values.
    pub unit: Unit,
    /// The unit was guessed, on one side at least.
    pub is_unit_guessed: bool,
    /// Samples are tested; summaries and statements are figures.
    pub nature: Nature,
    /// What both sides have in common.
    pub group: Arc<Group>,
    /// The base, where it has this.
    pub base: Option<Figures>,
    /// The candidate, where it has this.
    pub candidate: Option<Figures>,
    /// Of the medians, in percent of the base's.
    pub delta_pct: Option<f64>,
    /// Its 95 % interval.
    pub ci95: Option<(f64, f64)>,
    /// The rank test, for samples of at least two values a side.
    pub test: Option<Test>,
    /// What it means.
    pub verdict: Verdict,
    /// What would settle it, where it is unclear and runs would help.
    pub more_runs: Option<MoreRuns>,
    /// Why it is unclear, and what else must be known.
    pub notes: Vec<String>,
}

/// What one side has of a metric and group.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The field as its files write it.
    pub field: Arc<str>,
    /// Its files.
    pub files: Vec<Arc<str>>,
    /// Of the values that were compared.
    pub stats: Stats,
    /// Rows left out, by reason.
    pub excluded: Vec<(Arc<str>, u64)>,
    /// Cold runs; set apart unless the row's notes say otherwise.
    pub cold: u64,
    /// The values that were compared, sorted.
    values: Vec<f64>,
}

/// The rank test and the size of the effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// As the test gives it.
    pub p_value: f64,
    /// For as many tests as the table has.
    pub p_adjusted: f64,
    /// How it was computed.
    pub method: Method,
    /// Share of pairs in which the candidate is higher less that in which it is lower.
    pub cliffs_delta: f64,
    /// The difference of the means in standard deviations.
    pub hedges_g: Option<f64>,
}

impl Figures {
    /// Rows left out, for whatever reason.
    pub fn excluded_total(&self) -> u64 {
        self.excluded.iter().map(|(_, count)| count).sum()
    }
    /// Rows are there, and no value in any of them.
    pub fn is_without_values(&self) -> bool {
        self.stats.n == 0
    }
}

impl Row {
    /// Worse by more than so many percent, surely.
    pub fn is_worse_by(&self, percent: f64) -> bool {
        self.verdict == Verdict::Worse && self.delta_pct.is_some_and(|delta| delta.abs() > percent)
    }
    /// The base has values here and the candidate only rows without one (failed runs).
    pub fn has_lost_all(&self) -> bool {
        let has_values = |figures: &Figures| !figures.is_without_values();
        self.base.as_ref().is_some_and(has_values)
            && self.candidate.as_ref().is_some_and(Figures::is_without_values)
    }
    /// Both sides have values.
    pub fn has_both(&self) -> bool {
        let has_values = |figures: &Option<Figures>| figures.as_ref().is_some_and(|it| it.stats.n > 0);
        has_values(&self.base) && has_values(&self.candidate)
    }
}

impl Side<'_> {
    fn select(&self, keys: &[Arc<str>]) -> Vec<Series> {
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        self.library.select(&keys, &self.keep)
    }
    /// What groups are usually made of.
    fn usual_keys(&self) -> BTreeSet<Arc<str>> {
        let series = self.library.filtered(&self.keep);
        series.iter().flat_map(|series| series.group.0.iter().map(|(key, _)| Arc::clone(key))).collect()
    }
    /// The places of its samples, wherever the file lies: by what its bytes are known by.
    fn places(&self, series: &[Series]) -> HashSet<Place> {
        let mut places = HashSet::new();
        for series in series.iter().filter(|series| series.nature == Nature::Sample) {
            let digests: Vec<Arc<str>> = series
                .files
                .iter()
                .map(|path| {
                    self.library
                        .inventory
                        .get(path)
                        .map_or_else(|| Arc::clone(path), |file| Arc::clone(&file.digest))
                })
                .collect();
            for value in series.values.iter() {
                if let Some(digest) = digests.get(value.file as usize) {
                    places.insert((Arc::clone(digest), value.line, value.row));
                }
            }
        }
        places
    }
}

/// Compares the candidate with the base, in the metrics that are wanted. The p-values are
/// adjusted over the rows that come out.
pub fn compare(
    base: &Side<'_>,
    candidate: &Side<'_>,
    options: &Options,
    is_wanted: &dyn Fn(&Series) -> bool,
) -> Comparison {
    let named: BTreeSet<Arc<str>> = base.named.iter().chain(&candidate.named).cloned().collect();
    let mut group_keys = base.usual_keys();
    group_keys.extend(candidate.usual_keys());
    group_keys.extend(options.group_by.iter().cloned());
    let all_keys: Vec<Arc<str>> = group_keys.union(&named).cloned().collect();
    let select = |side: &Side<'_>, keys: &[Arc<str>]| {
        let mut series = side.select(keys);
        series.retain(|series| is_wanted(series) && !series.is_spoken_for());
        series
    };
    let (base_all, candidate_all) = (select(base, &all_keys), select(candidate, &all_keys));
    let plan = Plan::of(&Dimensions::of(&base_all), &Dimensions::of(&candidate_all), &group_keys, &named);

    let cut = |side: &Side<'_>| {
        let mut series = select(side, &plan.keys);
        series.retain(|series| series.nature == Nature::Sample);
        let figures = select(side, &plan.figure_keys);
        series.extend(figures.into_iter().filter(|series| series.nature != Nature::Sample));
        series
    };
    let (found, unmatched_statements) = pairs(cut(base), cut(candidate));
    let mut rows: Vec<Row> = found.iter().filter_map(|pair| row(pair, options)).collect();
    settle(&mut rows, options.threshold_pct);

    let mut comparison = Comparison {
        compared: plan.compared,
        matched_by: plan.keys,
        rows,
        warnings: plan.warnings,
        notes: plan.notes,
    };
    comparison.look_at_places(&base.places(&base_all), &candidate.places(&candidate_all));
    comparison.look_at_rows(&found, options.with_cold);
    if unmatched_statements > 0 {
        comparison
            .notes
            .push(format!("{unmatched_statements} statements of documents on one side only are not listed"));
    }
    comparison
}

/// What can be said before the p-values are adjusted.
fn row(pair: &Pair, options: &Options) -> Option<Row> {
    let some = pair.base.as_ref().or(pair.candidate.as_ref())?;
    let rule = ColdRule::of(pair, options.with_cold);
    let figures = |series: &Series| Figures::of(series, rule);
    let is_guess = |series: &Option<Series>| {
        series.as_ref().is_some_and(|series| series.unit_origin == UnitOrigin::Guess)
    };
    let mut row = Row {
        metric: some.metric.clone(),
        unit: some.unit.clone(),
        is_unit_guessed: is_guess(&pair.base) || is_guess(&pair.candidate),
        nature: some.nature,
        group: Arc::clone(&some.group),
        base: pair.base.as_ref().map(figures),
        candidate: pair.candidate.as_ref().map(figures),
        delta_pct: None,
        ci95: None,
        test: None,
        verdict: Verdict::Unclear,
        more_runs: None,
        notes: rule.note().map(ToOwned::to_owned).into_iter().collect(),
    };
    row.measure();
    Some(row)
}

impl Row {
    /// The difference, and the test where there are samples to test.
    fn measure(&mut self) {
        let (Some(base), Some(candidate)) = (&self.base, &self.candidate) else {
            let side = if self.base.is_some() { "the base" } else { "the candidate" };
            return self.notes.push(format!("only {side} has this"));
        };
        for (name, figures) in [("the base", base), ("the candidate", candidate)] {
            if figures.is_without_values() {
                let why: Vec<String> =
                    figures.excluded.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
                self.notes.push(format!("{name} has no value here ({})", why.join(", ")));
            }
        }
        let (Some(one), Some(other)) = (base.stats.median, candidate.stats.median) else { return };
        if base.field != candidate.field {
            self.notes.push(format!("`{}` against `{}`", base.field, candidate.field));
        }
        self.delta_pct = delta::delta_pct(one, other);
        let no_test = match self.nature {
            Nature::Summary => Some("figures that others summarised: no test"),
            Nature::Stated => Some("figures that a document states: no test"),
            Nature::Sample if base.values.len().min(candidate.values.len()) < 2 => {
                Some("a single value on one side: no test")
            }
            Nature::Sample => None,
        };
        if let Some(why) = no_test {
            return self.notes.push(why.to_owned());
        }
        match delta::interval(&base.values, &candidate.values) {
            Ok(ci95) => self.ci95 = Some(ci95),
            Err(why) => self.notes.push(why.as_str().to_owned()),
        }
        if self.ci95.is_some() && base.values.len().min(candidate.values.len()) < verdict::MIN_FOR_WIDTH {
            self.notes.push("of so few values the interval is rather too narrow".to_owned());
        }
        self.test = rank::mann_whitney(&base.values, &candidate.values).map(|test| Test {
            p_value: test.p_value,
            p_adjusted: test.p_value,
            method: test.method,
            cliffs_delta: test.cliffs_delta,
            hedges_g: delta::hedges_g(&base.values, &candidate.values),
        });
    }

    /// What there is to judge by; `None` for figures and for what one side alone has.
    fn evidence(&self, threshold_pct: f64) -> Option<Evidence> {
        let (base, candidate) = (self.base.as_ref()?, self.candidate.as_ref()?);
        let (one, other) = (base.stats.median?, candidate.stats.median?);
        let widest = |from: Option<f64>, to: Option<f64>| delta::delta_pct(from?, to?).map(f64::abs);
        let widest_pct = widest(base.stats.min, candidate.stats.max)
            .zip(widest(base.stats.max, candidate.stats.min))
            .map(|(one, other)| one.max(other));
        let part =
            |figures: &Figures| figures.stats.stddev.map(|stddev| stddev * stddev / figures.stats.n as f64);
        let error_pct = part(base).zip(part(candidate)).map(|(base, candidate)| {
            let ratio = other / one;
            100.0 * MEDIAN_PENALTY * (candidate + ratio * ratio * base).sqrt() / one.abs()
        });
        (self.nature == Nature::Sample).then_some(Evidence {
            better: self.metric.better(),
            delta_pct: self.delta_pct,
            ci95: self.ci95,
            p_value: self.test.map(|test| test.p_value),
            p_adjusted: self.test.map(|test| test.p_adjusted),
            cliffs_delta: self.test.map_or(0.0, |test| test.cliffs_delta),
            counts: (base.values.len(), candidate.values.len()),
            widest_pct,
            error_pct: error_pct.filter(|error| error.is_finite()),
            threshold_pct,
        })
    }

    /// Is every value of both sides the same number?
    fn is_all_equal(&self) -> bool {
        let range = |figures: &Option<Figures>| {
            let figures = figures.as_ref()?;
            (figures.values.len() >= delta::MIN_FOR_INTERVAL)
                .then_some((figures.stats.min?, figures.stats.max?))
        };
        range(&self.base)
            .zip(range(&self.candidate))
            .is_some_and(|(one, other)| one == other && one.0 == one.1)
    }
}

impl Figures {
    fn of(series: &Series, rule: ColdRule) -> Self {
        let taken =
            series.values.iter().filter(|value| value.number.is_finite() && rule.takes(value.is_cold));
        let mut values: Vec<f64> = taken.map(|value| value.number).collect();
        values.sort_unstable_by(f64::total_cmp);
        Self {
            field: Arc::clone(&series.field),
            files: series.files.clone(),
            stats: Stats::of(&values),
            excluded: series.excluded.iter().map(|it| (Arc::clone(&it.reason), it.count)).collect(),
            cold: series.values.iter().filter(|value| value.is_cold).count() as u64,
            values,
        }
    }
}

/// Adjusts the p-values over the table and judges each row.
fn settle(rows: &mut [Row], threshold_pct: f64) {
    let raw: Vec<f64> = rows.iter().filter_map(|row| row.test.map(|test| test.p_value)).collect();
    let tests = rows.iter_mut().filter_map(|row| row.test.as_mut());
    for (test, p_adjusted) in tests.zip(rank::adjust(&raw)) {
        test.p_adjusted = p_adjusted;
    }
    for row in rows {
        let Some(evidence) = row.evidence(threshold_pct) else { continue };
        let (verdict, why) = verdict::judge(&evidence);
        row.verdict = if row.is_all_equal() { Verdict::Same } else { verdict };
        if row.verdict == Verdict::Unclear {
            row.notes.extend(why.map(ToOwned::to_owned));
            row.more_runs = verdict::more_runs(&evidence);
        }
    }
}

impl Comparison {
    /// The metrics that fail a gate of so many percent: surely worse, or with nothing but
    /// failed rows left.
    pub fn failures(&self, percent: f64) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.is_worse_by(percent) || row.has_lost_all())
    }

    /// Do the sides share their data?
    fn look_at_places(&mut self, base: &HashSet<Place>, candidate: &HashSet<Place>) {
        let shared = base.intersection(candidate).count();
        if shared == 0 {
            return;
        }
        self.warnings.push(if base == candidate {
            "both sides are the same rows: no difference can come out".to_owned()
        } else {
            format!("{shared} rows are on both sides: the test takes the sides for independent")
        });
    }

    fn look_at_rows(&mut self, pairs: &[Pair], with_cold: bool) {
        let cold = |side: fn(&Pair) -> Option<&Series>| {
            let mut rows: HashSet<(&str, u32, u32)> = HashSet::new();
            for series in pairs.iter().filter_map(side) {
                for value in series.values.iter().filter(|value| value.is_cold) {
                    let path = series.files.get(value.file as usize).map_or("", |path| &**path);
                    rows.insert((path, value.line, value.row));
                }
            }
            rows.len()
        };
        let (base, candidate) = (cold(|pair| pair.base.as_ref()), cold(|pair| pair.candidate.as_ref()));
        if base + candidate > 0 {
            let what = if with_cold {
                "cold and warm runs are mixed"
            } else {
                "cold runs are set apart where both sides have warm ones"
            };
            self.warnings.push(format!("{what}: cold are {base} of the base, {candidate} of the candidate"));
        }
        let mut guessed: Vec<&str> =
            self.rows.iter().filter(|row| row.is_unit_guessed).map(|row| row.metric.label()).collect();
        guessed.dedup();
        if !guessed.is_empty() {
            self.warnings.push(format!("the unit is a guess: {}", guessed.join(", ")));
        }
        let has_values = |side: fn(&Row) -> Option<&Figures>| {
            let mut figures = self.rows.iter().filter_map(side).peekable();
            figures.peek().is_none() || figures.any(|figures| !figures.is_without_values())
        };
        for (name, has_values) in [
            ("the base", has_values(|row| row.base.as_ref())),
            ("the candidate", has_values(|row| row.candidate.as_ref())),
        ] {
            if !has_values {
                self.warnings.push(format!("{name} has no value at all: every row failed or is empty"));
            }
        }
        if !self.rows.is_empty() && !self.rows.iter().any(|row| row.base.is_some() && row.candidate.is_some())
        {
            self.warnings.push("no metric and group is on both sides".to_owned());
        }
    }
}
