//! Statistic and unit in a name: `mean_ttft_s` is the mean of `ttft` in seconds.

use super::words;

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
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or(name);
    let mut found = analyse_words(&words(last));
    if found.base.is_empty() || is_statistic(last).is_some() {
        for owner in parts {
            let owner = analyse_words(&words(owner));
            found.unit = found.unit.take().or(owner.unit);
            let base = owner.base.trim_end_matches("percentiles").trim_end_matches("stats").trim();
            if !base.is_empty() {
                base.clone_into(&mut found.base);
                break;
            }
        }
    }
    found
}

/// Takes a name apart whose dots part words, not owners: `power.draw`, `utilization.gpu`.
pub fn analyse_whole(name: &str) -> Name {
    analyse_words(&words(&name.replace('.', " ")))
}

fn analyse_words(text: &str) -> Name {
    let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    // `samples_ns` are the single runs behind `avg_ns`.
    if words.len() > 1 && matches!(words[0], "sample" | "samples") {
        words.remove(0);
    }
    let mut statistic = take_statistic(&mut words);
    let unit = take_unit(&mut words);
    if let Some(inner) = take_statistic(&mut words) {
        statistic.get_or_insert(inner);
    }
    Name { base: words.join(" "), statistic, unit }
}

/// Takes a statistic off either end.
fn take_statistic(words: &mut Vec<&str>) -> Option<String> {
    if let Some(found) = words.first().and_then(|word| is_statistic(word)) {
        words.remove(0);
        // `overall mean ms` has two: the inner one says more.
        return Some(words.first().and_then(|word| is_statistic(word)).map_or(found, |inner| {
            words.remove(0);
            inner
        }));
    }
    let found = words.last().and_then(|word| is_statistic(word))?;
    words.pop();
    Some(found)
}

/// The canonical name of a statistic's word.
pub fn is_statistic(word: &str) -> Option<String> {
    let word = word.trim();
    let name = match word {
        "mean" | "avg" | "average" | "overall" => "mean",
        "median" | "med" => "median",
        "std" | "stdev" | "stddev" | "sd" | "deviation" => "stddev",
        "min" | "minimum" => "min",
        "max" | "maximum" => "max",
        "cv" => "cv",
        "variance" | "var" => "variance",
        "sum" | "iqr" | "q1" | "q3" => word,
        _ => {
            let digits = word.strip_prefix('p').or_else(|| word.strip_suffix("th"))?;
            let digits = digits.trim_start_matches('(').trim_end_matches(')');
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            return is_number.then(|| format!("p{digits}"));
        }
    };
    Some(name.to_owned())
}

/// Takes a unit off the end.
fn take_unit(words: &mut Vec<&str>) -> Option<String> {
    let count = words.len();
    let is_token = |word: &str| matches!(word, "token" | "tokens" | "tok" | "toks" | "t");
    let is_second = |word: &str| matches!(word, "s" | "sec" | "secs" | "second" | "seconds");
    let last = *words.last()?;
    // A rate is no time: `tokens_s` is tokens per second, `requests_per_second` has no seconds.
    if let [.., what, "per", per] = words.as_slice() {
        let (what, per) = (*what, *per);
        let symbol = match (is_token(what), is_second(per), is_token(per)) {
            (true, true, _) => "tok/s".to_owned(),
            (_, true, _) if matches!(what, "request" | "requests" | "req") => "req/s".to_owned(),
            (_, _, true) => format!("{}/token", unit_symbol(what)?),
            (_, true, _) => format!("{}/s", unit_symbol(what).unwrap_or(what)),
            _ => return None,
        };
        words.truncate(count - 3);
        return Some(symbol);
    }
    if matches!(last, "tps" | "toks") {
        words.pop();
        return Some("tok/s".to_owned());
    }
    if matches!(last, "rps" | "qps") {
        words.pop();
        return Some("req/s".to_owned());
    }
    if count >= 2 && is_second(last) && is_token(words[count - 2]) {
        words.truncate(count - 2);
        return Some("tok/s".to_owned());
    }
    if is_suffix(last)
        && let Some(symbol) = unit_symbol(last)
    {
        words.pop();
        return Some(symbol.to_owned());
    }
    None
}

/// Units that are also letters of names stand in brackets only (`C`, `A`, `h`).
fn is_suffix(word: &str) -> bool {
    !matches!(
        word,
        "c" | "a" | "h" | "m" | "b" | "j" | "f" | "v" | "min" | "hour" | "hours" | "mins" | "minutes"
    )
}

/// The symbol of a unit's spelling; `None` when it is none we know.
pub fn unit_symbol(text: &str) -> Option<&'static str> {
    let lower = text.trim().to_lowercase();
    Some(match lower.as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => "ms",
        "us" | "µs" | "μs" | "usec" | "usecond" | "useconds" | "micros" | "microsecond" | "microseconds" => {
            "us"
        }
        "ns" | "nsec" | "nsecs" | "nanos" | "nsecond" | "nseconds" | "nanosecond" | "nanoseconds" => "ns",
        "min" | "mins" | "minutes" => "min",
        "h" | "hour" | "hours" => "h",
        "tok/s" | "tokens/s" | "token/s" | "t/s" | "tps" | "tokens/sec" | "tok/sec" | "tokens/second"
        | "tokens per second" | "tok per s" | "tok/second" => "tok/s",
        "req/s" | "requests/s" | "requests/sec" | "rps" | "qps" => "req/s",
        "ms/token" | "ms/tok" | "ms per token" => "ms/token",
        "s/token" | "s/tok" => "s/token",
        "byte" | "bytes" | "b" => "B",
        "kb" | "kbyte" | "kbytes" => "KB",
        "mb" | "mbyte" | "mbytes" => "MB",
        "gb" | "gbyte" | "gbytes" => "GB",
        "kib" => "KiB",
        "mib" => "MiB",
        "gib" => "GiB",
        "w" | "watt" | "watts" => "W",
        "mw" | "milliwatts" => "mW",
        "kw" => "kW",
        "j" | "joule" | "joules" => "J",
        "j/token" | "j/tok" => "J/token",
        "pct" | "percent" | "%" | "percentage" => "%",
        "°c" | "c" | "celsius" | "degc" => "°C",
        "hz" => "Hz",
        "khz" => "kHz",
        "mhz" => "MHz",
        "ghz" => "GHz",
        _ => return None,
    })
}

/// Does text in brackets or under a header look like a unit?
pub fn is_unit(text: &str) -> bool {
    let text = text.trim();
    if unit_symbol(text).is_some() {
        return true;
    }
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '%' || c == '°');
    text.split_once('/').is_some_and(|(what, per)| is_word(what) && is_word(per) && text.len() <= 24)
}

/// Splits `power.draw [W]` into name and unit; the unit only where it is one.
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
    (header, None)
}
