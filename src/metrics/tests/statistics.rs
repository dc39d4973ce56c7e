//! Statistics against hand-worked values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use crate::metrics::stats::{Stats, median_ci95, percentile};

#[test]
fn statistics_equal_hand_worked_values() {
    let stats = Stats::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
    assert_eq!((stats.n, stats.mean, stats.median), (8, Some(5.0), Some(4.5)));
    assert_eq!((stats.min, stats.max), (Some(2.0), Some(9.0)));
    assert!((stats.stddev.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
    assert!((stats.cv.unwrap() - (32.0_f64 / 7.0).sqrt() / 5.0).abs() < 1e-15);
    // 0.9 × 7 = 6.3: between 7 and 9; 0.95 × 7 = 6.65.
    assert!((stats.p90.unwrap() - 7.6).abs() < 1e-12);
    assert!((stats.p95.unwrap() - 8.3).abs() < 1e-12);
    let one = Stats::of(&[3.0]);
    assert_eq!((one.n, one.mean, one.p99, one.stddev, one.cv), (1, Some(3.0), Some(3.0), None, None));
    assert_eq!(Stats::of(&[]), Stats::default());
    let constant = Stats::of(&[0.1, 0.1, 0.1]);
    assert_eq!((constant.mean, constant.stddev), (Some(0.1), Some(0.0)));
    assert_eq!(Stats::of(&[-1.0, 1.0]).cv, None);
    assert_eq!(Stats::of(&[1.0, f64::NAN, f64::INFINITY]).n, 1);
    assert_eq!(percentile(&[1.0, 2.0, 4.0], 25.0), Some(1.5));
    assert_eq!((percentile(&[], 50.0), percentile(&[1.0], 101.0)), (None, None));
}

#[test]
fn the_interval_of_the_median_is_the_same_every_time() {
    let values: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 50)).collect();
    let (low, high) = median_ci95(&values).unwrap();
    // The exact interval by order statistics is the 18th to the 33rd value: 17 to 32.
    assert!((15.0..=20.0).contains(&low) && (29.0..=34.0).contains(&high), "{low} {high}");
    let mut turned = values.clone();
    turned.reverse();
    assert_eq!(median_ci95(&turned), Some((low, high)));
    assert_eq!(median_ci95(&[5.0, 5.0, 5.0]), Some((5.0, 5.0)));
    assert_eq!((median_ci95(&[1.0]), median_ci95(&[])), (None, None));
}

proptest! {
    #[test]
    fn statistics_keep_their_order(values in prop::collection::vec(-1e9_f64..1e9, 1..60)) {
        let stats = Stats::of(&values);
        let ordered = [stats.min, stats.median, stats.p90, stats.p95, stats.p99, stats.max].map(Option::unwrap);
        prop_assert!(ordered.is_sorted(), "{ordered:?}");
        prop_assert!((stats.min.unwrap()..=stats.max.unwrap()).contains(&stats.mean.unwrap()));
        // As the definition says it, of all values in order.
        let mut sorted = values;
        sorted.sort_unstable_by(f64::total_cmp);
        let naive = [50.0, 90.0, 95.0, 99.0].map(|p| percentile(&sorted, p));
        prop_assert_eq!([stats.median, stats.p90, stats.p95, stats.p99], naive);
    }
}
