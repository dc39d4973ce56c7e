//! A sentence as items: names, metrics, figures, and what its words claim.

use std::ops::Range;

use super::{
    Kind, Rejection,
    index::{Entity, Index},
    lexicon::{Class, LONGEST_PHRASE, lexicon},
    number,
};
use crate::grounding::figure::{DateText, Figure, scan};

/// Words between a dimension's name and its number: `a num_gpu value of 99`.
const SETTING_WORDS: usize = 3;
/// Words with digits that are no names.
const IDENTIFIERS: [&str; 6] = ["p50", "p90", "p95", "p99", "ci95", "fp16"];

/// What stands in a place of the sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum What<'a> {
    /// The value of a dimension: key, value.
    Value(&'a str, &'a str),
    /// A dimension.
    Key(&'a str),
    /// One of these metrics.
    Metric(Vec<usize>),
    /// A file, as it is named, in lower case.
    File(String),
    /// A name that says nothing by itself.
    Name,
    /// Index of a figure.
    Figure(usize),
    /// A number in words.
    Number(f64),
    /// What the words claim.
    Says(Class),
    /// A comma, colon, bracket, dash.
    Break(char),
}

/// A place of the sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is.
    pub what: What<'a>,
}

/// A sentence that was read.
#[derive(Debug)]
pub struct Reading<'a, 's> {
    /// The sentence.
    pub text: &'s str,
    /// Its items in order.
    pub items: Vec<Item<'a>>,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// Its dates.
    pub dates: Vec<DateText>,
}

#[derive(Debug)]
struct Token {
    lower: String,
    range: Range<usize>,
    /// A mark, no word.
    mark: Option<char>,
}

