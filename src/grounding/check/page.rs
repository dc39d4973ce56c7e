//! A Markdown text as pieces that are read one by one: each with what stands around it and
//! says what it is about (headings, the list item above, a table's heads). Every piece
//! keeps the byte offsets of the source.

mod table;

use std::ops::Range;

pub use crate::text::REPORT_MARK as MARKER;

/// Deeper lists than this add no context.
const MOST_PARENTS: usize = 8;
/// A longer lead is prose and no label of what follows.
const LONGEST_LABEL: usize = 400;
/// Level of a line in bold that serves as a heading.
const BOLD_LEVEL: u8 = 7;
/// What the labels of a report's head begin with.
const HEADER_WORDS: [&str; 26] = [
    "agent",
    "author",
    "by",
    "config",
    "configuration",
    "created",
    "data",
    "date",
    "engine",
    "environment",
    "generated",
    "hardware",
    "model",
    "persona",
    "prepared",
    "prompt",
    "report",
    "seed",
    "settings",
    "started",
    "status",
    "subject",
    "time",
    "timestamp",
    "title",
    "version",
];

/// What a piece of the text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A heading.
    Heading,
    /// `**Date:** …` before the text begins.
    Header,
    /// A paragraph or list item.
    Prose,
    /// A cell of a table, with the heads of its column and the other cells of its row.
    Cell(Cell),
    /// A line of a fenced block.
    Code,
}

/// A table's cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Head of its column.
    pub head: String,
    /// Heads of the columns to its left, nearest first.
    pub left: Vec<String>,
    /// The other cells of its row, each with its head, in order.
    pub row: Vec<(String, String)>,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// Where its text begins in the source.
    pub start: usize,
    /// Its text, as long as in the source; line ends and marks of quotes are spaces.
    pub text: String,
    /// What stands above it, nearest first: items, lead-ins, headings.
    pub above: Vec<String>,
    /// The nearest heading, lower case, without numbers and marks.
    pub section: String,
    /// Of a report that this program wrote: each of its figures is a fact's.
    pub is_ours: bool,
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// What stands behind the fence, lower case.
    pub info: String,
    /// Where its content begins in the source.
    pub start: usize,
    /// The content.
    pub text: String,
    /// The nearest heading.
    pub section: String,
    /// What stands above it, nearest first.
    pub above: Vec<String>,
}

/// A text in pieces.
#[derive(Debug, Default)]
pub struct Page {
    /// In order.
    pub pieces: Vec<Piece>,
    /// Fenced blocks, in order; their lines are no pieces.
    pub fences: Vec<Fence>,
}

impl Page {
    /// Cuts a text up.
    pub fn of(source: &str) -> Self {
        let is_ours = source.contains(MARKER);
        let source = blanked_comments(source);
        let mut reader = Reader { source: &source, is_head: true, is_ours, ..Reader::default() };
        reader.read();
        reader.page
    }
}

#[derive(Debug, Default)]
struct Reader<'a> {
    source: &'a str,
    page: Page,
    /// Level and text.
    headings: Vec<(u8, String)>,
    /// Indent and text of the list items that are open.
    parents: Vec<(usize, String)>,
    /// The last paragraph, when it may introduce what follows.
    lead: Option<String>,
    /// The last paragraph, when it may be a table's caption.
    caption: Option<String>,
    /// The paragraph or item that is open.
    open: Option<Range<usize>>,
    /// Header lines may still come.
    is_head: bool,
    has_title: bool,
    is_ours: bool,
}

