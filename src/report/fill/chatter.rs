//! What a model says that is no part of a report: greetings, offers, headings, loops,
//! code, and names of things that are not there.

use std::collections::BTreeSet;

use crate::grounding::{
    fact::{Ledger, Statistic},
    figure::{Day, dates},
};

/// Fewer words are a heading or a stub.
const LEAST_WORDS: usize = 4;
/// More words are a run-on that nobody reads.
const MOST_WORDS: usize = 70;
/// Three words that come this often in a sentence are a loop.
const LOOP_REPEATS: usize = 3;
/// Less than this share of letters is no prose.
const LEAST_LETTERS: f64 = 0.5;

/// Words with digits that are no names.
const COMMON_IDENTIFIERS: [&str; 6] = ["p50", "p90", "p95", "p99", "ci95", "fp16"];
/// Beginnings of chat.
const OPENERS: [&str; 34] = [
    "okay",
    "ok,",
    "ok ",
    "sure",
    "certainly",
    "of course",
    "absolutely",
    "great",
    "alright",
    "here's",
    "here’s",
    "here is",
    "here are",
    "hello",
    "hi ",
    "hi,",
    "thank",
    "thanks",
    "let me know",
    "let's",
    "would you like",
    "do you want",
    "i hope",
    "i'm ",
    "i’m ",
    "i am ",
    "i can",
    "i'd be",
    "i will",
    "i have",
    "feel free",
    "please let",
    "please note that i",
    "as an ai",
];
/// Words of chat anywhere in a sentence.
const OFFERS: [&str; 16] = [
    "okay,",
    "here's a ",
    "here is a ",
    "sure,",
    "would you like me",
    "let me know if",
    "feel free to",
    "i hope this",
    "as requested",
    "as an ai",
    "language model, i",
    "happy to help",
    "here's a draft",
    "this draft",
    "based on the provided data",
    "insightagent",
];
/// Beginnings that only an instruction has.
const TASK_WORDS: [&str; 7] =
    ["now write", "now list", "now name", "write only", "task:", "rules:", "each is one full sentence"];

/// Why a sentence is no sentence of a report, by its form alone.
pub fn reason(sentence: &str) -> Option<&'static str> {
    let lower = sentence.to_lowercase().replace('’', "'");
    let lower = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = sentence.split_whitespace().collect();
    if OPENERS.iter().any(|opener| {
        lower.strip_prefix(opener).is_some_and(|rest| {
            opener.ends_with([' ', ','])
                || !rest.starts_with(|c: char| c.is_alphanumeric())
                || *opener == "thank"
        })
    }) || OFFERS.iter().any(|offer| lower.contains(offer))
    {
        return Some("it is chat");
    }
    if TASK_WORDS.iter().any(|start| lower.starts_with(start)) {
        return Some("it repeats the prompt");
    }
    if sentence.trim_end().ends_with('?') {
        return Some("it is a question");
    }
    if sentence.trim_end().ends_with(':') {
        return Some("it is a heading");
    }
    if words.len() < LEAST_WORDS {
        return Some("it is no sentence");
    }
    if words.len() > MOST_WORDS {
        return Some("it does not end");
    }
    if sentence.contains(['{', '}', '|', '<', '>']) || sentence.contains("```") || sentence.contains("://") {
        return Some("it holds code, markup or a link");
    }
    if is_title(&words) {
        return Some("it is a heading");
    }
    let letters = sentence.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).count() as f64;
    if letters / (sentence.chars().count().max(1) as f64) < LEAST_LETTERS {
        return Some("it is no prose");
    }
    if is_loop(&words) {
        return Some("it repeats itself");
    }
    None
}

/// Every word of it with a capital, as in a heading.
fn is_title(words: &[&str]) -> bool {
    let long = words.iter().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 3);
    let (mut all, mut capital) = (0, 0);
    for word in long {
        all += 1;
        capital += usize::from(word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase));
    }
    all >= 2 && all == capital
}

fn is_loop(words: &[&str]) -> bool {
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut seen = std::collections::BTreeMap::new();
    lower.windows(3).any(|window| {
        let count = seen.entry(window.join(" ")).or_insert(0_usize);
        *count += 1;
        *count >= LOOP_REPEATS
    })
}

