//! Units: their spellings, and where they stand in a name.

use std::borrow::Cow;

use super::dictionary::{Dictionary, UnitWords, dictionary};

/// The symbol of a unit's spelling; `None` when it is none we know.
pub fn unit_symbol(text: &str) -> Option<&'static str> {
    dictionary().unit(text).map(|unit| unit.symbol.as_str())
}

/// What the dictionary says of a unit as written; a rate of anything (`widgets/sec`) is one.
pub(crate) fn unit_words(written: &str) -> Option<Cow<'static, UnitWords>> {
    if let Some(known) = dictionary().unit(written) {
        return Some(Cow::Borrowed(known));
    }
    let (what, per) = written.trim().split_once('/').or_else(|| written.trim().split_once(" per "))?;
    let what = what.trim().to_lowercase();
    if !is_second(dictionary(), &per.trim().to_lowercase()) || what.is_empty() {
        return None;
    }
    let symbol = match dictionary().counted.get(&what) {
        Some((unit, _)) => unit.clone(),
        None => format!("{what}/s"),
    };
    Some(Cow::Owned(UnitWords { canonical: symbol.clone(), symbol, factor: 1.0, is_guess: false }))
}

/// Does text in brackets or under a header look like a unit?
pub fn is_unit(text: &str) -> bool {
    let text = text.trim();
    if unit_symbol(text).is_some() {
        return true;
    }
    if is_per_second(text) {
        return true;
    }
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '%' || c == '°');
    text.split_once('/').is_some_and(|(what, per)| is_word(what) && is_word(per) && text.len() <= 24)
}

/// `per sec`, `1/s`: of what, the name says.
pub(crate) fn is_per_second(text: &str) -> bool {
    let text = text.trim();
    let per =
        text.strip_prefix("per ").or_else(|| text.strip_prefix("1/")).or_else(|| text.strip_prefix('/'));
    per.is_some_and(|per| is_second(dictionary(), per))
}

/// Splits `power.draw [W]` or `Latency, ms` into name and unit; the unit only where it is one.
pub fn split_unit(header: &str) -> (&str, Option<&str>) {
    let header = header.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(body) = header.strip_suffix(close)
            && let Some(at) = body.rfind(open)
            && at > 0
            && is_unit(&body[at + 1..])
        {
            return (body[..at].trim_end(), Some(body[at + 1..].trim()));
        }
    }
    if let Some((name, unit)) = header.rsplit_once(", ")
        && !name.trim().is_empty()
        && unit_symbol(unit).is_some()
    {
        return (name.trim_end(), Some(unit.trim()));
    }
    (header, None)
}

fn is_second(dictionary: &Dictionary, word: &str) -> bool {
    dictionary.suffix(word).is_some_and(|unit| unit.symbol == "s")
}

/// Takes a unit off the end of a name's words.
pub(super) fn take_unit(words: &mut Vec<String>) -> Option<String> {
    let dictionary = dictionary();
    let found = take_rate(dictionary, words).or_else(|| take_suffix(dictionary, words));
    // `time in ms`
    if found.is_some() && words.len() > 1 && words.last().is_some_and(|word| word == "in") {
        words.pop();
    }
    found
}

/// A rate is no time: `tokens_s` is tokens per second, `requests_per_second` has no seconds.
fn take_rate(dictionary: &Dictionary, words: &mut Vec<String>) -> Option<String> {
    let count = words.len();
    if count >= 5 && words[count - 2] == "per" && words[count - 4] == "per" {
        // `tokens per s per user`
        let user = words.split_off(count - 2);
        let found = take_rate(dictionary, words);
        words.extend(user);
        return found;
    }
    if count >= 3 && words[count - 2] == "per" {
        let (what, per) = (&words[count - 3], &words[count - 1]);
        let counted = dictionary.counted.get(what).map(|(unit, _)| unit.clone());
        let unit = dictionary.suffix(what).map(|unit| unit.symbol.clone());
        let symbol = if is_second(dictionary, per) {
            counted
                .or_else(|| dictionary.unit(&format!("{what}/s")).map(|unit| unit.symbol.clone()))
                .unwrap_or_else(|| format!("{}/s", unit.as_deref().unwrap_or(what)))
        } else if dictionary.unit(per).is_some_and(|per| per.symbol == "min") {
            let rate = counted?;
            dictionary.unit(&rate.replace("/s", "/min"))?.symbol.clone()
        } else if let Some(known) =
            dictionary.unit(&format!("{what}/{per}")).filter(|known| known.canonical != "ms")
        {
            known.symbol.clone()
        } else {
            let unit = unit?;
            let is_token = dictionary.counted.get(per).is_some_and(|(unit, _)| unit == "tok/s");
            if is_token {
                format!("{unit}/token")
            } else if dictionary.unit(&unit).is_some_and(|unit| unit.canonical == "ms") {
                // Time for one of something is a time, of another thing.
                let per = per.clone();
                words.truncate(count - 3);
                words.extend(["time".to_owned(), "per".to_owned(), per]);
                return Some(unit);
            } else {
                format!("{unit}/{per}")
            }
        };
        words.truncate(count - 3);
        return Some(symbol);
    }
    // `time_to_first_token_seconds` is a time.
    let is_known_time = || {
        let rules = dictionary.rules.get(&words[..count - 1].join(" "));
        rules.into_iter().flatten().any(|rule| dictionary.metrics[rule.metric].unit == "ms")
    };
    if count >= 2 && is_second(dictionary, &words[count - 1]) && !is_known_time() {
        let what = &words[count - 2];
        let counted =
            dictionary.counted.get(what).filter(|(_, is_bare)| *is_bare).map(|(unit, _)| unit.clone());
        let moved = || {
            let size = dictionary.suffix(what).filter(|unit| unit.canonical == "MiB")?;
            dictionary.unit(&format!("{}/s", size.symbol)).map(|unit| unit.symbol.clone())
        };
        let found = counted.or_else(moved)?;
        words.truncate(count - 2);
        return Some(found);
    }
    None
}

fn take_suffix(dictionary: &Dictionary, words: &mut Vec<String>) -> Option<String> {
    let unit = dictionary.suffix(words.last()?)?;
    words.pop();
    Some(unit.symbol.clone())
}
