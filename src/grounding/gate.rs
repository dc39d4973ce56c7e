//! The gate: may this sentence stand in a report? It may when each of its claims is one of
//! the facts: every figure with the metric, group, statistic and unit that it belongs to,
//! every order, ratio and extreme over all rows that can be compared, every name and date.
//! What contradicts the facts is rejected, and so is what no fact can back.
//!
//! Not here: what becomes of a rejected sentence, and whole reports (`check`).

use std::fmt;

use self::{
    figures::{Found, Scene},
    index::Index,
    lexicon::Class,
    read::{Reading, What},
    refer::Referent,
    same::Fingerprint,
};
use super::fact::Ledger;

mod attribute;
mod claims;
mod compare;
mod conditions;
mod counts;
mod end;
mod equal;
mod extremes;
mod figures;
mod form;
mod index;
mod lexicon;
mod measure;
mod number;
mod parts;
mod read;
mod refer;
mod relate;
mod same;
mod statement;
#[cfg(test)]
mod tests;

pub use end::sentence_end;

/// Why a sentence was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A figure that is no fact, or not that of the statistic or metric it is given to.
    Figure,
    /// A figure in a unit that its metric does not have, or without a metric.
    Unit,
    /// A figure of another group, or of none that is named.
    Group,
    /// A number in words that no fact has.
    NumberWord,
    /// A date that no fact has.
    Date,
    /// Best, worst, all, none: not so over all rows.
    Superlative,
    /// Better, faster, higher, the same: not so, or of nothing that can be told.
    Comparison,
    /// A cause that no driver shows.
    Cause,
    /// A change that no trend shows, or a spread that no deviation shows.
    Trend,
    /// A verdict without a measure: `excellent`, `significant`.
    Judgement,
    /// A model, file or setting that is not there.
    Name,
    /// The same words again and again.
    Repetition,
    /// Letters of another script.
    Script,
    /// A greeting, an offer, a question, code: no part of a report.
    Chat,
    /// Words of the prompt.
    Echo,
    /// The report says it already.
    Restated,
    /// Half a sentence, or a heading.
    Unfinished,
    /// Nothing that was measured, or words that no fact can back.
    OffTopic,
}

impl Kind {
    /// As records and tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Figure => "figure",
            Self::Unit => "unit",
            Self::Group => "group",
            Self::NumberWord => "number word",
            Self::Date => "date",
            Self::Superlative => "superlative",
            Self::Comparison => "comparison",
            Self::Cause => "cause",
            Self::Trend => "trend",
            Self::Judgement => "judgement",
            Self::Name => "name",
            Self::Repetition => "repetition",
            Self::Script => "script",
            Self::Chat => "chat",
            Self::Echo => "echo",
            Self::Restated => "restated",
            Self::Unfinished => "unfinished",
            Self::OffTopic => "off topic",
        }
    }
}

/// A sentence that may not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong.
    pub kind: Kind,
    /// One line for people.
    pub reason: String,
}

impl Rejection {
    fn new(kind: Kind, reason: String) -> Self {
        Self { kind, reason }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.reason)
    }
}

/// A sentence that may stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// The facts it states or rests on: indices into the ledger, sorted.
    pub facts: Vec<usize>,
}

/// A ledger made ready to judge sentences, and what the report already says.
#[derive(Debug)]
pub struct Gate<'a> {
    index: Index<'a>,
    /// Letters of the folder's names, of whatever script.
    letters: String,
    asked: Vec<String>,
    said: Vec<Fingerprint>,
}

impl<'a> Gate<'a> {
    /// Of a ledger; `names` are further names that a text may use: files, models.
    pub fn new(ledger: &'a Ledger, names: &[String]) -> Self {
        let groups = ledger.facts.iter().flat_map(|fact| &fact.group.0);
        let letters = groups
            .flat_map(|(key, value)| key.chars().chain(value.chars()))
            .chain(names.iter().flat_map(|name| name.chars()))
            .filter(|c| !c.is_ascii())
            .collect();
        Self { index: Index::new(ledger, names), letters, asked: Vec::new(), said: Vec::new() }
    }

    /// A text that the model was given: repeating it is no sentence of its own.
    pub fn asked(&mut self, prompt: &str) {
        self.asked.push(same::plain(prompt));
    }

    /// A sentence that the report holds already.
    pub fn said(&mut self, sentence: &str) {
        self.said.push(Fingerprint::of(sentence));
    }

    /// May the sentence stand? `about` are the only facts whose values it may state; `None`
    /// are all.
    pub fn judge(&self, sentence: &str, about: Option<&[usize]>) -> Result<Passed, Rejection> {
        let sentence = bare(sentence);
        if let Some(rejection) = form::reason(sentence).or_else(|| form::foreign_in(sentence, &self.letters))
        {
            return Err(rejection);
        }
        let plain = same::plain(sentence);
        if self.asked.iter().any(|asked| asked.contains(&plain)) {
            return Err(Rejection::new(Kind::Echo, "it repeats the prompt".to_owned()));
        }
        let fingerprint = Fingerprint::of(sentence);
        if self.said.iter().any(|said| said.is_near(&fingerprint)) {
            return Err(Rejection::new(Kind::Restated, "the report says it already".to_owned()));
        }
        let reading = Reading::of(sentence, &self.index)?;
        let driven = claims::unbacked(&reading, &self.index)?;
        let referents = refer::referents(&reading, &self.index)?;
        let scene = Scene { index: &self.index, reading: &reading, referents: &referents, about };
        let found = figures::judge(&scene)?;
        let mut facts = self.facts(&scene, &found)?;
        facts.extend(driven);
        claims::rest(&scene, &found, !facts.is_empty())?;
        statement::judge(&scene, &facts)?;
        facts.sort_unstable();
        facts.dedup();
        Ok(Passed { facts })
    }

    fn facts(&self, scene: &Scene<'_, '_, '_>, found: &Found) -> Result<Vec<usize>, Rejection> {
        let (reading, referents) = (scene.reading, scene.referents);
        let mut facts: Vec<usize> = found.stated.iter().map(|stated| stated.fact).collect();
        facts.extend(figures::dated(scene)?);
        // Settings beside a group say how it ran; what is compared are groups.
        let groups: Vec<Referent<'_>> =
            referents.iter().filter(|referent| !referent.is_setting(&self.index)).cloned().collect();
        let compared = if groups.is_empty() { referents } else { &groups };
        facts.extend(extremes::judge(&self.index, reading, compared, found)?);
        facts.extend(compare::judge(&self.index, reading, compared, found)?);
        facts.extend(conditions::judge(scene, found)?);
        Ok(facts)
    }

    /// Is this beginning of a sentence lost whatever follows? Cheap enough for every token.
    pub fn is_hopeless(&self, start_of_sentence: &str) -> Option<Rejection> {
        let start = bare_start(start_of_sentence);
        form::early(start).or_else(|| form::foreign_in(start, &self.letters))
    }
}

/// A sentence without its list marker and the marks of bold around it.
fn bare(sentence: &str) -> &str {
    bare_start(sentence).trim_end()
}

fn bare_start(sentence: &str) -> &str {
    let text = sentence.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..).unwrap_or_default();
    let text = if (1..=3).contains(&digits) && (rest.starts_with(". ") || rest.starts_with(") ")) {
        rest.get(2..).unwrap_or_default()
    } else {
        text
    };
    ["- ", "* ", "+ ", "• "].iter().find_map(|bullet| text.strip_prefix(bullet)).unwrap_or(text).trim_start()
}

/// Is this item a word of this class?
fn says(what: &What<'_>, class: Class) -> bool {
    *what == What::Says(class)
}
