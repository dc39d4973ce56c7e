//! Series cut in place: other groups, fewer rows.

use super::*;
use crate::app::{Popup, effect::Step};

/// Two models at three settings of `num_gpu`, three runs each.
fn sweep() -> String {
    let rows = [("small", 200), ("large", 50)].into_iter().flat_map(|(model, base)| {
        let settings = [0, 8, 16].into_iter().flat_map(|layers| (0..3).map(move |run| (layers, run)));
        settings.map(move |(layers, run)| format!("{model},{layers},{}\n", base + layers + run))
    });
    format!("model,num_gpu,tokens_s\n{}", rows.collect::<String>())
}

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.scanned(&[("sweep.csv", Some(&sweep()))]);
    rig.keys("2");
    rig
}

/// Each line's group and n.
fn listed(rig: &Rig) -> Vec<(&str, &str)> {
    rig.app.metrics.lines.iter().map(|line| (line.group.as_str(), line.columns[0].as_str())).collect()
}

fn typed(rig: &mut Rig, text: &str) {
    for letter in text.chars().map(String::from) {
        rig.keys(if letter == " " { "space" } else { &letter });
    }
}

#[test]
fn rows_are_grouped_by_what_is_chosen() {
    let mut rig = rig();
    assert_eq!(listed(&rig), [("model=large", "9"), ("model=small", "9")]);
    rig.keys("o");
    let Popup::GroupBy(keys) = &rig.app.popup else { panic!("no list") };
    let names: Vec<&str> = keys.found().map(|(name, _)| name).collect();
    assert_eq!(names, ["model  2 values: large … small", "num_gpu  3 values: 0 … 16"]);
    typed(&mut rig, "gpu");
    rig.keys("enter");
    assert!(text(&rig.app.popup_rows).contains("✓"), "the list stays and marks what is chosen");
    rig.keys("esc");
    assert_eq!(listed(&rig), [("num_gpu=0", "6"), ("num_gpu=8", "6"), ("num_gpu=16", "6")]);
    assert_eq!(rig.app.cutting.cut.told(), "by num_gpu");
    rig.keys("o enter esc");
    assert_eq!(listed(&rig).len(), 6, "by both");
    rig.keys("c");
    assert_eq!(listed(&rig), [("model=large", "9"), ("model=small", "9")]);
}

#[test]
fn rows_count_that_meet_what_is_chosen_or_typed() {
    let mut rig = rig();
    rig.keys("w");
    typed(&mut rig, "gpu8");
    rig.keys("enter backspace backspace backspace backspace");
    typed(&mut rig, "gpu16");
    rig.keys("enter esc");
    assert_eq!(rig.app.cutting.cut.told(), "where num_gpu = 8, num_gpu = 16");
    assert_eq!(listed(&rig), [("model=large", "6"), ("model=small", "6")], "of one key either is enough");
    rig.keys("w");
    typed(&mut rig, "tokens_s >= 60");
    rig.keys("enter");
    assert_eq!(listed(&rig), [], "a metric is no dimension of the rows");
    rig.keys("esc c w");
    typed(&mut rig, "num_gpu >= 16");
    rig.keys("enter esc");
    assert_eq!(listed(&rig), [("model=large", "3"), ("model=small", "3")]);
    rig.keys("w");
    typed(&mut rig, "nonsense");
    rig.keys("enter");
    assert!(rig.notice().contains("is not `KEY OP VALUE`"), "{}", rig.notice());
}

#[test]
fn a_cut_follows_the_folder_and_its_rows_lead_to_their_file() {
    let mut rig = rig();
    rig.keys("o");
    typed(&mut rig, "gpu");
    rig.keys("enter esc j");
    let more = format!("{}small,8,300\nsmall,8,301\n", sweep());
    rig.changed(&[("sweep.csv", Some(&more))]);
    assert_eq!(listed(&rig), [("num_gpu=0", "6"), ("num_gpu=8", "8"), ("num_gpu=16", "6")]);
    let fresh: Vec<bool> = rig.app.metrics.lines.iter().map(|line| line.is_fresh).collect();
    assert_eq!(fresh, [false, true, false], "another cut is no news, another row is");
    assert_eq!(rig.app.metrics.selected, 1, "the cursor stays on its series");
    rig.keys("v tab enter");
    assert_eq!(rig.app.tab, Tab::Inventory);
    let marked = rig.app.inventory.marked().unwrap();
    assert_eq!((marked.source.path.as_str(), marked.source.line), ("sweep.csv", Some(21)));
    rig.keys("1 o w");
    assert_eq!(rig.app.popup, Popup::None, "elsewhere nothing is cut");
}

/// The job that puts the series together, among others.
fn job(effects: Vec<Effect>) -> Option<Box<crate::app::effect::Job>> {
    effects.into_iter().find_map(|effect| match effect {
        Effect::Compute(job) if matches!(job.step, Step::Cut(..)) => Some(job),
        _ => None,
    })
}

#[test]
fn changes_while_a_cut_is_computed_are_not_lost() {
    let mut rig = rig();
    rig.keys("o");
    let press = |rig: &mut Rig, key| rig.app.update(Event::Key(Key::parse(key).unwrap()));
    let first = job(press(&mut rig, "enter")).unwrap();
    press(&mut rig, "down");
    assert!(job(press(&mut rig, "enter")).is_none(), "one at a time");
    let answer = |job: &crate::app::effect::Job| Event::Computed(Box::new(job.clone().run()));
    let second = job(rig.app.update(answer(&first))).unwrap();
    rig.app.update(answer(&second));
    assert_eq!(listed(&rig).len(), 6);
    rig.app.update(answer(&first));
    assert_eq!(listed(&rig).len(), 6, "a late answer changes nothing");
    rig.keys("esc c");
    rig.app.update(answer(&second));
    assert_eq!(listed(&rig).len(), 2);
}

#[test]
fn what_changes_while_a_cut_is_computed_is_marked_when_it_is_seen() {
    let mut rig = rig();
    rig.keys("o");
    typed(&mut rig, "gpu");
    rig.keys("enter esc");
    let changed = |run: u32| format!("{}small,8,{run}\n", sweep());
    let event = |rig: &Rig, content: &str, stamp: u64| {
        let batch = Batch {
            changes: vec![Change::Read(Arc::new(file("sweep.csv", content, stamp)))],
            now_ns: START_NS,
            ..Batch::default()
        };
        let mut library = rig.app.library.snapshot();
        library.apply(&batch);
        let batch = library.kept(batch);
        Event::Library(Box::new(LibraryEvent { batch, library: Arc::new(library), is_news: true }))
    };
    let answer = |job: &crate::app::effect::Job| Event::Computed(Box::new(job.clone().run()));
    // The first job is for another cut; the folder changes before its answer comes.
    rig.keys("w");
    typed(&mut rig, "num_gpu < 16");
    let first = job(rig.app.update(Event::Key(Key::parse("enter").unwrap()))).unwrap();
    let news = event(&rig, &changed(300), 9);
    assert!(job(rig.app.update(news)).is_none(), "one at a time");
    let second = job(rig.app.update(answer(&first))).unwrap();
    rig.app.update(answer(&second));
    let fresh: Vec<(&str, bool)> =
        rig.app.metrics.lines.iter().map(|line| (line.columns[0].as_str(), line.is_fresh)).collect();
    assert_eq!(fresh, [("6", false), ("7", true)]);
}
