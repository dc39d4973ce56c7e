//! Fenced blocks: samples of data are held against the cells of the folder, field by field;
//! code is none of the folder's business.

use std::ops::Range;

use super::{
    Folder,
    amount::Print,
    page::Fence,
    verdict::{Backing, NOT_CHECKABLE, Verdict},
};
use crate::{
    grounding::{
        fact::Source,
        figure::{Figure, dates, figures},
    },
    metrics::unit::Unit,
};

/// Languages whose blocks are programs or settings.
const CODE: [&str; 24] = [
    "bash",
    "sh",
    "shell",
    "console",
    "zsh",
    "powershell",
    "cmd",
    "python",
    "py",
    "rust",
    "c",
    "cpp",
    "c++",
    "js",
    "javascript",
    "typescript",
    "ts",
    "go",
    "java",
    "sql",
    "dockerfile",
    "make",
    "diff",
    "mermaid",
];
/// Languages whose blocks are data.
const DATA: [&str; 10] = ["json", "jsonl", "json5", "csv", "tsv", "yaml", "yml", "toml", "xml", "ndjson"];

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// A program.
    Code,
    /// A sample of data.
    Data,
    /// Lines of text.
    Text,
}

impl Block {
    /// By its language, else by its look.
    pub fn of(fence: &Fence) -> Self {
        let language =
            fence.info.split(|c: char| !(c.is_alphanumeric() || c == '+')).next().unwrap_or_default();
        if CODE.contains(&language) {
            return Self::Code;
        }
        let text = fence.text.trim_start();
        let lines = || fence.text.lines().filter(|line| !line.trim().is_empty());
        let commas = lines().next().map_or(0, |line| line.matches(',').count());
        let is_csv =
            commas >= 2 && lines().count() >= 2 && lines().all(|line| line.matches(',').count() == commas);
        if DATA.contains(&language) || text.starts_with(['{', '[']) || is_csv {
            Self::Data
        } else {
            Self::Text
        }
    }
}

/// A figure or date of a block, as bytes of it, with its verdict.
pub type Judged = (Range<usize>, Option<Figure>, Verdict);

impl Folder<'_> {
    /// Judges every figure of a sample of data.
    pub fn sample(&self, fence: &Fence) -> Vec<Judged> {
        let mut judged: Vec<Judged> = Vec::new();
        let header = csv_header(&fence.text);
        let mut key = String::new();
        let mut start = 0;
        for line in fence.text.split_inclusive('\n') {
            let is_header = header.as_ref().is_some_and(|(_, at)| *at == start);
            let here = start;
            start += line.len();
            if is_header {
                continue;
            }
            let told = dates(line);
            for date in &told {
                let range = here + date.range.start..here + date.range.end;
                let clock = super::dates::clock(line.get(date.range.end..).unwrap_or_default());
                judged.push((range, None, self.date(date, clock, None, false)));
            }
            let found = match &header {
                Some((names, _)) => cells_of(line, names),
                None => figures(line).into_iter().map(|figure| (None, figure)).collect(),
            };
            for (column, figure) in found {
                if told.iter().any(|date| date.range.contains(&figure.range.start)) {
                    continue;
                }
                let before = line.get(..figure.range.start).unwrap_or_default();
                if let Some(name) = column.or_else(|| key_before(before)) {
                    key = name;
                }
                let range = here + figure.range.start..here + figure.range.end;
                let verdict = self.cell(&key, &Print::of(&figure, false));
                judged.push((range, Some(figure), verdict));
            }
        }
        let is_nowhere = !judged.iter().any(|(.., verdict)| matches!(verdict, Verdict::Grounded(_)));
        if is_nowhere
            && let Some((.., verdict @ Verdict::Ungrounded(_))) =
                judged.iter_mut().find(|(.., verdict)| matches!(verdict, Verdict::Ungrounded(_)))
        {
            *verdict = Verdict::Ungrounded("this block is in no file of the folder".to_owned());
        }
        judged
    }

    /// Every figure of a program.
    pub fn program(fence: &Fence) -> Vec<Judged> {
        let found = figures(&fence.text).into_iter();
        found.map(|figure| (figure.range.clone(), Some(figure), Verdict::Structural(NOT_CHECKABLE))).collect()
    }

    /// Has a column of this name this number?
    pub fn cell(&self, name: &str, print: &Print) -> Verdict {
        let cells = self.evidence.cells;
        let (low, high) = print.limits(1.0);
        if let Some(spot) = cells.find(name, low, high) {
            let source = Source {
                path: cells.path(spot),
                line: Some(spot.line),
                field: name.into(),
                rows: 1,
                digest: std::sync::Arc::default(),
            };
            let backing =
                Backing::new(name, "value", String::new(), spot.number, &Unit::None).from(vec![source]);
            return Verdict::Grounded(backing);
        }
        let note = if name.is_empty() {
            "no cell has it".to_owned()
        } else if cells.has(name) {
            format!("no `{name}` of the folder has it")
        } else {
            format!("the folder has no `{name}`")
        };
        Verdict::Ungrounded(note)
    }
}

/// The figures of a line of comma-separated values, each with its column: a comma groups no
/// thousands there.
fn cells_of(line: &str, names: &[String]) -> Vec<(Option<String>, Figure)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (column, cell) in line.split(',').enumerate() {
        for mut figure in figures(cell) {
            figure.range = start + figure.range.start..start + figure.range.end;
            found.push((names.get(column).cloned(), figure));
        }
        start += cell.len() + 1;
    }
    found
}

/// The key that a value stands behind: `"batch_size": `, `latency: `, `latency = `.
fn key_before(before: &str) -> Option<String> {
    let before = before.trim_end_matches(['[', ' ', '"', '\'']);
    let before = before.strip_suffix([':', '=']).map(str::trim_end)?;
    let before = before.trim_end_matches(['"', '\'']);
    let name =
        before.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | ' '))).next()?;
    Some(name.trim_matches(['-', ' ']).to_owned()).filter(|name| !name.is_empty())
}

/// The names of a block of comma-separated values, and where their line begins.
fn csv_header(text: &str) -> Option<(Vec<String>, usize)> {
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    let at = text.find(first)?;
    let names: Vec<String> = first.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect();
    let is_header = names.len() >= 2
        && names.iter().all(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        && !first.contains([':', '{']);
    is_header.then_some((names, at))
}
