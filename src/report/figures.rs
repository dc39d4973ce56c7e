//! Which figure of a finished report states which fact. Found in the text itself, so that
//! whoever writes a section need not keep count. Pure.

use std::{collections::HashMap, ops::Range};

use super::{
    escape::inline,
    record::{FactRecord, WrittenRecord, text::FigureRecord},
};

/// Its text is the user's own: no figure of ours.
const PERSONA: &str = "## Persona Prompt";
/// Its rows name the fact themselves.
pub const EVIDENCE: &str = "## Evidence";
/// Column heads that stand for a statistic.
const HEADS: [(&str, &str); 10] = [
    ("runs", "n"),
    ("files", "count"),
    ("median", "median"),
    ("mean", "mean"),
    ("std dev", "sd"),
    ("min", "min"),
    ("max", "max"),
    ("p95", "p95"),
    ("best", "best"),
    ("latest modified", "date"),
];
/// What stands for a count without its unit must name what is counted.
const COUNTED: [&str; 3] = ["run", "value", "sample"];

/// The figures that state a fact, in order of the text.
pub fn stated(lines: &[String], facts: &[FactRecord], written: &[WrittenRecord]) -> Vec<FigureRecord> {
    let finder = Finder::of(facts, written);
    let mut figures = Vec::new();
    let mut place = Place::default();
    for (line, number) in lines.iter().zip(1_u32..) {
        place.enter(line);
        if place.is_persona {
            continue;
        }
        let found = if place.is_evidence { finder.evidence(line) } else { finder.line(line, &place) };
        figures.extend(found.into_iter().map(|(range, fact)| FigureRecord {
            line: number,
            column: column(line, range.start),
            text: line.get(range).unwrap_or_default().to_owned(),
            fact,
        }));
    }
    figures
}

/// Does a figure say what the fact's text says: all of it, or the number of a count?
pub fn agree(figure: &str, fact_text: &str) -> bool {
    fact_text.strip_prefix(figure).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Column in characters, counted from 1.
pub fn column(line: &str, at: usize) -> u32 {
    let before = line.get(..at).unwrap_or(line);
    u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX)
}

/// Where in the report a line stands.
#[derive(Debug, Default)]
struct Place {
    is_persona: bool,
    is_evidence: bool,
    /// The last heading, label in bold or first line of a list.
    label: String,
    /// The heads of the table that the line is in.
    heads: Vec<String>,
}

impl Place {
    fn enter(&mut self, line: &str) {
        if line.starts_with("## ") {
            self.is_persona = line == PERSONA;
            self.is_evidence = line == EVIDENCE;
        }
        if !line.starts_with('|') {
            self.heads.clear();
        } else if self.heads.is_empty() {
            self.heads = line.split('|').map(|cell| cell.trim().to_lowercase()).collect();
        }
        if !line.is_empty() && !line.starts_with(['|', ' ']) {
            self.label = line.to_lowercase();
        }
    }
    /// The statistic of the column at a place of the line.
    fn head(&self, line: &str, at: usize) -> &str {
        let column = line.get(..at).unwrap_or_default().replace("\\|", "").matches('|').count();
        self.heads.get(column).map_or("", String::as_str)
    }
}

