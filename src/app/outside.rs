//! What is told beyond the screen: the end of a report that took its time, and a live value
//! that passed a threshold of the user's.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use super::{App, effect::Effect, event::SaveResult, notices::Severity, report::Activity};
use crate::{
    config::outside::{Notify, Threshold},
    metrics::{
        format,
        library::Library,
        series::{Nature, Series, Value},
    },
    text::sanitize::Shown,
};

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which kind of thing it is, for a command of the user's.
    pub event: &'static str,
    /// In a sentence.
    pub text: Shown,
}

/// A report came to its end.
pub const REPORT_DONE: &str = "report-done";
/// A report ended early, or could not be saved.
pub const REPORT_FAILED: &str = "report-failed";
/// A live value passed a threshold.
pub const THRESHOLD: &str = "threshold";

/// What is known for telling.
#[derive(Debug, Default)]
pub struct Outside {
    least: Duration,
    thresholds: Vec<Threshold>,
    /// When the report that is being written was asked for.
    began: Option<Duration>,
    /// How long the last one took, until its end is told.
    took: Option<Duration>,
    /// Why it ended early, if it did so by itself.
    pub(super) failure: Option<String>,
    /// The user cancelled it.
    is_cancelled: bool,
    /// Which series are beyond which threshold: each crossing is told once.
    beyond: BTreeMap<(usize, String), bool>,
}

impl Outside {
    /// By the user's settings.
    pub fn new(notify: &Notify) -> Self {
        Self {
            least: Duration::from_secs(notify.min_seconds),
            thresholds: notify.thresholds.clone(),
            ..Self::default()
        }
    }

    /// Follows the report from its beginning to its end.
    pub(super) fn look(&mut self, activity: Activity, is_busy: bool, now: Duration) {
        match (self.began, is_busy) {
            (None, true) => {
                self.began = Some(now);
                (self.failure, self.is_cancelled) = (None, false);
            }
            (Some(began), false) => (self.began, self.took) = (None, Some(now.saturating_sub(began))),
            _ => {}
        }
        self.is_cancelled |= activity == Activity::Cancelling;
    }

    /// Who cancels knows it, and who waited only a moment saw it.
    fn ended(&mut self, result: &SaveResult) -> Option<Message> {
        let took = self.took.take().filter(|took| *took >= self.least)?;
        let after = format::duration(took);
        let (event, text) = match (self.failure.take(), result) {
            (_, SaveResult::Failed(unsaved)) => {
                (REPORT_FAILED, format!("the report is not saved: {unsaved}"))
            }
            (Some(reason), SaveResult::Saved(path)) => {
                (REPORT_FAILED, format!("report ended early after {after}: {reason}; {path}"))
            }
            (None, SaveResult::Saved(_)) if self.is_cancelled => return None,
            (None, SaveResult::Saved(path)) => (REPORT_DONE, format!("report done after {after}: {path}")),
        };
        Some(Message { event, text: Shown::new(&text) })
    }

    /// What passed a threshold between two states of the folder: one message for each
    /// threshold, however many series it concerns.
    fn crossed(&mut self, before: &Library, after: &Library) -> Vec<Message> {
        let mut messages = Vec::new();
        for (number, threshold) in self.thresholds.iter().enumerate() {
            let mut first = None;
            let mut more = 0_usize;
            for series in after.series().iter().filter(|series| is_meant(threshold, series)) {
                let known = before.series().binary_search_by(|other| other.order(series)).ok();
                let known = known.and_then(|index| before.series().get(index));
                if known.is_some_and(|known| Arc::ptr_eq(known, series)) {
                    continue;
                }
                let key = (number, format!("{}\n{}", series.group, series.field));
                let is_beyond = self.beyond.entry(key).or_default();
                if let Some(text) = crossing(threshold, series, known, is_beyond) {
                    more += usize::from(first.is_some());
                    first.get_or_insert(text);
                }
            }
            if let Some(text) = first {
                let more = if more == 0 { String::new() } else { format!(", and {more} more series") };
                messages.push(Message { event: THRESHOLD, text: Shown::new(&format!("{text}{more}")) });
            }
        }
        messages
    }
}

fn is_meant(threshold: &Threshold, series: &Series) -> bool {
    let name = threshold.metric.as_str();
    series.nature == Nature::Sample
        && (name.eq_ignore_ascii_case(series.metric.name())
            || name.eq_ignore_ascii_case(series.metric.label())
            || name == &*series.field)
}

/// Goes through the values that are new, in order; the last of them that leads out is told.
fn crossing(
    threshold: &Threshold,
    series: &Series,
    known: Option<&Arc<Series>>,
    is_beyond: &mut bool,
) -> Option<String> {
    let place = |series: &Series, value: &Value<'_>| {
        let file = series.files.get(value.file as usize).cloned();
        (file, value.line, value.row, value.number.to_bits())
    };
    let old: HashSet<_> = known
        .map(|known| known.values.iter().map(|value| place(known, &value)).collect())
        .unwrap_or_default();
    let mut text = None;
    for value in series.values.iter().filter(|value| !old.contains(&place(series, value))) {
        let has = |(key, wanted): &(String, String)| {
            value.group.get(key).is_some_and(|known| **known == *wanted.as_str())
        };
        if !threshold.group.iter().all(has) {
            continue;
        }
        let below = threshold.below.filter(|bound| value.number < *bound).map(|bound| ("below", bound));
        let above = threshold.above.filter(|bound| value.number > *bound).map(|bound| ("above", bound));
        let passed = below.or(above);
        if let Some((side, bound)) = passed.filter(|_| !*is_beyond) {
            let file = series.files.get(value.file as usize).map_or("", |file| file);
            text = Some(format!(
                "{} {} is {side} {}: {file}:{}",
                series.metric.name(),
                format::value(value.number, &series.unit),
                format::value(bound, &series.unit),
                value.line,
            ));
        }
        *is_beyond = passed.is_some();
    }
    text
}

impl App {
    /// The report was saved, or not.
    pub(super) fn tell_end(&mut self, result: &SaveResult) -> Vec<Effect> {
        self.outside.ended(result).map(Effect::Notify).into_iter().collect()
    }

    /// Files changed while somebody looks on.
    pub(super) fn tell_crossings(&mut self, before: &Library) -> Vec<Effect> {
        let messages = self.outside.crossed(before, &self.library);
        for message in &messages {
            self.notices.give(Severity::Warning, message.text.as_str(), self.now);
        }
        messages.into_iter().map(Effect::Notify).collect()
    }
}
