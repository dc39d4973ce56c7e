//! Configurations with known fronts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::metrics::{
    series::{Value, Values},
    tests::library,
};

fn front(files: &[(&str, &str)], metrics: &[&str]) -> Front {
    let all: Vec<Series> =
        library(files).series_by(&[]).into_iter().map(|series| marked(&series, |_| false)).collect();
    front_of(&all, metrics)
}

/// The same values, cold where the line says so.
fn marked(series: &Series, is_cold: impl Fn(u32) -> bool) -> Series {
    let mut marked = Series { values: Values::default(), ..series.clone() };
    for value in series.values.iter() {
        marked.values.push(Value { is_cold: is_cold(value.line), ..value });
    }
    marked
}

fn front_of(all: &[Series], metrics: &[&str]) -> Front {
    let axes: Vec<Axis<'_>> = metrics.iter().map(|name| axis(&Metric::named(name).unwrap(), all)).collect();
    of(&axes)
}

fn members(front: &Front) -> Vec<String> {
    front
        .points
        .iter()
        .filter(|point| point.is_on_front())
        .map(|point| point.configuration.to_string())
        .collect()
}

#[test]
fn members_trade_one_metric_for_another() {
    let runs = "num_gpu,run,tokens_s,ttft_ms\n\
        10,1,50,100\n10,2,52,100\n10,3,90,101\n\
        20,1,60,200\n20,2,60,200\n\
        30,1,55,300\n\
        40,1,40,100\n\
        50,1,80,900\n";
    let found = front(&[("runs.csv", runs)], &["throughput", "ttft"]);
    assert_eq!(members(&found), ["num_gpu=50", "num_gpu=20", "num_gpu=10"]);
    let last: Vec<(u64, u64)> =
        found.points.iter().map(|point| (point.dominated_by, point.dominates)).collect();
    assert_eq!(last, [(0, 0), (0, 1), (0, 1), (1, 0), (1, 0)]);
    let ten = &found.points[2].coordinates;
    assert_eq!((ten[0].median, ten[0].n, ten[1].median), (52.0, 3, 100.0));
    assert_eq!(ten[0].places[0], Place { path: "runs.csv".into(), line: 2, field: "tokens_s".into() });
    assert_eq!(found.knee, Some(1));
}

#[test]
fn very_many_configurations_have_the_same_front() {
    let mut random = crate::metrics::stats::SplitMix64(1);
    let points: Vec<Vec<f64>> =
        (0..MAX_PAIRED + 500).map(|_| (0..2).map(|_| random.below(1_000) as f64).collect()).collect();
    let counts = count(&points);
    for (point, (dominated_by, _)) in points.iter().zip(&counts) {
        assert_eq!(*dominated_by > 0, points.iter().any(|other| dominates(other, point)));
    }
}

#[test]
fn three_metrics_make_a_front_too() {
    let runs =
        "num_gpu,tokens_s,ttft_ms,power_w\n1,50,100,90\n2,50,100,80\n3,60,100,95\n4,40,90,99\n5,39,91,99\n";
    let found = front(&[("runs.csv", runs)], &["throughput", "ttft", "power"]);
    assert_eq!(members(&found), ["num_gpu=3", "num_gpu=2", "num_gpu=4"]);
}

#[test]
fn equal_configurations_do_not_beat_each_other() {
    let runs = "num_gpu,tokens_s,ttft_ms\n1,50,100\n2,50,100\n";
    assert_eq!(members(&front(&[("runs.csv", runs)], &["throughput", "ttft"])), ["num_gpu=1", "num_gpu=2"]);
}

#[test]
fn what_lacks_a_metric_is_counted() {
    let found = front(
        &[
            ("a.csv", "num_gpu,tokens_s\n1,50\n2,60\n3,70\n"),
            ("b.csv", "num_gpu,ttft_ms\n1,100\n2,200\n9,50\n"),
        ],
        &["throughput", "ttft"],
    );
    let left_out: Vec<(&str, u64)> =
        found.left_out.iter().map(|(metric, count)| (metric.name(), *count)).collect();
    assert_eq!((found.points.len(), left_out), (2, vec![("throughput", 1), ("ttft", 1)]));
}

#[test]
fn summaries_stand_in_only_where_there_are_no_samples() {
    let summary = ("sum.csv", "num_gpu,mean_tokens_s,mean_ttft_s\n1,50,0.1\n2,60,0.2\n");
    let found = front(&[summary], &["throughput", "ttft"]);
    assert!(found.points.len() == 2 && found.dimensions[0].is_summary && found.notes.len() == 2, "{found:?}");
    let found =
        front(&[summary, ("runs.csv", "num_gpu,tokens_s,ttft_s\n7,50,0.1\n")], &["throughput", "ttft"]);
    assert_eq!(members(&found), ["num_gpu=7"]);
    assert_eq!(found.notes, Vec::<String>::new());
}

#[test]
fn cold_rows_are_left_out_and_counted() {
    let runs = "num_gpu,run,tokens_s,ttft_ms\n1,1,50,2000\n1,2,51,100\n2,1,60,3000\n";
    let all = library(&[("runs.csv", runs)]).series_by(&[]);
    let all: Vec<Series> = all.iter().map(|series| marked(series, |line| line != 3)).collect();
    let found = front_of(&all, &["throughput", "ttft"]);
    assert_eq!(members(&found), ["num_gpu=1"]);
    let coordinate = &found.points[0].coordinates[1];
    assert_eq!((coordinate.median, coordinate.n, coordinate.cold), (100.0, 1, 1));
    assert_eq!(found.only_cold.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 1]);
}

proptest! {
    #[test]
    fn no_member_is_beaten_and_every_other_is(rows in proptest::collection::vec((0_u8..20, 0_u8..20, 0_u8..20), 1..40)) {
        let mut text = String::from("num_gpu,tokens_s,ttft_ms,power_w\n");
        for (index, (a, b, c)) in rows.iter().enumerate() {
            writeln!(text, "{index},{a},{b},{c}").unwrap();
        }
        let found = front(&[("runs.csv", &text)], &["throughput", "ttft", "power"]);
        prop_assert_eq!(found.points.len(), rows.len());
        for point in &found.points {
            let beaten = found.points.iter().filter(|other| {
                let pairs: Vec<(f64, f64)> = other.coordinates.iter().zip(&point.coordinates).map(|(a, b)| (a.median, b.median)).collect();
                let no_worse = pairs[0].0 >= pairs[0].1 && pairs[1].0 <= pairs[1].1 && pairs[2].0 <= pairs[2].1;
                no_worse && pairs.iter().any(|(a, b)| a != b)
            });
            prop_assert_eq!(beaten.count() as u64, point.dominated_by);
        }
        prop_assert_eq!(
            found.points.iter().map(|point| point.dominates).sum::<u64>(),
            found.points.iter().map(|point| point.dominated_by).sum::<u64>()
        );
    }
}