impl<'a, 's> Reading<'a, 's> {
    /// Reads a sentence; an unknown name, date or word is a reason to reject it.
    pub fn of(text: &'s str, index: &Index<'a>) -> Result<Self, Rejection> {
        let (figures, dates) = scan(text);
        for date in &dates {
            if !index.has_day(date.day) {
                let written = text.get(date.range.clone()).unwrap_or_default();
                return Err(Rejection::new(Kind::Date, format!("no file has the date `{written}`")));
            }
        }
        let tokens = tokens(text, index);
        let mut reading = Self { text, items: Vec::new(), figures, dates };
        let mut unknown = None;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let taken = match reading.item(&tokens, at, index) {
                Ok((what, taken)) => {
                    let end = tokens.get(at + taken - 1).map_or(token.range.end, |last| last.range.end);
                    if let Some(what) = what {
                        reading.items.push(Item { range: token.range.start..end, what });
                    }
                    taken
                }
                Err(rejection) => {
                    // A wrong name says more than a word that nobody knows.
                    if rejection.kind == Kind::OffTopic {
                        unknown.get_or_insert(rejection);
                        1
                    } else {
                        return Err(rejection);
                    }
                }
            };
            at += taken;
        }
        reading.join_settings(index);
        reading.split_bounds();
        unknown.map_or(Ok(reading), Err)
    }

    /// What stands at a token, and how many tokens it takes.
    fn item(
        &self,
        tokens: &[Token],
        at: usize,
        index: &Index<'a>,
    ) -> Result<(Option<What<'a>>, usize), Rejection> {
        let Some(token) = tokens.get(at) else { return Ok((None, 1)) };
        if let Some(mark) = token.mark {
            return Ok((Some(What::Break(mark)), 1));
        }
        let run: Vec<&str> = tokens[at..]
            .iter()
            .take_while(|token| token.mark.is_none())
            .take(LONGEST_PHRASE)
            .map(|t| t.lower.as_str())
            .collect();
        let in_lexicon = lexicon().class(&run);
        if let Some((entity, taken)) = index.entity(&run)
            && in_lexicon.is_none_or(|(_, length)| length <= taken)
        {
            let next = run.get(taken).copied().unwrap_or_default();
            if matches!(entity, Entity::Tag(..)) && !matches!(next, "model" | "variant" | "version") {
                let written = self.text.get(token.range.clone()).unwrap_or_default();
                return Err(Rejection::new(Kind::Name, format!("`{written}` alone is no name of a model")));
            }
            return Ok((
                Some(match entity {
                    Entity::Value(key, value) | Entity::Tag(key, value) => What::Value(key, value),
                    Entity::Key(key) => What::Key(key),
                    Entity::Metric(metrics) => What::Metric(metrics.clone()),
                    Entity::File => What::File(run.get(..taken).unwrap_or_default().join(" ")),
                }),
                taken,
            ));
        }
        if let Some(place) = self.figures.iter().position(|figure| figure.range.start == token.range.start) {
            let end = self.figures[place].range.end;
            let taken = tokens[at..].iter().take_while(|token| token.range.start < end).count().max(1);
            return Ok((Some(What::Figure(place)), taken));
        }
        if self.dates.iter().any(|date| date.range.contains(&token.range.start)) {
            return Ok((Some(What::Name), 1));
        }
        if let Some((key, written)) = token.lower.split_once('=') {
            let start = token.range.start + key.len() + 1;
            let rest = self.text.get(start..).unwrap_or_default();
            if written.is_ascii()
                && let Some(known) = index.key(key)
                && let Some(value) = index.value_before(known, rest).filter(|value| value.contains(' '))
            {
                let end = start + value.len();
                let taken = tokens[at..].iter().take_while(|token| token.range.start < end).count();
                return Ok((Some(What::Value(known, value)), taken.max(1)));
            }
            return setting(key, written, index);
        }
        if let Some(number) = number::of_word(&token.lower) {
            // `one` is a number only where something is counted; the counting looks at that.
            return Ok((Some(What::Number(number)), 1));
        }
        if number::ratio_of(&token.lower).is_some() {
            return Ok((Some(What::Says(Class::Neutral)), 1));
        }
        if let Some((class, taken)) = in_lexicon {
            return Ok((Some(What::Says(class)), taken));
        }
        if index.has_name(&token.lower) {
            return Ok((Some(What::Name), 1));
        }
        let written = self.text.get(token.range.clone()).unwrap_or_default();
        let has_digit = token.lower.chars().any(char::is_numeric);
        if has_digit && !IDENTIFIERS.contains(&token.lower.as_str()) {
            let is_time = token.lower.contains(':') && !token.lower.chars().any(char::is_alphabetic);
            return Err(if is_time {
                Rejection::new(Kind::Date, format!("no fact has the time `{written}`"))
            } else {
                Rejection::new(Kind::Name, format!("it names `{written}`, which is not in the folder"))
            });
        }
        if looks_like_name(written) {
            return Err(Rejection::new(
                Kind::Name,
                format!("it names `{written}`, which is not in the folder"),
            ));
        }
        Err(Rejection::new(Kind::OffTopic, format!("no fact can back the word `{written}`")))
    }

    /// A number behind the name of a dimension is a value of it: `num_gpu of 99`, `99 layers`.
    fn join_settings(&mut self, index: &Index<'a>) {
        for at in 0..self.items.len() {
            let What::Figure(place) = self.items[at].what else { continue };
            let figure = &self.figures[place];
            let before = self.items[..at]
                .iter()
                .rev()
                .take_while(|item| !matches!(item.what, What::Figure(_) | What::Break(',' | ';')))
                .take(SETTING_WORDS + 1)
                .find_map(|item| if let What::Key(key) = item.what { Some(key) } else { None });
            // `concurrency from 1 to 32`: the next value of the same list.
            let before = before.or_else(|| {
                let joins = |at: usize| matches!(self.words(at).to_lowercase().as_str(), "to" | "and" | "or");
                match self.items.get(at.checked_sub(2)?)?.what {
                    What::Value(key, _) if joins(at - 1) => Some(key),
                    _ => None,
                }
            });
            let behind = self.text.get(figure.range.end..).unwrap_or_default();
            let next = behind.split_whitespace().next().unwrap_or_default();
            let after = index
                .key_of_unit(next.trim_matches(|c: char| !c.is_alphanumeric()))
                .filter(|_| figure.unit.is_none());
            let number = figure.value.to_string();
            if let Some(key) = before.or(after)
                && figure.unit.as_deref().is_none_or(|unit| unit == "tokens")
                && let Some(value) = index.value(key, &number)
            {
                self.items[at].what = What::Value(key, value);
            }
        }
    }

    /// `more than 5` sets a limit, `more than gemma3:1b` compares.
    fn split_bounds(&mut self) {
        let mut at = 0;
        while at < self.items.len() {
            let words = self.words(at).to_lowercase();
            let class = match words.as_str() {
                "more than" => Class::Higher,
                "less than" | "fewer than" => Class::Lower,
                _ => {
                    at += 1;
                    continue;
                }
            };
            let is_limit = self.items.get(at + 1).is_some_and(|next| match next.what {
                What::Figure(_) | What::Number(_) => true,
                _ => number::ratio_of(&self.words(at + 1).to_lowercase()).is_some(),
            });
            if !is_limit {
                let range = self.items[at].range.clone();
                let middle = range.end - "than".len();
                self.items[at] = Item { range: range.start..middle - 1, what: What::Says(class) };
                self.items.insert(at + 1, Item { range: middle..range.end, what: What::Says(Class::Than) });
            }
            at += 1;
        }
    }

    /// Does any item say this?
    pub fn says(&self, class: Class) -> bool {
        self.items.iter().any(|item| item.what == What::Says(class))
    }
    /// The words of an item.
    pub fn words(&self, at: usize) -> &'s str {
        self.items.get(at).and_then(|item| self.text.get(item.range.clone())).unwrap_or_default()
    }
}

