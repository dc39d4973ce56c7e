//! Sentences about a small ledger: what may stand and what may not. More of them, with what
//! they are true of, are in `tests/data/gate`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};

use super::*;
use crate::grounding::fact::{Statistic, tests::ledger};

fn judge(sentence: &str) -> Result<Passed, Rejection> {
    let ledger = ledger();
    Gate::new(&ledger, &["gemma3/small.csv".to_owned(), "notes.md".to_owned()]).judge(sentence, None)
}

#[track_caller]
fn passes(sentence: &str) {
    let answer = judge(sentence);
    assert!(answer.is_ok(), "{sentence}: {answer:?}");
}

#[track_caller]
fn falls(sentence: &str, kind: Kind) {
    let answer = judge(sentence);
    assert_eq!(answer.as_ref().err().map(|rejection| rejection.kind), Some(kind), "{sentence}: {answer:?}");
}

#[test]
fn a_figure_belongs_to_its_group() {
    passes("gemma3:1b reached 182.5 tok/s, gemma3:270m 297.5 tok/s.");
    falls("gemma3:1b reached 297.5 tok/s, gemma3:270m 182.5 tok/s.", Kind::Group);
    passes("gemma3:1b and gemma3:270m reached 182.5 and 297.5 tok/s respectively.");
    falls("gemma3:270m and gemma3:1b reached 182.5 and 297.5 tok/s respectively.", Kind::Group);
    passes("The median throughput is 297.5 tok/s for gemma3:270m and 182.5 tok/s for gemma3:1b.");
    falls("The median throughput is 182.5 tok/s for gemma3:270m and 297.5 tok/s for gemma3:1b.", Kind::Group);
    falls("The median throughput is 182.5 tok/s over the whole folder.", Kind::Group);
    falls("gemma3:1b and gemma3:270m reached a median throughput of 297.5 tok/s.", Kind::Group);
    passes("gemma3:270m reached 310.2 tok/s in its best run, with num_gpu=100.");
    falls("gemma3:270m reached 310.2 tok/s in its best run, with num_gpu=60.", Kind::Group);
}

#[test]
fn a_figure_belongs_to_its_metric_and_statistic() {
    passes("The mean throughput of gemma3:1b is 182.2 tok/s.");
    falls("The mean throughput of gemma3:1b is 182.5 tok/s.", Kind::Figure);
    falls("The median throughput of gemma3:1b is 184.2 tok/s.", Kind::Figure);
    falls("The median throughput of gemma3:1b is 183 tok/s over 5 runs.", Kind::Figure);
    falls("The throughput of gemma3:270m is 63.5 ms in the median.", Kind::Unit);
    falls("The median TTFT of gemma3:270m is 297.5 tok/s over the runs.", Kind::Unit);
    passes("The median TTFT of gemma3:270m is 0.0635 s over 5 runs.");
    falls("The median TTFT of gemma3:270m is 0.635 s over 5 runs.", Kind::Figure);
    falls("gemma3:270m draws 75 W during its runs.", Kind::Unit);
}

#[test]
fn orders_and_extremes_hold_over_all_rows() {
    passes("gemma3:270m has a higher median throughput than gemma3:1b.");
    // Five runs beside three: the medians differ, the test cannot tell.
    falls("gemma3:270m is faster than gemma3:1b in throughput.", Kind::Comparison);
    falls("gemma3:1b is faster than gemma3:270m in throughput.", Kind::Comparison);
    passes("gemma3:270m has a lower median TTFT than gemma3:1b.");
    falls("gemma3:270m has a higher median TTFT than gemma3:1b.", Kind::Comparison);
    passes("gemma3:270m has the best throughput of both models.");
    falls("gemma3:1b has the best throughput of all models.", Kind::Superlative);
    falls("Throughput is higher on other machines than here.", Kind::Comparison);
    falls("gemma3:270m is not slower than gemma3:1b in throughput.", Kind::Comparison);
}

#[test]
fn ratios_hold_within_what_is_printed() {
    passes("gemma3:270m has a 63 % higher throughput than gemma3:1b.");
    falls("gemma3:270m has a 73 % higher throughput than gemma3:1b.", Kind::Figure);
    passes("gemma3:270m has 1.6 times the throughput of gemma3:1b.");
    falls("gemma3:270m has 2.6 times the throughput of gemma3:1b.", Kind::Figure);
    passes("The TTFT of gemma3:1b is about twice that of gemma3:270m.");
    falls("The TTFT of gemma3:1b is half that of gemma3:270m.", Kind::NumberWord);
    falls("It is 20 % faster than the run before it.", Kind::Figure);
}

#[test]
fn numbers_in_words_and_dates_are_facts() {
    passes("The two models were measured in 5 and 3 runs, gemma3:270m and gemma3:1b.");
    falls("The three models were measured in 5 runs of gemma3:270m.", Kind::NumberWord);
    passes("Two failed rows are left out of the statistics.");
    falls("Three failed rows are left out of the statistics.", Kind::NumberWord);
    falls("Several models were measured in the folder.", Kind::NumberWord);
    passes("The CSV files were last modified on 2025-11-14.");
    falls("The CSV files were last modified on 2023-10-26.", Kind::Date);
}

#[test]
fn causes_changes_and_verdicts_need_facts_of_their_own() {
    falls("gemma3:270m is faster because it has fewer layers.", Kind::Cause);
    falls("Throughput of gemma3:270m improved over the last week.", Kind::Cause);
    falls("Throughput of gemma3:270m rises over time.", Kind::Trend);
    falls("The throughput of gemma3:270m is excellent, 297.5 tok/s.", Kind::Judgement);
    falls("Teams gain morale with gemma3:270m and its speed.", Kind::OffTopic);
    falls("The scalability of gemma3:270m is shown by 297.5 tok/s.", Kind::OffTopic);
    falls("gemma3:270m always reached 297.5 tok/s in the median.", Kind::Superlative);
}

