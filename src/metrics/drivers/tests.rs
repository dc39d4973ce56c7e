//! Tables with known drivers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use super::*;
use crate::metrics::{stats::SplitMix64, tests::library};

/// What drives a metric of some files, all rows together.
fn drivers(files: &[(&str, &str)], metric: &str) -> Drivers {
    let library = library(files);
    let all = library.series_by(&[]);
    let series = all.iter().find(|series| series.metric.name() == metric).unwrap();
    let others: Vec<&Series> = all.iter().filter(|other| !std::ptr::eq(*other, series)).collect();
    of(series, &others)
}

fn named<'d>(drivers: &'d Drivers, name: &str) -> &'d Driver {
    drivers
        .ranked
        .iter()
        .find(|driver| &*driver.name == name)
        .unwrap_or_else(|| panic!("{name}: {drivers:#?}"))
}

/// Noise around 0 with a deviation of about 1.
fn noise(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.below(1 << 30) as f64 / (1_u64 << 30) as f64).sum::<f64>() - 6.0
}

/// A sweep as they are run: one row a configuration, and a load wherever the context changes.
fn sweep(seed: u64) -> String {
    let mut random = SplitMix64(seed);
    let mut text =
        String::from("num_gpu,num_ctx,temperature,config_name,ttft_s,tokens_s,load_s,prompt_eval_s\n");
    for num_gpu in [999, 80, 60, 40] {
        for num_ctx in [1024, 2048, 4096] {
            for temperature in ["0.1", "0.5", "0.9"] {
                let is_first = temperature == "0.1";
                let load = if is_first { 2.0 } else { 0.1 } + 0.01 * noise(&mut random);
                let prompt = if is_first { 0.2 } else { 0.02 } + 0.002 * noise(&mut random);
                let rate = if num_gpu == 40 { 60.0 } else { 100.0 } + noise(&mut random);
                writeln!(
                    text,
                    "{num_gpu},{num_ctx},{temperature},g{num_gpu}c{num_ctx}t{temperature},{},{rate},{load},{prompt}",
                    load + prompt
                )
                .unwrap();
            }
        }
    }
    text
}

#[test]
fn a_load_after_each_change_is_no_effect_of_the_temperature() {
    for seed in 0..5 {
        let found = drivers(&[("sweep.csv", &sweep(seed))], "ttft");
        let first = &found.ranked[0];
        assert_eq!((&*first.name, first.sort), ("load_duration", Sort::Measured), "{found:#?}");
        assert!(first.effect.share > 0.99 && first.correlation.unwrap() > 0.5, "{first:?}");
        let position = named(&found, "position");
        assert!(position.effect.share > 0.99 && position.confounded.is_empty(), "{position:?}");
        assert_eq!(
            position.detail.as_deref(),
            Some("the first row of a file or after a change of num_ctx, num_gpu")
        );
        let temperature = named(&found, "temperature");
        assert_eq!(&*temperature.levels.last().unwrap().value, "0.1");
        let with: Vec<&str> = temperature.confounded.iter().map(|found| &*found.with).collect();
        assert!(with.contains(&"position") && with.contains(&"load_duration"), "{temperature:#?}");
        let sentence =
            &temperature.confounded.iter().find(|found| &*found.with == "position").unwrap().sentence;
        assert!(
            sentence.contains("12 of the 12 rows with temperature=0.1 are first, 0 of the other 24"),
            "{sentence}"
        );
        assert!(!named(&found, "num_gpu").is_found());
        let combination = "names a combination of num_ctx, num_gpu, temperature";
        assert!(found.left_out.contains(&("config_name".into(), combination.to_owned())), "{found:#?}");
        assert!(found.left_out.contains(&("throughput".into(), "comes after it in a run".to_owned())));
        assert!(
            found.notes[0].starts_with("TTFT is load_duration + prompt_eval_duration in 36 of 36 rows"),
            "{:?}",
            found.notes
        );
    }
}

#[test]
fn a_true_effect_is_found_and_stays() {
    for seed in 0..5 {
        let found = drivers(&[("sweep.csv", &sweep(seed))], "throughput");
        let first = &found.ranked[0];
        assert_eq!(&*first.name, "num_gpu", "{found:#?}");
        assert!(first.effect.share > 0.98 && first.p_adjusted < 0.01 && first.confounded.is_empty());
        assert_eq!(&*first.levels.last().unwrap().value, "40");
        assert!(first.correlation.unwrap() > 0.2);
        assert!(!named(&found, "temperature").is_found(), "{found:#?}");
    }
}