/// The facts by their texts, and the sentences as they stand in the file.
struct Finder<'a> {
    facts: &'a [FactRecord],
    /// Texts with the facts that have them, the longest first.
    texts: Vec<(&'a str, Vec<usize>)>,
    /// Numbers of counts, without the word behind them.
    counts: Vec<(&'a str, Vec<usize>)>,
    sentences: Vec<(String, &'a WrittenRecord)>,
}

impl<'a> Finder<'a> {
    fn of(facts: &'a [FactRecord], written: &'a [WrittenRecord]) -> Self {
        let texts = facts.iter().enumerate().map(|(index, fact)| (fact.text.as_str(), index));
        let counts = facts.iter().enumerate().filter(|(_, fact)| is_count(fact));
        let counts = counts.filter_map(|(index, fact)| Some((fact.text.split_once(' ')?.0, index)));
        Self {
            facts,
            texts: longest_first(texts),
            counts: longest_first(counts),
            sentences: written.iter().map(|written| (inline(&written.text), written)).collect(),
        }
    }

    /// The value of a row of the evidence, by the id that the row names.
    fn evidence(&self, line: &str) -> Vec<(Range<usize>, String)> {
        let value = line.split(" | ").next().and_then(|cell| cell.strip_prefix("| "));
        let known = fact_id(line).filter(|id| self.facts.iter().any(|fact| fact.id == *id));
        value.zip(known).map(|(value, id)| (2..2 + value.len(), id.to_owned())).into_iter().collect()
    }

    fn line(&self, line: &str, place: &Place) -> Vec<(Range<usize>, String)> {
        let mut found: Vec<(Range<usize>, &[usize], bool)> = Vec::new();
        for (texts, is_bare) in [(&self.texts, false), (&self.counts, true)] {
            for (text, facts) in texts {
                for (at, _) in line.match_indices(text) {
                    let range = at..at + text.len();
                    let is_free = found
                        .iter()
                        .all(|(known, _, _)| range.end <= known.start || known.end <= range.start);
                    if is_free && stands_alone(line, &range) && (!is_bare || is_cell(line, &range)) {
                        found.push((range, facts, is_bare));
                    }
                }
            }
        }
        found.sort_by_key(|(range, _, _)| range.start);
        let mut taken: HashMap<(usize, &str), usize> = HashMap::new();
        let lower = line.to_lowercase();
        let mut figures = Vec::new();
        for (range, facts, is_bare) in found {
            let fact = self.in_sentence(line, &range, facts, &mut taken).or_else(|| {
                let scored = facts.iter().map(|&fact| (self.score(fact, line, &lower, &range, place), fact));
                // The first of equals: facts are in the order of the ledger.
                let best = scored.rev().max_by_key(|(score, _)| *score)?;
                let needed = u32::from(is_bare || self.facts.get(best.1)?.statistic == "date");
                (best.0 >= needed).then_some(best.1)
            });
            if let Some(fact) = fact.and_then(|fact| self.facts.get(fact)) {
                figures.push((range, fact.id.clone()));
            }
        }
        figures
    }

    /// In a sentence whose facts are known, the next one that has this text.
    fn in_sentence(
        &self,
        line: &'a str,
        range: &Range<usize>,
        facts: &[usize],
        taken: &mut HashMap<(usize, &'a str), usize>,
    ) -> Option<usize> {
        let around = self.sentences.iter().enumerate().find_map(|(index, (text, written))| {
            let holds = |(at, _): (usize, &str)| at <= range.start && range.end <= at + text.len();
            (!text.is_empty() && line.match_indices(text.as_str()).any(holds)).then_some((index, *written))
        });
        let (index, written) = around?;
        let own: Vec<usize> = written
            .facts
            .iter()
            .filter_map(|id| {
                facts.iter().copied().find(|&fact| self.facts.get(fact).is_some_and(|fact| fact.id == *id))
            })
            .collect();
        let nth = taken.entry((index, line.get(range.clone())?)).or_default();
        let fact = own.get(*nth).or(own.last()).copied();
        *nth += 1;
        fact
    }

    /// How much of what the fact is stands around the figure.
    fn score(&self, fact: usize, line: &str, lower: &str, range: &Range<usize>, place: &Place) -> u32 {
        let Some(fact) = self.facts.get(fact) else { return 0 };
        let head = place.head(line, range.start);
        let mut score = 0;
        let values: Vec<&str> =
            fact.group.split(", ").filter_map(|pair| Some(pair.split_once('=')?.1)).collect();
        if !values.is_empty() && values.iter().all(|value| line.contains(&inline(value))) {
            score += 4 + values.len() as u32;
        }
        if HEADS.iter().any(|(name, statistic)| *name == head && *statistic == fact.statistic) {
            score += 3;
        }
        let subject = fact.subject.replace('_', " ");
        let first = subject.split(' ').next().unwrap_or(&subject);
        let is_named = |text: &str| text.contains(&subject) || text.contains(first.trim_end_matches('s'));
        if is_named(lower) || is_named(&place.label) {
            score += 2;
        }
        if fact.statistic == "n" && COUNTED.iter().any(|word| lower.contains(word) || head.contains(word)) {
            score += 1;
        }
        if fact.sources.first().is_some_and(|source| line.contains(&inline(&source.field))) {
            score += 1;
        }
        let is_dated = lower.contains("modified") || head.contains("modified");
        if fact.statistic == "date" && !is_dated { 0 } else { score }
    }
}

fn is_count(fact: &FactRecord) -> bool {
    matches!(fact.statistic.as_str(), "n" | "count")
        && fact.text.starts_with(|first: char| first.is_ascii_digit())
}

fn longest_first<'a>(texts: impl Iterator<Item = (&'a str, usize)>) -> Vec<(&'a str, Vec<usize>)> {
    let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
    for (text, fact) in texts.filter(|(text, _)| !text.is_empty()) {
        by_text.entry(text).or_default().push(fact);
    }
    let mut all: Vec<_> = by_text.into_iter().collect();
    all.sort_by(|(left, _), (right, _)| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
    all
}

/// The fact that a row of the evidence is about: its second cell ends with the id in brackets,
/// `throughput median, gemma3:1b (kbdqz)`.
pub fn fact_id(row: &str) -> Option<&str> {
    let (_, id) = row.split(" | ").nth(1)?.strip_suffix(')')?.rsplit_once('(')?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(id)
}

/// Not the middle of another number or word.
fn stands_alone(line: &str, range: &Range<usize>) -> bool {
    let (before, behind) =
        (line.get(..range.start).unwrap_or_default(), line.get(range.end..).unwrap_or_default());
    let is_joined = |c: char| c.is_alphanumeric() || matches!(c, '_' | '=');
    let mut left = before.chars().rev();
    let before_is_free = match left.next() {
        Some(c) if is_joined(c) => false,
        Some('.' | ',' | ':' | '/' | '-') => !left.next().is_some_and(char::is_alphanumeric),
        _ => true,
    };
    let mut right = behind.chars();
    let behind_is_free = match right.next() {
        Some(c) if is_joined(c) || c == '%' => false,
        Some('.' | ',' | ':' | '/' | '-') => !right.next().is_some_and(char::is_alphanumeric),
        _ => true,
    };
    before_is_free && behind_is_free
}

/// A number that fills its cell, its brackets or the end of its line.
fn is_cell(line: &str, range: &Range<usize>) -> bool {
    let (before, behind) =
        (line.get(..range.start).unwrap_or_default(), line.get(range.end..).unwrap_or_default());
    let begins = ["| ", ": ", "** ", "("].iter().any(|mark| before.ends_with(mark));
    begins && (behind.trim().is_empty() || behind.starts_with(" |") || behind.starts_with(')'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fact(id: &str, subject: &str, statistic: &str, group: &str, text: &str) -> FactRecord {
        FactRecord {
            id: id.into(),
            subject: subject.into(),
            statistic: statistic.into(),
            group: group.into(),
            other: None,
            driver: None,
            value: 0.0,
            unit: String::new(),
            text: text.into(),
            sources: Vec::new(),
        }
    }

    fn check(text: &str, written: &[(&str, &[&str])], expected: &[(u32, &str, &str)]) {
        let facts = [
            fact("files", "files", "count", "", "101 files"),
            fact("csv", "csv files", "count", "", "28 csv files"),
            fact("day", "csv files", "date", "", "2025-11-14"),
            fact("small", "throughput", "n", "model=gemma3:270m", "12 runs"),
            fact("large", "throughput", "n", "model=gemma3:1b", "12 runs"),
            fact("median", "throughput", "median", "model=gemma3:1b", "102.8 tok/s"),
            fact("best", "throughput", "best", "model=gemma3:1b, num_gpu=60", "102.8 tok/s"),
            fact("lower", "ttft", "percent change", "", "-5 %"),
        ];
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let written: Vec<WrittenRecord> = written
            .iter()
            .map(|(text, facts)| WrittenRecord {
                section: String::new(),
                text: (*text).to_owned(),
                by: "code".into(),
                degree: None,
                rejected: 0,
                rule: None,
                facts: facts.iter().map(|&id| id.to_owned()).collect(),
            })
            .collect();
        let figures = stated(&lines, &facts, &written);
        let found: Vec<(u32, &str, &str)> =
            figures.iter().map(|figure| (figure.line, figure.text.as_str(), figure.fact.as_str())).collect();
        assert_eq!(found, expected);
        for figure in &figures {
            let fact = facts.iter().find(|fact| fact.id == figure.fact).unwrap();
            assert!(agree(&figure.text, &fact.text), "{figure:?}");
            let line: String =
                lines[figure.line as usize - 1].chars().skip(figure.column as usize - 1).collect();
            assert!(line.starts_with(&figure.text), "{figure:?}");
        }
    }

    #[test]
    fn a_sentence_names_its_facts() {
        check(
            "Fast: over 12 runs against 12 runs, 102.8 tok/s.",
            &[("Fast: over 12 runs against 12 runs, 102.8 tok/s.", &["large", "small", "best"])],
            &[(1, "12 runs", "large"), (1, "12 runs", "small"), (1, "102.8 tok/s", "best")],
        );
    }

    #[test]
    fn tables_name_group_and_statistic() {
        check(
            "**Throughput**\n\n| Group | Runs | Median |\n| --- | --- | --- |\n\
             | gemma3:270m | 12 | |\n| gemma3:1b | 12 | 102.8 tok/s |\n\
             | gemma3:1b, num_gpu=60 | 12 | 102.8 tok/s |",
            &[],
            &[
                (5, "12", "small"),
                (6, "12", "large"),
                (6, "102.8 tok/s", "median"),
                (7, "12", "large"),
                (7, "102.8 tok/s", "median"),
            ],
        );
    }

    #[test]
    fn counts_and_dates_say_what_they_are_of() {
        check(
            "**Date:** 2025-11-14\n- **Total files analyzed:** 101\n- Layers: 101\n\
             | Type | Files | Latest modified |\n| --- | --- | --- |\n| CSV | 28 | 2025-11-14 18:53:30 UTC |",
            &[],
            &[(2, "101", "files"), (6, "28", "csv"), (6, "2025-11-14", "day")],
        );
    }

    #[test]
    fn a_part_of_another_number_is_no_figure() {
        check(
            "1102.8 tok/s, 102.8 tok/second, 112 runs, v102.8 tok/s, 12 runs.",
            &[],
            &[(1, "12 runs", "small")],
        );
        check("| \\-5 % |", &[], &[(1, "-5 %", "lower")]);
        check(
            "## Persona Prompt\n\n12 runs\n\n## Evidence\n\n| 12 runs | throughput n, x (large) | a.csv |",
            &[],
            &[(7, "12 runs", "large")],
        );
    }
}
