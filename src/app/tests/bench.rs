//! A benchmark asked for, watched and stopped on the screen.

use super::*;
use crate::app::{
    Popup,
    bench::{Asked, News},
};

fn rig() -> Rig {
    let mut rig = Rig::with_model(Ok(Some(ModelSpec::Scripted("fast".into()))));
    rig.scanned(&[("a.csv", Some(RUNS))]);
    rig.keys("6");
    rig
}

/// Types over a field that is empty after so many backspaces.
fn retype(rig: &mut Rig, text: &str) {
    for _ in 0..60 {
        rig.keys("backspace");
    }
    rig.happened(Event::Paste(text.into()));
}

fn asked(effects: Vec<Effect>) -> Option<Asked> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::Bench(asked) => Some(*asked),
        _ => None,
    })
}

#[test]
fn what_is_typed_is_measured_with_the_settings_that_hold() {
    let mut rig = rig();
    rig.keys("p j j j enter 1 enter q B");
    retype(&mut rig, "num_ctx=512,1024");
    assert!(text(&rig.app.popup_rows).contains("2 configurations, 6 calls"), "{}", text(&rig.app.popup_rows));
    rig.keys("down backspace 2 right down right left");
    let effects = rig.keys("enter");
    let asked = asked(effects).unwrap();
    assert_eq!((asked.sweep.as_str(), asked.runs, asked.replace), ("num_ctx=512,1024", 2, false));
    assert_eq!(asked.model, ModelSpec::Scripted("fast".into()));
    assert_eq!(asked.settings.len(), 1, "{:?}", asked.settings);
    assert_eq!(rig.app.popup, Popup::None);
    assert!(rig.app.bench.is_running());
}

#[test]
fn a_grid_that_is_none_is_told_in_the_form_and_nothing_starts() {
    let mut rig = rig();
    rig.keys("B");
    retype(&mut rig, "num_ctx=1");
    assert_eq!(asked(rig.keys("enter")), None);
    assert!(text(&rig.app.popup_rows).contains("from 256"), "{}", text(&rig.app.popup_rows));
    rig.keys("esc");
    assert!(!rig.app.bench.is_running() && rig.app.popup == Popup::None);
}

#[test]
fn results_that_are_there_can_be_written_over() {
    let mut rig = rig();
    assert!(asked(rig.keys("B down down space enter")).unwrap().replace);
}

#[test]
fn a_loaded_model_gives_its_memory_back_first() {
    let mut rig = rig();
    rig.loaded();
    let effects = rig.keys("B enter");
    assert_eq!(effects.first(), Some(&Effect::UnloadModel));
    assert!(matches!(effects.last(), Some(Effect::Bench(_))), "{effects:?}");
    assert!(rig.notice().contains("unloaded"), "{}", rig.notice());
}

#[test]
fn progress_is_told_and_the_end_too() {
    let mut rig = rig();
    rig.keys("B enter");
    assert_eq!(rig.app.bench.progress().as_deref(), Some("benchmark: starting"));
    let left = Some(Duration::from_secs(61));
    let what = Shown::new("c1024_t0.2");
    rig.happened(Event::Bench(News::Progress { done: 3, total: 12, left, what }));
    let told = text(&rig.app.engine_tab.detail);
    assert!(told.contains("3 of 12 calls") && told.contains("c1024_t0.2"), "{told}");
    // A second one has to wait.
    rig.keys("B");
    assert!(rig.app.popup == Popup::None && rig.notice().contains("is running"), "{}", rig.notice());
    rig.happened(Event::Bench(News::Ended(Some(0), Shown::default())));
    assert!(!rig.app.bench.is_running() && rig.notice().contains("done"));
    rig.keys("B enter");
    rig.happened(Event::Bench(News::Ended(Some(2), Shown::new("error: of another sweep"))));
    assert!(rig.notice().contains("of another sweep"), "{}", rig.notice());
}

#[test]
fn it_is_stopped_as_a_report_is_cancelled() {
    let mut rig = rig();
    assert_eq!(rig.keys("x"), []);
    rig.keys("B enter");
    assert_eq!(rig.keys("x"), [Effect::StopBench]);
    assert_eq!(rig.app.bench.progress().as_deref(), Some("benchmark: stopping"));
    rig.happened(Event::Bench(News::Ended(Some(130), Shown::default())));
    assert!(text(&rig.app.engine_tab.detail).contains("stopped; its rows are kept"));
}
