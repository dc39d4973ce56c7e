//! Two sides picked with keys, compared, and kept up to date.

use super::*;
use crate::{app::notices::Severity, compare::verdict::Verdict};

fn runs(model: &str, rates: &[f64]) -> String {
    let rows: Vec<String> = rates.iter().map(|rate| format!("{model},{rate}\n")).collect();
    format!("model,tokens_s\n{}", rows.concat())
}

fn rig() -> Rig {
    let mut rig = Rig::new();
    let slow: Vec<f64> = (0..12).map(|run| 100.0 + f64::from(run) * 0.1).collect();
    let fast: Vec<f64> = (0..12).map(|run| 200.0 + f64::from(run) * 0.1).collect();
    rig.scanned(&[("fast.csv", Some(&runs("fast", &fast))), ("slow.csv", Some(&runs("slow", &slow)))]);
    rig
}

#[test]
fn files_are_compared_by_two_keys() {
    let mut rig = rig();
    rig.keys("j b k =");
    assert_eq!(rig.app.tab, Tab::Compare);
    let [line] = rig.app.compare.lines.as_slice() else { panic!("{:?}", rig.app.compare.lines) };
    assert_eq!((line.verdict, line.metric.as_str()), (Verdict::Better, "Throughput"));
    assert_eq!(line.columns[0], "12");
    assert!(line.columns[4].starts_with("+9"), "{:?}", line.columns);
    assert_eq!(rig.app.compare.subject.as_str(), "model slow → fast");
    assert!(text(&rig.app.compare.detail).contains("slow.csv"));
}

#[test]
fn groups_are_compared_and_the_sides_may_be_turned_around() {
    let mut rig = rig();
    rig.keys("2 b j =");
    assert_eq!(rig.app.compare.lines[0].verdict, Verdict::Worse);
    rig.keys("2 b k =");
    assert_eq!(rig.app.compare.lines[0].verdict, Verdict::Better);
    let copied = rig.app.compare.copied().unwrap();
    assert!(copied.lines().nth(1).unwrap().starts_with("better\tThroughput\t"), "{copied}");
}

#[test]
fn a_comparison_follows_the_folder() {
    let mut rig = rig();
    rig.keys("j b k =");
    rig.changed(&[("fast.csv", Some(&runs("fast", &[50.0; 9])))]);
    assert_eq!(rig.app.compare.lines[0].verdict, Verdict::Worse);
    assert_eq!(rig.app.compare.lines[0].columns[2], "9");
    rig.changed(&[("fast.csv", None)]);
    assert!(rig.app.compare.lines.iter().all(|line| line.is_one_sided));
}

#[test]
fn late_answers_are_dropped_and_a_change_meanwhile_is_not_lost() {
    let mut rig = rig();
    let press = |rig: &mut Rig, key| rig.app.update(Event::Key(Key::parse(key).unwrap()));
    press(&mut rig, "j");
    press(&mut rig, "b");
    press(&mut rig, "k");
    let Some(Effect::Compute(first)) = press(&mut rig, "=").pop() else { panic!("no job") };
    // The folder changes before the answer comes: nothing is asked for twice.
    let library = rig.app.library.clone();
    let batch = Batch { now_ns: START_NS, ..Batch::default() };
    let mut changed = library.snapshot();
    changed.apply(&Batch {
        changes: vec![Change::Read(Arc::new(file("fast.csv", &runs("fast", &[300.0; 9]), 9)))],
        ..Batch::default()
    });
    let event = LibraryEvent { batch, library: Arc::new(changed), is_news: true };
    let effects = rig.app.update(Event::Library(Box::new(event)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Compute(_))), "{effects:?}");
    let answer = |job: &crate::app::effect::Job| Event::Computed(Box::new(job.clone().run()));
    let Some(Effect::Compute(second)) = rig.app.update(answer(&first)).pop() else { panic!("not again") };
    rig.app.update(answer(&second));
    assert_eq!(rig.app.compare.lines[0].columns[2], "9");
    rig.app.update(answer(&first));
    assert_eq!(rig.app.compare.lines[0].columns[2], "9", "a late answer changes nothing");
}

#[test]
fn without_a_base_the_user_is_told_what_to_do() {
    let mut rig = rig();
    rig.keys("=");
    assert_eq!(rig.app.tab, Tab::Inventory);
    let notice = rig.app.notices.list.last().unwrap();
    assert_eq!(notice.severity, Severity::Info);
    assert!(notice.text.as_str().contains("mark the base first"));
    rig.keys("b =");
    assert_eq!(rig.app.tab, Tab::Inventory, "a side is not compared with itself");
    rig.keys("3 b = y");
    assert!(rig.app.compare.lines.is_empty());
}
