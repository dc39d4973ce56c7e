//! The next report's prompt, evaluated ahead: when, and when not.

use super::*;
use crate::{
    app::freshen::{Ahead, Freshening},
    engine::{
        Held, Saved,
        protocol::{Request, RunId},
    },
    meters::{Gpu, Sample},
};

/// A model is loaded, the folder is read, and the meters are on.
fn ready() -> Rig {
    let mut rig = Rig::filled();
    rig.app.freshening = Freshening::new(true);
    rig.keys("T");
    rig.engine(EngineEvent::Loading(0.5));
    rig.loaded();
    rig
}

fn sampled(rig: &mut Rig, others: Option<f32>) -> Vec<Effect> {
    rig.happened(Event::Machine(Box::new(Sample { others, ..Sample::default() })))
}

/// Time goes on; unlike elsewhere something may come of it.
fn ticked(rig: &mut Rig, seconds: u64) -> Vec<Effect> {
    let now = Duration::from_secs(seconds);
    rig.happened(Event::Tick { now, wall_ns: START_NS + i128::from(seconds) * 1_000_000_000 })
}

fn asked(effects: &[Effect]) -> Option<Request> {
    effects.iter().find_map(|effect| match effect {
        Effect::Freshen(request) => Some((**request).clone()),
        _ => None,
    })
}

fn held(rig: &mut Rig, run: RunId, is_whole: bool) {
    rig.engine(EngineEvent::Held { run: Some(run), held: Held { tokens: 700, saved: None }, is_whole });
}

#[test]
fn what_the_next_report_asks_first_is_evaluated_when_the_folder_has_settled() {
    let mut rig = ready();
    assert_eq!(asked(&sampled(&mut rig, Some(0.1))), None, "it may go on changing");
    let request = asked(&ticked(&mut rig, 4)).unwrap();
    assert!(rig.app.freshening.is_evaluating());
    held(&mut rig, request.run, true);
    let ahead = rig.app.freshening.held.map(|(ahead, _)| ahead);
    assert_eq!(ahead, Some(Ahead { tokens: 700, is_whole: true }));
    rig.tick(60.0);
    assert_eq!(asked(&sampled(&mut rig, Some(0.1))), None, "nothing changed");
    // The report asks for the same.
    let effects = rig.keys("r");
    let real = effects.iter().find_map(|effect| match effect {
        Effect::Generate(request) => Some((**request).clone()),
        _ => None,
    });
    assert_eq!(real.map(|real| real.prompt), Some(request.prompt));
}

#[test]
fn a_change_wakes_it_again_once_it_has_settled() {
    let mut rig = ready();
    rig.tick(4.0);
    let first = asked(&sampled(&mut rig, Some(0.0))).unwrap();
    held(&mut rig, first.run, true);
    rig.tick(10.0);
    rig.changed(&[("a.csv", Some(&RUNS.replace("203.25", "205.25")))]);
    assert!(!rig.app.freshening.held.unwrap().0.is_whole);
    assert!(rig.app.next_wakeup().unwrap() <= Duration::from_secs(13));
    assert_eq!(asked(&sampled(&mut rig, Some(0.0))), None);
    let second = asked(&ticked(&mut rig, 14)).unwrap();
    assert!(second.prompt != first.prompt && second.run > first.run);
}

#[test]
fn who_else_needs_the_machine_has_it() {
    let mut rig = ready();
    rig.tick(4.0);
    for others in [None, Some(0.6)] {
        assert_eq!(asked(&sampled(&mut rig, others)), None, "{others:?}");
    }
    let gpus = vec![Gpu { load: Some(0.5), ..Gpu::default() }];
    let busy = Event::Machine(Box::new(Sample { others: Some(0.0), gpus, ..Sample::default() }));
    assert_eq!(asked(&rig.happened(busy)), None, "the GPU is used");
    let run = asked(&sampled(&mut rig, Some(0.0))).unwrap().run;
    assert_eq!(sampled(&mut rig, Some(0.2)), []);
    assert_eq!(sampled(&mut rig, Some(1.5)), [Effect::Cancel(run)], "a benchmark begins");
    assert_eq!(sampled(&mut rig, Some(1.5)), [], "told once");
    held(&mut rig, run, false);
    assert_eq!(asked(&ticked(&mut rig, 10)), None, "it still needs them");
    assert!(asked(&sampled(&mut rig, Some(0.0))).is_some(), "what was begun is taken up again");
}

#[test]
fn it_is_never_begun_without_a_model_beside_a_report_or_unwanted() {
    let mut rig = Rig::filled();
    rig.app.freshening = Freshening::new(true);
    rig.keys("T");
    rig.tick(9.0);
    assert_eq!(sampled(&mut rig, Some(0.0)), [], "it loads nothing");
    assert_eq!(rig.app.freshening.wakeup(rig.app.now), None);
    let mut rig = ready();
    rig.keys("r");
    rig.tick(9.0);
    assert_eq!(asked(&sampled(&mut rig, Some(0.0))), None);
    let mut rig = ready();
    rig.app.freshening = Freshening::default();
    rig.tick(9.0);
    assert_eq!(asked(&sampled(&mut rig, Some(0.0))), None);
}

#[test]
fn rows_written_meanwhile_are_marked() {
    let mut rig = ready();
    rig.tick(4.0);
    sampled(&mut rig, Some(0.0));
    rig.changed(&[("a.csv", Some(&RUNS.replace("203.25", "205.25")))]);
    rig.keys("2");
    assert!(text(&rig.app.metrics.detail).contains("own model running"));
}

#[test]
fn the_engine_tab_tells_what_is_evaluated_and_kept() {
    let mut rig = ready();
    rig.tick(4.0);
    let run = asked(&sampled(&mut rig, Some(0.0))).unwrap().run;
    held(&mut rig, run, true);
    let saved = Some(Saved { file: "/cache/prefixes/a.prefix".into(), bytes: 21_000_000 });
    rig.engine(EngineEvent::Held { run: None, held: Held { tokens: 700, saved }, is_whole: true });
    rig.keys("6");
    let told = text(&rig.app.engine_tab.detail);
    assert!(told.contains("700 tokens, all of the next report's"), "{told}");
    assert!(told.contains("21 MB") && told.contains("/cache/prefixes/a.prefix"), "{told}");
}
