//! Two sides picked with keys, compared, and kept up to date.

use super::*;
use crate::{
    app::{Popup, compare::SideOf, notices::Severity},
    compare::verdict::Verdict,
};

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
fn rows_can_be_put_in_another_order_and_the_selected_one_stays() {
    let mut rig = Rig::new();
    let runs = |model: &str, rate: u32, ttft: u32| {
        let rows: Vec<String> =
            (0..9).map(|run| format!("{model},{},{}\n", rate + run, ttft + run)).collect();
        format!("model,tokens_s,ttft_ms\n{}", rows.concat())
    };
    rig.scanned(&[("a.csv", Some(&runs("a", 100, 100))), ("b.csv", Some(&runs("b", 200, 400)))]);
    rig.keys("b j =");
    let metrics = |rig: &Rig| -> Vec<String> {
        rig.app.compare.lines.iter().map(|line| line.metric.to_string()).collect()
    };
    assert_eq!(metrics(&rig), ["Throughput", "TTFT"]);
    rig.keys("s");
    assert_eq!(
        (metrics(&rig), rig.app.compare.sort.title()),
        (vec!["TTFT".into(), "Throughput".into()], "worse first")
    );
    assert_eq!(rig.app.compare.place.selected, 1, "throughput still");
    rig.keys("k");
    assert!(text(&rig.app.compare.detail).contains("404"), "the figures of the line");
    rig.keys("s s s");
    assert_eq!(
        (metrics(&rig), rig.app.compare.place.selected),
        (vec!["Throughput".into(), "TTFT".into()], 1)
    );
}

#[test]
fn a_long_comparison_tells_how_far_it_is_until_its_answer_comes() {
    let mut rig = rig();
    let press = |rig: &mut Rig, key| rig.app.update(Event::Key(Key::parse(key).unwrap()));
    for key in ["j", "b", "k"] {
        press(&mut rig, key);
    }
    let Some(Effect::Compute(job)) = press(&mut rig, "=").pop() else { panic!("no job") };
    let doing = job.doing().unwrap();
    let told = |number, share, ms| {
        Event::Progressed(JobProgress { number, doing, share, elapsed: Duration::from_millis(ms) })
    };
    assert_eq!(rig.app.progress(), None);
    rig.app.update(told(job.number, 0.25, 1000));
    assert_eq!(rig.app.progress().and_then(JobProgress::left), Some(Duration::from_secs(3)));
    rig.app.update(told(job.number - 1, 0.9, 9000));
    assert_eq!(rig.app.progress().map(|job| job.share), Some(0.25), "an older one does not count");
    rig.app.update(told(job.number, 0.5, 1500));
    assert_eq!(rig.app.progress().map(|job| job.share), Some(0.5));
    let shares = std::cell::RefCell::new(Vec::new());
    let answer = job.run_told(Progress::told_to(&|share| shares.borrow_mut().push(share)));
    let shares = shares.into_inner();
    assert!(shares.len() > 1 && shares.is_sorted() && shares.iter().all(|share| *share <= 1.0), "{shares:?}");
    rig.app.update(Event::Computed(Box::new(answer)));
    assert_eq!(rig.app.progress(), None);
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
}

/// What is found of what can be a side, as told and shown.
fn found(rig: &Rig) -> Vec<(&'static str, String)> {
    let Popup::Sides(_, sides) = &rig.app.popup else { panic!("no list") };
    sides.found().map(|(name, pick)| (pick.kind(), name.to_owned())).collect()
}

fn typed(rig: &mut Rig, text: &str) {
    for letter in text.chars().map(String::from) {
        rig.keys(if letter == " " { "space" } else { &letter });
    }
}

#[test]
fn sides_are_found_by_a_few_letters_of_everything_that_has_values() {
    let mut rig = rig();
    rig.scanned(&[
        ("deep/down/third.csv", Some(&runs("third", &[10.0, 11.0, 12.0]))),
        ("notes.md", Some("# nothing measured\n")),
    ]);
    rig.keys("3 b");
    assert_eq!(
        found(&rig),
        [
            ("group", "model=fast".to_owned()),
            ("group", "model=slow".to_owned()),
            ("group", "model=third".to_owned()),
            ("folder", "deep/".to_owned()),
            ("folder", "deep/down/".to_owned()),
            ("file", "deep/down/third.csv".to_owned()),
            ("file", "fast.csv".to_owned()),
            ("file", "slow.csv".to_owned()),
        ]
    );
    typed(&mut rig, "fast csv");
    assert_eq!(found(&rig), [("file", "fast.csv".to_owned())]);
    rig.keys("enter");
    assert!(matches!(rig.app.popup, Popup::Sides(SideOf::Candidate, _)), "the other side is asked for");
    typed(&mut rig, "deep");
    rig.keys("enter");
    assert_eq!(rig.app.compare.subject.as_str(), "model fast → third");
    assert_eq!(rig.app.compare.lines[0].verdict, Verdict::Worse);
    rig.keys("~");
    assert_eq!(rig.app.compare.subject.as_str(), "model third → fast");
    assert_eq!(rig.app.compare.lines[0].verdict, Verdict::Better);
    rig.keys("=");
    typed(&mut rig, "model slow");
    rig.keys("enter");
    assert_eq!(rig.app.compare.subject.as_str(), "model third → slow");
}

#[test]
fn leaving_the_list_changes_neither_side() {
    let mut rig = rig();
    rig.keys("3 =");
    typed(&mut rig, "zzz");
    rig.keys("enter");
    assert_eq!((rig.app.compare.base.clone(), rig.app.compare.candidate.clone()), (None, None));
    rig.keys("b x backspace backspace");
    assert_eq!(rig.app.popup, Popup::None);
    rig.keys("~ y");
    assert!(rig.app.compare.lines.is_empty());
}

#[test]
fn the_configuration_stands_beside_what_it_did() {
    let mut rig = Rig::new();
    let rows = |layers: u32, rate: f64| {
        let row = |run: u32| format!("m,{layers},4096,{}\n", rate + f64::from(run) * 0.1);
        format!("model,num_gpu,num_ctx,tokens_s\n{}", (0..9).map(row).collect::<String>())
    };
    rig.scanned(&[("a.csv", Some(&rows(10, 50.0))), ("b.csv", Some(&rows(20, 90.0)))]);
    rig.keys("3 b");
    typed(&mut rig, "a.csv");
    rig.keys("enter");
    typed(&mut rig, "b.csv");
    rig.keys("enter");
    let detail = text(&rig.app.compare.detail);
    assert!(detail.contains("Configuration that differs"), "{detail}");
    assert!(detail.contains("num_gpu"), "{detail}");
    assert!(detail.contains("num_ctx\u{a0}4096"), "{detail}");
}
