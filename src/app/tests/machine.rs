//! The meters, and the rows that were written while something disturbed the machine.

use super::*;
use crate::{
    app::{Focus, metrics::chart::Tone},
    meters::{Gpu, Sample},
};

fn hot() -> Event {
    let gpu = Gpu { throttled: Some("GPU too hot"), ..Gpu::default() };
    Event::Machine(Box::new(Sample { cpu: Some(0.5), gpus: vec![gpu], ..Sample::default() }))
}

fn runs(count: u32) -> String {
    let rows = (0..count).map(|run| format!("m,{}\n", 100 + run % 7));
    format!("model,tokens_s\n{}", rows.collect::<String>())
}

#[test]
fn rows_written_while_the_gpu_was_too_hot_are_marked() {
    let mut rig = Rig::new();
    rig.keys("T");
    rig.scanned(&[("a.csv", Some(&runs(10)))]);
    rig.tick(10.0);
    rig.happened(hot());
    rig.changed(&[("a.csv", Some(&runs(14)))]);
    rig.tick(30.0);
    rig.changed(&[("a.csv", Some(&runs(20)))]);
    rig.keys("2");
    let detail = text(&rig.app.metrics.detail);
    assert!(
        detail.lines().any(|line| line.contains("disturbed") && line.contains("4 of 20 values: GPU too hot")),
        "{detail}"
    );
    rig.keys("v tab");
    assert_eq!(rig.app.focus, Focus::Detail);
    let chart = rig.app.metrics.chart.as_ref().unwrap();
    let disturbed = chart.layers.iter().find(|layer| layer.tone == Tone::Disturbed).unwrap();
    let runs: Vec<f64> = disturbed.points.iter().map(|(run, _)| *run).collect();
    assert_eq!(runs, [11.0, 12.0, 13.0, 14.0]);
    let said = chart.stops.iter().filter(|stop| stop.text.as_str().contains("GPU too hot")).count();
    assert_eq!(said, 4);
}

#[test]
fn a_file_written_anew_while_the_own_model_runs_is_marked_whole() {
    let mut rig = Rig::filled();
    rig.keys("r");
    rig.changed(&[("a.csv", Some(&RUNS.replace("203.25", "205.25")))]);
    rig.keys("2");
    assert!(text(&rig.app.metrics.detail).contains("own model running"), "{}", text(&rig.app.metrics.detail));
}

#[test]
fn without_a_disturbance_nothing_is_said() {
    let mut rig = Rig::new();
    rig.keys("T");
    rig.scanned(&[("a.csv", Some(&runs(10)))]);
    rig.happened(Event::Machine(Box::default()));
    rig.changed(&[("a.csv", Some(&runs(14)))]);
    rig.keys("2");
    assert!(!text(&rig.app.metrics.detail).contains("disturbed"));
}

#[test]
fn the_meters_are_switched_off_and_on() {
    let mut rig = Rig::new();
    assert_eq!(rig.keys("T"), [Effect::Meter(true)]);
    rig.happened(hot());
    assert!(rig.app.machine.latest().is_some());
    assert_eq!(rig.keys("T"), [Effect::Meter(false)]);
    assert!(rig.app.machine.latest().is_none());
    // A sample that was on its way is not the machine any more.
    rig.happened(hot());
    assert!(rig.app.machine.latest().is_none());
}
