//! A whole Markdown text held against the folder: every figure and date of it, with its
//! place and what backs it.

use std::{cell::RefCell, collections::HashMap, ops::Range, rc::Rc, sync::Arc};

use serde_json::Value;

use super::{
    Folder,
    amount::{Family, Print},
    cells::Cells,
    code::{Block, Judged},
    dates::clock,
    derived::derive,
    findings::{Finding, Findings, place},
    lexicon::{Class, Lexicon},
    own::{Matter, Own},
    page::{Fence, Kind, Page, Piece},
    pool::{Pool, Selected},
    scope::{Level, Sentence, around, sentences},
    style::usual,
    verdict::{Backing, NOT_CHECKABLE, Verdict},
    wording::add_number_words,
};
use crate::{
    grounding::{
        fact::{Fact, Ledger, Source, Statistic},
        figure::{Figure, dates, scan},
    },
    metrics::{library::Library, series::Series, unit::Unit},
};

/// What a text is held against.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The facts.
    pub ledger: &'a Ledger,
    /// The folder.
    pub library: &'a Library,
    /// Its cells.
    pub cells: &'a Cells,
    /// The run record beside the text.
    pub record: Option<&'a Value>,
    /// What somebody's Markdown states is evidence too.
    pub trusts_statements: bool,
}

impl<'a> Folder<'a> {
    /// Makes a folder ready for texts.
    pub fn of(evidence: Evidence<'a>) -> Self {
        let columns: Vec<Arc<str>> = evidence.cells.names.iter().cloned().collect();
        let lexicon = Lexicon::of(evidence.library, &columns, evidence.trusts_statements);
        let pool = Pool::of(evidence.library, &lexicon, evidence.trusts_statements);
        let mut folders: Vec<String> = Vec::new();
        let mut days: Vec<(i32, u32, u32)> = evidence.cells.days.iter().copied().collect();
        for path in &lexicon.files {
            let parts: Vec<&str> = path.split('/').collect();
            folders.extend(parts.iter().rev().skip(1).map(|part| part.to_lowercase()));
            days.extend(parts.last().into_iter().flat_map(|name| days_of_name(name)));
        }
        folders.sort();
        folders.dedup();
        days.sort_unstable();
        days.dedup();
        let mut rows = HashMap::new();
        for (index, row) in evidence.ledger.rows.iter().enumerate() {
            rows.insert((row.metric.name(), &*row.field, &*row.group, row.nature), index);
        }
        let mut families: Vec<Vec<Family>> = vec![Vec::new(); lexicon.metrics.len()];
        for line in &pool.lines {
            if let Some(known) = families.get_mut(line.metric as usize)
                && !known.contains(&line.family)
            {
                known.push(line.family.clone());
            }
        }
        let facts = evidence.ledger.facts.iter().enumerate();
        let mut by_value: Vec<(f64, usize)> = facts.map(|(index, fact)| (fact.value, index)).collect();
        by_value.sort_by(|left, right| left.0.total_cmp(&right.0));
        let unusual = by_value.iter().copied().filter(|(_, index)| {
            evidence.ledger.facts.get(*index).is_some_and(|fact| !is_usual(fact.statistic))
        });
        let unusual = unusual.collect();
        Self {
            evidence,
            lexicon,
            pool,
            folders,
            days,
            rows,
            families,
            levels: RefCell::default(),
            pooled: RefCell::default(),
            row_groups: std::cell::OnceCell::new(),
            by_value,
            unusual,
        }
    }

    /// Checks a text.
    pub fn check(&self, source: &str) -> Vec<Finding> {
        let written = usual(source);
        let page = Page::of(&written);
        let own = Own::of(source, &page, self.evidence.record);
        let mut findings = Findings { source, found: Vec::new() };
        for piece in &page.pieces {
            self.piece(piece, &own, &mut findings);
        }
        for fence in &page.fences {
            self.fence(fence, &own, &mut findings);
        }
        let mut found = findings.found;
        found.sort_by_key(|finding| finding.range.start);
        derive(&written, &mut found);
        place(source, &mut found);
        found
    }

    fn fence(&self, fence: &Fence, own: &Own<'_>, findings: &mut Findings<'_>) {
        let as_piece = Piece {
            kind: Kind::Code,
            start: fence.start,
            text: fence.text.clone(),
            above: fence.above.clone(),
            section: fence.section.clone(),
            is_ours: false,
        };
        let judged: Vec<Judged> = if own.matter(&as_piece) == Some(Matter::Prompt) {
            Self::program(fence)
        } else {
            match Block::of(fence) {
                Block::Code => Self::program(fence),
                Block::Data => self.sample(fence),
                Block::Text => {
                    self.text_block(fence, own, findings);
                    return;
                }
            }
        };
        for (range, figure, verdict) in judged {
            let range = fence.start + range.start..fence.start + range.end;
            findings.add(range, figure.as_ref(), verdict);
        }
    }

