//! Earlier runs: listed, read again, held against each other, done again.

use super::*;
use crate::app::{Focus, Popup};

/// Runs the report by code, and puts its record and text into the folder as saving does.
fn report(rig: &mut Rig) -> String {
    let effects = rig.keys("r");
    let export = effects.into_iter().find_map(|effect| match effect {
        Effect::Save(export) => Some(export),
        _ => None,
    });
    let export = export.unwrap();
    let path = format!("chimera_insight/{}.json", export.stem);
    rig.records.insert(path.clone().into(), export.record.clone());
    rig.changed(&[(&path, Some(&export.record))]);
    path
}

/// Two runs, of which the second found another value.
fn twice() -> (Rig, [String; 2]) {
    let mut rig = Rig::with_model(Ok(None));
    rig.scanned(&[("a.csv", Some(RUNS)), ("b.json", Some(r#"{"ttft_ms": 120.5}"#))]);
    let first = report(&mut rig);
    rig.changed(&[("a.csv", Some(&RUNS.replace("203.25", "205.25")))]);
    rig.tick(61.0);
    let second = report(&mut rig);
    rig.keys("5");
    (rig, [first, second])
}

fn listed(rig: &Rig) -> Vec<&str> {
    rig.app.history.lines.iter().map(|line| &*line.file.path).collect()
}

#[test]
fn runs_are_listed_the_newest_first_with_what_their_records_say() {
    let (rig, [first, second]) = twice();
    assert_eq!(listed(&rig), [&second, &first]);
    let line = &rig.app.history.lines[0];
    assert_eq!((line.started.as_str(), line.model.as_str()), ("2026-01-01 00:01:01", "by code"));
    let (grounded, figures) = line.columns[0].split_once('/').unwrap();
    assert!(grounded == figures && figures.parse::<u32>().unwrap() > 10, "{}", line.columns[0]);
    assert!(line.fault.is_none());
    let detail = text(&rig.app.history.detail);
    assert!(detail.contains("complete") && detail.contains("none: written by code"), "{detail}");
}

#[test]
fn a_run_is_read_again_as_its_record_has_it() {
    let (mut rig, _) = twice();
    rig.keys("j enter");
    assert_eq!(rig.app.tab, Tab::Report);
    let source = rig.app.report.view.source();
    assert!(source.contains("203.2") && !source.contains("205.2"), "the first run's");
    // Its figures can be walked like those of a report that has just been written.
    rig.keys("n");
    assert!(rig.app.report.evidence.position().is_some());
    rig.keys("5 k enter");
    assert!(rig.app.report.view.source().contains("205.2"));
    rig.keys("5 r");
    assert_eq!(rig.app.tab, Tab::Report, "a new report can be written from here");
}

#[test]
fn two_runs_are_held_against_each_other_fact_by_fact() {
    let (mut rig, _) = twice();
    rig.keys("=");
    assert!(rig.notice().starts_with("mark the base first"));
    rig.keys("j b =");
    assert!(rig.notice().starts_with("this is the base"));
    assert!(rig.app.history.lines[1].is_base);
    rig.keys("k =");
    let detail = text(&rig.app.history.detail);
    assert!(detail.contains(" changed, ") && detail.contains(" the same, "), "{detail}");
    let changed = detail.lines().find(|line| line.contains("203.2 tok/s → 205.2 tok/s"));
    assert!(changed.is_some_and(|line| line.contains("throughput")), "{detail}");
    rig.keys("tab j k tab j");
    assert!(!text(&rig.app.history.detail).contains("changed,"), "another run is selected");
    assert_eq!(rig.app.focus, Focus::List);
}

#[test]
fn versions_of_the_report_are_walked_and_held_against_the_one_before() {
    let (mut rig, _) = twice();
    // The records are read when a version is asked for, whatever tab was seen before.
    rig.keys("4 ]");
    assert_eq!(rig.app.version(), Some((2, 2)));
    assert!(rig.app.report.view.source().contains("205.2"));
    rig.keys("]");
    assert_eq!(rig.notice(), "this is the newest of 2 versions");
    rig.keys("[");
    assert_eq!(rig.app.version(), Some((1, 2)));
    assert!(rig.app.report.view.source().contains("203.2"));
    rig.keys("=");
    assert_eq!(rig.notice(), "there is no earlier version to compare this with");
    rig.keys("[");
    assert_eq!(rig.notice(), "this is the oldest of 2 versions");
    rig.keys("] =");
    assert_eq!(rig.app.popup, Popup::Changes(0));
    let changes = text(&rig.app.popup_rows);
    assert!(changes.lines().any(|line| line.contains("203.2 tok/s → 205.2 tok/s")), "{changes}");
    rig.keys("esc");
    assert_eq!((&rig.app.popup, rig.app.tab), (&Popup::None, Tab::Report));
    rig.keys("5 j b k =");
    assert_eq!(rig.app.popup, Popup::None, "History shows its comparisons in its detail");
}

#[test]
fn a_folder_without_reports_has_no_versions() {
    let mut rig = Rig::filled();
    rig.keys("4 [");
    assert_eq!(rig.notice(), "this folder has no report yet");
    rig.keys("=");
    assert_eq!(rig.notice(), "there is no earlier version to compare this with");
}

#[test]
fn a_run_is_done_again_with_its_settings() {
    let mut rig = Rig::new();
    rig.scanned(&[("a.csv", Some(RUNS))]);
    let record = {
        let mut rig = Rig::with_model(Ok(None));
        rig.scanned(&[("a.csv", Some(RUNS))]);
        rig.app.params.temperature = Some(0.25);
        rig.app.params.seed = Some(7);
        let path = report(&mut rig);
        rig.records.remove(std::path::Path::new(&path)).unwrap()
    };
    let path = "chimera_insight/20260101T000000Z-x.json";
    rig.records.insert(path.into(), record.clone());
    rig.changed(&[(path, Some(&record))]);
    rig.keys("ctrl-r");
    assert_eq!(rig.app.params.seed, None, "nothing is done on another tab");
    rig.keys("5 ctrl-r");
    assert_eq!((rig.app.params.temperature, rig.app.params.seed), (Some(0.25), Some(7)));
    assert!(rig.app.report.is_busy() && rig.app.tab == Tab::Report);
}

#[test]
fn a_record_that_is_broken_or_gone_says_so() {
    let (mut rig, [first, second]) = twice();
    let broken = r#"{"generated_by":"chimera-insight","version":"0.1.0"}"#;
    rig.records.insert(first.clone().into(), broken.to_owned());
    rig.changed(&[(&first, Some(broken))]);
    rig.keys("j");
    let line = &rig.app.history.lines[1];
    assert!(
        line.fault.as_ref().is_some_and(|fault| fault.as_str().contains("no whole run record")),
        "{line:?}"
    );
    rig.keys("enter");
    assert!(rig.app.tab == Tab::History && rig.notice().contains("cannot read"), "{}", rig.notice());
    rig.changed(&[(&first, None)]);
    assert_eq!(listed(&rig), [&second]);
    // A folder without runs.
    let mut rig = Rig::filled();
    rig.keys("5 j enter b = ctrl-r tab e y");
    assert_eq!(rig.app.tab, Tab::History);
}
