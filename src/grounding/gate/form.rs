//! What is no sentence of a report by its form alone: chat, questions, code, loops, bursts of
//! another script, halves.

use std::collections::HashMap;

use super::{Kind, Rejection};

/// Fewer words are a heading or a stub.
const LEAST_WORDS: usize = 4;
/// More words are a run-on that nobody reads.
const MOST_WORDS: usize = 70;
/// Three words that come this often in a sentence are a loop.
const LOOP_REPEATS: usize = 3;
/// The same word this often in a row is a loop.
const WORD_REPEATS: usize = 3;
/// The same mark or letter this often in a row is a burst.
const CHARACTER_REPEATS: usize = 5;
/// Letters of Latin scripts end here; behind them names alone may have letters.
const LAST_LATIN: char = '\u{24f}';
/// Beginnings of chat; with a blank or comma at the end only as they stand.
const OPENERS: [&str; 40] = [
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
    "i am ",
    "i can",
    "i'd be",
    "i will",
    "i have",
    "i'll ",
    "feel free",
    "please",
    "as an ai",
    "as requested",
    "got it",
    "no problem",
    "understood",
    "below is",
    "below are",
    "in this report",
    "this report presents",
];
/// Words of chat anywhere in a sentence.
const OFFERS: [&str; 16] = [
    "would you like",
    "let me know",
    "feel free to",
    "i hope this",
    "as requested",
    "as an ai",
    "language model, i",
    "happy to help",
    "here's a draft",
    "this draft",
    "provided data",
    "insightagent",
    "hope this helps",
    "want me to",
    "if you need",
    "any questions",
];
/// Beginnings that only an instruction or a prompt has.
const TASKS: [&str; 10] = [
    "now write",
    "now list",
    "now name",
    "write only",
    "task:",
    "rules:",
    "each is one full sentence",
    "use only the facts",
    "never invent",
    "the facts are",
];
/// Words that no sentence ends with.
const OPEN_ENDS: [&str; 26] = [
    "and", "or", "but", "the", "a", "an", "of", "for", "with", "in", "on", "at", "by", "to", "from", "than",
    "that", "which", "is", "are", "was", "were", "has", "because", "while", "as",
];

/// Ends of relative clauses, which may have such a word at last.
const CLOSED_ENDS: [&str; 6] =
    [" compare it to", " compare to", " measured on", " meant for", " than it is", " looked for"];

/// Why a sentence is none of a report; `None` where its form is well.
pub fn reason(sentence: &str) -> Option<Rejection> {
    let lower = plain(sentence);
    let words: Vec<&str> = lower.split_whitespace().collect();
    if let Some(rejection) = early(sentence) {
        return Some(rejection);
    }
    let reject = |kind, reason: &str| Some(Rejection::new(kind, reason.to_owned()));
    if OFFERS.iter().any(|offer| lower.contains(offer)) {
        return reject(Kind::Chat, "it is chat");
    }
    let trimmed = sentence.trim_end_matches(['"', '”', '’', '\'', ')', '*', '_', '`', ' ']);
    if trimmed.ends_with('?') {
        return reject(Kind::Chat, "it is a question");
    }
    if trimmed.ends_with(':') {
        return reject(Kind::Unfinished, "it is a heading");
    }
    if words.len() < LEAST_WORDS {
        return reject(Kind::Unfinished, "it is no whole sentence");
    }
    let last = words.last().map_or("", |word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let is_closed = CLOSED_ENDS.iter().any(|end| trimmed.trim_end_matches('.').ends_with(end));
    let is_open =
        trimmed.ends_with([',', ';', '-', '–', '—', '(', '=']) || (OPEN_ENDS.contains(&last) && !is_closed);
    let count = |mark: char| sentence.chars().filter(|c| *c == mark).count();
    if is_open || count('(') != count(')') || count('[') != count(']') || count('"') % 2 == 1 {
        return reject(Kind::Unfinished, "it is half a sentence");
    }
    if is_title(sentence) {
        return reject(Kind::Unfinished, "it is a heading");
    }
    None
}

/// What can be told of a sentence before it ends.
pub fn early(start: &str) -> Option<Rejection> {
    let lower = plain(start);
    let reject = |kind, reason: &str| Some(Rejection::new(kind, reason.to_owned()));
    let is_opener = |opener: &str| {
        lower.strip_prefix(opener).is_some_and(|rest| {
            opener.ends_with([' ', ','])
                || rest.starts_with(|c: char| !c.is_alphanumeric())
                || (opener == "thank" && rest.starts_with(' '))
        })
    };
    if OPENERS.iter().any(|opener| is_opener(opener)) {
        return reject(Kind::Chat, "it is chat");
    }
    if TASKS.iter().any(|task| lower.starts_with(task)) {
        return reject(Kind::Echo, "it repeats the prompt");
    }
    if start.contains(['{', '}', '|', '<', '>', '\\', '^']) || start.contains("```") || start.contains("://")
    {
        return reject(Kind::Chat, "it holds code, markup or a link");
    }
    if lower.starts_with('#') {
        return reject(Kind::Unfinished, "it is a heading");
    }
    if is_burst(start) || is_loop(&lower) {
        return reject(Kind::Repetition, "it repeats itself");
    }
    if lower.split_whitespace().count() > MOST_WORDS {
        return reject(Kind::Unfinished, "it does not end");
    }
    None
}

/// A letter of another script than the names of the folder have.
pub fn foreign_in(text: &str, known: &str) -> Option<Rejection> {
    let is_foreign = |c: char| {
        let is_letter = c.is_alphabetic() && c > LAST_LATIN && !matches!(c, 'μ' | 'Ω' | 'σ');
        let is_symbol =
            matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
        (is_letter || is_symbol || c == '\u{fffd}' || (c.is_numeric() && !c.is_ascii())) && !known.contains(c)
    };
    let found = text.chars().find(|c| is_foreign(*c))?;
    Some(Rejection::new(Kind::Script, format!("`{found}` is of a script that no name of the folder has")))
}

fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace('’', "'");
    lower.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '#').to_owned()
}

/// Every long word of it with a capital, as in a heading.
fn is_title(sentence: &str) -> bool {
    let long =
        sentence.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 3);
    let (mut all, mut capital) = (0, 0);
    for word in long {
        all += 1;
        capital += usize::from(word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase));
    }
    all >= 2 && all == capital
}

fn is_burst(text: &str) -> bool {
    let mut last = None;
    let mut run = 0;
    for c in text.chars() {
        run = if last == Some(c) && !c.is_ascii_digit() && c != ' ' { run + 1 } else { 1 };
        last = Some(c);
        if run >= CHARACTER_REPEATS {
            return true;
        }
    }
    false
}

fn is_loop(lower: &str) -> bool {
    // `4 csv files,` is `(4 csv files)` again.
    let words =
        lower.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '%'));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let in_a_row = words.windows(WORD_REPEATS).any(|window| window.iter().all(|word| *word == window[0]));
    let mut seen: HashMap<&[&str], usize> = HashMap::new();
    in_a_row
        || words.windows(3).any(|window| {
            let count = seen.entry(window).or_default();
            *count += 1;
            *count >= LOOP_REPEATS
        })
}
