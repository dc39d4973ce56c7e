//! The views of a series: which values they show, and where their cursor leads.

use super::*;
use crate::app::{
    Focus,
    metrics::chart::{Stroke, Tone, View},
};

/// Eight warm runs of x in the order of their times, which is not that of the lines; y is
/// slower and has a cold run.
const RATES: &str = "timestamp,model,tokens_s,ttft_ms\n\
    2026-01-01T00:00:03Z,x,103.5,12.5\n2026-01-01T00:00:01Z,x,101.5,14.5\n\
    2026-01-01T00:00:02Z,x,102.5,13.5\n2026-01-01T00:00:04Z,x,104.5,11.5\n\
    2026-01-01T00:00:05Z,y,50.5,2500\n2026-01-01T00:00:06Z,y,51.5,40.5\n\
    2026-01-01T00:00:07Z,y,52.5,41.5\n2026-01-01T00:00:08Z,y,53.5,40.0\n2026-01-01T00:00:09Z,y,53.0,41.0\n";

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.scanned(&[("runs/rates.csv", Some(RATES))]);
    rig
}

fn reading(rig: &Rig) -> String {
    rig.app.metrics.stopped_at().map(|stop| stop.text.to_string()).unwrap_or_default()
}

/// The points of one tone.
fn points(rig: &Rig, tone: Tone) -> Vec<(f64, f64)> {
    let chart = rig.app.metrics.chart.as_ref().unwrap();
    chart.layers.iter().filter(|layer| layer.tone == tone).flat_map(|layer| layer.points.clone()).collect()
}

#[test]
fn a_trend_is_in_order_of_time_and_its_cursor_leads_to_the_row_and_back() {
    let mut rig = rig();
    rig.keys("2 v tab");
    assert_eq!((rig.app.metrics.view, rig.app.focus), (View::Trend, Focus::Detail));
    assert_eq!(points(&rig, Tone::Usual), [(1.0, 101.5), (2.0, 102.5), (3.0, 103.5), (4.0, 104.5)]);
    assert!(reading(&rig).starts_with("104.5 tok/s · rates.csv:5"), "the newest: {}", reading(&rig));
    rig.keys("g g");
    assert!(reading(&rig).starts_with("101.5 tok/s · rates.csv:3"), "{}", reading(&rig));
    rig.keys("j enter");
    assert_eq!(rig.app.tab, Tab::Inventory);
    let mark = rig.app.inventory.marked().unwrap();
    assert_eq!(
        (&*mark.source.path, mark.source.line, &*mark.source.field),
        ("runs/rates.csv", Some(4), "tokens_s")
    );
    assert!(!text(&rig.app.inventory.preview.rows).contains("used in"), "no report was written");
    rig.keys("esc");
    assert_eq!((rig.app.tab, rig.app.focus), (Tab::Metrics, Focus::Detail));
    assert!(reading(&rig).starts_with("102.5 tok/s"), "where it was: {}", reading(&rig));
}

#[test]
fn a_trend_follows_the_newest_value_until_its_cursor_is_moved() {
    let mut rig = rig();
    rig.keys("2 v tab");
    let grown = |row: &str| format!("{RATES}{row}");
    rig.changed(&[("runs/rates.csv", Some(&grown("2026-01-01T00:00:11Z,x,99.5,12\n")))]);
    assert!(reading(&rig).starts_with("99.5 tok/s"), "{}", reading(&rig));
    rig.keys("k");
    rig.changed(&[(
        "runs/rates.csv",
        Some(&grown("2026-01-01T00:00:12Z,x,98.5,12\n2026-01-01T00:00:13Z,x,97.5,12\n")),
    )]);
    assert!(reading(&rig).starts_with("104.5 tok/s"), "stays: {}", reading(&rig));
}

#[test]
fn cold_runs_are_a_layer_of_their_own() {
    let mut rig = rig();
    let ttft_of_y = rig
        .app
        .metrics
        .lines
        .iter()
        .position(|line| line.metric.as_str() == "TTFT" && line.group.as_str() == "model=y");
    rig.keys("2");
    for _ in 0..ttft_of_y.unwrap() {
        rig.keys("j");
    }
    rig.keys("v");
    assert_eq!(points(&rig, Tone::Cold), [(1.0, 2500.0)]);
    assert_eq!(points(&rig, Tone::Usual).len(), 4);
    rig.keys("v tab G");
    assert!(reading(&rig).contains("1 of 5 values, 1 of them cold"), "{}", reading(&rig));
    let total = points(&rig, Tone::Usual).iter().map(|(_, count)| *count).fold(0.0, f64::max);
    assert_eq!(total, 4.0, "the highest bar holds the warm ones");
    rig.keys("v");
    assert!(reading(&rig).starts_with("40 ms · rates.csv:9 · 20 % at or below"), "{}", reading(&rig));
    rig.keys("v");
    let boxes = text(&rig.app.metrics.detail);
    assert!(
        boxes.contains("n 4, 1 cold ones left out") && boxes.contains("x ") && boxes.contains("y "),
        "{boxes}"
    );
}

#[test]
fn a_part_of_the_axis_is_drawn_larger_around_the_cursor() {
    let mut rig = Rig::new();
    let rows: Vec<String> = (0..64).map(|run| format!("x,{}.5", 100 + run % 7)).collect();
    rig.scanned(&[("a.csv", Some(&format!("model,tokens_s\n{}\n", rows.join("\n"))))]);
    rig.keys("2 v tab g g");
    let stops = |rig: &Rig| rig.app.metrics.chart.as_ref().unwrap().stops.len();
    assert_eq!(stops(&rig), 64);
    let before = reading(&rig);
    rig.keys("+ +");
    assert_eq!(stops(&rig), 16);
    assert_eq!(reading(&rig), before, "the cursor stays on its value");
    rig.keys("- - -");
    assert_eq!((stops(&rig), reading(&rig)), (64, before));
}

#[test]
fn a_scatter_shows_what_none_beats() {
    let mut rig = rig();
    rig.keys("2 m");
    assert_eq!(rig.app.metrics.view, View::Scatter);
    let chart = rig.app.metrics.chart.as_ref().unwrap();
    assert_eq!((chart.x.title.as_str(), chart.y.title.as_str()), ("Throughput tok/s", "TTFT ms"));
    assert_eq!(points(&rig, Tone::Best), [(103.0, 13.0)], "x: more tokens, less time");
    assert_eq!(points(&rig, Tone::Usual), [(52.75, 40.75)], "y, its cold run left out");
    assert!(chart.layers.iter().all(|layer| layer.stroke == Stroke::Points));
}

#[test]
fn one_value_or_none_says_so_instead_of_a_chart() {
    let mut rig = Rig::new();
    rig.scanned(&[("a.json", Some(r#"{"ttft_ms": 120.5}"#))]);
    rig.keys("2");
    for view in View::ALL.iter().skip(1) {
        rig.keys("v");
        assert_eq!(rig.app.metrics.view, *view);
        if let Some(chart) = &rig.app.metrics.chart {
            assert!(chart.empty.is_some() && chart.stops.is_empty(), "{view:?}");
            rig.keys("tab j k G + - enter tab");
        }
    }
    // Nor in an empty folder.
    let mut rig = Rig::new();
    rig.keys("2 v tab j + m m enter v v v");
}
