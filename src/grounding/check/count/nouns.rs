//! The words of counts.

use crate::{grounding::number_words, ingest::file::Kind};

/// What can be counted beside files and the values of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// Files.
    Files,
    /// Rows, runs, samples.
    Runs,
    /// Rows that failed.
    Failures,
    /// Columns.
    Columns,
    /// Metrics.
    Metrics,
    /// Sets of settings.
    Configurations,
    /// Groups of rows.
    Groups,
}

/// A kind by its name.
pub fn kind_of_word(word: &str) -> Option<Kind> {
    Some(match word.trim_matches(['*', '`', '.', ':', '(']).to_lowercase().as_str() {
        "csv" | "csvs" | "tsv" => Kind::Csv,
        "json" | "jsons" | "jsonl" => Kind::Json,
        "markdown" | "markdowns" | "md" => Kind::Markdown,
        "txt" | "log" => Kind::Text,
        _ => return None,
    })
}

/// The noun that some words begin with.
pub fn noun(words: &[String]) -> Option<Noun> {
    let first = words.first()?.as_str();
    let second = words.get(1).map(String::as_str);
    Some(match (first, second) {
        ("failed" | "failing" | "error" | "errors" | "failure" | "failures" | "timeouts", _) => {
            Noun::Failures
        }
        ("file" | "files" | "documents" | "artifacts" | "artefacts" | "datei" | "dateien", _) => Noun::Files,
        (
            "run" | "runs" | "row" | "rows" | "samples" | "measurements" | "records",
            Some("failed" | "failing" | "errored" | "crashed"),
        ) => Noun::Failures,
        ("data", Some("points" | "rows"))
        | (
            "run" | "runs" | "row" | "rows" | "samples" | "measurements" | "records" | "values"
            | "observations" | "trials" | "repetitions" | "executions" | "datapoints" | "iterations"
            | "readings" | "entries" | "zeilen" | "läufe" | "messungen",
            _,
        )
        | ("of", Some("them" | "these" | "those" | "which")) => Noun::Runs,
        ("columns" | "fields" | "spalten", _) => Noun::Columns,
        ("metrics", _) => Noun::Metrics,
        ("configurations" | "configs" | "combinations" | "settings" | "parameter", _) => Noun::Configurations,
        ("groups" | "series", _) => Noun::Groups,
        _ => return None,
    })
}

/// Adjectives that leave the count as it is.
pub fn generic(word: &str) -> bool {
    matches!(
        word,
        "total"
            | "different"
            | "individual"
            | "benchmark"
            | "benchmarking"
            | "data"
            | "result"
            | "results"
            | "source"
            | "input"
            | "available"
            | "distinct"
            | "unique"
            | "separate"
            | "analyzed"
            | "analysed"
            | "ingested"
            | "processed"
            | "raw"
            | "report"
            | "performance"
            | "structured"
            | "the"
            | "of"
            | "more"
            | "measured"
            | "successful"
            | "valid"
            | "in"
            | "summary"
            | "whole"
    )
}

/// Behind a kind these say that files are meant: `28 CSV and 44 JSON`.
pub fn may_follow(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "as"
            | "benchmark"
            | "data"
            | "result"
            | "results"
            | "reports"
            | "report"
            | "in"
            | "plus"
            | "were"
            | "are"
            | "with"
            | "total"
            | "sources"
            | "datasets"
            | "which"
            | "that"
            | "from"
            | "under"
            | "vs"
            | "versus"
            | "to"
            | "make"
            | "being"
            | "spanning"
            | "covering"
            | "containing"
            | "is"
    )
}

/// A phrase of a count ends here.
pub fn ends_phrase(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "is"
            | "are"
            | "was"
            | "were"
            | "for"
            | "with"
            | "at"
            | "from"
            | "to"
            | "than"
            | "when"
            | "while"
            | "but"
            | "which"
            | "that"
            | "by"
            | "on"
            | "as"
            | "per"
            | "against"
    )
}

/// Stands between what is counted and the count: `CSV files found: 28`.
pub fn may_link(word: &str) -> bool {
    matches!(
        word,
        "count"
            | "counts"
            | "total"
            | "number"
            | "of"
            | "is"
            | "are"
            | "was"
            | "were"
            | "has"
            | "have"
            | "contains"
            | "includes"
            | "analyzed"
            | "analysed"
            | "found"
            | "processed"
            | "ingested"
            | "read"
            | "the"
            | "in"
            | "all"
            | "a"
            | "at"
            | "scanned"
            | "amount"
            | "amounts"
            | "to"
            | "and"
            | "comprises"
            | "comprising"
            | "with"
            | "types"
            | "type"
            | "listed"
            | "overall"
    )
}

/// Closes a count that was named before: "28 in total".
pub fn may_close(word: &str) -> bool {
    matches!(
        word,
        "in" | "total" | "analyzed" | "analysed" | "found" | "processed" | "and" | "overall" | "altogether"
    )
}

/// Says that something was done so many times.
pub fn repeats(word: &str) -> bool {
    matches!(
        word,
        "run" | "ran" | "runs" | "repeated" | "measured" | "executed" | "tested" | "sampled" | "benchmarked"
    )
}

/// Heads of columns that count.
pub fn is_count(word: &str) -> bool {
    matches!(word, "count" | "counts" | "number" | "quantity" | "files" | "#" | "total" | "anzahl" | "no")
}

/// Heads of columns that hold the value of what the row names.
pub fn is_value(head: &str) -> bool {
    let head = head.trim_matches(['*', '_', ' ']).to_lowercase();
    matches!(head.as_str(), "" | "value" | "values" | "result" | "figure" | "wert" | "amount")
}

/// The state of files that a label counts: `files that could not be read`.
pub fn state_of_files(label: &str) -> Option<&'static str> {
    const STATES: [(&str, &str); 10] = [
        ("could not be read", "unreadable"),
        ("could not be parsed", "unreadable"),
        ("cannot be read", "unreadable"),
        ("not readable", "unreadable"),
        ("failed to parse", "unreadable"),
        ("read in part", "partial"),
        ("read partly", "partial"),
        ("only partly read", "partial"),
        ("copies of", "duplicate"),
        ("duplicates of", "duplicate"),
    ];
    STATES.iter().find(|(words, _)| label.contains(words)).map(|(_, state)| *state)
}

/// What one asks a model to do: each is a row.
pub fn is_task(word: &str) -> bool {
    matches!(
        word,
        "prompts"
            | "scenarios"
            | "questions"
            | "cases"
            | "requests"
            | "tests"
            | "tasks"
            | "calls"
            | "queries"
    )
}

/// Says of counted runs that they failed.
pub fn fails(word: &str) -> bool {
    word.starts_with("fail")
        || matches!(
            word,
            "timeout" | "timeouts" | "timed" | "error" | "errors" | "errored" | "crashed" | "aborted"
        )
}

/// Heads of columns that count runs.
pub fn is_run_count(head: &str) -> bool {
    let head = head.trim_matches(['*', '_', ' ']).to_lowercase();
    head == "n" || noun(&[head]) == Some(Noun::Runs)
}

/// `three` is 3, `twenty-one` 21.
pub fn number_word(word: &str) -> Option<u32> {
    if word == "dozen" {
        return Some(12);
    }
    let Some((tens, rest)) = word.split_once('-') else { return number_words::of_word(word) };
    let tens = number_words::of_word(tens).filter(|tens| tens % 10 == 0 && *tens > 10)?;
    number_words::of_word(rest).filter(|number| *number < 10).map(|number| tens + number)
}
