//! What events cost, counted in lines made and not in time.

use super::*;
use crate::{app::report::Activity, metrics::generation::Timings, report::model::Stop};

/// Files of a large folder; each has a model of its own, so a series of its own.
const MANY: usize = 3000;
/// Series that the metrics tab has then: two of each file of [`RUNS`]' kind.
const EACH: usize = 2;

fn runs(model: usize) -> String {
    format!("model,tokens_s,ttft_ms\nm{model:04},{model}.5,210\n")
}

fn name(index: usize) -> String {
    format!("r{index:05}.csv")
}

fn large() -> Rig {
    let mut rig = Rig::new();
    let content: Vec<(String, String)> = (0..MANY).map(|index| (name(index * 2), runs(index))).collect();
    let files: Vec<(&str, Option<&str>)> =
        content.iter().map(|(name, content)| (name.as_str(), Some(content.as_str()))).collect();
    rig.scanned(&files);
    rig
}

fn made(rig: &Rig) -> (u64, u64) {
    (rig.app.inventory.made, rig.app.metrics.made)
}

#[test]
fn a_change_costs_the_lines_it_changes() {
    let mut rig = large();
    let (files, series) = made(&rig);
    assert_eq!((files, series), (MANY as u64, (MANY * EACH) as u64));
    // One changes, one comes in between, one goes.
    let (changed, new, gone) = (name(10), name(21), name(40));
    rig.changed(&[(&changed, Some(&runs(9001))), (&new, Some(&runs(9002))), (&gone, None)]);
    assert_eq!(made(&rig), (files + 2, series + 2 * EACH as u64));
    assert_eq!(rig.app.inventory.lines.len(), MANY);
    assert!(
        rig.paths().is_sorted()
            && rig.paths().contains(&new.as_str())
            && !rig.paths().contains(&gone.as_str())
    );
    // Nothing else makes a line: not time, not a key, not a word of the watcher.
    rig.tick(70.0);
    rig.keys("j j G 2 j G 1");
    rig.changed(&[]);
    assert_eq!(made(&rig), (files + 2, series + 2 * EACH as u64));
}

#[test]
fn a_large_folder_fills_in_without_a_line_made_twice() {
    let mut rig = Rig::new();
    for part in 0..20 {
        let content: Vec<(String, String)> =
            (0..50).map(|at| (name((at * 20 + part) % 1000), runs(at))).collect();
        let files: Vec<_> =
            content.iter().map(|(name, content)| (name.as_str(), Some(content.as_str()))).collect();
        rig.batch(&files, part == 19);
    }
    assert_eq!((rig.app.inventory.lines.len(), rig.app.inventory.made), (1000, 1000));
    assert!(rig.paths().is_sorted());
}

#[test]
fn a_filter_holds_for_what_comes() {
    let mut rig = Rig::filled();
    rig.keys("/ c s v enter");
    assert_eq!(rig.paths(), ["a.csv", "sub/c.csv"]);
    rig.changed(&[("b.csv", Some(RUNS)), ("d.json", Some("{}")), ("a.csv", None)]);
    assert_eq!(rig.paths(), ["b.csv", "sub/c.csv"]);
    rig.keys("esc");
    assert_eq!(rig.paths(), ["b.csv", "b.json", "d.json", "sub/c.csv"]);
}

#[test]
fn facts_are_computed_away_from_the_loop_and_late_ones_are_dropped() {
    let mut rig = Rig::filled();
    rig.keys("r");
    let loaded =
        EngineEvent::Loaded(Box::new(ModelInfo { instruct: true, num_ctx: 4096, ..ModelInfo::default() }));
    let effects = rig.app.update(Event::Engine(loaded));
    let [Effect::Compute(job), ..] = &effects[..] else { panic!("no job") };
    let late = job.clone().run();
    rig.keys("esc");
    assert_eq!(rig.app.report.activity, Activity::Idle);
    assert_eq!(rig.app.update(Event::Computed(Box::new(late.clone()))), []);
    // Asked again: only the answer to that is one.
    rig.changed(&[("a.csv", None)]);
    let effects = rig.app.update(Event::Key(Key::parse("r").unwrap()));
    let [Effect::Compute(job)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(rig.app.update(Event::Computed(Box::new(late))), []);
    let effects = rig.app.update(Event::Computed(Box::new(job.clone().run())));
    assert!(matches!(&effects[..], [Effect::Journal(_), Effect::Journal(_), Effect::Generate(_)]));
}

#[test]
fn a_report_that_is_quit_between_two_steps_is_kept() {
    let mut rig = Rig::filled();
    rig.keys("r");
    let effects = rig.loaded();
    let [Effect::Generate(request)] = &effects[..] else { panic!("{effects:?}") };
    let run = request.run;
    let text = String::from("Throughput was measured.");
    let elapsed = Duration::from_millis(20);
    rig.engine(EngineEvent::Piece { run, text, tokens: 4, at: elapsed, elapsed });
    let finished = EngineEvent::Finished {
        run,
        stop: Stop::EndOfGeneration,
        timings: Box::new(Timings::default()),
        used: Params::default(),
    };
    let effects = rig.app.update(Event::Engine(finished));
    assert!(matches!(&effects[..], [Effect::Compute(_), ..]), "no step");
    let effects = rig.app.update(Event::Key(Key::parse("q").unwrap()));
    let [Effect::Save(export), Effect::Quit(0)] = &effects[..] else { panic!("{effects:?}") };
    assert!(export.record.contains("the program was quit"), "{}", export.record);
}