struct Line {
    start: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn text(&self, range: Range<usize>) -> &'a str {
        self.source.get(range).unwrap_or_default()
    }

    fn read(&mut self) {
        let lines = lines(self.source);
        let mut index = 0;
        while let Some(line) = lines.get(index) {
            let text = self.text(line.start..line.end);
            let body = text.trim_start_matches(['>', ' ', '\t']);
            let trimmed = body.trim_end();
            if let Some(mark) = fence(body) {
                self.close();
                index = self.fenced(&lines, index, mark, trimmed);
                continue;
            }
            if trimmed.is_empty() {
                self.close();
            } else if let Some(level) = heading_level(body) {
                self.close();
                self.heading(level, line);
            } else if is_rule(trimmed) {
                let is_under =
                    self.open.is_some() && trimmed.starts_with(['=', '-']) && !trimmed.contains(' ');
                if is_under && let Some(open) = self.open.take() {
                    self.heading(
                        if trimmed.starts_with('=') { 1 } else { 2 },
                        &Line { start: open.start, end: open.end },
                    );
                } else {
                    self.close();
                    self.is_head &= self.page.pieces.iter().all(|piece| piece.kind != Kind::Header);
                }
            } else if is_bold_line(trimmed)
                || (self.open.is_none() && is_bold_label(trimmed, &lines, index, self.source))
            {
                self.close();
                self.is_head = false;
                self.heading(BOLD_LEVEL, line);
            } else if let Some(next) = lines.get(index + 1)
                && trimmed.contains('|')
                && table::is_rule(self.text(next.start..next.end))
            {
                self.close();
                index = self.table(&lines, index);
                continue;
            } else if self.is_head && is_header_line(trimmed) {
                self.close();
                let section = self.section();
                self.push(Kind::Header, line.start..line.end, Vec::new(), section);
            } else {
                self.prose(line, text, trimmed);
            }
            index += 1;
        }
        self.close();
    }

    fn prose(&mut self, line: &Line, text: &str, trimmed: &str) {
        self.is_head = false;
        if let Some(indent) = item_indent(text) {
            self.close();
            self.parents.retain(|(known, _)| *known < indent);
            self.open = Some(line.start..line.end);
            if self.parents.len() < MOST_PARENTS {
                self.parents.push((indent, trimmed.chars().take(LONGEST_LABEL).collect()));
            }
            return;
        }
        if let Some(open) = &mut self.open {
            open.end = line.end;
            return;
        }
        if !text.starts_with([' ', '\t']) {
            self.parents.clear();
        }
        self.open = Some(line.start..line.end);
    }

    fn heading(&mut self, level: u8, line: &Line) {
        let text = self.text(line.start..line.end).trim().trim_start_matches(['#', ' ']).to_owned();
        self.parents.clear();
        self.lead = None;
        self.caption = None;
        self.headings.retain(|(known, _)| *known < level);
        let section = plain(&text);
        let above = self.above();
        self.push(Kind::Heading, line.start..line.end, above, section);
        // The title names what the report is about, not what each figure is about.
        let is_title = level == 1 || (level == 2 && !self.has_title);
        if !is_title {
            self.headings.push((level, text));
        }
        self.has_title = true;
    }

    fn section(&self) -> String {
        self.headings.last().map(|(_, text)| plain(text)).unwrap_or_default()
    }

    /// What stands above the next piece; the open item is not above itself.
    fn above(&self) -> Vec<String> {
        let parents = self.parents.iter().rev().map(|(_, text)| text.clone());
        let lead = self.lead.iter().cloned();
        parents.chain(lead).chain(self.headings.iter().rev().map(|(_, text)| text.clone())).collect()
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let is_item = item_indent(self.text(open.clone())).is_some();
        let mut above = self.above();
        if is_item && !above.is_empty() && !self.parents.is_empty() {
            above.remove(0);
        }
        if !is_item {
            let text = unwrapped(self.text(open.clone()));
            let text = text.trim();
            let is_short = text.len() <= LONGEST_LABEL;
            let ends_open = text.trim_end_matches(['*', '_']).ends_with(':');
            self.lead = (is_short && ends_open).then(|| text.to_owned());
            self.caption = (is_short && !ends_open).then(|| text.to_owned());
        }
        let section = self.section();
        self.push(Kind::Prose, open, above, section);
    }

    fn push(&mut self, kind: Kind, range: Range<usize>, above: Vec<String>, section: String) {
        let text = unwrapped(self.text(range.clone()));
        self.page.pieces.push(Piece {
            kind,
            start: range.start,
            text,
            above,
            section,
            is_ours: self.is_ours,
        });
    }

    /// A table: one piece for each cell of its body, and one for its heads. The index of
    /// the first line behind it.
    fn table(&mut self, lines: &[Line], first: usize) -> usize {
        self.is_head = false;
        let above: Vec<String> = self.caption.take().into_iter().chain(self.above()).collect();
        let section = self.section();
        let Some(head) = lines.get(first) else { return first + 1 };
        let heads = table::heads(
            lines.get(first..).unwrap_or_default().iter().map(|line| self.text(line.start..line.end)),
        );
        // The sentence that runs into the heads.
        let whole = table::cells(self.text(head.start..head.end));
        if let Some((offset, text)) = whole.first().filter(|_| whole.len() > heads.len()) {
            let start = head.start + offset;
            self.push(Kind::Prose, start..start + text.len(), above.clone(), section.clone());
        }
        let names: Vec<String> = heads.iter().map(|cell| cell.1.to_owned()).collect();
        for (offset, text) in &heads {
            let start = head.start + offset;
            self.push(Kind::Heading, start..start + text.len(), above.clone(), section.clone());
        }
        let mut index = first + 2;
        while let Some(line) = lines.get(index) {
            let text = self.text(line.start..line.end);
            if text.trim().is_empty() || !text.contains('|') {
                break;
            }
            let cells = table::cells(text);
            for (column, (offset, cell)) in cells.iter().enumerate() {
                if cell.is_empty() {
                    continue;
                }
                let row = table::row_around(&names, &cells, column);
                let head = names.get(column).cloned().unwrap_or_default();
                let left = names.iter().take(column).rev().take(MOST_PARENTS).cloned().collect();
                let start = line.start + offset;
                self.push(
                    Kind::Cell(Cell { head, left, row }),
                    start..start + cell.len(),
                    above.clone(),
                    section.clone(),
                );
            }
            index += 1;
        }
        index
    }

    /// A fenced block. The index of the first line behind it.
    fn fenced(&mut self, lines: &[Line], first: usize, mark: &str, opening: &str) -> usize {
        self.is_head = false;
        let mut index = first + 1;
        let start = lines.get(index).map_or(self.source.len(), |line| line.start);
        let mut end = start;
        while let Some(line) = lines.get(index) {
            let body = self.text(line.start..line.end).trim_matches(['>', ' ', '\t', '\r', '\n']);
            index += 1;
            let sign = mark.chars().next().unwrap_or('`');
            if body.len() >= mark.len() && body.chars().all(|character| character == sign) {
                break;
            }
            end = line.end;
        }
        let info = opening.trim_start_matches(['`', '~']).trim().to_lowercase();
        let (section, above) = (self.section(), self.above());
        let text = self.text(start..end).to_owned();
        self.page.fences.push(Fence { info, start, text, section, above });
        index
    }
}

