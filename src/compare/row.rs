//! A row of the table: what each side has of a metric and group, and what follows.

use std::sync::Arc;

use super::{
    delta,
    matching::{ColdRule, Pair},
    rank::{self, Method},
    verdict::{self, Evidence, MoreRuns, Verdict},
};
use crate::metrics::{
    names::Metric,
    series::{Group, Nature, Series},
    stats::Stats,
    unit::{Unit, UnitOrigin},
};

/// The median of a normal sample scatters so much more than its mean: √(π/2).
const MEDIAN_PENALTY: f64 = 1.253_314_137_315_500_3;

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
    /// Not cold runs against warm ones, nor figures of several configurations pooled.
    is_like_with_like: bool,
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

impl Row {
    /// What can be said before the p-values are adjusted.
    pub(super) fn of(pair: &Pair, with_cold: bool, is_start_compared: bool) -> Option<Self> {
        let some = pair.base.as_ref().or(pair.candidate.as_ref())?;
        let rule = ColdRule::of(pair, with_cold);
        let figures = |series: &Series| Figures::of(series, rule);
        let is_guess = |series: &Option<Series>| {
            series.as_ref().is_some_and(|series| series.unit_origin == UnitOrigin::Guess)
        };
        let mut row = Self {
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
            notes: Vec::new(),
            is_like_with_like: match some.nature {
                Nature::Sample => rule != ColdRule::Unlike || is_start_compared,
                Nature::Summary | Nature::Stated => !pair.has_several_configurations(),
            },
        };
        if !is_start_compared {
            row.notes.extend(rule.note().map(ToOwned::to_owned));
        }
        row.measure();
        Some(row)
    }
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
        if !self.is_like_with_like && self.nature != Nature::Sample {
            return self
                .notes
                .push("figures of several configurations on one side: no difference".to_owned());
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
        let (Some(base), Some(candidate)) = (&self.base, &self.candidate) else { return false };
        let first = base.values.first();
        base.values.len().min(candidate.values.len()) >= delta::MIN_FOR_INTERVAL
            && base.values.iter().chain(&candidate.values).all(|value| Some(value) == first)
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
pub(super) fn settle(rows: &mut [Row], threshold_pct: f64) {
    let raw: Vec<f64> = rows.iter().filter_map(|row| row.test.map(|test| test.p_value)).collect();
    let tests = rows.iter_mut().filter_map(|row| row.test.as_mut());
    for (test, p_adjusted) in tests.zip(rank::adjust(&raw)) {
        test.p_adjusted = p_adjusted;
    }
    for row in rows {
        let Some(evidence) = row.evidence(threshold_pct) else { continue };
        let (verdict, why) = verdict::judge(&evidence);
        if !row.is_like_with_like {
            continue;
        }
        row.verdict = if row.is_all_equal() { Verdict::Same } else { verdict };
        if row.verdict == Verdict::Unclear {
            row.notes.extend(why.map(ToOwned::to_owned));
            row.more_runs = verdict::more_runs(&evidence);
        }
    }
}