    /// Lines of text in a block: what is indented stands below what is not.
    fn text_block(&self, fence: &Fence, own: &Own<'_>, findings: &mut Findings<'_>) {
        let mut heads: Vec<(usize, String)> = Vec::new();
        let mut start = fence.start;
        for line in fence.text.split_inclusive('\n') {
            let body = line.trim_end_matches(['\n', '\r']);
            let indent = body.len() - body.trim_start().len();
            if !body.trim().is_empty() {
                heads.retain(|(known, _)| *known < indent);
                let above =
                    heads.iter().rev().map(|(_, text)| text.clone()).chain(fence.above.iter().cloned());
                let piece = Piece {
                    kind: Kind::Code,
                    start,
                    text: body.to_owned(),
                    above: above.collect(),
                    section: fence.section.clone(),
                    is_ours: false,
                };
                self.piece(&piece, own, findings);
                heads.push((indent, body.trim().to_owned()));
            }
            start += line.len();
        }
    }

    fn piece(&self, piece: &Piece, own: &Own<'_>, findings: &mut Findings<'_>) {
        let (found, told) = scan(&piece.text);
        let has_words = piece.text.bytes().any(|byte| byte.is_ascii_alphabetic());
        if found.is_empty() && told.is_empty() && !has_words {
            return;
        }
        let matter = own.matter(piece);
        if let Some(backing) = self.problem(&piece.text) {
            for figure in &found {
                findings.add_figure(piece.start, figure, Verdict::Grounded(backing.clone()));
            }
            return;
        }
        let levels: std::cell::OnceCell<Vec<(Level, bool)>> = std::cell::OnceCell::new();
        let levels = || levels.get_or_init(|| around(piece, &self.lexicon, &|text| self.level(text)));
        let mut clocks: Vec<Range<usize>> = Vec::new();
        for date in &told {
            let clock = clock(piece.text.get(date.range.end..).unwrap_or_default());
            let end = date.range.end + clock.map_or(0, |clock| clock.length);
            clocks.push(date.range.start..end);
            let verdict = match matter {
                Some(_) => Verdict::Structural(NOT_CHECKABLE),
                None => self.dated(piece, date, clock),
            };
            findings.add(piece.start + date.range.start..piece.start + end, None, verdict);
        }
        for range in sentences(&piece.text) {
            let mut own_figures: Vec<Figure> =
                found.iter().filter(|figure| range.contains(&figure.range.start)).cloned().collect();
            own_figures.retain(|figure| !clocks.iter().any(|clock| clock.contains(&figure.range.start)));
            let measures = own_figures.iter().any(|figure| figure.unit.is_some());
            add_number_words(&piece.text, range.clone(), measures, &mut own_figures);
            if own_figures.is_empty() {
                continue;
            }
            if let Some(matter) = matter {
                for figure in &own_figures {
                    let print = Print::of(figure, false);
                    let verdict = if figure.is_structural {
                        Verdict::Structural(NUMBERING)
                    } else {
                        own.judge(matter, &piece.text, figure.range.start, print)
                    };
                    findings.add_figure(piece.start, figure, verdict);
                }
                continue;
            }
            self.sentence(piece, range, &own_figures, levels(), findings);
        }
    }