/// `Risk: … Mitigation: …`, as often as it comes.
pub fn risk_pairs(text: &str) -> Vec<(String, String)> {
    let lower = text.to_ascii_lowercase();
    let mut pairs = Vec::new();
    let mut at = 0;
    while let Some(risk) = lower.get(at..).and_then(|rest| rest.find("risk:")).map(|found| at + found + 5) {
        let Some(mitigation) = lower.get(risk..).and_then(|rest| rest.find("mitigation:")).map(|f| risk + f)
        else {
            break;
        };
        // A second risk before the mitigation: the first one has none.
        if let Some(next) = lower.get(risk..mitigation).and_then(|between| between.find("risk:")) {
            at = risk + next;
            continue;
        }
        let answer = mitigation + "mitigation:".len();
        let end = lower.get(answer..).and_then(|rest| rest.find("risk:")).map_or(text.len(), |f| answer + f);
        let clean = |text: Option<&str>| {
            let text = text.unwrap_or_default().trim();
            let text = text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches([' ', '(', '#']);
            first_sentence(text.trim_start_matches(['*', ' ']))
        };
        let pair = (clean(text.get(risk..mitigation)), clean(text.get(answer..end)));
        if !pair.0.is_empty() && !pair.1.is_empty() {
            pairs.push(pair);
        }
        at = end;
    }
    pairs
}

fn first_sentence(text: &str) -> String {
    super::blocks::sentences(text).into_iter().next().unwrap_or_default()
}

/// Names that the folder has.
#[derive(Debug, Default)]
pub struct Names {
    known: BTreeSet<String>,
    days: BTreeSet<(i32, u32, u32)>,
}

impl Names {
    /// Of the facts, and of all files.
    pub fn of(ledger: &Ledger, files: impl IntoIterator<Item = String>) -> Self {
        let mut names = Self::default();
        let mut add = |name: &str| {
            let lower = name.to_lowercase();
            if let Some((_, last)) = lower.rsplit_once('/') {
                names.known.insert(last.to_owned());
            }
            names.known.insert(lower);
        };
        for path in files {
            add(&path);
        }
        for fact in &ledger.facts {
            fact.group.0.iter().for_each(|(_, value)| add(value));
        }
        for row in &ledger.rows {
            add(&row.field);
        }
        for fact in ledger.facts.iter().filter(|fact| fact.statistic == Statistic::Date) {
            for date in dates(&fact.text) {
                if let Some((year, Some(month), Some(day))) = date.day {
                    names.days.insert((year, month, day));
                }
            }
        }
        names
    }
    /// Is it, as far as it says, the date of a fact?
    pub fn has_date(&self, day: Option<Day>) -> bool {
        let Some((year, month, day)) = day else { return false };
        self.days.iter().any(|known| {
            known.0 == year
                && month.is_none_or(|month| month == known.1)
                && day.is_none_or(|day| day == known.2)
        })
    }
    /// Is it a name of the folder, or the start of one (`reports/gemma3`, `gemma3`)?
    fn knows(&self, word: &str) -> bool {
        let is_start = |name: &String| {
            name.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()))
        };
        self.known.contains(word) || self.known.iter().any(is_start)
    }
    /// A file, model or other name with digits that the sentence names and the folder does not have.
    pub fn unknown_in(&self, sentence: &str) -> Option<String> {
        sentence
            .split(|c: char| {
                c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '\'' | '“' | '”' | '=')
            })
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(|word| is_file(word) || is_model(word) || is_identifier(word))
            .find(|word| !self.knows(&word.to_lowercase()))
            .map(str::to_owned)
    }
}

/// A word of letters and digits that is no number with a unit and no ordinal.
fn is_identifier(word: &str) -> bool {
    let has = |test: fn(char) -> bool| word.chars().any(test);
    has(|c| c.is_ascii_digit())
        && has(char::is_alphabetic)
        && !word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'))
        && !COMMON_IDENTIFIERS.contains(&word.to_lowercase().as_str())
}

fn is_file(word: &str) -> bool {
    const EXTENSIONS: [&str; 8] = [".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".md", ".txt", ".log"];
    let lower = word.to_lowercase();
    EXTENSIONS.iter().any(|extension| lower.len() > extension.len() && lower.ends_with(extension))
}

/// `name:tag` with a digit, as Ollama names models.
fn is_model(word: &str) -> bool {
    word.split_once(':').is_some_and(|(name, tag)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && tag.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.len() > 1
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && name.bytes().any(|byte| byte.is_ascii_digit())
    })
}
