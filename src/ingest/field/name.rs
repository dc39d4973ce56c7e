//! Statistic and unit in a name: `mean_ttft_s` is the mean of `ttft` in seconds.

use std::borrow::Cow;

use super::{dictionary::dictionary, leaf, unit, words};

/// Deeper nesting says nothing more of what is measured.
const MAX_PARTS: usize = 6;

/// What a name says about its column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The words that are left when statistic and unit are taken off, joined by spaces.
    pub base: String,
    /// `mean`, `p95`, `stddev`, …: then the values are summaries of something else.
    pub statistic: Option<String>,
    /// The unit that the suffix says, as a symbol (`s`, `ms`, `tok/s`).
    pub unit: Option<String>,
}

/// Takes a name apart. A part that is only a statistic (`stats.mean`) borrows its owner's words.
pub fn analyse(name: &str) -> Name {
    let text = clean(name);
    let parts = parts(&text);
    let last = parts.last().map_or("", |part| *part);
    let mut found = take_apart(&words(last));
    let is_unnamed =
        |base: &str| base.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '));
    if is_unnamed(&found.base) || is_statistic(last).is_some() {
        for start in (0..parts.len().saturating_sub(1)).rev() {
            let whole = take_apart(&words(&parts[start..].join(" ")));
            if !is_unnamed(&whole.base) {
                let statistic = found.statistic.take().or(whole.statistic);
                found = Name { base: whole.base, statistic, unit: found.unit.take().or(whole.unit) };
                break;
            }
        }
    }
    found
}

/// All ways to read a name, the fullest first: a nested name can be one (`power.draw`), can
/// go by its owner (`ttft.p95_ms`) or stand alone (`timing.p95_ms`); and what looks like a
/// statistic or a unit can belong to the name. The first that the dictionary knows is right.
pub(crate) fn readings(name: &str) -> Vec<Name> {
    let text = clean(name);
    let parts = parts(&text);
    let first = parts.len().saturating_sub(MAX_PARTS);
    let mut found = Vec::with_capacity(3 * (parts.len() - first));
    for start in first..parts.len() {
        let all = prepare(&words(&parts[start..].join(" ")));
        found.push(Name { base: all.join(" "), statistic: None, unit: None });
        let mut without_unit = all.clone();
        if let Some(unit) = unit::take_unit(&mut without_unit) {
            found.push(Name { base: without_unit.join(" "), statistic: None, unit: Some(unit) });
        }
        found.push(reduce(all));
    }
    found
}

/// May a column or key of this name be measured, by the dictionary? `has_unit`: a unit stands
/// beside it.
pub(crate) fn may_measure(name: &str, has_unit: bool) -> bool {
    let dictionary = dictionary();
    let is_never = |reading: &Name| {
        dictionary.never_fields.contains(&reading.base)
            || reading.base.split(' ').any(|word| dictionary.never_words.contains(word))
    };
    let readings = readings(name);
    if readings.iter().any(is_never) {
        return false;
    }
    let is_known = |reading: &Name| {
        let has_unit = has_unit || reading.unit.is_some();
        dictionary.rules.get(&reading.base).is_some_and(|rules| {
            rules.iter().any(|rule| has_unit || !matches!(rule.needs, super::dictionary::Needs::Unit))
        })
    };
    let named = analyse(name);
    let is_by_unit = (has_unit || named.unit.is_some()) && named.base.contains(char::is_alphabetic);
    is_by_unit || readings.iter().any(is_known)
}

/// Words of all parts of a nested name.
pub(crate) fn owner_words(name: &str) -> Vec<String> {
    words(&clean(name).replace('.', " ")).split(' ').map(str::to_owned).collect()
}

/// The name without what tells columns of one file apart: `#2` of a second one, `../`,
/// a filter behind a comma (`acc,none`), a run in front (`run-7 - loss`), and with `.` for
/// the `/` of a path (`train/loss`).
fn clean(name: &str) -> String {
    let name = name.trim_start_matches("../");
    let name = name.split('#').next().unwrap_or(name);
    let name = match name.split_once(',') {
        Some((before, after)) if !before.trim().is_empty() && !after.starts_with(' ') => before,
        _ => name,
    };
    let name = name.rsplit_once(" - ").map_or(name, |(_, last)| last);
    match name.rsplit_once('/') {
        Some((_, per)) if !is_per(per) => name.replace('/', "."),
        _ => name.to_owned(),
    }
}

/// Does a name end in `/sec`, `/token`, `/op`?
fn is_per(text: &str) -> bool {
    let text = words(text);
    let dictionary = dictionary();
    !text.contains(' ')
        && (dictionary.suffix(&text).is_some()
            || dictionary.unit(&text).is_some()
            || dictionary.counted.contains_key(&text)
            || matches!(text.as_str(), "user" | "gpu" | "device"))
}

