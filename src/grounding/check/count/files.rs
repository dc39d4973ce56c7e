//! Counts and sizes of files.

use std::sync::Arc;

use super::{
    nouns::{Noun, kind_of_word, noun},
    plain_words,
};
use crate::{
    grounding::{
        check::{
            Folder,
            amount::Print,
            page::{Kind as PieceKind, Piece},
            scope::{Scope, Sentence},
            verdict::{Backing, Verdict, listing},
        },
        fact::{Source, Statistic},
    },
    ingest::{file::Kind, inventory::ReportFile},
};

impl Folder<'_> {
    /// Judges a count of files.
    pub fn files(
        &self,
        wanted: u64,
        kind: Option<Kind>,
        words: &[String],
        sentence: &Sentence<'_>,
        scope: &Scope,
    ) -> Verdict {
        let all = || {
            let files = self.evidence.library.inventory.files().filter(|file| !file.generated);
            files.filter(move |file| kind.is_none_or(|kind| file.kind == kind))
        };
        let subject = kind.map_or("files", subject);
        let total = all().count() as u64;
        let backing = self
            .evidence
            .ledger
            .about(subject, Statistic::Count)
            .and_then(|index| self.evidence.ledger.facts.get(index))
            .map_or_else(|| Backing::count(subject, total, listing(total)), Backing::of);
        let narrow = |test: &dyn Fn(&ReportFile) -> bool, what: &str| {
            let found: Vec<Source> = all().filter(|file| test(file)).map(|file| place(file)).collect();
            (found.len() as u64 == wanted && wanted > 0)
                .then(|| Verdict::Grounded(Backing::count(&format!("{what} {subject}"), wanted, found)))
        };
        if let Some(verdict) = self.marked_files(wanted, words) {
            return verdict;
        }
        if !words.is_empty() {
            let has_all = |file: &ReportFile| {
                let path = file.path.to_lowercase();
                words.iter().all(|word| path.contains(word.as_str()))
            };
            if let Some(verdict) = narrow(&has_all, &words.join(" ")) {
                return verdict;
            }
        }
        if total == wanted {
            return Verdict::Grounded(backing);
        }
        // Of a folder or of files that the sentence names by a part of their paths.
        let lower = sentence.text.to_lowercase();
        for folder in self.folders.iter().filter(|folder| is_word(&lower, folder)) {
            let is_in = |file: &ReportFile| {
                file.path.to_lowercase().split('/').rev().skip(1).any(|part| part == folder)
            };
            if let Some(verdict) = narrow(&is_in, folder) {
                return verdict;
            }
        }
        if !scope.wanted.is_free() {
            let used: Vec<Arc<str>> = self.files_of(scope);
            let is_used = |file: &ReportFile| used.contains(&file.path);
            if let Some(verdict) = narrow(&is_used, "such") {
                return verdict;
            }
        }
        if words.is_empty() && !is_selection(sentence.text) {
            let note = format!("the folder has {}", backing.text);
            return Verdict::Mismatched(Some(backing), note);
        }
        Verdict::Ungrounded(format!("no such count of files; the folder has {}", backing.text))
    }

    /// Broken, duplicate and other files that the ledger counts.
    fn marked_files(&self, wanted: u64, words: &[String]) -> Option<Verdict> {
        let subject = words.iter().find_map(|word| match word.as_str() {
            "broken" | "unreadable" | "malformed" | "invalid" | "corrupt" => Some("unreadable files"),
            "duplicate" | "duplicated" | "identical" => Some("duplicate files"),
            "partial" | "partly" | "partially" | "truncated" => Some("partly read files"),
            "generated" => Some("generated files"),
            _ => None,
        })?;
        let fact = self.evidence.ledger.about(subject, Statistic::Count);
        let fact = fact.and_then(|index| self.evidence.ledger.facts.get(index));
        let backing = fact.map_or_else(|| Backing::count(subject, 0, listing(0)), Backing::of);
        Some(if backing.value as u64 == wanted {
            Verdict::Grounded(backing)
        } else {
            let note = format!("the folder has {}", backing.text);
            Verdict::Mismatched(Some(backing), note)
        })
    }
    /// `28 % of the files are CSV`; the share of rows that failed.
    pub fn share(
        &self,
        print: Print,
        piece: &Piece,
        sentence: &Sentence<'_>,
        scope: &Scope,
    ) -> Option<Backing> {
        let mut words = plain_words(sentence.text);
        if let PieceKind::Cell(cell) = &piece.kind {
            words.extend(plain_words(&cell.head));
            words.extend(
                cell.row
                    .iter()
                    .flat_map(|(head, text)| plain_words(head).into_iter().chain(plain_words(text))),
            );
        }
        let inventory = &self.evidence.library.inventory;
        let total = inventory.counts().files();
        let is_files = words.iter().any(|word| noun(std::slice::from_ref(word)) == Some(Noun::Files));
        for kind in words.iter().filter_map(|word| kind_of_word(word)).filter(|_| is_files && total > 0) {
            let count = inventory.counts().of(kind);
            let share = count as f64 / total as f64 * 100.0;
            if print.is(share, 1.0) {
                return Some(Backing::count(subject(kind), count, listing(count)));
            }
        }
        let is_failure = words.iter().any(|word| noun(std::slice::from_ref(word)) == Some(Noun::Failures));
        let failed: u64 = self.evidence.library.failed_rows().iter().map(|(_, count)| count).sum();
        let rows: u64 = self.evidence.cells.shapes.iter().map(|(rows, _)| rows).sum();
        let is_it = is_failure && rows > 0 && print.is(failed as f64 / rows as f64 * 100.0, 1.0);
        if is_it {
            return Some(Backing::count("failed rows", failed, listing(failed)));
        }
        let of_groups = if is_failure { self.failed_of_groups(&scope.wanted) } else { Vec::new() };
        let is_share = |(failed, all): &&(u64, u64)| {
            let share = *failed as f64 / (*all).max(1) as f64 * 100.0;
            print.is(share, 1.0) || print.is(100.0 - share, 1.0)
        };
        let (failed, _) = of_groups.iter().find(is_share)?;
        Some(Backing::count("failed rows", *failed, listing(*failed)))
    }

    /// A size in bytes: of a file that is named, of a kind, of all files.
    pub fn size(&self, print: Print, factors: &[f64], kind: Option<Kind>, scope: &Scope) -> Option<Backing> {
        const MIB: f64 = 1_048_576.0;
        let inventory = &self.evidence.library.inventory;
        let is_it = |bytes: u64| factors.iter().any(|factor| print.is(bytes as f64 / MIB, *factor));
        for file in scope.wanted.files.iter().filter_map(|file| self.lexicon.files.get(*file as usize)) {
            if let Some(file) = inventory.get(file).filter(|file| is_it(file.stamp.length)) {
                return Some(Backing::count("bytes", file.stamp.length, vec![place(file)]));
            }
        }
        let kinds = [Kind::Csv, Kind::Json, Kind::Markdown, Kind::Text];
        let totals = kinds.map(|kind| (kind, inventory.totals(kind).bytes));
        let of_kind =
            totals.iter().find(|(own, bytes)| kind.is_none_or(|kind| kind == *own) && is_it(*bytes));
        if let Some((_, bytes)) = of_kind {
            return Some(Backing::count("bytes", *bytes, listing(*bytes)));
        }
        let all: u64 = totals.iter().map(|(_, bytes)| bytes).sum();
        (kind.is_none() && is_it(all)).then(|| Backing::count("bytes", all, listing(all)))
    }
}

/// The ledger's name of a kind.
fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::Csv => "csv files",
        Kind::Json => "json files",
        Kind::Markdown => "markdown files",
        Kind::Text => "text files",
    }
}

fn place(file: &ReportFile) -> Source {
    Source {
        path: Arc::clone(&file.path),
        line: None,
        field: "listing".into(),
        rows: 1,
        digest: Arc::default(),
    }
}

/// Some of a whole: "5 of the CSV files", "the first three".
fn is_selection(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["of the", "of which", "first", "last", "these", "those", "following", "other", "remaining", "such"]
        .iter()
        .any(|words| is_word(&lower, words))
}

fn is_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + word.len()..).and_then(|behind| behind.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !behind.is_some_and(char::is_alphanumeric)
    })
}
