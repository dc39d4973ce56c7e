//! Series with known trends and steps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use super::*;
use crate::metrics::{stats::SplitMix64, tests::library};

/// Noise around 0 with a deviation of 1.
fn noise(random: &mut SplitMix64) -> f64 {
    (0..12).map(|_| random.below(1 << 30) as f64 / (1_u64 << 30) as f64).sum::<f64>() - 6.0
}

fn trend_of(values: impl IntoIterator<Item = f64>) -> Trend {
    let mut text = String::from("tokens_s\n");
    for value in values {
        writeln!(text, "{value}").unwrap();
    }
    let library = library(&[("runs.csv", &text)]);
    of(&library.series()[0], &library.inventory)
}

fn places(trend: &Trend) -> Vec<usize> {
    trend.steps.iter().map(|step| step.at).collect()
}

#[test]
fn noise_has_neither_steps_nor_drift() {
    let (mut steps, mut drifts) = (0, 0);
    for seed in 0..200 {
        let mut random = SplitMix64(seed);
        let trend = trend_of((0..60).map(|_| 100.0 + noise(&mut random)));
        steps += usize::from(trend.shape == Shape::Steps);
        drifts += usize::from(trend.shape == Shape::Drift);
    }
    // Each is expected in 2 of 200.
    assert!(steps <= 8 && drifts <= 8, "{steps} {drifts}");
}

#[test]
fn a_step_of_three_deviations_is_found_where_it_is() {
    let (mut found, mut steps) = (0, 0);
    for seed in 0..30 {
        let mut random = SplitMix64(seed);
        let trend =
            trend_of((0..40).map(|row| 100.0 + noise(&mut random) - if row < 25 { 0.0 } else { 3.0 }));
        steps += trend.steps.len();
        let Some(step) = trend.steps.iter().find(|step| step.at.abs_diff(25) <= 3) else { continue };
        found += 1;
        assert!((step.before - 100.0).abs() < 1.0 && (step.after - 97.0).abs() < 1.2, "{step:?}");
        assert_eq!(
            (&*step.place.path, step.place.line, step.place.row),
            ("runs.csv", step.at as u32 + 2, step.at as u32)
        );
    }
    // Now and then chance makes a slope of it, or another step.
    assert!(found >= 28 && steps <= 32, "{found} {steps}");
}

#[test]
fn there_and_back_are_two_steps() {
    for seed in 0..20 {
        let mut random = SplitMix64(seed);
        let trend =
            trend_of((0..60).map(|row| noise(&mut random) + if (20..40).contains(&row) { 6.0 } else { 0.0 }));
        let places = places(&trend);
        assert!(places.len() >= 2 && places[0].abs_diff(20) <= 2, "{seed}: {places:?}");
        assert!(places.iter().any(|at| at.abs_diff(40) <= 2), "{seed}: {places:?}");
    }
}

#[test]
fn the_shortest_series_with_a_step() {
    let trend = trend_of([10.0, 11.0, 10.5, 10.2, 10.8, 10.1, 20.0, 21.0, 20.5, 20.2, 20.8, 20.1]);
    assert_eq!(places(&trend), [6]);
    let few = trend_of([1.0, 2.0, 3.0]);
    assert_eq!(
        (few.shape, few.notes.as_slice()),
        (Shape::Flat, &["3 values are not enough: 8 are needed".to_owned()][..])
    );
}

#[test]
fn a_drift_is_not_a_staircase() {
    for seed in 0..20 {
        let mut random = SplitMix64(seed);
        let trend = trend_of((0..80).map(|row| 100.0 + 0.2 * f64::from(row) + noise(&mut random)));
        assert_eq!((trend.shape, trend.steps.len()), (Shape::Drift, 0), "{seed}");
        assert!((trend.slope.unwrap() - 0.2).abs() < 0.03, "{trend:?}");
        assert!(trend.change().unwrap() > 12.0);
    }
}

#[test]
fn equal_values_are_flat() {
    let trend = trend_of([5.0; 50]);
    assert_eq!((trend.shape, trend.slope, trend.p), (Shape::Flat, Some(0.0), Some(1.0)));
}

#[test]
fn times_in_the_rows_order_them() {
    let rows = |first: u32, step: f64| {
        let mut text = String::from("timestamp,tokens_s\n");
        for row in 0..10 {
            let wobble = f64::from(row % 3) * 0.1;
            writeln!(text, "2025-10-0{first}T10:00:{row:02}Z,{}", step + wobble).unwrap();
        }
        text
    };
    // By name the later file comes first.
    let library = library(&[("a.csv", &rows(9, 50.0)), ("b.csv", &rows(1, 80.0))]);
    let trend = of(&library.series()[0], &library.inventory);
    assert_eq!(trend.clock, Clock::Rows);
    let [step] = trend.steps.as_slice() else { panic!("{trend:?}") };
    assert_eq!((&*step.place.path, step.place.line, step.n_before), ("a.csv", 2, 10));
    assert!(step.before > 79.0 && step.after < 51.0);
    assert_eq!(trend.ends.unwrap().0.at_ns, Some(1_759_312_800_000_000_000));
}

#[test]
fn a_step_names_the_dimension_that_changed_with_it() {
    let mut text = String::from("num_gpu,temperature,tokens_s\n");
    for row in 0..24 {
        let (num_gpu, rate) = if row < 12 { (99, 100.0) } else { (0, 20.0) };
        writeln!(text, "{num_gpu},{},{}", row % 3, rate + f64::from(row * 7 % 5) / 10.0).unwrap();
    }
    let library = library(&[("runs.csv", &text)]);
    let trend = of(&library.series()[0], &library.inventory);
    let [step] = trend.steps.as_slice() else { panic!("{trend:?}") };
    let expected = Changed { key: "num_gpu".into(), before: vec!["99".into()], after: vec!["0".into()] };
    assert_eq!(step.changed, [expected]);
}

#[test]
fn long_series_are_thinned_and_say_so() {
    let mut random = SplitMix64(2);
    let trend = trend_of((0..45_000).map(|row| noise(&mut random) + if row < 30_000 { 0.0 } else { 3.0 }));
    assert_eq!((trend.n, trend.thinned), (15_000, 30_000));
    assert_eq!(trend.steps.len(), 1);
    assert!(trend.steps[0].place.row.abs_diff(30_000) < 200);
    assert_eq!(trend.notes, ["15000 of 45000 values were looked at, evenly spaced"]);
}

#[test]
fn a_staircase_has_its_steps() {
    let trend =
        trend_of((0..40_u32).map(|row| 100.0 - 10.0 * f64::from(row / 10) + f64::from(row * 5 % 7) / 10.0));
    assert_eq!(places(&trend), [10, 20, 30], "{trend:?}");
}

#[test]
fn a_stalled_row_is_no_step_and_hides_none() {
    for seed in 0..10 {
        let mut random = SplitMix64(seed);
        let stalled = trend_of((0..40).map(|row| if row == 12 { 5.0 } else { 100.0 + noise(&mut random) }));
        assert_eq!(places(&stalled), Vec::<usize>::new(), "{seed}");
        let level = |row: u32| if row < 25 { 100.0 } else { 92.0 };
        let stepped =
            trend_of((0..40).map(|row| if row == 12 { 5.0 } else { level(row) + noise(&mut random) }));
        assert!(places(&stepped).contains(&25), "{seed}: {stepped:?}");
    }
}
