//! What is a loop, and what only looks like one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use super::*;

/// Tokens as models have them: words with their blank, figures digit by digit, runs of
/// blanks and dashes by eight.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for c in text.chars() {
        let joins = tokens.last().is_some_and(|last| match c {
            ' ' | '-' => last.len() < 8 && last.chars().all(|l| l == c),
            _ => c.is_alphabetic() && last.ends_with(|l: char| l.is_alphabetic() || l == ' '),
        });
        match tokens.last_mut() {
            Some(last) if joins => last.push(c),
            _ => tokens.push(c.to_string()),
        }
    }
    tokens
}

/// Token at which the guard fires, and what it says.
fn fires(text: &str) -> Option<(usize, String)> {
    let mut guard = Guard::default();
    tokens(text).iter().enumerate().find_map(|(index, token)| Some((index, guard.push(token.as_bytes())?)))
}

const PROSE: &str = "The report compares two models on one machine. The larger one needs more memory and answers \
    later, while the smaller one keeps its pace under every setting.\n\n";

#[test]
fn a_repetition_ends_within_256_tokens_of_its_onset() {
    let paragraph = "Throughput depends on the number of layers that are offloaded, on the length of the context \
        and on the batch; latency follows the prompt. Neither of them tells how good an answer is, which has to be \
        judged apart. Memory is the limit that is met first on small machines, and it is met without a warning.\n";
    let long = format!("{paragraph}{}", paragraph.replace("small", "large").replace("answer", "report"));
    let counted: String = (1..99).fold(String::new(), |mut all, n| {
        writeln!(all, "{n}. The model is fast and reliable.").unwrap();
        all
    });
    let steps: String = (1..99).fold(String::new(), |mut all, n| {
        write!(all, "Step {n} is to check the model. ").unwrap();
        all
    });
    let drifting: String = ["fast", "quick", "fast", "fast", "swift"]
        .iter()
        .cycle()
        .take(200)
        .fold(String::new(), |all, word| all + "The system is " + word + ". ");
    let cases = [
        ("one word", " very".repeat(400)),
        ("one sentence", "The model is fast. ".repeat(100)),
        ("a line", "- Use the smaller model.\n".repeat(100)),
        ("empty lines", "\n".repeat(400)),
        ("a paragraph", paragraph.repeat(9)),
        ("two paragraphs", long.repeat(9)),
        ("a counted list", counted),
        ("counted sentences", steps),
        ("drifting words", drifting),
        ("a table row", "| gemma3 | 12.5 | 8192 | ok |\n".repeat(60)),
        ("no end of line", "abc ".repeat(3000)),
    ];
    for (name, text) in cases {
        for prefix in ["", PROSE] {
            let Some((at, words)) = fires(&format!("{prefix}{text}")) else {
                panic!("{name}: not found");
            };
            // The first copy is no repetition yet: the onset is where the second begins.
            let period = tokens(if name.contains("paragraph") { paragraph } else { "" }).len();
            let period = if name == "two paragraphs" { 2 * period } else { period };
            let after = at - tokens(prefix).len() - period;
            assert!(after <= 256, "{name}: {after} tokens after the onset");
            assert!(words.chars().count() <= SHOWN + 1, "{words}");
        }
    }
}

#[test]
fn tables_and_lists_and_prose_go_through() {
    let models =
        ["gemma3:270m", "gemma3:1b", "gemma3:4b", "gemma3:12b", "gemma3:27b", "llama3:8b", "qwen3:4b"];
    let mut table =
        "| run | model | num_gpu | num_ctx | tok/s | status |\n|---|:---:|---:|---:|---:|---|\n".to_owned();
    for run in 1..80 {
        let (model, rate) = (models[run % models.len()], run * 37 % 101);
        writeln!(table, "| run {run} | {model} | 99 | 8192 | {rate}.{} | ok |", run % 10).unwrap();
    }
    let sweep = (1..60).fold(String::from("| run | ctx |\n|---|---|\n"), |mut all, run| {
        writeln!(all, "| run {run} | 8192 |").unwrap();
        all
    });
    let list = models.iter().enumerate().fold(String::new(), |mut all, (index, model)| {
        writeln!(
            all,
            "- **{model}** reached {}.{} tok/s with num_ctx 8192.",
            90 - 11 * index,
            index * 7 % 10
        )
        .unwrap();
        all
    });
    let numbered = models.iter().enumerate().fold(String::new(), |mut all, (index, model)| {
        writeln!(all, "{}. Use num_gpu=99 for {model}.", index + 1).unwrap();
        all
    });
    let problems = models.iter().fold(String::new(), |mut all, model| {
        writeln!(all, "### {model}\nNo problems were found.\n").unwrap();
        all
    });
    let refrain = "Measure again. ".repeat(3);
    let wide = format!("|{}\n", "---|".repeat(40));
    let padded = "| a                                        | b                               |\n".repeat(3);
    let json = (0..12).fold(String::from("```json\n[\n"), |mut all, run| {
        writeln!(all, "  {{\"run\": {run}, \"tok_s\": {}.5, \"ok\": true}},", run * run * 3 + 11).unwrap();
        all
    });
    let cases = [
        ("table", table),
        ("sweep", sweep),
        ("list", list),
        ("numbered", numbered),
        ("problems", problems),
        ("refrain", refrain),
        ("wide", wide),
        ("padded", padded),
        ("json", json),
        ("prose", "Nothing else was found in these files.".into()),
    ];
    for (name, text) in cases {
        assert_eq!(fires(&text), None, "{name}");
        assert_eq!(fires(&format!("{PROSE}{text}{PROSE}")), None, "{name} in prose");
    }
}