    fn sentence(
        &self,
        piece: &Piece,
        range: Range<usize>,
        own_figures: &[Figure],
        levels: &[(Level, bool)],
        findings: &mut Findings<'_>,
    ) {
        let mut sentence = Sentence::of(&piece.text, range, &self.lexicon);
        sentence.figures = own_figures
            .iter()
            .filter(|figure| !figure.is_structural)
            .map(|figure| figure.range.clone())
            .collect();
        let keys = self.settings(piece, &mut sentence, own_figures);
        let is_name = |figure: &Figure| sentence.covers(figure.range.start);
        let plain: Vec<Range<usize>> = own_figures
            .iter()
            .zip(&keys)
            .filter(|(figure, key)| key.is_none() && !figure.is_structural && !is_name(figure))
            .map(|(figure, _)| figure.range.clone())
            .collect();
        let sentence = Sentence { figures: plain, ..sentence };
        for (index, figure) in own_figures.iter().enumerate() {
            let verdict = if figure.is_structural {
                Verdict::Structural(NUMBERING)
            } else if let Some(key) = keys.get(index).copied().flatten() {
                let verdict = self.setting(key, figure);
                let before = sentence.text.get(..figure.range.start - sentence.start).unwrap_or_default();
                let is_sure = before.trim_end_matches([' ', '*', '`', '"']).ends_with(['=', ':']);
                if matches!(verdict, Verdict::Grounded(_)) {
                    verdict
                } else {
                    // `5 samples` may be counted, though a column is called so.
                    let counted = self.counted(piece, &sentence, figure).is_some();
                    match self.figure(piece, &sentence, own_figures, index, levels) {
                        other if counted => other,
                        other @ Verdict::Grounded(_) if !is_sure => other,
                        _ => verdict,
                    }
                }
            } else if sentence.covers(figure.range.start) {
                Verdict::Name
            } else {
                self.figure(piece, &sentence, own_figures, index, levels)
            };
            findings.add_figure(piece.start, figure, verdict);
        }
    }

    /// Names of a text, looked up once.
    pub fn level(&self, text: &str) -> Level {
        if let Some(known) = self.levels.borrow().get(text) {
            return Rc::clone(known);
        }
        let sentence = Sentence::of(text, 0..text.len(), &self.lexicon);
        let level: Level = Rc::new(sentence.mentions);
        self.levels.borrow_mut().insert(text.to_owned(), Rc::clone(&level));
        level
    }

    /// The ledger's fact of a series.
    pub fn fact_of(&self, series: &Series, class: Class) -> Option<&'a Fact> {
        let statistic = match class {
            Class::Mean => Statistic::Mean,
            Class::Median => Statistic::Median,
            Class::Deviation => Statistic::Stddev,
            Class::Min => Statistic::Min,
            Class::Max => Statistic::Max,
            Class::P95 => Statistic::P95,
            Class::Count => Statistic::N,
            Class::P90 | Class::P99 | Class::Variation | Class::Extreme | Class::Interval => return None,
        };
        let key = (series.metric.name(), &*series.field, &*series.group, series.nature);
        let row = self.evidence.ledger.rows.get(*self.rows.get(&key)?)?;
        row.fact(self.evidence.ledger, statistic)
    }

    /// What a part of a series is: the values that were named.
    pub fn described(&self, selected: &Selected) -> String {
        let Some(line) = self.pool.line(selected) else { return String::new() };
        let mut shared: Option<Vec<(Arc<str>, Arc<str>)>> = None;
        for group in line.groups(selected) {
            match &mut shared {
                None => shared = Some(group.0.clone()),
                Some(shared) => shared.retain(|pair| group.0.contains(pair)),
            }
        }
        let own = &line.series.group.0;
        let pairs = shared.unwrap_or_default().into_iter().filter(|pair| !own.contains(pair));
        pairs.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
    }

    /// The rows behind a count.
    pub fn run_backing(&self, series: &Series, selected: &Selected, count: u64) -> Backing {
        let mut backing =
            Backing::new(series.metric.name(), "n", series.group.to_string(), count as f64, &Unit::None);
        backing.text = format!("{count} runs");
        let sources: Vec<Source> =
            self.pool.line(selected).map(|line| line.sources(selected)).unwrap_or_default();
        backing.from(sources)
    }
}

/// A statistic of which a text says nothing by its fact alone, but by its series.
fn is_usual(statistic: Statistic) -> bool {
    matches!(
        statistic,
        Statistic::Count
            | Statistic::N
            | Statistic::Mean
            | Statistic::Median
            | Statistic::Stddev
            | Statistic::Min
            | Statistic::Max
            | Statistic::P95
            | Statistic::Date
    )
}

/// What a figure is that only counts the parts of the text.
const NUMBERING: &str = "the number of a list, a heading or a place";
/// Days in a file's name: `bench_20251002-170837.json`.
fn days_of_name(name: &str) -> Vec<(i32, u32, u32)> {
    let mut found = Vec::new();
    for digits in name.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 8) {
        let part =
            |range: Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
        let (year, month, day) = (part(0..4), part(4..6), part(6..8));
        if (1970..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) {
            found.push((i32::try_from(year).unwrap_or(0), month, day));
        }
    }
    for date in dates(name) {
        if let Some((year, Some(month), Some(day))) = date.day {
            found.push((year, month, day));
        }
    }
    found
}
#[cfg(test)]
mod tests;
