//! Counts: of files by kind, of rows and runs, of models and other things that the data tell
//! apart.

use super::{
    Folder,
    page::{Kind as PieceKind, Piece},
    scope::{Scope, Sentence},
    verdict::Verdict,
};
use crate::{grounding::figure::Figure, ingest::file::Kind};

mod files;
mod nouns;
mod rows;

use nouns::{Noun, generic, noun};
pub use nouns::{is_run_count, is_value, kind_of_word, number_word};

/// Words around a figure that say what it counts.
const NEAR: usize = 5;

/// What a figure counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Counted {
    /// Files, of one kind, and the words that narrow them down.
    Files(Option<Kind>, Vec<String>),
    /// Something else.
    Things(Noun),
    /// Values of a dimension.
    Values(u32),
}

impl Folder<'_> {
    /// What a whole number counts, by the words beside it.
    pub fn counted(&self, piece: &Piece, sentence: &Sentence<'_>, figure: &Figure) -> Option<Counted> {
        if figure.decimals > 0 || figure.value < 0.0 || figure.value.fract() != 0.0 {
            return None;
        }
        let unit = figure.unit.as_deref().unwrap_or_default().to_lowercase();
        let (from, to) = (figure.range.start - sentence.start, figure.range.end - sentence.start);
        let number_end = to - if unit.is_empty() { 0 } else { unit.len().min(to) };
        let behind = words_behind(sentence.text.get(number_end..)?);
        // `30 times each`
        let is_times = unit == "times" || behind.first().is_some_and(|word| word == "times");
        let is_repeated = is_times
            && behind
                .get(1)
                .is_none_or(|word| matches!(word.as_str(), "each" | "per" | "with" | "on" | "for"))
            && plain_words(sentence.text).iter().any(|word| nouns::repeats(word));
        if is_repeated {
            return Some(Counted::Things(Noun::Runs));
        }
        if !unit.is_empty()
            && noun(&unit.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_none()
            && kind_of_word(unit.split(' ').next().unwrap_or_default()).is_none()
            && unit != "text files"
            && !matches!(unit.as_str(), "times" | "rows" | "runs")
        {
            return None;
        }
        // `5 of 9 runs`
        if let Some(rest) = of_a_whole(sentence.text.get(number_end..)?)
            && let Some(found @ Counted::Things(_)) = self.by_words_behind(&words_behind(rest))
        {
            return Some(found);
        }
        let is_total = behind.first().is_some_and(|word| word == "total")
            || behind.get(..2).is_some_and(|words| words == ["in", "total"]);
        if is_total && has_files(&plain_words(sentence.text)) {
            return Some(Counted::Files(None, Vec::new()));
        }
        if let Some(found) = self.by_words_behind(&behind) {
            // "Two of them ended with a timeout."
            let is_failed = found == Counted::Things(Noun::Runs)
                && behind.first().is_some_and(|word| word == "of")
                && behind.iter().any(|word| nouns::fails(word));
            if is_failed {
                return Some(Counted::Things(Noun::Failures));
            }
            return Some(Self::narrowed(found, piece, sentence, from));
        }
        if let PieceKind::Cell(cell) = &piece.kind {
            return Self::by_cell(&cell.head, &cell.left, &cell.row);
        }
        if !behind.is_empty() && unit.is_empty() && !is_closing(&behind) {
            return None;
        }
        let before = words_before(sentence, from);
        // `Files that could not be read: 1`
        let label = sentence.text.get(..from).unwrap_or_default().trim_end_matches([' ', '*', '_', '`']);
        if label.ends_with(':')
            && has_files(&plain_words(label))
            && let Some(state) = nouns::state_of_files(&label.to_lowercase())
        {
            return Some(Counted::Files(None, vec![state.to_owned()]));
        }
        self.by_words_before(&before)
    }

    /// `28 CSV files`, `3 gemma3 JSON files`, `12 models`.
    fn by_words_behind(&self, words: &[String]) -> Option<Counted> {
        let mut narrowing = Vec::new();
        for (at, word) in words.iter().enumerate().take(NEAR) {
            let rest = words.get(at..).unwrap_or_default();
            let is_text = word == "text"
                && rest.get(1).is_some_and(|next| noun(std::slice::from_ref(next)) == Some(Noun::Files));
            if is_text {
                return Some(Counted::Files(Some(Kind::Text), narrowing));
            }
            if let Some(kind) = kind_of_word(word) {
                let next = rest.get(1).map(String::as_str);
                let is_files = next.is_none_or(|next| {
                    noun(&[next.to_owned()]) == Some(Noun::Files) || nouns::may_follow(next)
                });
                return is_files.then_some(Counted::Files(Some(kind), narrowing));
            }
            match noun(rest) {
                Some(Noun::Files) => return Some(Counted::Files(None, narrowing)),
                Some(other) => return Some(Counted::Things(other)),
                None => {}
            }
            if let Some(key) = self.plural_key(rest) {
                return Some(Counted::Values(key));
            }
            if nouns::ends_phrase(word) {
                return None;
            }
            if !generic(word) {
                narrowing.push(word.clone());
            }
        }
        None
    }

    /// So many prompts or scenarios are so many runs.
    pub fn tasks(&self, sentence: &Sentence<'_>, figure: &Figure, scope: &Scope) -> Option<super::Backing> {
        let behind = words_behind(sentence.text.get(figure.range.end.checked_sub(sentence.start)?..)?);
        let is_it = figure.unit.is_none()
            && figure.decimals == 0
            && behind.iter().take(2).any(|word| nouns::is_task(word));
        match is_it.then(|| self.runs(figure.value as u64, scope)) {
            Some(Verdict::Grounded(backing)) => Some(backing),
            _ => None,
        }
    }

    /// The kind may stand before: `CSV: 28 files`.
    fn narrowed(found: Counted, piece: &Piece, sentence: &Sentence<'_>, from: usize) -> Counted {
        let Counted::Files(None, words) = found else { return found };
        let before = words_before(sentence, from);
        let kind = before.iter().rev().find_map(|word| kind_of_word(word));
        let in_row = match &piece.kind {
            PieceKind::Cell(cell) => {
                cell.row.iter().find_map(|(_, text)| text.split_whitespace().find_map(kind_of_word))
            }
            _ => None,
        };
        let is_label = before.len() <= 3;
        Counted::Files(kind.filter(|_| is_label).or(in_row), words)
    }

    /// `CSV (28)`, `Total files analyzed: 101`, `n = 15`.
    fn by_words_before(&self, words: &[String]) -> Option<Counted> {
        let near: Vec<&String> = words.iter().rev().take(NEAR).collect();
        for word in &near {
            if let Some(kind) = kind_of_word(word) {
                return Some(Counted::Files(Some(kind), Vec::new()));
            }
            match noun(&[(*word).clone()]) {
                Some(Noun::Files) => {
                    let is_text = near.iter().any(|word| *word == "text");
                    let kind = near.iter().find_map(|word| kind_of_word(word));
                    let kind = kind.or(is_text.then_some(Kind::Text));
                    return Some(Counted::Files(kind, Vec::new()));
                }
                Some(other) => return Some(Counted::Things(other)),
                None => {}
            }
            if let Some(key) = self.plural_key(&[(*word).clone()]) {
                return Some(Counted::Values(key));
            }
            if word.as_str() == "n" {
                return Some(Counted::Things(Noun::Runs));
            }
            if !nouns::may_link(word) {
                return None;
            }
        }
        None
    }

    /// `| CSV | 28 |`, `| Files | 101 |`.
    fn by_cell(head: &str, left: &[String], row: &[(String, String)]) -> Option<Counted> {
        let of_head = plain_words(head);
        let counts = of_head.iter().any(|word| nouns::is_count(word)) || of_head.is_empty();
        let kind_in = |words: &[String]| words.iter().find_map(|word| kind_of_word(word));
        let label: Vec<String> = row.first().map(|(_, text)| plain_words(text)).unwrap_or_default();
        if let Some(kind) =
            kind_in(&of_head).filter(|_| has_files(&label) || label.iter().any(|word| nouns::is_count(word)))
        {
            return Some(Counted::Files(Some(kind), Vec::new()));
        }
        if has_files(&of_head) || counts || nouns::is_value(head) {
            if let Some(kind) = kind_in(&label) {
                return Some(Counted::Files(Some(kind), Vec::new()));
            }
            if has_files(&of_head) && label == ["text"] {
                return Some(Counted::Files(Some(Kind::Text), Vec::new()));
            }
            let is_total = label.iter().any(|word| word == "total" || word == "all");
            let lists_files = has_files(&of_head)
                || left.iter().any(|head| {
                    has_files(&plain_words(head))
                        || kind_in(&plain_words(head)).is_some()
                        || plain_words(head) == ["file", "type"]
                });
            if lists_files && is_total || has_files(&label) {
                return Some(Counted::Files(None, Vec::new()));
            }
        }
        // `Mission failure encouragement` is the name of something, `Failed rows` is a count.
        let is_count = label
            .iter()
            .all(|word| noun(std::slice::from_ref(word)).is_some() || generic(word) || nouns::may_link(word));
        let things = of_head.iter().chain(label.iter().filter(|_| is_count)).find_map(|word| {
            noun(std::slice::from_ref(word)).filter(|noun| *noun != Noun::Files).map(Counted::Things)
        });
        let of_head_alone = of_head
            .iter()
            .find_map(|word| noun(std::slice::from_ref(word)).filter(|noun| *noun != Noun::Files));
        if let Some(noun) = of_head_alone {
            return Some(Counted::Things(noun));
        }
        if of_head.iter().any(|word| word == "n") {
            return Some(Counted::Things(Noun::Runs));
        }
        things.filter(|_| nouns::is_value(head) || counts)
    }

    /// A dimension in the plural: `4 backends`, `3 batch sizes`.
    fn plural_key(&self, words: &[String]) -> Option<u32> {
        (0_u32..).zip(&self.lexicon.keys).find_map(|(index, key)| {
            if self.lexicon.values.get(index as usize).is_none_or(Vec::is_empty) {
                return None;
            }
            let spoken: Vec<String> = key.split(['_', ' ', '.']).map(str::to_lowercase).collect();
            let (last, first) = spoken.split_last()?;
            let is_same = words.len() >= spoken.len()
                && words.iter().zip(first).all(|(word, own)| word == own)
                && words
                    .get(first.len())
                    .is_some_and(|word| word.strip_suffix('s').is_some_and(|word| word == last));
            is_same.then_some(index)
        })
    }

    /// Judges a count.
    pub fn count(
        &self,
        counted: &Counted,
        figure: &Figure,
        sentence: &Sentence<'_>,
        scope: &Scope,
    ) -> Verdict {
        let wanted = figure.value as u64;
        match counted {
            Counted::Files(kind, words) => self.files(wanted, *kind, words, sentence, scope),
            Counted::Things(Noun::Runs) => self.runs(wanted, scope),
            Counted::Things(Noun::Failures) => self
                .failures_by_reason(wanted, figure, sentence)
                .unwrap_or_else(|| self.things(wanted, Noun::Failures, scope)),
            Counted::Things(noun) => self.things(wanted, *noun, scope),
            Counted::Values(key) => self.values(wanted, *key, scope),
        }
    }
}

