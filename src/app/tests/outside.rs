//! What is told beyond the screen, and how often.

use super::*;
use crate::{
    app::{
        event::SaveResult,
        outside::{Outside, REPORT_DONE, REPORT_FAILED, THRESHOLD},
    },
    config::outside::{Notify, Threshold},
};

fn threshold(below: Option<f64>, above: Option<f64>, group: &[(&str, &str)]) -> Threshold {
    let group = group.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Threshold { metric: "throughput".into(), below, above, group: group.collect() }
}

fn watching(thresholds: Vec<Threshold>) -> Rig {
    let mut rig = Rig::new();
    rig.app.outside = Outside::new(&Notify { thresholds, ..Notify::default() });
    rig.scanned(&[("a.csv", Some(RUNS))]);
    rig
}

fn told(effects: &[Effect]) -> Vec<(&str, &str)> {
    let messages = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(message) => Some((message.event, message.text.as_str())),
        _ => None,
    });
    messages.collect()
}

const HEAD: &str = "model,num_gpu,tokens_s\n";

#[test]
fn a_threshold_is_told_once_for_each_crossing() {
    let mut rig = watching(vec![threshold(Some(50.0), None, &[])]);
    let mut text = HEAD.to_owned();
    let mut change = |rig: &mut Rig, row: &str| {
        text.push_str(row);
        let effects = rig.changed(&[("run.csv", Some(&text))]);
        told(&effects)
            .into_iter()
            .map(|(event, text)| (event.to_owned(), text.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(change(&mut rig, "x,1,80\n"), []);
    let expected = (THRESHOLD.to_owned(), "throughput 40 tok/s is below 50 tok/s: run.csv:3".to_owned());
    assert_eq!(change(&mut rig, "x,1,40\n"), [expected]);
    assert!(rig.notice().starts_with("throughput 40 tok/s is below"), "{}", rig.notice());
    // Still below: nothing new.
    assert_eq!(change(&mut rig, "x,1,30\n"), []);
    assert_eq!(change(&mut rig, "x,1,70\n"), []);
    assert_eq!(change(&mut rig, "x,1,20\n").len(), 1);
}

#[test]
fn what_lay_there_at_the_start_is_no_news_and_a_group_is_heeded() {
    // Both rows of the first scan are beyond.
    let mut rig = watching(vec![threshold(None, Some(10.0), &[("num_gpu", "60")])]);
    let other = format!("{HEAD}gemma3:270m,0,900\n");
    assert_eq!(told(&rig.changed(&[("b.csv", Some(&other))])), []);
    let meant = format!("{HEAD}gemma3:270m,60,901\n");
    let effects = rig.changed(&[("c.csv", Some(&meant))]);
    assert_eq!(told(&effects), [(THRESHOLD, "throughput 901 tok/s is above 10 tok/s: c.csv:2")]);
}

/// Asks for a report that is done so many seconds later by code.
fn report(rig: &mut Rig, seconds: f64, result: SaveResult) -> Vec<(String, String)> {
    // Not by the rig: it computes at once.
    let mut effects = rig.app.update(Event::Key(Key::parse("r").unwrap()));
    rig.tick(seconds);
    while let Some(Effect::Compute(job)) =
        effects.iter().find(|effect| matches!(effect, Effect::Compute(_))).cloned()
    {
        effects = rig.app.update(Event::Computed(Box::new(job.run())));
    }
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "{effects:?}");
    let effects = rig.happened(Event::Saved(result));
    told(&effects).into_iter().map(|(event, text)| (event.to_owned(), text.to_owned())).collect()
}

#[test]
fn a_report_that_took_its_time_is_told() {
    let mut rig = Rig::with_model(Ok(None));
    rig.app.outside = Outside::new(&Notify { min_seconds: 30, ..Notify::default() });
    rig.scanned(&[("a.csv", Some(RUNS))]);
    let saved = || SaveResult::Saved(Shown::new("chimera_insight/r.md"));
    assert_eq!(report(&mut rig, 5.0, saved()), []);
    let long = report(&mut rig, 60.0, saved());
    assert_eq!(long[0].0, REPORT_DONE);
    assert!(long[0].1.ends_with(": chimera_insight/r.md"), "{long:?}");
    let failed = report(&mut rig, 120.0, SaveResult::Failed(Box::new(super::rescue::unsaved("disk full"))));
    let told = "the report is not saved: disk full; no other place took a copy".to_owned();
    assert_eq!(failed, [(REPORT_FAILED.to_owned(), told)]);
}
