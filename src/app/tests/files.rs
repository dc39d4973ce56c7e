//! The list of files: its filter, its orders, its marks.

use super::*;
use crate::app::{
    columns,
    event::{Mouse, MouseKind},
    folders::TreeRow,
    inventory::FILE_COLUMNS,
    sort::FileSort,
};

/// A file with these bytes, as far as a digest tells.
fn with_digest(path: &str, digest: &str) -> Change {
    let file = file(path, RUNS, 1);
    Change::Read(Arc::new(ReportFile { digest: digest.into(), ..file }))
}

#[test]
fn what_fits_a_filter_best_is_on_top_and_selected() {
    let mut rig = Rig::new();
    rig.scanned(&[
        ("a/tauxnqe.csv", Some(RUNS)),
        ("b/fortune.csv", Some(RUNS)),
        ("b/other.json", Some("{}")),
        ("c/tune.csv", Some(RUNS)),
    ]);
    rig.keys("/ t u n e");
    assert_eq!(rig.paths(), ["c/tune.csv", "b/fortune.csv", "a/tauxnqe.csv"]);
    assert_eq!(rig.selected(), "c/tune.csv");
    // One more that fits takes its place, and no other line is made.
    let made = rig.app.inventory.made;
    rig.changed(&[("d/tune.csv", Some(RUNS)), ("d/x.json", Some("{}"))]);
    assert_eq!(rig.paths(), ["c/tune.csv", "d/tune.csv", "b/fortune.csv", "a/tauxnqe.csv"]);
    assert_eq!(rig.app.inventory.made, made + 1);
    // An order that was asked for holds, and the cursor stays on its file.
    rig.keys("enter j s s");
    assert_eq!((rig.app.inventory.sort, rig.selected()), (FileSort::Size, "d/tune.csv"));
    rig.keys("esc");
    assert_eq!((rig.paths().len(), rig.selected()), (6, "d/tune.csv"));
}

#[test]
fn an_order_is_turned_around() {
    let mut rig = Rig::filled();
    rig.keys("S");
    assert_eq!(rig.paths(), ["sub/c.csv", "b.json", "a.csv"]);
    rig.changed(&[("b.csv", Some(RUNS))]);
    assert_eq!(rig.paths(), ["sub/c.csv", "b.json", "b.csv", "a.csv"]);
    rig.keys("s");
    assert!(!rig.app.inventory.is_reversed, "another order begins as it is meant");
}

#[test]
fn a_click_on_a_title_sorts_by_its_column_and_again_the_other_way_round() {
    let mut rig = Rig::filled();
    rig.changed(&[("b.json", Some("{\"ttft_ms\": [1, 2, 3], \"tokens_s\": [1, 2, 3], \"model\": \"gemma3:270m\", \"n\": 3, \"note\": \"long\"}"))]);
    let rows = rig.app.areas.list_rows;
    let click = |rig: &mut Rig, title: &str| {
        let columns: Vec<u16> = (0..rows.width).collect();
        let x = columns.into_iter().find(|x| {
            columns::column_at(&FILE_COLUMNS, rows.width, *x)
                .is_some_and(|at| FILE_COLUMNS[at].title == title)
        });
        let place = (MouseKind::Press, rows.x + x.unwrap() + 1, rows.y - 1);
        rig.happened(Event::Mouse(Mouse { kind: place.0, column: place.1, row: place.2 }));
    };
    click(&mut rig, "size");
    assert_eq!((rig.app.inventory.sort, rig.paths()), (FileSort::Size, vec!["b.json", "a.csv", "sub/c.csv"]));
    click(&mut rig, "size");
    assert_eq!(rig.paths(), ["sub/c.csv", "a.csv", "b.json"]);
    click(&mut rig, "kind");
    assert_eq!((rig.app.inventory.sort, rig.app.inventory.is_reversed), (FileSort::Kind, false));
    click(&mut rig, "file");
    assert_eq!(rig.paths(), ["a.csv", "b.json", "sub/c.csv"]);
}

#[test]
fn files_of_the_same_bytes_are_told_apart_by_the_first_of_them() {
    let mut rig = Rig::new();
    rig.app.update(Event::Resize(120, 40));
    let told = |changes| Batch { changes, scan_complete: true, ..Batch::default() };
    rig.take(told(vec![
        with_digest("run-2.csv", "d1"),
        with_digest("run.csv", "d1"),
        with_digest("x.csv", "d2"),
    ]));
    let copies = |rig: &Rig| -> Vec<String> {
        let inventory = &rig.app.inventory;
        let copies = inventory.lines.iter().filter(|line| inventory.twin_of(&line.file).is_some());
        copies.map(|line| line.file.path.to_string()).collect()
    };
    assert_eq!(copies(&rig), ["run-2.csv"], "the shorter name speaks");
    assert!(text(&rig.app.inventory.preview.rows).contains("the same bytes as run.csv"));
    // The first goes, and the other speaks for itself.
    rig.take(told(vec![Change::Removed("run.csv".into())]));
    assert_eq!(copies(&rig), Vec::<String>::new());
    rig.take(told(vec![with_digest("run-2.csv", "d2")]));
    assert_eq!(copies(&rig), ["x.csv"]);
    // What could not be read is the copy of nothing.
    rig.take(told(vec![with_digest("y.csv", ""), with_digest("z.csv", "")]));
    assert_eq!(copies(&rig), ["x.csv"]);
}

