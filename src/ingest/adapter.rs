//! Formats that need more knowledge than a dictionary of names can give: texts of tools,
//! and tables whose units, kinds of records or statistics only their tool knows. The
//! knowledge is data (`assets/adapters.toml`, the user's own over it); this is what reads it.
//!
//! Of single values and their own summaries both are kept and never mixed: a hint says whose
//! statistic a column is, and statistics are summaries wherever they are counted.

mod embedded;
mod loose;
mod nested;
mod plain;
mod record;
mod rows;
mod spec;
mod structured;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::borrow::Cow;

pub use spec::{ADAPTERS_FILE, install};

use super::{
    file::{Document, Status},
    log::Log,
};
use text::Numbered;

/// Known content shows within so many bytes; more of an unknown file is not looked at.
pub const PROBE_BYTES: usize = 1024 * 1024;
/// Longer lines are not looked at to know a content.
const MAX_PROBED_LINE: usize = 1024;

/// May this be the start of a text that [`read_text`] knows? `false` is certain, however the
/// text goes on.
pub fn may_be_known(start: &str) -> bool {
    let clean = clean(start);
    let lines = numbered(&clean);
    !recognised(&lines).is_empty() || embedded::is_likely(&clean) || loose::is_likely(&lines)
}

/// Adds to a document's tables what their tool is known for, and what their places say.
pub fn apply(path: &str, document: &mut Document, log: &mut Log<'_>) {
    if !document.generated && !document.tables.iter().all(plain::is_plain) {
        adapt(path, document, log);
    }
}

fn adapt(path: &str, document: &mut Document, log: &mut Log<'_>) {
    nested::numbers(document, log);
    structured::apply(path, document, log);
    nested::names(document);
    nested::statistics(document);
}

/// Reads a text whose content an adapter knows; any other is skipped without a word.
/// Gives 0: a text is read whole again when it has grown, for its blocks span lines.
pub(super) fn read_text(path: &str, text: &str, document: &mut Document, log: &mut Log<'_>) -> usize {
    document.status = Some(Status::Skipped);
    // A large log that starts like nothing known costs its start alone.
    if text.len() > PROBE_BYTES && !may_be_known(&text[..text.floor_char_boundary(PROBE_BYTES)]) {
        return 0;
    }
    let clean = clean(text);
    let (whole, cut) = whole_lines(&clean);
    let lines = numbered(whole);
    let known = recognised(&lines);
    if known.is_empty() {
        let is_read = embedded::read(path, text, document, log) || loose::read(&lines, document);
        if is_read {
            document.status = None;
        }
        return 0;
    }
    document.status = None;
    take(&known, &lines, document, log);
    if cut > 0 {
        let message = "the last line has no line end and may be cut: it is left for the next read";
        log.note(text.len() - cut, message);
    }
    0
}

/// Reads a `.csv` file that is a tool's text and no table; `false`, and nothing done, where it
/// is none.
pub(super) fn read_csv(path: &str, text: &str, document: &mut Document, log: &mut Log<'_>) -> bool {
    if !spec::adapters().is_text_in_csv(text) || !may_be_known(text) {
        return false;
    }
    read_text(path, text, document, log);
    document.status != Some(Status::Skipped)
}

/// Reads lines by the adapters that know them.
fn take(known: &[usize], lines: &[Numbered<'_>], document: &mut Document, log: &mut Log<'_>) {
    let adapters = spec::adapters();
    let mut is_known = vec![false; lines.len()];
    let mut names = Vec::new();
    for &index in known {
        let adapter = &adapters.texts[index];
        let found = text::read(adapter, lines);
        for (is_known, known) in is_known.iter_mut().zip(&found.known) {
            *is_known |= known;
        }
        if found.lost > 0 {
            log.loss(0, format!("{} records are too many and are not read", found.lost));
        }
        names.push(adapter.spec.name.as_str());
        document.tables.extend(record::tables(found.records));
    }
    document.adapter = Some(names.join(", ").into());
    let has_figure = |line: &str| line.bytes().any(|byte| byte.is_ascii_digit());
    let mut other = lines
        .iter()
        .zip(&is_known)
        .filter(|((_, line), is_known)| !**is_known && has_figure(line))
        .peekable();
    if let Some(&((first, _), _)) = other.peek() {
        let count = other.count();
        let lines = if count == 1 {
            "line with a figure is".into()
        } else {
            format!("{count} lines with figures are")
        };
        log.note_line(
            u64::from(*first),
            format!("{lines} not known to the adapter and not read, from here on"),
        );
    }
}

/// The text adapters that know a content, by their telling lines.
fn recognised(lines: &[Numbered<'_>]) -> Vec<usize> {
    let adapters = spec::adapters();
    let (telling, told) = adapters.telling();
    let mut count_of = vec![0_usize; adapters.texts.len()];
    let mut seen = 0;
    for (_, line) in lines {
        seen += line.len();
        if seen > PROBE_BYTES {
            break;
        }
        if line.len() > MAX_PROBED_LINE || line.len() < 4 {
            continue;
        }
        for pattern in &telling.matches(line) {
            count_of[told[pattern]] += 1;
        }
    }
    let is_known = |index: usize| count_of[index] >= adapters.texts[index].spec.least.max(1);
    let yields = |index: usize| {
        let better = &adapters.texts[index].spec.yields_to;
        let other = |name: &String| adapters.texts.iter().position(|text| text.spec.name == *name);
        better.iter().filter_map(other).any(is_known)
    };
    (0..adapters.texts.len()).filter(|&index| is_known(index) && !yields(index)).collect()
}

/// Without the colours of a terminal, and of a line that was written over and over what
/// stood there last. Lines stay where they are.
fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(['\x1b', '\r']) {
        return text.into();
    }
    let mut clean = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let end = if line.ends_with('\n') { "\n" } else { "" };
        let line = line.trim_end_matches(['\n', '\r']);
        let line = line.rsplit('\r').next().unwrap_or(line);
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('\x1b') {
            clean.push_str(before);
            rest = match after.strip_prefix('[') {
                Some(codes) => {
                    let end = codes.find(|c: char| ('@'..='~').contains(&c)).map_or(codes.len(), |at| at + 1);
                    &codes[end..]
                }
                None => after,
            };
        }
        clean.push_str(rest);
        clean.push_str(end);
    }
    clean.into()
}

/// The text up to its last line end, or all of it where its last line is no longer being
/// written: a line that ends within a number may go on. Gives the bytes left out too.
fn whole_lines(text: &str) -> (&str, usize) {
    if !text.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return (text, 0);
    }
    let end = memchr::memrchr(b'\n', text.as_bytes()).map_or(0, |feed| feed + 1);
    (&text[..end], text.len() - end)
}

fn numbered(text: &str) -> Vec<Numbered<'_>> {
    text.lines().zip(1..).map(|(line, number)| (number, line.trim_end())).collect()
}