/// A heading's words: lower case, without numbers and marks.
fn plain(text: &str) -> String {
    let words = text.trim_matches(|c: char| !c.is_alphabetic());
    words.to_lowercase()
}

fn lines(source: &str) -> Vec<Line> {
    let mut start = 0;
    source
        .split_inclusive('\n')
        .map(|line| {
            let from = start;
            start += line.len();
            Line { start: from, end: from + line.trim_end_matches(['\n', '\r']).len() }
        })
        .collect()
}

/// Line ends and quote marks become spaces: a sentence may go over several lines.
fn unwrapped(text: &str) -> String {
    let mut is_line_start = true;
    text.chars()
        .map(|character| {
            let is_mark = is_line_start && character == '>';
            let is_end = matches!(character, '\n' | '\r');
            is_line_start = is_end || (is_line_start && (is_mark || character == ' '));
            if is_mark || is_end { ' ' } else { character }
        })
        .collect()
}

/// Comments say nothing to a reader; spaces keep the offsets.
fn blanked_comments(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, behind)) = rest.split_once("<!--") {
        let Some((comment, after)) = behind.split_once("-->") else { break };
        text.push_str(before);
        let blanked = comment.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
        text.push_str("    ");
        text.extend(blanked);
        text.push_str("   ");
        rest = after;
    }
    text.push_str(rest);
    text
}

