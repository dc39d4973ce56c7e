//! What the user wants told beyond the screen: a bell, a notice of the terminal, a command.
//! Only the user's own file says so: a command that comes with a checkout is never started.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

/// `[notify]`, and each `[[threshold]]`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// Ring the terminal's bell.
    pub bell: bool,
    /// A notice of the terminal's desktop (OSC 9).
    pub osc9: bool,
    /// A program and its arguments; the text comes last.
    pub command: Vec<String>,
    /// A report that took less was waited for: it is not told.
    pub min_seconds: u64,
    /// Values that should not be passed.
    #[serde(skip)]
    pub thresholds: Vec<Threshold>,
}

impl Default for Notify {
    fn default() -> Self {
        Self { bell: true, osc9: false, command: Vec::new(), min_seconds: 10, thresholds: Vec::new() }
    }
}

/// A value that should not be passed.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Name of the metric.
    pub metric: String,
    /// Tell of a lower value.
    pub below: Option<f64>,
    /// Tell of a higher value.
    pub above: Option<f64>,
    /// Only of rows with these dimensions.
    #[serde(default, deserialize_with = "pairs")]
    pub group: Vec<(String, String)>,
}

/// `K=V,K=V`
fn pairs<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let pair = |text: &str| {
        let (key, value) = text.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    let pairs: Option<Vec<_>> = text.split(',').map(pair).collect();
    pairs.ok_or_else(|| serde::de::Error::custom(format!("`group` must be KEY=VALUE,…, not `{text}`")))
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    notify: Notify,
    #[serde(default)]
    threshold: Vec<Spanned<Threshold>>,
}

/// Tables of a file of settings that are read here and are no single value.
pub(super) const TABLES: [&str; 2] = ["notify", "threshold"];

/// Reads them. The error has the bytes that it is about.
pub(super) fn read(text: &str) -> Result<Notify, (Range<usize>, String)> {
    let file: File = toml::from_str(text)
        .map_err(|error| (error.span().unwrap_or_default(), error.message().trim().to_owned()))?;
    let mut notify = file.notify;
    if notify.command.first().is_some_and(String::is_empty) {
        return Err((Range::default(), "the `command` of [notify] must begin with a program".into()));
    }
    for threshold in file.threshold {
        let span = threshold.span();
        let threshold = threshold.into_inner();
        let bounds = [threshold.below, threshold.above];
        if bounds.iter().flatten().next().is_none() || bounds.iter().flatten().any(|bound| !bound.is_finite())
        {
            return Err((span, "a threshold needs a number as `below` or `above`".into()));
        }
        notify.thresholds.push(threshold);
    }
    Ok(notify)
}
