//! A report from the key to the saved file, and every way it can end early.

use super::*;
use crate::{
    app::{
        Popup,
        event::SaveResult,
        report::{Activity, StageState},
    },
    engine::{
        EngineError,
        protocol::{Request, RunId},
    },
    metrics::generation::Timings,
    report::{export::Export, model::Stop, pipeline::Stage},
    signals::Signal,
};

const ANSWER: &str = "The throughput is higher with all layers offloaded.";

impl Rig {
    /// Starts a report; the first request.
    pub(super) fn started() -> (Self, Request) {
        let mut rig = Self::filled();
        let effects = rig.keys("r");
        assert!(matches!(&effects[..], [Effect::LoadModel(..)]), "{effects:?}");
        let request = request(rig.loaded());
        (rig, request)
    }

    pub(super) fn piece(&mut self, run: RunId, text: &str) -> Vec<Effect> {
        let (at, elapsed) = (Duration::from_millis(10), Duration::from_millis(20));
        self.engine(EngineEvent::Piece { run, text: text.into(), tokens: 1, at, elapsed })
    }

    pub(super) fn finished(&mut self, run: RunId, stop: Stop) -> Vec<Effect> {
        let timings = Timings { tokens: 3, total: Duration::from_millis(30), ..Timings::default() };
        self.engine(EngineEvent::Finished { run, stop, timings: Box::new(timings), used: Params::default() })
    }

    fn failed(&mut self, run: Option<RunId>) -> Vec<Effect> {
        let error = EngineError::Decode("the engine process ended".into());
        self.engine(EngineEvent::Failed { run, error, log: vec!["out of memory".into(), String::new()] })
    }
}

fn request(effects: Vec<Effect>) -> Request {
    match effects.into_iter().next() {
        Some(Effect::Generate(request)) => *request,
        other => panic!("no call was asked for: {other:?}"),
    }
}

fn saved(effects: &[Effect]) -> &Export {
    match effects.iter().find(|effect| matches!(effect, Effect::Save(_))) {
        Some(Effect::Save(export)) => export,
        _ => panic!("nothing is saved: {effects:?}"),
    }
}

#[test]
fn a_report_is_loaded_for_streamed_and_saved() {
    let (mut rig, first) = Rig::started();
    assert_eq!(rig.app.tab, Tab::Report);
    assert_eq!(rig.app.engine, EngineState::Ready);
    assert_eq!(rig.app.report.activity, Activity::Prefill);
    assert_eq!(rig.app.report.stages[0], (Stage::Ingest, StageState::Done(Duration::from_millis(7))));
    assert!(rig.app.next_wakeup().is_some(), "times run on the screen");

    rig.engine(EngineEvent::Prefill {
        run: first.run,
        done: 64,
        total: 128,
        cached: 0,
        elapsed: Duration::ZERO,
    });
    assert_eq!((rig.app.report.prefill, rig.app.report.context_used), (Some((64, 128, 0)), 64));
    rig.piece(first.run, ANSWER);
    assert_eq!(rig.app.report.activity, Activity::Decode);
    assert!(rig.app.report.view.source().ends_with(ANSWER));
    assert_eq!(rig.app.report.stats.ttft(), Some(Duration::from_millis(20)));

    let mut runs = vec![first.run];
    let mut effects = rig.finished(first.run, Stop::EndOfGeneration);
    while let Some(Effect::Generate(next)) = effects.first() {
        let run = next.run;
        assert!(run > *runs.last().unwrap());
        runs.push(run);
        rig.piece(run, ANSWER);
        effects = rig.finished(run, Stop::EndOfGeneration);
    }
    assert!(runs.len() > 1, "analysis and report are calls of their own");
    let export = saved(&effects).clone();
    assert_eq!(rig.app.report.view.source(), export.markdown);
    assert_eq!((rig.app.report.activity, rig.app.report.is_busy()), (Activity::Idle, false));
    assert!(rig.app.report.stages.iter().all(|(_, state)| matches!(state, StageState::Done(_))));
    assert_eq!(rig.app.report.totals.tokens, 3 * runs.len() as u64);
    assert!(rig.app.report.grounding.is_some());

    rig.app.update(Event::Saved(SaveResult::Saved(Shown::new("chimera_insight/x.md"))));
    assert_eq!(rig.notice(), "saved chimera_insight/x.md");
    assert_eq!(rig.keys("e"), [Effect::Edit("chimera_insight/x.md".into(), 1)]);
    assert_eq!(rig.keys("y"), [Effect::Copy(export.markdown)]);

    let again = request(rig.keys("r"));
    assert!(again.run > *runs.last().unwrap(), "the model is resident: no second load");
}

