//! Made-up tables with and without cold rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{
    ingest::{self, file::Kind},
    metrics::stats::SplitMix64,
};

/// The cold rows of a CSV file's table, counted from 0.
fn cold(text: &str) -> Vec<usize> {
    let document = ingest::parse("a.csv", Kind::Csv, text.as_bytes());
    let table = &document.tables[0];
    let marks = marks(table, &Rows::of(table, &document));
    assert!(marks.is_empty() || marks.len() == table.rows());
    marks.iter().enumerate().filter(|(_, is_cold)| **is_cold).map(|(row, _)| row).collect()
}

#[track_caller]
fn check(header: &str, rows: &[&str], expected: &[usize]) {
    assert_eq!(cold(&format!("{header}\n{}\n", rows.join("\n"))), expected);
}

#[test]
fn loads_far_above_the_warm_ones_are_cold() {
    check("load_s", &["2.3", "0.11", "0.12", "0.1"], &[0]);
    check("load_s", &["0.11", "2.4", "0.12", "0.1", "2.1", "0.13"], &[1, 4]);
    // Most of them may be cold, and a load may be none at all.
    check("load_ms", &["900", "0", "910", "890", "0", "905", "0", "950"], &[0, 2, 3, 5, 7]);
    // A heap above the next is cold too: weights in the page cache, and from the disk.
    check("load_s", &["6.5", "0.1", "0.9", "0.11", "0.12"], &[0, 2]);
    // What the weights of one model take says nothing of another.
    check("model,load_s", &["a,0.1", "a,0.11", "a,0.12", "b,2.0", "b,2.1", "b,2.05"], &[]);
    check("model,load_s", &["a,0.1", "b,0.9", "a,0.11", "b,0.05", "a,0.12", "b,0.06"], &[1]);
}

#[test]
fn loads_alike_are_warm() {
    check("load_s", &["0.1"], &[]);
    check("load_s", &["2.3", "0.1"], &[]);
    check("load_s", &["0.1", "0.1", "0.1", "0.1"], &[]);
    check("load_s", &["0", "0", "0", "0"], &[]);
    check("load_s", &["0.11", "0.2", "0.14", "0.1", "0.27"], &[]);
    // Thrice as long, and still nothing that anyone waits for.
    check("load_ms", &["9", "0.1", "0.1", "0.2", "30"], &[]);
    // All of them cold: there is no warm level.
    check("load_s", &["2.3", "2.5", "2.4", "2.6"], &[]);
}

#[test]
fn a_load_follows_from_other_times() {
    let header = "total_duration_ms,prompt_eval_duration_ms,eval_duration_ms";
    check(header, &["3500,200,1000", "1250,150,1000", "2100,100,1900", "1200,90,1000"], &[0]);
    check("ttft_s,prompt_eval_s", &["2.5,0.2", "0.2,0.1", "0.15,0.05", "0.9,0.8"], &[0]);
    // The longer answer takes longer and is not cold.
    check(header, &["9500,200,9200", "1250,150,1000", "2100,100,1900", "1200,90,1000"], &[]);
}

#[test]
fn the_first_row_after_a_change_is_cold_when_it_is_far_from_the_rest() {
    check("ttft_s", &["2.3", "0.12", "0.13", "0.12", "0.13"], &[0]);
    check("latency_ms", &["900", "100", "110", "95"], &[0]);
    check("tokens_s", &["12", "100", "101", "99", "100"], &[0]);
    // One slow row that is not the first was slow for a reason of its own.
    check("ttft_s", &["0.12", "0.13", "2.3", "0.12", "0.13"], &[]);
    let header = "model,num_ctx,temperature,ttft_s";
    let rows = [
        "m,1024,0.2,2.5",
        "m,1024,0.4,0.14",
        "m,1024,0.8,0.13",
        "m,2048,0.2,0.12",
        "m,2048,0.4,0.13",
        "m,2048,0.8,0.13",
        "m,4096,0.2,2.6",
        "m,4096,0.4,0.14",
        "m,4096,0.8,0.13",
    ];
    check(header, &rows, &[0, 6]);
    check("model,ttft_s", &["a,2.5", "a,0.1", "a,0.12", "b,1.5", "b,0.2", "b,0.21"], &[0, 3]);
    // A slow configuration is slow in all its rows; a cold one in its first.
    check(
        "num_gpu,ttft_s",
        &["0,4.1", "0,4.0", "0,4.2", "99,0.1", "99,0.12", "99,0.11", "50,9", "50,0.9", "50,1"],
        &[6],
    );
    // Each row a configuration of its own: only what came first can be told.
    check("num_gpu,ttft_s", &["10,2.5", "20,0.14", "30,0.13", "40,0.13", "50,0.12"], &[0]);
    check("num_gpu,ttft_s", &["10,2.5", "20,2.1", "30,1.3", "40,0.5", "50,0.12"], &[]);
}