#[test]
fn names_are_those_of_the_folder() {
    falls("The model gemma3:27b reached 297.5 tok/s.", Kind::Name);
    falls("The file results_2.csv should be read first.", Kind::Name);
    falls("Use num_gpu=999 for all runs of gemma3:270m.", Kind::Name);
    passes("Use num_gpu=100 for gemma3:270m, which reached 310.2 tok/s in its best run.");
    passes("Look into notes.md before measuring.");
}

#[test]
fn what_is_no_sentence_of_a_report_falls_by_its_form() {
    falls("Sure, here is the analysis of the data.", Kind::Chat);
    falls("Would you like me to compare the models?", Kind::Chat);
    falls("We measured gemma3:270m at 297.5 tok/s.", Kind::Chat);
    falls(
        "The report has 4 csv files, read by code, 9 files (4 csv files) with 4 json files (4 csv files).",
        Kind::Repetition,
    );
    falls("The model is fast and the model is fast and the model is fast.", Kind::Repetition);
    falls("The throughput 的 gemma3:270m is 297.5 tok/s.", Kind::Script);
    falls("The median throughput of gemma3:270m is 297.5 tok/s and", Kind::Unfinished);
    falls("Throughput And Latency Of Models", Kind::Unfinished);
}

#[test]
fn the_prompt_and_the_report_are_not_repeated() {
    let ledger = ledger();
    let mut gate = Gate::new(&ledger, &[]);
    gate.asked("Facts: the median throughput of gemma3:1b is 182.5 tok/s. Now list them.");
    gate.said("gemma3:270m had a median TTFT of 63.5 ms.");
    let kind = |sentence: &str| gate.judge(sentence, None).err().map(|rejection| rejection.kind);
    assert_eq!(kind("The median throughput of gemma3:1b is 182.5 tok/s."), Some(Kind::Echo));
    assert_eq!(kind("The median TTFT of gemma3:270m was 63.5 ms."), Some(Kind::Restated));
    assert_eq!(kind("The median TTFT of gemma3:1b was 126 ms."), None);
}

#[test]
fn a_sentence_may_be_held_to_its_facts() {
    let ledger = ledger();
    let gate = Gate::new(&ledger, &[]);
    let row = &ledger.rows[0];
    let median = row.index(&ledger, Statistic::Median).unwrap();
    let text = format!("{} had a median throughput of {}.", row.group.0[0].1, ledger.facts[median].text);
    assert_eq!(gate.judge(&text, Some(&[median])).unwrap().facts, [median]);
    let other = row.index(&ledger, Statistic::Mean).unwrap();
    assert_eq!(gate.judge(&text, Some(&[other])).unwrap_err().kind, Kind::OffTopic);
}

#[test]
fn what_is_not_about_the_data_falls() {
    for sentence in [
        "A finding on the TTFT could read like this: gemma3:270m had a median TTFT of 63.5 ms.",
        "The throughput of gemma3:1b might be as follows: 182.5 tok/s.",
        "The summary should say that gemma3:1b reached 182.5 tok/s.",
        "A score on the speed might be as follows.",
        "Find the results of the benchmark on a single number.",
        "Read the report from start to end before the results.",
        "The results of the model are given in the report.",
    ] {
        falls(sentence, Kind::OffTopic);
    }
    passes("Find out why a run failed before measuring again.");
    passes("Look into notes.md before measuring.");
}

#[test]
fn a_finding_with_facts_is_worded_with_one_of_them_or_as_advice_on_it() {
    let ledger = ledger();
    let gate = Gate::new(&ledger, &[]);
    let throughput: Vec<usize> = ledger.rows[0].facts.clone();
    let kind = |sentence: &str| gate.judge(sentence, Some(&throughput)).err().map(|fault| fault.kind);
    assert_eq!(kind("gemma3:270m has a higher median throughput than gemma3:1b."), None);
    assert_eq!(kind("gemma3:270m has a lower median TTFT than gemma3:1b."), Some(Kind::OffTopic));
    assert_eq!(kind("The measurements could be repeated on another machine."), Some(Kind::OffTopic));
    assert_eq!(kind("Repeat the runs with another prompt."), Some(Kind::OffTopic));
    assert_eq!(kind("Repeat the runs of throughput with another prompt."), None);
    // Advice that states no fact is held to none.
    assert_eq!(gate.judge("Repeat the runs with another prompt.", Some(&[])).map(|_| ()), Ok(()));
}

#[test]
fn a_lost_beginning_is_known_before_its_end() {
    let ledger = ledger();
    let gate = Gate::new(&ledger, &[]);
    let kind = |start: &str| gate.is_hopeless(start).map(|rejection| rejection.kind);
    assert_eq!(kind("Sure, here"), Some(Kind::Chat));
    assert_eq!(kind("The throughput 的"), Some(Kind::Script));
    assert_eq!(kind("The the the"), Some(Kind::Repetition));
    assert_eq!(kind("- The median throughput of gemma3:1b is"), None);
    assert_eq!(kind(""), None);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = judge(&text);
        let _ = sentence_end(&text);
    }
    #[test]
    fn any_order_of_words_is_survived(
        text in "((gemma3:1b|gemma3:270m|182\\.5 tok/s|63\\.5 ms|faster|than|best|median|of|and|,|twice|63 %|from|to|between|3 runs|two|respectively|\\(|\\)|num_gpu=100|TTFT|throughput) ){0,14}"
    ) {
        let _ = judge(&text);
    }
}