#[test]
fn late_messages_change_nothing() {
    let (mut rig, request) = Rig::started();
    let old = RunId(request.run.0.wrapping_sub(1));
    let before = rig.app.report.view.source().to_owned();
    assert_eq!(rig.piece(old, "ghost"), []);
    assert_eq!(rig.finished(old, Stop::EndOfGeneration), []);
    assert_eq!(rig.failed(Some(old)), []);
    assert_eq!(rig.app.report.view.source(), before);
    assert!(rig.app.report.is_busy());
}

#[test]
fn escape_cancels_and_keeps_what_there_is() {
    let (mut rig, request) = Rig::started();
    rig.piece(request.run, ANSWER);
    assert_eq!(rig.keys("esc"), [Effect::Cancel(request.run)]);
    assert_eq!(rig.app.report.activity, Activity::Cancelling);
    assert_eq!(rig.keys("esc"), [], "once is enough");
    let effects = rig.finished(request.run, Stop::Cancelled);
    assert!(saved(&effects).record.contains("cancelled"));
    assert!(rig.app.report.view.source().ends_with(ANSWER), "the text stays");
    assert!(!rig.app.report.is_busy());
    assert!(matches!(&rig.keys("r")[..], [Effect::Generate(_)]));
}

#[test]
fn a_cancel_that_comes_too_late_is_still_one() {
    let (mut rig, request) = Rig::started();
    rig.piece(request.run, ANSWER);
    rig.keys("x");
    let effects = rig.finished(request.run, Stop::EndOfGeneration);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Generate(_))), "{effects:?}");
}

#[test]
fn control_c_cancels_first_and_quits_then() {
    let (mut rig, request) = Rig::started();
    rig.piece(request.run, ANSWER);
    assert_eq!(rig.keys("ctrl-c"), [Effect::Cancel(request.run)]);
    let effects = rig.keys("ctrl-c");
    saved(&effects);
    assert_eq!(effects.last(), Some(&Effect::Quit(130)));
}

#[test]
fn quitting_and_signals_save_what_there_is() {
    for (signal, code) in [
        (None, 0),
        (Some(Signal::Terminate), 143),
        (Some(Signal::Hangup), 129),
        (Some(Signal::Interrupt), 130),
    ] {
        let (mut rig, request) = Rig::started();
        rig.piece(request.run, ANSWER);
        let effects = match signal {
            None => rig.keys("q"),
            Some(signal) => rig.app.update(Event::Signal(signal)),
        };
        assert_eq!(effects[0], Effect::Cancel(request.run));
        saved(&effects);
        assert_eq!(effects.last(), Some(&Effect::Quit(code)));
    }
}

#[test]
fn a_failure_keeps_the_text_and_says_why() {
    let (mut rig, request) = Rig::started();
    rig.piece(request.run, ANSWER);
    let effects = rig.failed(Some(request.run));
    saved(&effects);
    assert!(rig.app.report.view.source().ends_with(ANSWER));
    assert!(rig.notice().contains("the engine process ended (out of memory)"), "{}", rig.notice());
    rig.tick(3600.0);
    assert!(!rig.notice().is_empty(), "errors stay");
    rig.keys("esc");
    assert_eq!(rig.notice(), "", "until they are dismissed");
    let effects = rig.keys("r");
    assert!(matches!(&effects[..], [Effect::LoadModel(..)]), "{effects:?}");
}

#[test]
fn without_a_model_code_writes_the_report() {
    let mut rig = Rig::with_model(Err("no model on this machine; `models pull` gets one".into()));
    rig.scanned(&[("a.csv", Some(RUNS))]);
    let effects = rig.keys("r");
    assert_eq!(rig.app.report.view.source(), saved(&effects).markdown);
    assert!(rig.notice().contains("`models pull` gets one"), "{}", rig.notice());
    assert!(!rig.app.report.is_busy());
}