fn fence(body: &str) -> Option<&str> {
    ['`', '~'].into_iter().find_map(|sign| {
        let mark = body.len() - body.trim_start_matches(sign).len();
        (mark >= 3).then(|| body.get(..mark)).flatten()
    })
}

fn heading_level(body: &str) -> Option<u8> {
    let level = body.len() - body.trim_start_matches('#').len();
    let is_heading = (1..=6).contains(&level) && body.get(level..)?.starts_with([' ', '\t']);
    is_heading.then(|| u8::try_from(level).unwrap_or(1))
}

fn is_rule(trimmed: &str) -> bool {
    ['-', '*', '_', '='].into_iter().any(|sign| {
        trimmed.chars().filter(|character| *character == sign).count() >= 3
            && trimmed.chars().all(|character| character == sign || character == ' ')
    })
}

/// A whole line in bold: `**3. Performance**`.
fn is_bold_line(trimmed: &str) -> bool {
    let line = trimmed.trim_end_matches(':');
    ["**", "__"].into_iter().any(|mark| {
        line.strip_prefix(mark)
            .and_then(|inner| inner.strip_suffix(mark))
            .is_some_and(|inner| !inner.is_empty() && !inner.contains(mark) && inner.len() <= LONGEST_LABEL)
    })
}

/// A line of its own that is a label in bold and a remark in brackets: `**TTFT** (lower is better)`.
fn is_bold_label(trimmed: &str, lines: &[Line], index: usize, source: &str) -> bool {
    let is_alone = lines
        .get(index + 1)
        .and_then(|next| source.get(next.start..next.end))
        .is_none_or(|next| next.trim_matches(['>', ' ', '\t']).is_empty());
    let Some((label, remark)) = trimmed.trim_end_matches(':').rsplit_once(" (") else { return false };
    is_alone && remark.ends_with(')') && is_bold_line(label)
}

/// `**Date:** …`, `Model: …`: a label of a report's head, a colon, and something.
fn is_header_line(trimmed: &str) -> bool {
    let line = trimmed.trim_start_matches(['*', '_', '-', ' ']);
    line.split_once(':').is_some_and(|(label, value)| {
        let label = label.trim_end_matches(['*', '_']);
        let label = label.to_lowercase();
        let known = label.split_whitespace().next().is_some_and(|word| HEADER_WORDS.contains(&word));
        known && label.split_whitespace().count() <= 3 && !value.trim_matches(['*', '_', ' ']).is_empty()
    })
}

/// The indent of a list item; `None` for any other line.
fn item_indent(text: &str) -> Option<usize> {
    let body = text.trim_start_matches(['>', ' ', '\t']);
    let indent: usize = text
        .chars()
        .take_while(|c| matches!(c, ' ' | '\t' | '>'))
        .map(|character| if character == '\t' { 4 } else { 1 })
        .sum();
    let marked = body.strip_prefix(['-', '*', '+', '•']).or_else(|| {
        let digits = body.trim_start_matches(|c: char| c.is_ascii_digit());
        (digits.len() < body.len() && body.len() - digits.len() <= 4)
            .then(|| digits.strip_prefix(['.', ')']))
            .flatten()
    })?;
    marked.starts_with([' ', '\t']).then_some(indent)
}

#[cfg(test)]
mod tests;
