//! What of the model's Markdown goes into the report: whole sentences about the facts,
//! once each. Everything else is kept in the record with the reason.
//!
//! [`Filler::judge`] is the seam for the gate on figures: today it looks at a finished
//! sentence and takes it or leaves it.

use crate::grounding::{
    check::{Checker, ItemStatus},
    fact::Ledger,
    figure::dates,
};

mod blocks;
mod chatter;
mod same;
mod topic;

use blocks::{Block, blocks};
use same::Fingerprint;
use topic::{Place, Topic};

/// Sentences of the executive summary and of the analysis.
const MOST_SENTENCES: usize = 6;
/// Findings or recommendations of the model.
const MOST_ITEMS: usize = 5;
/// Risks of the model.
const MOST_RISKS: usize = 4;
/// A finding is one thought: two sentences at most.
const SENTENCES_AN_ITEM: usize = 2;

/// An answer of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Its Markdown, with the words put into its mouth.
    pub text: &'a str,
    /// It did not end by itself: its last sentence may be half a sentence.
    pub is_cut: bool,
}

/// Takes sentences over, remembering what the report already says.
#[derive(Debug)]
pub struct Filler<'a> {
    checker: Checker<'a>,
    topic: Topic,
    names: chatter::Names,
    said: Vec<Fingerprint>,
    asked: Vec<String>,
    rejected: Vec<(String, String)>,
}

impl<'a> Filler<'a> {
    /// A filler for a report from this ledger; `names` are the names that a text may use
    /// (files, models, configurations).
    pub fn new(ledger: &'a Ledger, files: impl IntoIterator<Item = String>) -> Self {
        Self {
            checker: Checker::of(ledger),
            topic: Topic::new(),
            names: chatter::Names::of(ledger, files),
            said: Vec::new(),
            asked: Vec::new(),
            rejected: Vec::new(),
        }
    }
    /// A text that the model was given: repeating it is no finding.
    pub fn asked(&mut self, prompt: &str) {
        self.topic.learn(prompt);
        self.asked.push(same::plain(prompt));
    }
    /// A sentence that the report holds already.
    pub fn said(&mut self, sentence: &str) {
        self.said.push(Fingerprint::of(sentence));
    }
    /// What was not taken over, with the reasons.
    pub fn into_rejected(self) -> Vec<(String, String)> {
        self.rejected
    }

    /// Sentences of running text.
    pub fn sentences(&mut self, answer: Answer<'_>) -> Vec<String> {
        let mut taken = Vec::new();
        for block in blocks(answer.text, answer.is_cut) {
            let (Block::Paragraph(sentences) | Block::Item(sentences)) = block else { continue };
            for sentence in sentences {
                if taken.len() < MOST_SENTENCES {
                    taken.extend(self.take(sentence, Place::Leading));
                }
            }
        }
        taken
    }

    /// Items of a list; paragraphs count as items, a sentence each, where there is no list.
    pub fn items(&mut self, answer: Answer<'_>) -> Vec<String> {
        let blocks = blocks(answer.text, answer.is_cut);
        let has_list = blocks.iter().any(|block| matches!(block, Block::Item(_)));
        let mut items = Vec::new();
        for block in blocks {
            match block {
                Block::Item(sentences) => {
                    let mut item: Vec<String> = Vec::new();
                    for sentence in sentences.into_iter().take(SENTENCES_AN_ITEM) {
                        // What follows a sentence that fell may lean on it.
                        let place = if item.is_empty() { Place::Leading } else { Place::Following };
                        let Some(sentence) = self.take(sentence, place) else { break };
                        item.push(sentence);
                    }
                    if !item.is_empty() {
                        items.push(item.join(" "));
                    }
                }
                Block::Paragraph(sentences) if !has_list => {
                    for sentence in sentences {
                        items.extend(self.take(sentence, Place::Leading));
                    }
                }
                Block::Paragraph(_) | Block::Row(_) => {}
            }
            if items.len() >= MOST_ITEMS {
                break;
            }
        }
        items.truncate(MOST_ITEMS);
        items
    }