#[test]
fn a_model_that_cannot_be_loaded_costs_a_notice() {
    let mut rig = Rig::filled();
    rig.keys("r");
    let effects = rig.failed(None);
    saved(&effects);
    assert!(rig.notice().contains("without the model"));
    assert_eq!(rig.app.engine, EngineState::Idle, "the next report tries again");
}

#[test]
fn a_report_waits_for_the_first_scan_and_the_model() {
    let mut rig = Rig::new();
    rig.changed(&[("a.csv", Some(RUNS))]);
    assert!(matches!(&rig.keys("r")[..], [Effect::LoadModel(..)]));
    assert_eq!(rig.keys("r"), []);
    assert!(rig.notice().contains("is being written"));
    rig.engine(EngineEvent::Loading(0.5));
    assert_eq!(rig.app.engine, EngineState::Loading(0.5));
    assert_eq!(rig.loaded(), []);
    assert!(matches!(rig.app.report.stages[0].1, StageState::Running(_)));
    assert!(matches!(&rig.scanned(&[])[..], [Effect::Generate(_)]));
}

#[test]
fn cancelling_a_load_frees_the_model() {
    let mut rig = Rig::filled();
    rig.keys("r");
    assert_eq!(rig.keys("esc"), [Effect::UnloadModel]);
    assert!(!rig.app.report.is_busy());
    assert_eq!(rig.loaded(), [], "too late");
    rig.engine(EngineEvent::Unloaded);
    assert_eq!(rig.app.engine, EngineState::Idle);
}

#[test]
fn the_model_is_freed_only_between_reports() {
    let (mut rig, request) = Rig::started();
    assert_eq!(rig.keys("U"), []);
    rig.keys("x");
    rig.finished(request.run, Stop::Cancelled);
    assert_eq!(rig.keys("U"), [Effect::UnloadModel]);
}

#[test]
fn what_did_not_fit_is_said() {
    let (mut rig, request) = Rig::started();
    let left_out = vec!["facts about gemma3:1b".to_owned()];
    rig.engine(EngineEvent::Fitted { run: request.run, prompt_tokens: 90, left_out });
    assert!(rig.notice().contains("facts about gemma3:1b"));
}

#[test]
fn who_scrolled_away_stays_there() {
    let (mut rig, request) = Rig::started();
    for line in 0..80 {
        rig.piece(request.run, &format!("Line {line}.\n\n"));
    }
    assert!(rig.app.report.view.is_following());
    rig.keys("ctrl-u");
    let top = rig.app.report.view.top();
    rig.piece(request.run, "more\n\n");
    assert_eq!((rig.app.report.view.is_following(), rig.app.report.view.top()), (false, top));
    rig.keys("G");
    assert!(rig.app.report.view.is_following());
    rig.keys("f");
    assert!(!rig.app.report.view.is_following());
    rig.keys("page-down f g g");
    assert_eq!(rig.app.report.view.top(), 0);
}

#[test]
fn runs_whose_calls_were_measured_can_be_sides_of_a_comparison() {
    let mut rig = Rig::filled();
    for run in [1.0, 2.0] {
        rig.tick(run);
        let effects = rig.keys("r");
        let is_first = matches!(&effects[..], [Effect::LoadModel(..)]);
        let first = request(if is_first { rig.loaded() } else { effects });
        rig.piece(first.run, ANSWER);
        rig.keys("x");
        let effects = rig.finished(first.run, Stop::Cancelled);
        let export = saved(&effects);
        let path = format!("chimera_insight/{}.json", export.stem);
        let record = export.record.clone();
        rig.records.insert(path.clone().into(), record.clone());
        rig.changed(&[(&path, Some(&record))]);
    }
    rig.keys("3 b");
    for side in ["base", "candidate"] {
        let Popup::Sides(_, sides) = &rig.app.popup else { panic!("no list for the {side}") };
        let runs: Vec<&str> =
            sides.found().filter(|(_, pick)| pick.kind() == "run").map(|(name, _)| name).collect();
        assert_eq!(runs.len(), 2, "{runs:?}");
        rig.keys(if side == "base" { "end up enter" } else { "end enter" });
    }
    let metrics: Vec<&str> = rig.app.compare.lines.iter().map(|line| line.metric.as_str()).collect();
    assert!(metrics.contains(&"Total duration"), "{metrics:?}");
}