/// What stands behind `of 9` or `out of the 9`, where a figure of it begins the text.
fn of_a_whole(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', '*', '`', '_']);
    let rest = rest.strip_prefix("out ").unwrap_or(rest).strip_prefix("of ")?;
    let rest = rest.strip_prefix("the ").or_else(|| rest.strip_prefix("its ")).unwrap_or(rest);
    let rest = rest.trim_start_matches(['*', '`', '_']);
    let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',');
    (behind.len() < rest.len()).then_some(behind)
}

fn has_files(words: &[String]) -> bool {
    words.iter().any(|word| noun(std::slice::from_ref(word)) == Some(Noun::Files))
}
/// The words behind a figure, up to the next mark or number.
fn words_behind(text: &str) -> Vec<String> {
    let text = text.trim_start_matches(['*', '_', '`', ' ', '\u{a0}']);
    let mut before = ' ';
    let end = text.find(|c: char| {
        // Digits inside a word are part of a name.
        let is_number = c.is_ascii_digit() && !before.is_alphanumeric();
        before = c;
        is_number || matches!(c, ',' | ';' | '.' | ':' | '(' | ')' | '|' | '!' | '?' | '–' | '—')
    });
    plain_words(text.get(..end.unwrap_or(text.len())).unwrap_or_default())
}

/// Only words that close a count: "28 in total", "101 analyzed".
fn is_closing(words: &[String]) -> bool {
    words.first().is_some_and(|word| nouns::may_close(word))
}

/// The words before a figure, back to the last mark or number.
fn words_before(sentence: &Sentence<'_>, from: usize) -> Vec<String> {
    let before = sentence.text.get(..from).unwrap_or_default();
    let mut start = 0;
    let mut previous = ' ';
    for (at, c) in before.char_indices() {
        let is_number = c.is_ascii_digit() && !previous.is_alphanumeric();
        if is_number || matches!(c, ',' | ';' | '|' | '!' | '?') {
            start = at + c.len_utf8();
        }
        previous = c;
    }
    let words = before.get(start..).unwrap_or_default();
    // What is left of a number that was cut off.
    plain_words(words.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

fn plain_words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '#'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