#[test]
fn what_came_is_told_from_what_changed() {
    let mut rig = Rig::filled();
    rig.tick(1.0);
    rig.changed(&[("b.json", Some("{}")), ("new.csv", Some(RUNS))]);
    // A file that is written in two goes is new all the while.
    rig.changed(&[("new.csv", Some(&format!("{RUNS}{RUNS}")))]);
    let marks: Vec<(bool, bool)> =
        rig.app.inventory.lines.iter().map(|line| (line.is_fresh, line.is_new)).collect();
    assert_eq!(rig.paths(), ["a.csv", "b.json", "new.csv", "sub/c.csv"]);
    assert_eq!(marks, [(false, false), (true, false), (true, true), (false, false)]);
}

/// The tree as text: folders with what they hold, files by their names.
fn tree(rig: &Rig) -> Vec<String> {
    let rows = rig.app.inventory.tree().unwrap().iter();
    let shown = rows.map(|row| match row {
        TreeRow::Folder(folder) => {
            let sign = if folder.is_folded { '+' } else { '-' };
            format!("{}{sign}{} {} {}", " ".repeat(folder.depth), folder.name, folder.files, folder.rows)
        }
        TreeRow::File(line, depth) => {
            let path = &rig.app.inventory.lines[*line].file.path;
            format!("{}{}", " ".repeat(*depth), path.rsplit('/').next().unwrap())
        }
    });
    shown.collect()
}

#[test]
fn a_tree_sums_its_folders_and_folds_them() {
    let mut rig = Rig::new();
    rig.scanned(&[
        ("a.csv", Some(RUNS)),
        ("runs/b.csv", Some(RUNS)),
        ("runs/deep/er/c.csv", Some(RUNS)),
        ("runs/deep/er/d.json", Some("{}")),
        ("runs-old/e.csv", Some(RUNS)),
    ]);
    rig.keys("j j t");
    assert_eq!(rig.app.inventory.selected_file().unwrap().path.as_ref(), "runs/b.csv", "the cursor stays");
    let whole = ["a.csv", "-runs-old/ 1 2", " e.csv", "-runs/ 3 4", " b.csv", " -deep/ 2 2", "  -er/ 2 2"];
    assert_eq!(tree(&rig)[..7], whole);
    // A file's folder is folded from the file; `enter` opens it again.
    rig.keys("space");
    assert_eq!(tree(&rig), ["a.csv", "-runs-old/ 1 2", " e.csv", "+runs/ 3 4"]);
    assert_eq!(rig.app.inventory.selected_folder().unwrap().path.as_ref(), "runs/");
    assert_eq!(rig.keys("y"), [Effect::Copy("runs/".into())]);
    // What comes into a folded folder is counted, and the cursor stays.
    let made = rig.app.inventory.made;
    rig.changed(&[("0/f.csv", Some(RUNS)), ("runs/g.csv", Some(RUNS))]);
    assert_eq!(tree(&rig), ["-0/ 1 2", " f.csv", "a.csv", "-runs-old/ 1 2", " e.csv", "+runs/ 4 6"]);
    assert_eq!(rig.app.inventory.selected_folder().unwrap().path.as_ref(), "runs/");
    assert_eq!(rig.app.inventory.made, made + 2, "a line for each file that came");
    rig.keys("enter <");
    assert_eq!(tree(&rig), ["+0/ 1 2", "a.csv", "+runs-old/ 1 2", "+runs/ 4 6"]);
    rig.keys("> / d . j enter");
    assert_eq!(tree(&rig), ["-runs/ 1 0", " -deep/ 1 0", "  -er/ 1 0", "   d.json"]);
    // An order other than that of the paths is one of the list.
    rig.keys("esc s");
    assert_eq!((rig.app.inventory.tree().is_none(), rig.paths().len()), (true, 7));
}

#[test]
fn a_clock_that_jumps_changes_ages_and_nothing_else() {
    let mut rig = Rig::filled();
    let selected = rig.selected().to_owned();
    let years = |years: i128| START_NS + years * 365 * 86_400 * 1_000_000_000;
    let jumps = [10, -10, 0, -80, 500, 10_000];
    for (second, jump) in (1..).zip(jumps) {
        let now = Duration::from_secs(second);
        let effects = rig.happened(Event::Tick { now, wall_ns: years(jump) });
        assert_eq!(effects, [], "{jump} years");
        // What is due is due by the time since the start, whatever the wall says.
        assert!(rig.app.next_wakeup().is_none_or(|due| due >= now), "{jump} years");
        rig.keys("j k s s s s s s");
        assert_eq!(rig.selected(), selected, "{jump} years");
    }
    rig.tick(10.0);
    assert!(rig.app.inventory.lines.iter().all(|line| !line.age.is_empty()));
}

#[test]
fn a_scan_that_takes_its_time_tells_how_far_it_is() {
    let mut rig = Rig::new();
    let mut told = |seconds: f64, paths: &[&str], left: usize| {
        rig.tick(seconds);
        let changes = paths.iter().map(|path| Change::Read(Arc::new(file(path, "a,b\n1,2\n", 1)))).collect();
        let batch = Batch { changes, left, scan_complete: left == 0, now_ns: START_NS, ..Batch::default() };
        rig.library.apply(&batch);
        let library = Arc::new(rig.library.snapshot());
        rig.app.update(Event::Library(Box::new(LibraryEvent { batch, library, is_news: true })));
        rig.app.progress().map(|scan| (scan.share, scan.left()))
    };
    assert_eq!(told(1.0, &["a.csv"], 7), None, "it has just begun");
    assert_eq!(told(2.0, &["b.csv"], 6), Some((0.25, Some(Duration::from_secs(3)))));
    assert_eq!(told(3.0, &["c.csv"], 0), None);
}
