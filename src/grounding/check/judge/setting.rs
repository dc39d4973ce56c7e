//! Figures that are values of settings: what names the setting, and has the folder the value?

use std::collections::BTreeMap;

use crate::{
    grounding::{
        check::{
            Folder,
            amount::Print,
            lexicon::{Mention, Name},
            page::{Kind, Piece},
            pool::Wanted,
            scope::{Sentence, value_index},
            verdict::{Backing, NO_FACT, Verdict},
        },
        figure::Figure,
    },
    metrics::unit::Unit,
};

/// Values of a setting that a note shows.
const SHOWN: usize = 6;

impl Folder<'_> {
    /// Which figures are values of settings; their rows are what the sentence speaks of.
    pub fn settings(
        &self,
        piece: &Piece,
        sentence: &mut Sentence<'_>,
        figures: &[Figure],
    ) -> Vec<Option<u32>> {
        let mut keys: Vec<Option<u32>> = Vec::new();
        for (index, figure) in figures.iter().enumerate() {
            let unit = figure.unit.as_deref().map(str::to_lowercase);
            let may_be = !figure.is_structural
                && unit.as_deref().is_none_or(|unit| matches!(unit, "tokens" | "token" | "layers" | "k"));
            let mut key = if may_be { sentence.key_of(&figure.range, &self.lexicon) } else { None };
            if may_be && key.is_none() {
                key = self.key_of_head(piece, figure);
            }
            if may_be && key.is_none() {
                key = self.key_above(piece, figure);
            }
            // `num_gpu of 60, 80 and 100`
            if may_be
                && key.is_none()
                && let Some(before) = index.checked_sub(1).and_then(|before| figures.get(before))
                && let Some(Some(known)) = keys.last()
            {
                let between = sentence
                    .text
                    .get(before.range.end - sentence.start..figure.range.start - sentence.start)
                    .unwrap_or("x");
                let glue = between.trim_matches([' ', ',', '*', '`', '/', '&']);
                if matches!(
                    glue,
                    "" | "and" | "or" | "to" | "–" | "-" | "vs" | "vs." | "versus" | "then" | "and then"
                ) {
                    key = Some(*known);
                }
            }
            let has_values = key
                .is_some_and(|key| self.lexicon.values.get(key as usize).is_some_and(|all| !all.is_empty()));
            if let Some(key) = key.filter(|_| has_values) {
                // A value that no row has: the sentence speaks of no row.
                let value = value_index(figure.value, &self.lexicon, key);
                let range = figure.range.start - sentence.start..figure.range.end - sentence.start;
                let is_known = sentence.mentions.iter().any(|mention| {
                    mention.range.start == range.start && matches!(mention.name, Name::Values(..))
                });
                if !is_known {
                    sentence
                        .mentions
                        .push(Mention { range, name: Name::Values(key, value.into_iter().collect()) });
                    sentence.mentions.sort_by_key(|mention| mention.range.start);
                }
            }
            keys.push(key);
        }
        keys
    }

    /// The setting whose name is the head of the column that the figure alone stands in.
    fn key_of_head(&self, piece: &Piece, figure: &Figure) -> Option<u32> {
        let Kind::Cell(cell) = &piece.kind else { return None };
        let marks = [' ', '*', '`', '_'];
        let is_alone = piece.text.trim_matches(marks) == figure.text.trim_matches(marks);
        let head = cell.head.trim_matches(marks);
        let mentions = if is_alone { self.lexicon.mentions(head) } else { Vec::new() };
        let key = mentions.iter().find_map(|mention| match mention.name {
            Name::Key(key) if mention.range == (0..head.len()) => Some(key),
            _ => None,
        })?;
        let name = self.lexicon.keys.get(key as usize)?;
        let has_values = self.lexicon.values.get(key as usize).is_some_and(|all| !all.is_empty());
        // `| Runs |` may count what is called `run`; a head as it is written in the files is one.
        let is_sure = **name == *head || value_index(figure.value, &self.lexicon, key).is_some();
        (has_values && is_sure).then_some(key)
    }

    /// The setting that the heading above names, where an item begins with a value of it:
    /// `- **2048:** slower` below `### Context size`.
    fn key_above(&self, piece: &Piece, figure: &Figure) -> Option<u32> {
        let before = piece.text.get(..figure.range.start)?;
        let behind = piece.text.get(figure.range.end..)?.trim_start_matches(['*', '`']);
        let is_label = piece.kind == Kind::Prose
            && before.chars().all(|c| matches!(c, ' ' | '-' | '*' | '`' | '+' | '•'))
            && before.contains(['-', '*', '+', '•'])
            && behind.trim_start().starts_with([':', '(', '–', '—']);
        if !is_label {
            return None;
        }
        let above = self.level(piece.above.first()?);
        let mut keys = above.iter().filter_map(|mention| match mention.name {
            Name::Key(key) => Some(key),
            _ => None,
        });
        let key = keys.next()?;
        let is_only = keys.all(|other| other == key);
        (is_only && value_index(figure.value, &self.lexicon, key).is_some()).then_some(key)
    }

    /// Judges the value of a setting.
    pub fn setting(&self, key: u32, figure: &Figure) -> Verdict {
        let name = self.lexicon.keys.get(key as usize).map_or("", |name| &**name);
        if let Some(value) = value_index(figure.value, &self.lexicon, key) {
            let mut backing = Backing::new(name, "setting", String::new(), figure.value, &Unit::None);
            let values = BTreeMap::from([(key, vec![value])]);
            let wanted = Wanted { values, files: Vec::new() };
            let selection = self.pool.select(&wanted, &self.lexicon);
            if let Some(selected) = selection.iter().find(|selected| !selected.is_loose)
                && let Some(line) = self.pool.line(selected)
            {
                backing = backing.from(line.sources(selected));
            }
            return Verdict::Grounded(backing);
        }
        let print = Print::of(figure, false);
        if let verdict @ Verdict::Grounded(_) = self.cell(name, &print) {
            return verdict;
        }
        let mut values: Vec<String> = self
            .lexicon
            .values
            .get(key as usize)
            .map(|values| values.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        if values.is_empty() {
            values = self.evidence.cells.distinct(name, SHOWN + 1).iter().map(ToString::to_string).collect();
        }
        match values.as_slice() {
            [only] => Verdict::Mismatched(None, format!("the folder has {name} {only}")),
            [] => Verdict::Ungrounded(NO_FACT.to_owned()),
            several => {
                let more = if several.len() > SHOWN { ", …" } else { "" };
                let shown: Vec<&str> = several.iter().take(SHOWN).map(String::as_str).collect();
                Verdict::Ungrounded(format!("the folder has {name} {}{more}", shown.join(", ")))
            }
        }
    }
}
