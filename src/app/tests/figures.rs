//! From a figure of the report to the row of its file, and back.

use super::*;
use crate::app::{Focus, report::evidence::Place};

/// A report by code alone on the screen.
fn reported(size: (u16, u16)) -> Rig {
    let mut rig = Rig::with_model(Ok(None));
    rig.happened(Event::Resize(size.0, size.1));
    let more: Vec<String> =
        (0..90).map(|row| format!("gemma3:1b,{row},{},{}\n", 300 + row, 50 + row)).collect();
    let more = more.concat();
    let many = format!("model,num_gpu,tokens_s,ttft_ms\n{more}");
    rig.scanned(&[
        ("a.csv", Some(RUNS)),
        ("b.json", Some(r#"{"ttft_ms": 120.5}"#)),
        ("many.csv", Some(&many)),
    ]);
    rig.keys("r");
    assert!(rig.app.report.view.source().contains("## Evidence"), "{}", rig.app.report.view.source());
    rig
}

/// What stands where the selected figure is said to be.
fn at(rig: &Rig, place: Place) -> String {
    let row = rig.app.report.view.row(place.row).unwrap().text();
    let mut column = 0;
    let shown = row.chars().skip_while(|sign| {
        let is_before = column < place.column;
        column += Shown::new(&sign.to_string()).width();
        is_before
    });
    shown.take(place.width).collect()
}

fn described(rig: &Rig) -> (String, String) {
    let (what, source) = rig.app.report.evidence.described().unwrap();
    (what.to_string(), source.to_string())
}

#[test]
fn figures_are_walked_and_each_says_what_it_states() {
    for size in [(80, 24), (120, 40), (40, 10)] {
        let mut rig = reported(size);
        let mut walked = 0;
        let mut last = None;
        loop {
            rig.keys("n");
            let position = rig.app.report.evidence.position();
            if position == last {
                break;
            }
            last = position;
            walked += 1;
            let place =
                rig.app.report.evidence.place().unwrap_or_else(|| panic!("{size:?}: {}", described(&rig).0));
            let (what, source) = described(&rig);
            let shown = at(&rig, place);
            assert!(what.starts_with(&shown), "{size:?}: {shown} {what}");
            assert!(!source.is_empty());
            // It is on the screen.
            let view = &rig.app.report.view;
            assert!((view.top()..view.top() + view.visible().len()).contains(&place.row), "{size:?} {what}");
        }
        assert!(walked > 40, "{walked}");
        rig.keys("N");
        assert_eq!(rig.app.report.evidence.position().map(|(at, _)| at), Some(walked - 1));
    }
}

/// Walks to the figure whose description has these words.
fn walk_to(rig: &mut Rig, words: &[&str]) {
    for _ in 0..400 {
        rig.keys("n");
        let (what, source) = described(rig);
        if words.iter().all(|word| what.contains(word) || source.contains(word)) {
            return;
        }
    }
    panic!("no figure of {words:?}");
}

#[test]
fn enter_opens_the_row_and_esc_comes_back() {
    let mut rig = reported((100, 40));
    walk_to(&mut rig, &["throughput best of model=gemma3:1b", "many.csv"]);
    let (top, position) = (rig.app.report.view.top(), rig.app.report.evidence.position());
    assert_eq!(described(&rig).1, "many.csv:91 tokens_s");
    rig.keys("enter");
    assert_eq!((rig.app.tab, rig.selected(), rig.app.focus), (Tab::Inventory, "many.csv", Focus::Detail));
    let preview = &rig.app.inventory.preview;
    let (_, value) = preview.copied().unwrap();
    assert_eq!(value, "many.csv:91 tokens_s 389");
    assert!(preview.rows.iter().any(|row| row.text().contains("389")), "it is seen");
    // The sentences that use the row stand below it.
    let below = preview.rows.iter().map(Row::text).find(|row| row.starts_with("used in")).unwrap_or_default();
    assert!(below.starts_with("used in"), "{below}");
    rig.keys("esc");
    assert_eq!((rig.app.tab, rig.app.report.view.top()), (Tab::Report, top));
    assert_eq!(rig.app.report.evidence.position(), position);
    // One level further out the figure is left, and the report stays.
    rig.keys("esc");
    assert_eq!((rig.app.report.evidence.position(), rig.app.tab), (None, Tab::Report));
}

#[test]
fn a_count_has_no_row_and_a_file_may_be_gone() {
    let mut rig = reported((100, 40));
    walk_to(&mut rig, &["files count", "the list of files"]);
    rig.keys("enter");
    assert_eq!(
        (rig.app.tab, rig.notice()),
        (Tab::Report, "counted from the listing of the folder, not from a row")
    );
    walk_to(&mut rig, &["throughput best of model=gemma3:1b"]);
    rig.changed(&[("many.csv", None)]);
    rig.keys("enter");
    assert_eq!((rig.app.tab, rig.notice()), (Tab::Report, "`many.csv` is no longer in the folder"));
}

#[test]
fn from_a_row_one_sees_the_sentences_that_use_it() {
    let mut rig = reported((100, 40));
    rig.keys("1 g g n");
    assert_eq!(rig.selected(), "a.csv");
    let marked = |rig: &Rig| rig.app.inventory.preview.copied().unwrap().1;
    assert!(marked(&rig).contains("101.5"), "{}", marked(&rig));
    rig.keys("n");
    assert!(marked(&rig).contains("203.25"), "{}", marked(&rig));
    let preview = text(&rig.app.inventory.preview.rows);
    assert!(preview.contains("used in "), "{preview}");
    rig.keys("N");
    assert!(marked(&rig).contains("101.5"));
    // Another file has no mark, and nothing is used of what no report knows.
    rig.keys("G");
    assert_eq!(rig.app.inventory.marked(), None);
    assert!(!text(&rig.app.inventory.preview.rows).contains("used in "));
    let mut rig = Rig::filled();
    rig.keys("n");
    assert_eq!(rig.notice(), "no report uses a row of this file");
}

#[test]
fn a_figure_is_copied_with_its_source_and_a_section_by_itself() {
    let mut rig = reported((80, 24));
    let copied = |effects: Vec<Effect>| match effects.into_iter().next() {
        Some(Effect::Copy(text)) => text,
        other => panic!("nothing is copied: {other:?}"),
    };
    let whole = copied(rig.keys("y"));
    assert_eq!(whole, rig.app.report.view.source());
    let section = copied(rig.keys("Y"));
    assert!(section.starts_with("# ") && whole.starts_with(&section), "{section}");
    while rig.app.report.evidence.source().is_none_or(|source| source.line.is_none()) {
        rig.keys("n");
    }
    let (what, _) = described(&rig);
    let source = rig.app.report.evidence.source().unwrap();
    let figure = copied(rig.keys("y"));
    assert!(figure.starts_with(&what), "{figure}");
    let place = format!("{}:{} {}", source.path, source.line.unwrap(), source.field);
    assert!(figure.contains(&place), "{figure}");
    rig.keys("esc");
    assert_eq!(copied(rig.keys("y")), whole);
}