#[test]
fn without_a_rest_nothing_is_cold() {
    check("ttft_s", &["2.3"], &[]);
    check("ttft_s", &["2.3", "0.1"], &[]);
    check("ttft_s", &["0.1", "0.1", "0.1"], &[]);
    check("accuracy", &["0.9", "0.1", "0.1", "0.1"], &[]);
    // Two modes that take turns, whatever they are.
    let turns = ["2.0", "0.1", "2.1", "0.1", "2.0", "0.11", "2.2", "0.1"];
    check("ttft_s", &turns, &[]);
    // What others computed over many runs started in no way.
    check("mean_ttft_s", &["2.3", "0.12", "0.13", "0.12"], &[]);
}

#[test]
fn rows_that_sum_others_up_are_neither_cold_nor_warm() {
    check("statistic,load_s", &[",2.3", ",0.1", ",0.11", ",0.12", "mean,0.66", "max,2.3"], &[0]);
    check("statistic,ttft_s", &["max,2.3", ",0.1", ",0.11", ",0.12", "mean,0.11"], &[]);
}

#[test]
fn failed_rows_are_neither_cold_nor_warm() {
    check("load_s,error", &["9,oom", "0.1,", "0.11,", "0.12,", "0.1,"], &[]);
    check("load_s,error", &["0,refused", "0,refused", "2.1,", "0.1,", "0.11,", "0.12,"], &[2]);
    check("ttft_s,error", &["0,refused", "2.1,", "0.1,", "0.11,", "0.12,"], &[1]);
}

proptest! {
    #[test]
    fn noise_is_not_cold(seed in any::<u64>(), rows in 3_usize..300, spread in 0.0_f64..0.8) {
        let mut random = SplitMix64(seed);
        let mut text = String::from("num_ctx,load_s\n");
        for row in 0..rows {
            let noise = random.below(1_000_000) as f64 / 1e6;
            writeln!(text, "{},{}", 1024 << (row * 3 / rows), 1.0 - spread / 2.0 + spread * noise).unwrap();
        }
        prop_assert_eq!(cold(&text), Vec::<usize>::new());
        prop_assert_eq!(cold(&text.replace("load_s", "ttft_s")), Vec::<usize>::new());
        prop_assert_eq!(cold(&text.replace("load_s", "tokens_s")), Vec::<usize>::new());
    }

    #[test]
    fn cold_rows_are_found_wherever_they_stand(is_cold in prop::collection::vec(any::<bool>(), 8..80), seed in any::<u64>()) {
        let mut random = SplitMix64(seed);
        let mut text = String::from("load_ms\n");
        for &is_cold in &is_cold {
            let level = if is_cold { 2000.0 } else { 100.0 };
            writeln!(text, "{}", level * (0.8 + 0.4 * random.below(1000) as f64 / 1e3)).unwrap();
        }
        let expected: Vec<usize> = is_cold.iter().enumerate().filter(|(_, is_cold)| **is_cold).map(|(row, _)| row).collect();
        let warm = is_cold.len() - expected.len();
        prop_assume!(warm >= 2 && warm * WARM_SHARE > is_cold.len());
        prop_assert_eq!(cold(&text), expected);
    }
}
