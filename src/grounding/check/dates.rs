//! Dates and times of a text: is it the time of a file, or one that the data tell?

use super::{
    Folder,
    verdict::{Backing, Verdict},
};
use crate::{
    grounding::{fact::Source, figure::DateText},
    ingest::{file::Kind, inventory::ReportFile},
    metrics::{format, unit::Unit},
};

const NS: i128 = 1_000_000_000;
/// Offsets of time zones are whole quarters of an hour, up to 14 hours.
const QUARTER: i64 = 15 * 60;
const FURTHEST: i64 = 14 * 3600;
/// The kinds with their names in notes.
const KINDS: [(Kind, &str); 4] =
    [(Kind::Csv, "csv"), (Kind::Json, "json"), (Kind::Markdown, "markdown"), (Kind::Text, "text")];

/// A time of day behind a date, and its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since midnight, as far as printed.
    pub seconds: i64,
    /// Printed to the minute alone.
    pub is_minute: bool,
    /// Offset of its zone in seconds; `None`: not said.
    pub offset: Option<i64>,
    /// Bytes of it behind the date.
    pub length: usize,
}

/// A time of day at the start of what stands behind a date: ` 18:53:30 UTC`, `T18:53:30.5Z`.
pub fn clock(behind: &str) -> Option<Clock> {
    let body = behind.strip_prefix('T').unwrap_or_else(|| behind.trim_start_matches([' ', ',', '*', '`']));
    let body = body.strip_prefix("at ").unwrap_or(body);
    let skipped = behind.len() - body.len();
    if skipped > 8 {
        return None;
    }
    let two = |at: usize| {
        body.get(at..at + 2)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
            .parse::<i64>()
            .ok()
    };
    let colon = |at: usize| body.as_bytes().get(at) == Some(&b':');
    let (hour, minute) = (two(0)?, colon(2).then(|| two(3)).flatten()?);
    let second = if colon(5) { two(6) } else { None };
    let mut length = if second.is_some() { 8 } else { 5 };
    if second.is_some() && body.as_bytes().get(length) == Some(&b'.') {
        length += 1;
        length += body.get(length..).unwrap_or_default().bytes().take_while(u8::is_ascii_digit).count();
    }
    let mut hour = hour;
    let rest = body.get(length..).unwrap_or_default();
    let lower = rest.trim_start().to_lowercase();
    if lower.starts_with("pm") && hour < 12 {
        hour += 12;
    } else if lower.starts_with("am") && hour == 12 {
        hour = 0;
    }
    let (offset, zone) = zone(rest);
    Some(Clock {
        seconds: hour * 3600 + minute * 60 + second.unwrap_or(0),
        is_minute: second.is_none(),
        offset,
        length: skipped + length + zone,
    })
}

fn zone(rest: &str) -> (Option<i64>, usize) {
    let body = rest.trim_start_matches(' ');
    let skipped = rest.len() - body.len();
    for word in ["UTC", "GMT", "Z"] {
        if body.starts_with(word) {
            return (Some(0), skipped + word.len());
        }
    }
    let sign = match body.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (None, 0),
    };
    let digits: String =
        body.chars().skip(1).filter(|c| *c != ':').take_while(char::is_ascii_digit).take(4).collect();
    match (digits.len(), digits.parse::<i64>()) {
        (4, Ok(number)) => {
            let colon = usize::from(body.as_bytes().get(3) == Some(&b':'));
            (Some(sign * (number / 100 * 3600 + number % 100 * 60)), skipped + 5 + colon)
        }
        (2, Ok(number)) => (Some(sign * number * 3600), skipped + 3),
        _ => (None, 0),
    }
}

/// Days since 1970 of a date.
fn days(year: i32, month: u32, day: u32) -> Option<i64> {
    let date =
        jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    Some(i64::from((date.ok()? - epoch).get_days()))
}

fn civil(seconds: i64) -> Option<(i32, u32, u32)> {
    let time = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    Some((time.year().into(), u32::try_from(time.month()).ok()?, u32::try_from(time.day()).ok()?))
}

fn seconds(file: &ReportFile) -> i64 {
    i64::try_from(file.stamp.modified_ns.div_euclid(NS)).unwrap_or(i64::MAX)
}