#[test]
fn noise_has_no_drivers() {
    let mut findings = 0;
    for seed in 0..40 {
        let mut random = SplitMix64(seed);
        let mut text = String::from("num_gpu,num_ctx,temperature,tokens_s\n");
        for row in 0..60 {
            let rate = 100.0 + noise(&mut random);
            writeln!(text, "{},{},{},{rate}", row / 20, row / 5 % 4, row % 5).unwrap();
        }
        let found = drivers(&[("noise.csv", &text)], "throughput");
        findings += found.ranked.iter().filter(|driver| driver.is_found()).count();
    }
    assert!(findings <= 4, "{findings} of 160 candidates");
}

#[test]
fn one_extreme_row_neither_makes_nor_hides_a_driver() {
    let mut random = SplitMix64(3);
    let mut text = String::from("num_gpu,num_ctx,tokens_s\n");
    for row in 0..40 {
        let (num_gpu, num_ctx) = (row % 2, row / 2 % 4);
        let rate = if row == 17 { 9_000.0 } else { 100.0 + 10.0 * f64::from(num_gpu) + noise(&mut random) };
        writeln!(text, "{num_gpu},{num_ctx},{rate}").unwrap();
    }
    let found = drivers(&[("one.csv", &text)], "throughput");
    assert_eq!(&*found.ranked[0].name, "num_gpu", "{found:#?}");
    assert!(found.ranked[0].is_found() && found.ranked[0].effect.rank_share > 0.6);
    assert!(!named(&found, "num_ctx").is_found());
}

#[test]
fn few_or_equal_rows_say_so() {
    let few = drivers(&[("few.csv", "num_gpu,tokens_s\n1,10\n1,11\n2,20\n2,21\n")], "throughput");
    assert_eq!(
        (few.ranked.len(), few.notes.as_slice()),
        (0, &["4 rows are not enough: 6 are needed".to_owned()][..])
    );
    let equal = format!("num_gpu,tokens_s\n{}", "1,10\n2,10\n".repeat(5));
    let equal = drivers(&[("equal.csv", &equal)], "throughput");
    assert_eq!(
        (equal.ranked.len(), equal.notes.as_slice()),
        (0, &["all rows have the same value".to_owned()][..])
    );
}

#[test]
fn what_changes_together_cannot_be_told_apart() {
    let mut random = SplitMix64(9);
    let mut text = String::from("model,backend,tokens_s\n");
    for row in 0..20 {
        let (model, backend, level) = if row % 2 == 0 { ("a", "cuda", 50.0) } else { ("b", "vulkan", 80.0) };
        writeln!(text, "{model},{backend},{}", level + noise(&mut random)).unwrap();
    }
    let found = drivers(&[("same.csv", &text)], "throughput");
    assert_eq!(found.ranked[0].same_as, ["model".into()], "{found:#?}");
    assert!(
        found.notes.contains(&"backend changes together with model: they cannot be told apart".to_owned())
    );
}

#[test]
fn dimensions_that_act_together_are_noted() {
    let mut random = SplitMix64(11);
    let mut text = String::from("num_gpu,num_ctx,tokens_s\n");
    for row in 0..48 {
        let (num_gpu, num_ctx) = (row % 2, row / 2 % 2);
        let rate = if num_gpu == num_ctx { 100.0 } else { 80.0 } + if num_gpu == 1 { 8.0 } else { 0.0 };
        writeln!(text, "{num_gpu},{num_ctx},{}", rate + noise(&mut random)).unwrap();
    }
    let found = drivers(&[("cross.csv", &text)], "throughput");
    let note =
        found.notes.iter().find(|note| note.contains("together")).unwrap_or_else(|| panic!("{found:#?}"));
    assert!(note.starts_with("num_gpu and num_ctx explain"), "{note}");
}

#[test]
fn the_order_of_rows_matters_to_position_alone() {
    let text = sweep(4);
    let mut lines: Vec<&str> = text.lines().collect();
    let head = lines.remove(0);
    let plain = drivers(&[("sweep.csv", &text)], "ttft");
    let mut random = SplitMix64(77);
    for _ in 0..5 {
        crate::metrics::ranks::shuffle(&mut lines, &mut random);
        let shuffled = drivers(&[("sweep.csv", &format!("{head}\n{}\n", lines.join("\n")))], "ttft");
        for driver in plain.ranked.iter().filter(|driver| driver.sort != Sort::Position) {
            let other = named(&shuffled, &driver.name);
            assert!((driver.effect.share - other.effect.share).abs() < 1e-9, "{driver:?} {other:?}");
            assert!((driver.effect.rank_share - other.effect.rank_share).abs() < 1e-9);
            assert!((driver.effect.p - other.effect.p).abs() < 1e-9, "{driver:?} {other:?}");
            assert_eq!(driver.levels, other.levels);
        }
    }
}