/// Parts of a nested name; a dot between digits does not part (`percentile.99.9`).
fn parts(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in name.match_indices('.') {
        if !(at > 0 && is_digit(at - 1) && is_digit(at + 1)) {
            parts.push(&name[start..at]);
            start = at + 1;
        }
    }
    parts.push(&name[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn take_apart(text: &str) -> Name {
    reduce(prepare(text))
}

/// The words with phrases read as what they mean, percentiles as `p95`, and without fillers.
fn prepare(text: &str) -> Vec<String> {
    let dictionary = dictionary();
    let mut padded = format!(" {text} ");
    for (phrase, meant) in &dictionary.phrases {
        let phrase = format!(" {phrase} ");
        if padded.contains(&phrase) {
            padded = padded.replace(&phrase, &format!(" {meant} "));
        }
    }
    let mut words: Vec<String> =
        padded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    // `50%` is a percentile; `score error (99.9%)` says how sure it is.
    if let [.., number, pct] = words.as_slice()
        && pct == "pct"
        && let Some(percent) = percent(number, 1.0)
    {
        words.truncate(words.len() - 2);
        let says_how_sure = words.last().is_some_and(|word| {
            dictionary.alone.contains_key(word) || matches!(word.as_str(), "ci" | "confidence" | "interval")
        });
        if !says_how_sure {
            words.push(percent);
        }
    }
    for at in 1..words.len() {
        if dictionary.percentile_parents.contains(&words[at - 1]) {
            let scale = if words[at - 1].starts_with('q') { 100.0 } else { 1.0 };
            if let Some(percent) = percent(&words[at], scale) {
                words[at] = percent;
            }
        }
    }
    if let [only] = words.as_mut_slice()
        && let Some(meant) = dictionary.alone.get(only)
    {
        meant.clone_into(only);
    }
    // `samples_ns` are the single runs behind `avg_ns`.
    // `samples_per_second` counts them.
    if words.len() > 1 && words[1] != "per" && dictionary.sample_words.contains(&words[0]) {
        words.remove(0);
    }
    if words.iter().any(|word| !dictionary.fillers.contains(word)) {
        words.retain(|word| !dictionary.fillers.contains(word));
    }
    words
}

/// `99.000000` → `p99`; `0.99` of 1 too.
fn percent(word: &str, scale: f64) -> Option<String> {
    let number: f64 = word.parse().ok()?;
    let percent = if scale > 1.0 && number > 1.0 { number } else { number * scale };
    (word.starts_with(|c: char| c.is_ascii_digit()) && (0.0..=100.0).contains(&percent)).then(|| {
        // No more digits than were meant: 0.999 × 100 is 99.9.
        format!("p{}", (percent * 1e6).round() / 1e6)
    })
}

fn reduce(mut words: Vec<String>) -> Name {
    let mut statistic = take_statistic(&mut words);
    let unit = unit::take_unit(&mut words);
    if let Some(inner) = take_statistic(&mut words) {
        statistic.get_or_insert(inner);
    }
    Name { base: words.join(" "), statistic, unit }
}

/// Takes a statistic off either end.
fn take_statistic(words: &mut Vec<String>) -> Option<String> {
    if let Some(found) = words.first().and_then(|word| is_statistic(word)) {
        words.remove(0);
        // `overall mean ms` has two: the inner one says more, but for how far it is off.
        return Some(words.first().and_then(|word| is_statistic(word)).map_or(found.clone(), |inner| {
            words.remove(0);
            if is_spread(&found) { found } else { inner }
        }));
    }
    let found = words.last().and_then(|word| is_statistic(word))?;
    words.pop();
    Some(found)
}

/// Says a statistic how far values lie apart?
pub fn is_spread(statistic: &str) -> bool {
    matches!(statistic, "stddev" | "stderr" | "cv" | "variance" | "mad" | "iqr")
}

/// The canonical name of a statistic's word.
pub fn is_statistic(word: &str) -> Option<String> {
    let word = word.trim();
    if let Some(name) = dictionary().statistics.get(word) {
        return Some(name.clone());
    }
    let digits = word.strip_prefix('p').or_else(|| word.strip_suffix("th"))?;
    let digits = digits.trim_start_matches('(').trim_end_matches(')');
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_number.then(|| format!("p{}", permille(digits)))
}

/// `p999` is the 99.9th percentile and `p001` the 0.1th: no percentile lies above 100.
fn permille(digits: &str) -> Cow<'_, str> {
    let is_plain = digits.len() > 2 && digits != "100" && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain {
        return digits.into();
    }
    let (whole, fraction) = digits.split_at(2);
    let whole = whole.trim_start_matches('0');
    format!("{}.{fraction}", if whole.is_empty() { "0" } else { whole }).into()
}

/// Is the column's last word all that its name says: a statistic of whatever its row names?
pub(crate) fn is_statistic_alone(name: &str) -> Option<String> {
    let found = take_apart(&words(leaf(name)));
    found.statistic.filter(|_| found.base.is_empty() && found.unit.is_none())
}
