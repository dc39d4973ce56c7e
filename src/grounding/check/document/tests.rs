//! Whole texts against a small folder: what is true stands, what is false is found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};

use super::*;
use crate::grounding::check::{
    ItemStatus,
    tests::{batch, library},
};

/// Each figure of a text as `text status`, names left out.
fn shown(text: &str) -> Vec<String> {
    let library = library();
    let ledger = Ledger::of(&library);
    let mut cells = Cells::default();
    cells.absorb(&batch(), None);
    cells.finish();
    let evidence = Evidence {
        ledger: &ledger,
        library: &library,
        cells: &cells,
        record: None,
        trusts_statements: false,
    };
    let sign = |status| match status {
        ItemStatus::Grounded => '=',
        ItemStatus::Mismatched => '!',
        ItemStatus::Ungrounded => '?',
        ItemStatus::Structural => '.',
    };
    let found = Folder::of(evidence).check(text);
    found
        .iter()
        .map(|finding| {
            let note = finding.note.as_deref().filter(|_| finding.status == ItemStatus::Mismatched);
            let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
            format!("{}{}{note}", sign(finding.status), finding.text)
        })
        .collect()
}

/// Every figure of the texts stands.
fn stand(texts: &[&str]) {
    let mut complaints: Vec<String> = Vec::new();
    for text in texts {
        let found = shown(text);
        let is_true = found.iter().all(|item| item.starts_with(['=', '.']));
        if !is_true || !found.iter().any(|item| item.starts_with('=')) {
            complaints.push(format!("{text:?}: {found:?}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// These figures of each text, and no others, do not stand.
fn fall(texts: &[(&str, &[&str])]) {
    let mut complaints: Vec<String> = Vec::new();
    for (text, expected) in texts {
        let found = shown(text);
        let faults: Vec<&str> = found
            .iter()
            .filter(|item| item.starts_with(['!', '?']))
            .map(|item| item.split(" (the ").next().unwrap_or(item))
            .collect();
        if faults != *expected {
            complaints.push(format!("{text:?}: {found:?}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn counts_of_files_are_understood_in_every_wording() {
    stand(&[
        "The folder holds 4 files.",
        "- **Total Files Analyzed:** 4",
        "* **CSV (2):** latency",
        "2 CSV, 1 JSON and 1 Markdown files were read.",
        "CSV files: 2",
        "csv: 2",
        "There are 2 benchmark CSV files.",
        "The number of files is 4 (4 total).",
        "| Type | Files |\n|---|---|\n| CSV | 2 |\n| JSON | 1 |\n| **Total** | 4 |",
        "| Metric | Value |\n|---|---|\n| CSV files | 2 |\n| Total files | 4 |",
        "| File type | Count |\n|---|---|\n| CSV | 2 |\n| **Total** | **4** |",
        "Two CSV files and four files in all.",
        "The 2 gemma3 CSV files.",
        "50 % of the files are CSV.",
    ]);
}

#[test]
fn wrong_counts_are_found_with_the_true_ones() {
    fall(&[
        ("* **CSV (3):** latency", &["!3"]),
        ("It has 3 CSV files and 0 JSON files, 1 Markdown file.", &["!3 CSV files", "!0 JSON files"]),
        ("Total files analyzed: 5", &["!5"]),
        ("| Type | Files |\n|---|---|\n| CSV | 3 |\n", &["!3"]),
        ("Three JSON files were read.", &["!Three"]),
        ("There are 7 models.", &["!7"]),
    ]);
    assert_eq!(shown("CSV (37)"), ["!37 (the folder has 2 csv files)"]);
}

#[test]
fn metrics_stand_with_their_group_and_statistic() {
    stand(&[
        "The median throughput of gemma3:270m is 297.5 tok/s.",
        "gemma3:270m reached 310.2 tokens per second at best.",
        "The 270m model runs at a median of 297.5 tok/s, the 1b model at 182.5 tok/s.",
        "gemma3:270m and gemma3:1b reach 297.5 and 182.5 tok/s (median).",
        "At 297.5 tok/s, gemma3:270m is ahead.",
        "297.5 tok/s (gemma3:270m) against 182.5 tok/s (gemma3:1b).",
        "### gemma3:1b\n\n- **Throughput:** 182.5 tok/s\n- **TTFT:** 126 ms\n",
        "- gemma3:1b\n  - Throughput: 182.5 tok/s\n  - TTFT (median): 0.126 s\n",
        "| Model | Throughput (tok/s) | TTFT (ms) |\n|---|---|---|\n| gemma3:270m | 297.5 | 59.5 |\n| gemma3:1b | 182.5 | 126 |\n",
        "| Metric | gemma3:270m | gemma3:1b |\n|---|---|---|\n| Median throughput | 297.5 tok/s | 182.5 tok/s |\n",
        "TTFT of gemma3:1b ranges from 125 to 128 ms.",
        "TTFT lies between 125 ms and 128 ms for gemma3:1b.",
        "Median throughput goes from 182.5 tok/s to 297.5 tok/s.",
        "Throughput of gemma3:270m is about 300 tok/s.",
        "Throughput of gemma3:1b stays over 170 tok/s.",
        "gemma3:1b needs less than 130 ms to the first token (TTFT).",
        "With num_gpu=99 gemma3:1b reached 184.25 tok/s.",
        "Throughput with num_gpu=80 averages 297.5 tok/s on gemma3:270m.",
        "gemma3:270m was measured in 4 runs, gemma3:1b in 3 runs.",
        "The standard deviation of the throughput of gemma3:1b is 2.136 tok/s.",
        "gemma3:1b: 182.3 ± 2.1 tok/s (mean and sd of throughput)",
        "Throughput of gemma3:1b: mean 182.25, median 182.5, min 180, max 184.25 tok/s.",
        "Throughput was best for gemma3:270m, with a median of 297.5 tok/s over 4 runs, and worst for num_gpu=60.",
        "A mean of 182.25 tok/s (median 182.5 tok/s) was measured for gemma3:1b.",
        "gemma3:270m wins: 297.5 tok/s against 182.5 tok/s for gemma3:1b.",
        "In gemma3/large.csv the throughput has a median of 182.5 tok/s.",
        "Throughput of gemma3:270m is 17,850 tokens per minute in the median.",
    ]);
}

#[test]
fn wrong_values_groups_statistics_and_units_are_found() {
    fall(&[
        ("The median throughput of gemma3:270m is 299 tok/s.", &["!299 tok/s"]),
        ("The median throughput of gemma3:270m is 182.5 tok/s.", &["!182.5 tok/s"]),
        ("gemma3:1b runs at 297.5 tok/s and gemma3:270m at 182.5 tok/s.", &["!297.5 tok/s", "!182.5 tok/s"]),
        ("The mean throughput of gemma3:1b is 182.5 tok/s.", &["!182.5 tok/s"]),
        ("The median throughput of gemma3:1b is 182.5 ms.", &["!182.5 ms"]),
        ("### gemma3:1b\n\n- **Throughput:** 297.5 tok/s\n", &["!297.5 tok/s"]),
        ("TTFT of gemma3:1b ranges from 13 to 37 ms.", &["!13", "!37 ms"]),
        (
            "| Model | Throughput (tok/s) |\n|---|---|\n| gemma3:270m | 182.5 |\n| gemma3:1b | 182.5 |\n",
            &["!182.5"],
        ),
        ("Throughput of gemma3:1b stays over 190 tok/s.", &["!190 tok/s"]),
        ("gemma3:1b draws 75 W.", &["?75 W"]),
        ("Throughput is 250.4 tok/s with num_gpu=42.", &["?250.4 tok/s", "?42"]),
    ]);
}

#[test]
fn percentages_and_factors_are_computed_on_their_base() {
    stand(&[
        "gemma3:270m is 63 % faster than gemma3:1b.",
        "gemma3:1b has 38.7 % lower throughput than gemma3:270m.",
        "gemma3:270m has 1.63x the throughput of gemma3:1b.",
        "gemma3:270m is 1.6 times faster than gemma3:1b.",
        "gemma3:270m is 115 tok/s faster than gemma3:1b.",
        "Raising num_gpu from 60 to 80 increases the throughput of gemma3:270m by 2.6 %.",
        "The coefficient of variation (CV) of throughput of gemma3:1b is 1.2 %.",
    ]);
    fall(&[
        ("gemma3:270m is 38.7 % faster than gemma3:1b in throughput.", &["!38.7 %"]),
        ("gemma3:1b has 63 % lower throughput than gemma3:270m.", &["!63 %"]),
        ("gemma3:270m has 2.5x the throughput of gemma3:1b.", &["!2.5x"]),
        ("It is expected to be 20 % faster.", &["?20 %"]),
    ]);
}

#[test]
fn dates_are_those_of_files_and_data() {
    stand(&["Latest modified: 2025-11-14 18:53:30 UTC"]);
    stand(&["CSV Files (2)\nLatest modified: 2025-11-14T18:53:30Z"]);
    stand(&["The bench ran on 2025-10-02."]);
    stand(&["The files were modified on November 14, 2025."]);
    fall(&[
        ("**1. Text**\n\nDate: October 26, 2023", &["?October 26, 2023"]),
        ("The CSV files were latest modified 2025-11-13 18:53:30 UTC.", &["!2025-11-13 18:53:30 UTC"]),
        ("Latest modified of the JSON files: 2025-11-14 18:53:31 UTC", &["!2025-11-14 18:53:31 UTC"]),
    ]);
}

#[test]
fn samples_of_data_are_held_against_the_cells() {
    stand(&["```json\n{\"batch_size\": 8, \"epochs\": 25}\n```\n"]);
    fall(&[("```json\n{\"batch_size\": 32, \"epochs\": 25}\n```\n", &["?32"])]);
    let invented = "```json\n{\"timestamp\": \"2023-10-26T10:00:00Z\", \"latency\": 25.3}\n```\n";
    fall(&[(invented, &["?2023-10-26T10:00:00Z", "?25.3"])]);
    stand(&["```csv\nmodel,num_gpu,tokens_s\ngemma3:1b,80,182.5\n```\n"]);
    assert_eq!(shown("```bash\nrun --n 5\n```\n"), [".5"]);
}

#[test]
fn statements_of_documents_ground_nothing() {
    fall(&[
        ("gemma3:4b runs at 512.5 tok/s.", &["?512.5 tok/s"]),
        ("gemma3:12b runs at 77.7 tok/s.", &["?77.7 tok/s"]),
    ]);
}

#[test]
fn a_reports_own_matters_are_structural() {
    let text = "# T\n\n**Date:** 2023-01-01\n**Configuration:** num_gpu=120, temp=0.8\n\n---\n\n1. Text\n\n\
                ## Workflow Summary\n- Execution time: 57.27s (ingest 0.03s)\n\n## Metrics\n- Throughput: 40.53 tok/s\n\
                - TTFT: 640.77 ms\n- Tokens Generated: 2219\n- Eval Duration: 5 ms\n\n## Persona Prompt\n```\n\
                Aim for 300-400 words\n```\n";
    let found = shown(text);
    assert!(found.len() > 8 && found.iter().all(|item| item.starts_with('.')), "{found:?}");
}

#[test]
fn names_with_digits_are_no_figures() {
    assert_eq!(shown("gemma3:270m, the 1b model and gemma3/small.csv with p95"), Vec::<String>::new());
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>()) {
        shown(&text);
    }
    #[test]
    fn never_panics_on_marks_and_numbers(text in "[#>*|`\\-:. a1-9%xé=\n]{0,60}") {
        shown(&text);
    }
}

#[test]
fn what_reports_say_around_a_figure_is_understood() {
    stand(&[
        "The medians run from 182.5 tok/s for gemma3:1b up to 297.5 tok/s for gemma3:270m.",
        "Swept `num_gpu` (60, 80, 99) for gemma3:270m.",
        "Two settings: gpu=60 and gpu=99.",
        "### GPU layers (num_gpu)\n\n- **80:** steady\n- **99 (all):** fastest\n",
        "gemma3:270m has a median of 297.5 tok/s over 4 runs against 182.5 tok/s over 3 runs for gemma3:1b.",
        "gemma3:270m reaches 297.5 tok/s against 182.5 tok/s for gemma3:1b, a factor of 1.63x.",
        "TTFT of gemma3:1b is never above 128 ms.",
        "## gemma3:1b\n\n| Metric | Value |\n|---|---|\n| Mean Throughput | 182.25 tokens/s |\n",
        "TTFT of gemma3:1b is 126.3 ms on average (first run: 128 ms).",
    ]);
    fall(&[
        ("The throughput of gemma3:1b at num_gpu=70 is 190 tok/s.", &["?70", "?190 tok/s"]),
        ("gemma3:1b should reach a throughput of 200 tok/s.", &["?200 tok/s"]),
        ("gemma3:1b: tokens_s=182.5 mem_mb=77", &["?77"]),
        // What is no value of the metric is called no other value of it.
        ("## Throughput\n\nThe card has 504 GB/s.", &["?504"]),
        (
            "## gemma3:1b throughput\n\n| Prompt | Characters |\n|---|---|\n| Failure story | 883 |\n",
            &["?883"],
        ),
        ("The throughput of gemma3:1b changes by +12 tok/s.", &["?+12 tok/s"]),
        ("TTFT of gemma3:1b is never above 127 ms.", &["!127 ms"]),
        (
            "gemma3:270m reaches 297.5 tok/s against 182.5 tok/s for gemma3:1b, a factor of 1.93x.",
            &["!1.93x"],
        ),
    ]);
}