impl Folder<'_> {
    /// Judges a date, with the clock behind it. `kind`: whose latest time it is said to be.
    pub fn date(
        &self,
        date: &DateText,
        clock: Option<Clock>,
        kind: Option<Kind>,
        is_latest: bool,
    ) -> Verdict {
        let Some(day) = date.day else {
            return Verdict::Ungrounded(self.latest_note());
        };
        let files = || self.evidence.library.inventory.files().filter(|file| !file.generated);
        let is_it = |file: &ReportFile| is_time(seconds(file), day, clock);
        if is_latest && let Some(kind) = kind {
            let totals = self.evidence.library.inventory.totals(kind);
            let latest = totals.latest_modified_ns.unwrap_or_default();
            let newest = files().find(|file| file.kind == kind && file.stamp.modified_ns == latest);
            let Some(newest) = newest else {
                return Verdict::Ungrounded(self.latest_note());
            };
            let backing = of_file(newest);
            if is_it(newest) {
                return Verdict::Grounded(backing);
            }
            let name = name(kind);
            let note = format!("the latest modified {name} file is of {}", format::utc(latest));
            return Verdict::Mismatched(Some(backing), note);
        }
        // The newest file first: that is what a text means most often.
        let newest = files().filter(|file| is_it(file)).max_by_key(|file| file.stamp.modified_ns);
        if let Some(file) = newest {
            return Verdict::Grounded(of_file(file));
        }
        if clock.is_none() && self.is_told(day) {
            return Verdict::Grounded(Backing::new("date", "date", String::new(), 0.0, &Unit::None));
        }
        Verdict::Ungrounded(self.latest_note())
    }

    /// Do cells or names of files tell this day?
    fn is_told(&self, day: (i32, Option<u32>, Option<u32>)) -> bool {
        self.days.iter().any(|known| {
            known.0 == day.0
                && day.1.is_none_or(|month| month == known.1)
                && day.2.is_none_or(|day| day == known.2)
        })
    }

    /// What the latest times are.
    fn latest_note(&self) -> String {
        let inventory = &self.evidence.library.inventory;
        let latest = KINDS.iter().filter_map(|(kind, name)| {
            let latest = inventory.totals(*kind).latest_modified_ns?;
            Some(format!("{name} {}", format::utc(latest)))
        });
        let latest: Vec<String> = latest.collect();
        if latest.is_empty() {
            "no file has it".to_owned()
        } else {
            format!("no file has it; latest modified: {}", latest.join(", "))
        }
    }
}

fn name(kind: Kind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
}

fn of_file(file: &ReportFile) -> Backing {
    let at = file.stamp.modified_ns;
    let mut backing = Backing::new(
        &format!("{} files", name(file.kind)),
        "date",
        String::new(),
        at.div_euclid(NS) as f64,
        &Unit::None,
    );
    backing.text = format::utc(at);
    backing.from(vec![Source {
        path: std::sync::Arc::clone(&file.path),
        line: None,
        field: "modified".into(),
        rows: 1,
        digest: std::sync::Arc::clone(&file.digest),
    }])
}

/// Is this the time that a text tells? Without a zone every zone is admitted.
fn is_time(seconds: i64, day: (i32, Option<u32>, Option<u32>), clock: Option<Clock>) -> bool {
    let is_day = |seconds: i64| {
        civil(seconds).is_some_and(|(year, month, number)| {
            day.0 == year && day.1.is_none_or(|told| told == month) && day.2.is_none_or(|told| told == number)
        })
    };
    let (Some(clock), (year, Some(month), Some(number))) = (clock, day) else {
        return is_day(seconds);
    };
    let Some(told) = days(year, month, number).map(|days| days * 86_400 + clock.seconds) else {
        return false;
    };
    let step = if clock.is_minute { 60 } else { 1 };
    let round = |seconds: i64| seconds.div_euclid(step);
    if let Some(offset) = clock.offset {
        return round(told - offset) == round(seconds);
    }
    let difference = round(told) * step - round(seconds) * step;
    difference.abs() <= FURTHEST && difference % QUARTER == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_with_their_zone() {
        let read = |text: &str| clock(text).map(|clock| (clock.seconds, clock.is_minute, clock.offset));
        assert_eq!(read(" 18:53:30 UTC"), Some((68_010, false, Some(0))));
        assert_eq!(read("T18:53:30.123Z"), Some((68_010, false, Some(0))));
        assert_eq!(read(" 18:53"), Some((67_980, true, None)));
        assert_eq!(read(" at 6:53"), None);
        assert_eq!(read("T18:53:30+01:00"), Some((68_010, false, Some(3600))));
        assert_eq!(read(" and then"), None);
    }

    #[test]
    fn a_time_holds_in_any_zone_that_is_not_said() {
        let day = (2025, Some(11), Some(14));
        let at = 1_763_146_410;
        let holds = |text: &str| is_time(at, day, clock(text));
        assert!(holds(" 18:53:30 UTC") && holds(" 18:53:30") && holds(" 19:53:30") && holds(" 18:53"));
        assert!(holds("T19:53:30+01:00") && is_time(at, (2025, Some(11), None), None));
        assert!(!holds(" 18:53:31") && !holds(" 19:53:30 UTC") && !is_time(at, (2023, None, None), None));
    }
}