    /// Pairs of a risk and its mitigation, from `Risk: … Mitigation: …` or a table.
    pub fn risks(&mut self, answer: Answer<'_>) -> Vec<(String, String)> {
        let mut text = String::new();
        let mut pairs = Vec::new();
        for block in blocks(answer.text, answer.is_cut) {
            match block {
                Block::Row(cells) => {
                    if let [risk, mitigation, ..] = cells.as_slice() {
                        pairs.push((risk.clone(), mitigation.clone()));
                    }
                }
                Block::Paragraph(sentences) | Block::Item(sentences) => {
                    for sentence in sentences {
                        text.push_str(&sentence);
                        text.push(' ');
                    }
                }
            }
        }
        pairs.extend(chatter::risk_pairs(&text));
        let mut taken = Vec::new();
        for (risk, mitigation) in pairs {
            if taken.len() >= MOST_RISKS {
                break;
            }
            let Some(risk) = self.take(blocks::ended(&risk), Place::Leading) else { continue };
            if let Some(mitigation) = self.take(blocks::ended(&mitigation), Place::Following) {
                taken.push((risk, mitigation));
            }
        }
        taken
    }

    fn take(&mut self, sentence: String, place: Place) -> Option<String> {
        let sentence = capitalised(sentence);
        match self.judge(&sentence, place) {
            Ok(()) => {
                self.said.push(Fingerprint::of(&sentence));
                Some(sentence)
            }
            Err(reason) => {
                self.rejected.push((sentence, reason));
                None
            }
        }
    }

    /// Why this sentence may not stand in the report.
    fn judge(&self, sentence: &str, place: Place) -> Result<(), String> {
        if let Some(reason) = chatter::reason(sentence) {
            return Err(reason.to_owned());
        }
        if let Some(name) = self.names.unknown_in(sentence) {
            return Err(format!("it names `{name}`, which is not in the folder"));
        }
        let plain = same::plain(sentence);
        if self.asked.iter().any(|asked| asked.contains(&plain)) {
            return Err("it repeats the prompt".to_owned());
        }
        let fingerprint = Fingerprint::of(sentence);
        if self.said.iter().any(|said| said.is_near(&fingerprint)) {
            return Err("the report says it already".to_owned());
        }
        for date in dates(sentence) {
            if !self.names.has_date(date.day) {
                let text = sentence.get(date.range).unwrap_or_default();
                return Err(format!("no file has the date `{text}`"));
            }
        }
        let mut grounded = 0;
        for item in self.checker.check(sentence) {
            let text = &item.figure.text;
            match item.status {
                ItemStatus::Mismatched => return Err(format!("`{text}` differs from the facts")),
                ItemStatus::Ungrounded => return Err(format!("no fact has `{text}`")),
                ItemStatus::Grounded => grounded += 1,
                ItemStatus::Structural => {}
            }
        }
        self.topic.reason(sentence, grounded, place).map_or(Ok(()), |reason| Err(reason.to_owned()))
    }
}

/// With a capital at its start, unless it starts with a name (`gemma3:1b`, `num_gpu`).
fn capitalised(sentence: String) -> String {
    let first_word = sentence.split_whitespace().next().unwrap_or_default();
    let is_plain = first_word.chars().all(|c| c.is_alphabetic() || matches!(c, ',' | '\'' | '’' | '-'));
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) if is_plain && first.is_lowercase() => first.to_uppercase().chain(characters).collect(),
        _ => sentence,
    }
}

/// The part of a base model's answer that belongs to its section: up to the next heading,
/// rule, fence, or a line that it wrote before.
pub fn section_of(answer: &str) -> &str {
    let mut end = 0;
    let mut lines: Vec<String> = Vec::new();
    for line in answer.split_inclusive('\n') {
        let trimmed = line.trim();
        let is_rule =
            trimmed.len() >= 3 && trimmed.bytes().all(|byte| matches!(byte, b'-' | b'=' | b'*' | b'_'));
        let ends = trimmed.starts_with('#') || trimmed.starts_with("```") || is_rule;
        let plain = same::plain(trimmed);
        if ends || (!plain.is_empty() && lines.contains(&plain)) {
            break;
        }
        lines.push(plain);
        end += line.len();
    }
    answer.get(..end).unwrap_or(answer)
}

#[cfg(test)]
mod tests;