fn setting<'a>(key: &str, written: &str, index: &Index<'a>) -> Result<(Option<What<'a>>, usize), Rejection> {
    let Some(key_known) = index.key(key) else {
        return Err(Rejection::new(Kind::Name, format!("no run has a setting `{key}`")));
    };
    match index.value(key_known, written) {
        Some(value) => Ok((Some(What::Value(key_known, value)), 1)),
        None => Err(Rejection::new(Kind::Name, format!("no run has {key}={written}"))),
    }
}

/// A file, a model with a tag, a snake-case name, a word in capitals: a name, not a word.
fn looks_like_name(word: &str) -> bool {
    let inner_capital = word.chars().skip(1).any(char::is_uppercase);
    word.contains(['_', ':', '/', '\\', '@']) || inner_capital || (word.contains('.') && word.len() > 4)
}

/// The words and marks of a sentence.
fn tokens(text: &str, index: &Index<'_>) -> Vec<Token> {
    const MARKS: [char; 10] = [',', ';', ':', '(', ')', '—', '–', '…', '[', ']'];
    let mut tokens = Vec::new();
    let mut offset = 0;
    for raw in text.split_inclusive(char::is_whitespace) {
        let start = offset;
        offset += raw.len();
        let word = raw.trim_end();
        let body = word.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '+'));
        let lead = word.len() - body.len();
        for (at, mark) in word.get(..lead).unwrap_or_default().char_indices() {
            if MARKS.contains(&mark) {
                tokens.push(Token {
                    lower: String::new(),
                    range: start + at..start + at + mark.len_utf8(),
                    mark: Some(mark),
                });
            }
        }
        let core = body.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '%' | '°'));
        let tail_start = start + lead + core.len();
        if !core.is_empty() {
            push_word(core, start + lead, index, &mut tokens);
        } else if matches!(body, "-" | "--") {
            tokens.push(Token { lower: String::new(), range: start..start + word.len(), mark: Some('–') });
        }
        if let Some(tail) = body.get(core.len()..) {
            for (at, mark) in tail.char_indices().filter(|(_, mark)| MARKS.contains(mark)) {
                tokens.push(Token {
                    lower: String::new(),
                    range: tail_start + at..tail_start + at + mark.len_utf8(),
                    mark: Some(mark),
                });
            }
        }
    }
    tokens
}

/// A word, or its parts where it is joined of several: `and/or`, `speed—but`.
fn push_word(core: &str, start: usize, index: &Index<'_>, tokens: &mut Vec<Token>) {
    let lower = core.to_lowercase().replace('’', "'");
    let bare =
        lower.strip_suffix("'s").or_else(|| lower.strip_suffix("s'").map(|_| lower.trim_end_matches('\'')));
    let possessive = bare.is_some();
    let word = bare.unwrap_or(&lower).to_owned();
    let known = |word: &str| {
        index.entity(&[word]).is_some() || lexicon().class(&[word]).is_some() || index.has_name(word)
    };
    let is_number = core.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
    let length =
        if possessive && core.len() >= 2 { core.len() - (lower.len() - word.len()) } else { core.len() };
    if known(&word) || is_number || word.contains('=') {
        tokens.push(Token { lower: word, range: start..start + length, mark: None });
        return;
    }
    let separators = ['/', '—', '–', '-', '…'];
    let parts: Vec<&str> = core.split(separators).filter(|part| !part.is_empty()).collect();
    let is_joined = parts.len() > 1
        && parts.iter().all(|part| {
            let part = part.to_lowercase();
            known(&part) || part.starts_with(|c: char| c.is_ascii_digit())
        });
    if !is_joined {
        tokens.push(Token { lower: word, range: start..start + length, mark: None });
        return;
    }
    let mut from = 0;
    for part in parts {
        let at = core.get(from..).and_then(|rest| rest.find(part)).map_or(from, |found| from + found);
        tokens.push(Token {
            lower: part.to_lowercase(),
            range: start + at..start + at + part.len(),
            mark: None,
        });
        from = at + part.len();
    }
}
