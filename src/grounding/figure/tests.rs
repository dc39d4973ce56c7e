//! Which parts of a text are figures, and what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};

use super::*;

/// The figures of a text as `value unit`, structural ones with `!` before them.
fn shown(text: &str) -> Vec<String> {
    figures(text)
        .into_iter()
        .map(|figure| {
            let mark = if figure.is_structural { "!" } else { "" };
            let unit = figure.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            format!("{mark}{}{unit}", figure.value)
        })
        .collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn numbers_are_found_with_sign_thousands_exponent_and_unit() {
    check("a median of 102.8 tok/s over 15 runs", &["102.8 tok/s", "15 runs"]);
    check("2,326 ms and 1,234,567.5 tokens", &["2326 ms", "1234567.5 tokens"]);
    check("a change of -3.5% or +2 percent, −4 %", &["-3.5 %", "2 percent", "-4 %"]);
    check("1.5e3 ms, 2E-3 s", &["1500 ms", "0.002 s"]);
    check("1.5k tokens", &["1500 tokens"]);
    check("(37)", &["37"]);
    check("num_gpu=80, num_ctx=2048", &["80", "2048"]);
    check("between 13ms and 37ms", &["13 ms", "37 ms"]);
    check("13-37 ms", &["13 ms", "37 ms"]);
    check("10–20 tok/s", &["10 tok/s", "20 tok/s"]);
    check("2.5x faster, 3× slower", &["2.5 x", "3 ×"]);
    check("**295** tok/s and `12` ms", &["295 tok/s", "12 ms"]);
    check("40.5 tokens per second", &["40.5 tokens per second"]);
    check("Throughput:295", &["295"]);
    check("1, 2, 3", &["1", "2", "3"]);
    check("12,5 ms", &["12", "5 ms"]);
    check("it took 5 s.", &["5 s"]);
    check("ends with 5.", &["5"]);
    check("28 CSV files and 44 JSON files", &["28 CSV files", "44 JSON files"]);
    check("3/5 passed", &["3", "5"]);
}

#[test]
fn names_dates_times_and_versions_are_no_figures() {
    for text in [
        "gemma3:1b and gemma3:270m",
        "p95 and p99.9th",
        "reports/gemma3/gemma3_1b-it-qat_baseline.csv",
        "run_2.csv and 20251002-170837.json",
        "2025-11-14T18:53:30Z",
        "on 2025-11-14 at 18:53:30",
        "October 26, 2023",
        "26 October 2023",
        "in Oct 2023",
        "10/26/2023",
        "version 1.2.3",
        "llama.cpp v0.3",
        "a Q4_K_M model",
        "an RTX 4090 and an H100",
        "Gemma 3 is small",
        "the 1st and 2nd",
        "GPT-4 and llama-3.1-8b",
        "g999_c1024_t0.2",
    ] {
        check(text, &[]);
    }
}

#[test]
fn list_and_heading_numbers_are_structural() {
    check("1. First of 3 runs", &["!1", "3 runs"]);
    check("## 2. Data", &["!2"]);
    check("**3. Performance**", &["!3"]);
    check("### 3.1 Detail", &["!3.1"]);
    check("2) then", &["!2"]);
    check("see Section 4 and Table 2", &["!4", "!2"]);
    check("line 12 is broken", &["!12"]);
    check("3 runs", &["3 runs"]);
    check("3.5 ms is fast", &["3.5 ms"]);
}

#[test]
fn dates_are_read_in_every_usual_form() {
    let day = |text: &str| dates(text).into_iter().map(|date| date.day).collect::<Vec<_>>();
    assert_eq!(day("on 2025-11-14."), [Some((2025, Some(11), Some(14)))]);
    assert_eq!(day("October 26, 2023"), [Some((2023, Some(10), Some(26)))]);
    assert_eq!(day("26 October 2023"), [Some((2023, Some(10), Some(26)))]);
    assert_eq!(day("10/26/2023"), [Some((2023, Some(10), Some(26)))]);
    assert_eq!(day("in Oct 2023"), [Some((2023, Some(10), None))]);
    assert_eq!(day("2023-10-26T10:00:00Z"), [Some((2023, Some(10), Some(26)))]);
    assert_eq!(day("01/02/2023"), [None]);
    assert_eq!(day("you may run it in march"), []);
}

#[test]
fn digits_of_other_scripts_are_figures_that_equal_nothing() {
    let found = figures("about ½ of ９５ ms");
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|figure| figure.value.is_nan()), "{found:?}");
}

#[test]
fn the_range_is_the_text() {
    let text = "first\n- **295 tok/s** and 5 ms";
    for figure in figures(text) {
        assert_eq!(text.get(figure.range.clone()), Some(figure.text.as_str()));
    }
    assert_eq!(figures(text).len(), 2);
}

proptest! {
    #[test]
    fn never_panics_and_ranges_are_in_order(text in any::<String>()) {
        let mut end = 0;
        for figure in figures(&text) {
            assert!(figure.range.start >= end && text.get(figure.range.clone()).is_some());
            end = figure.range.start;
        }
    }
    #[test]
    fn never_panics_on_number_soup(text in "[0-9.,:/x×%eE+\\-a-z =*_\n½½９–]{0,40}") {
        figures(&text);
        dates(&text);
    }
}
