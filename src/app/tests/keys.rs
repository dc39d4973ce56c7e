//! Lists, previews, popups, filters, mouse: what keys do to what is seen.

use super::*;
use crate::app::{
    Focus, Popup, action::Action, event::Mouse, event::MouseKind, inventory::FRESH, sort::FileSort,
};

#[test]
fn the_cursor_moves_and_the_preview_follows() {
    let mut rig = Rig::filled();
    assert_eq!(rig.selected(), "a.csv");
    assert!(text(&rig.app.inventory.preview.rows).contains("203.25"));
    rig.keys("j");
    assert_eq!(rig.selected(), "b.json");
    let preview = text(&rig.app.inventory.preview.rows);
    assert!(preview.contains("ttft_ms") && preview.contains("120.5"), "{preview}");
    rig.keys("G");
    assert_eq!(rig.selected(), "sub/c.csv");
    rig.keys("g g");
    assert_eq!(rig.selected(), "a.csv");
    rig.keys("g esc k");
    assert_eq!(rig.selected(), "a.csv");
}

/// More rows than a screen has.
fn many_runs() -> String {
    let rows = (1..=90).map(|run| format!("gemma3:270m,0,{run}.5,210\n"));
    std::iter::once("model,num_gpu,tokens_s,ttft_ms\n".to_owned()).chain(rows).collect()
}

#[test]
fn tab_goes_to_the_preview_and_enter_opens_it() {
    let mut rig = Rig::filled();
    rig.app.update(Event::Resize(80, 18));
    rig.changed(&[("a.csv", Some(&many_runs()))]);
    rig.keys("enter page-down page-down");
    assert_eq!((rig.app.focus, rig.app.inventory.selected), (Focus::Detail, 0));
    assert!(rig.app.inventory.preview.scrolled().0 > 0);
    rig.keys("tab j");
    assert_eq!((rig.app.focus, rig.selected()), (Focus::List, "b.json"));
    assert_eq!(rig.app.inventory.preview.scrolled().0, 0, "another file is seen from its start");
    rig.keys("enter esc");
    assert_eq!(rig.app.focus, Focus::List);
}

#[test]
fn the_cursor_stays_on_its_file_when_the_folder_changes() {
    let mut rig = Rig::filled();
    rig.keys("j");
    rig.changed(&[("0.csv", Some(RUNS)), ("aa.csv", Some(RUNS))]);
    assert_eq!(rig.paths(), ["0.csv", "a.csv", "aa.csv", "b.json", "sub/c.csv"]);
    assert_eq!(rig.selected(), "b.json");
    rig.changed(&[("b.json", None)]);
    assert_eq!(rig.selected(), "sub/c.csv", "its neighbour, when it is gone");
    rig.changed(&[("0.csv", None), ("a.csv", None), ("aa.csv", None), ("sub/c.csv", None)]);
    assert!(rig.paths().is_empty() && rig.app.inventory.preview.rows.is_empty());
    rig.keys("j k G e y");
}

#[test]
fn a_cursor_that_nobody_moved_stays_on_top() {
    let mut rig = Rig::filled();
    rig.changed(&[("0.csv", Some(RUNS))]);
    assert_eq!(rig.selected(), "0.csv");
}

#[test]
fn the_preview_shows_what_was_written_since() {
    let mut rig = Rig::filled();
    rig.keys("j k");
    rig.changed(&[("a.csv", Some("model,tokens_s\ngemma3:270m,77.75\n"))]);
    assert!(text(&rig.app.inventory.preview.rows).contains("77.75"));
}

#[test]
fn problems_stand_on_top_of_the_preview_and_in_the_popup() {
    let mut rig = Rig::filled();
    rig.changed(&[("0.json", Some("{\"a\": [1, 2"))]);
    let preview = text(&rig.app.inventory.preview.rows);
    let (problems, _) = preview.split_once("▾").unwrap();
    assert!(problems.contains("! line 1, column"), "{problems}");
    rig.keys("!");
    assert!(matches!(rig.app.popup, Popup::Problems(0)));
    assert!(text(&rig.app.popup_rows).contains("0.json"));
    rig.changed(&[("0.json", None)]);
    assert!(text(&rig.app.popup_rows).contains("No file has a problem"));
    rig.keys("esc");
    assert_eq!(rig.app.popup, Popup::None);
}

#[test]
fn markdown_is_previewed_as_a_page_by_what_was_read_and_as_text() {
    let mut rig = Rig::new();
    let text_of = "# Notes\n\n- a *point*\n\n| model | tok/s |\n|---|---|\n| a | 9.25 |\n";
    rig.scanned(&[("n.md", Some(text_of))]);
    rig.app.update(Event::Resize(100, 30));
    rig.keys("j");
    let preview = |rig: &Rig| text(&rig.app.inventory.preview.rows);
    assert!(preview(&rig).contains("• a point") && preview(&rig).contains("9.25"), "{}", preview(&rig));
    rig.keys("v");
    assert!(preview(&rig).contains("Outline") && !preview(&rig).contains("point"), "{}", preview(&rig));
    rig.keys("v");
    assert!(preview(&rig).contains("3  - a *point*"), "{}", preview(&rig));
    rig.keys("V V");
    assert!(preview(&rig).contains("• a point"), "{}", preview(&rig));
}

#[test]
fn news_are_marked_for_some_seconds_and_the_first_scan_is_no_news() {
    let mut rig = Rig::filled();
    rig.tick(1.0);
    assert!(rig.app.inventory.lines.iter().all(|line| !line.is_fresh));
    assert!(rig.app.metrics.lines.iter().all(|line| !line.is_fresh));
    rig.changed(&[("b.json", Some(r#"{"ttft_ms": 99.0}"#))]);
    let fresh: Vec<bool> = rig.app.inventory.lines.iter().map(|line| line.is_fresh).collect();
    assert_eq!(fresh, [false, true, false]);
    assert!(rig.app.metrics.lines.iter().any(|line| line.is_fresh));
    assert!(rig.app.metrics.lines.iter().any(|line| !line.is_fresh), "other series did not change");
    assert!(rig.app.next_wakeup().unwrap() <= Duration::from_secs(1) + FRESH);
    rig.tick(1.0 + FRESH.as_secs_f64());
    assert!(rig.app.inventory.lines.iter().all(|line| !line.is_fresh));
    assert!(rig.app.metrics.lines.iter().all(|line| !line.is_fresh));
}

#[test]
fn nothing_wakes_an_empty_program() {
    let rig = Rig::new();
    assert_eq!(rig.app.next_wakeup(), None);
}

#[test]
fn an_idle_screen_is_woken_once_an_hour_for_ages_that_grow() {
    let mut rig = Rig::filled();
    let mut ages = vec![rig.app.inventory.lines[0].age.clone()];
    let mut at = Duration::ZERO;
    for _ in 0..3 {
        let next = rig.app.next_wakeup().unwrap();
        assert!(next >= at + Duration::from_mins(59), "{at:?} {next:?}");
        // The files are some nanoseconds younger than the program.
        at = next + Duration::from_secs(1);
        rig.tick(at.as_secs_f64());
        ages.push(rig.app.inventory.lines[0].age.clone());
    }
    ages.dedup();
    assert!(ages.len() >= 3, "{ages:?}");
}

#[test]
fn metrics_have_lines_and_a_detail_with_places() {
    let mut rig = Rig::filled();
    rig.keys("2");
    assert_eq!(rig.app.tab, Tab::Metrics);
    let line = rig.app.metrics.lines.iter().find(|line| line.metric.as_str() == "Throughput").unwrap();
    assert_eq!((line.unit.as_str(), line.better, line.nature), ("tok/s", '+', "sample"));
    let detail = text(&rig.app.metrics.detail);
    assert!(detail.contains("a.csv:2"), "{detail}");
    let effects = rig.keys("e");
    assert!(matches!(&effects[..], [Effect::Edit(..)]), "{effects:?}");
    let Some(Effect::Copy(copied)) = rig.keys("y").pop() else { panic!("nothing was copied") };
    assert!(copied.starts_with("metric\tgroup\tunit\tn\t"), "{copied}");
}

#[test]
fn metrics_say_where_values_and_gaps_come_from() {
    let mut rig = Rig::new();
    let unnamed = "ttft_ms,error\n120.5,\n,refused\n";
    rig.scanned(&[("sub/a.csv", Some(unnamed)), ("b.json", Some(r#"{"tokens_s": 17.5}"#))]);
    rig.keys("2 j");
    let groups = |rig: &Rig| -> Vec<(String, bool)> {
        let lines = rig.app.metrics.lines.iter();
        lines.map(|line| (line.group.as_str().to_owned(), line.is_ungrouped)).collect()
    };
    assert_eq!(groups(&rig), [("b".to_owned(), true), ("a".to_owned(), true)]);
    let detail = text(&rig.app.metrics.detail);
    assert!(detail.contains("1 × failed in a.csv"), "{detail}");
    rig.changed(&[("c.csv", Some("ttft_ms,error\n,refused\n130.5,\n,refused\n"))]);
    assert_eq!(groups(&rig), [("b".to_owned(), true), ("–".to_owned(), true)]);
    let detail = text(&rig.app.metrics.detail);
    assert!(detail.contains("3 × failed (2 in c.csv, 1 in a.csv)"), "{detail}");
    rig.keys("/ b enter");
    assert!(rig.app.metrics.lines.iter().any(|line| line.group.as_str() == "b"), "found by its file");
}

#[test]
fn a_filter_is_typed_kept_and_left() {
    let mut rig = Rig::filled();
    rig.keys("/ C S V");
    assert_eq!(rig.paths(), ["a.csv", "sub/c.csv"]);
    rig.keys("backspace backspace backspace s u b q");
    assert_eq!(rig.paths(), Vec::<&str>::new(), "q is text here");
    rig.keys("backspace enter");
    assert_eq!((rig.paths(), rig.app.inventory.is_typing), (vec!["sub/c.csv"], false));
    rig.changed(&[("sub/d.csv", Some(RUNS))]);
    assert_eq!(rig.paths(), ["sub/c.csv", "sub/d.csv"], "it holds for what comes");
    rig.keys("esc");
    assert_eq!((rig.paths().len(), rig.app.inventory.filter.clone()), (4, None));
    rig.keys("/ x enter c");
    assert_eq!(rig.app.inventory.filter, None);
    rig.keys("/ enter");
    assert_eq!(rig.app.inventory.filter, None, "an empty filter is none");
    rig.keys("/ z 2 esc");
    assert_eq!(rig.app.tab, Tab::Inventory, "digits are text");
    rig.keys("/ backspace");
    assert!(!rig.app.inventory.is_typing);
}

#[test]
fn a_filter_of_metrics_finds_group_and_unit() {
    let mut rig = Rig::filled();
    rig.keys("2 / t o k / s enter");
    assert!(!rig.app.metrics.lines.is_empty());
    assert!(rig.app.metrics.lines.iter().all(|line| line.unit.as_str() == "tok/s"));
    rig.keys("1");
    assert_eq!(rig.paths().len(), 3, "each tab has its own filter");
}

#[test]
fn pasted_text_goes_to_the_filter_without_control_characters() {
    let mut rig = Rig::filled();
    rig.app.update(Event::Paste("q".into()));
    rig.keys("/");
    rig.app.update(Event::Paste("b\x1b[31m.js\non".into()));
    assert_eq!(rig.app.inventory.filter.as_deref(), Some("b[31m.json"));
}

#[test]
fn escape_leaves_one_level_and_never_the_program() {
    let mut rig = Rig::filled();
    rig.keys("/ a enter ? esc");
    assert_eq!((rig.app.popup.clone(), rig.app.inventory.filter.as_deref()), (Popup::None, Some("a")));
    rig.keys("esc");
    assert_eq!(rig.app.inventory.filter, None);
    assert_eq!(rig.keys("esc esc esc esc"), []);
}

#[test]
fn the_help_names_every_action_with_its_key() {
    use crate::app::action::Action;
    let mut rig = Rig::filled();
    rig.app.update(Event::Resize(120, 40));
    rig.keys("?");
    let help = text(&rig.app.popup_rows);
    // What works here comes before what works everywhere, and once.
    let place = |what: &str| help.find(what).unwrap();
    assert!(help.starts_with("Here, in Inventory"), "{help}");
    assert!(place("The files as a tree") < place("Everywhere") && place("Everywhere") < place("Swap base"));
    assert_eq!(help.matches("The files as a tree").count(), 1);
    for action in Action::ALL {
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(action.help()), "{action:?} is not in the help");
    }
    rig.keys("G");
    let Popup::Help(top) = rig.app.popup else { panic!("the help is closed") };
    assert_eq!(top + usize::from(rig.app.areas.popup_rows.height), rig.app.popup_rows.len());
    rig.keys("?");
    assert_eq!(rig.app.popup, Popup::None);
}

#[test]
fn the_mouse_selects_and_scrolls_what_is_under_it() {
    let mut rig = Rig::filled();
    let mouse = |rig: &mut Rig, kind, column, row| {
        rig.happened(Event::Mouse(Mouse { kind, column, row }));
    };
    rig.changed(&[("b.json", None), ("b.csv", Some(&many_runs()))]);
    let rows = rig.app.areas.list_rows;
    mouse(&mut rig, MouseKind::Press, rows.x, rows.y + 1);
    assert_eq!(rig.selected(), "b.csv");
    mouse(&mut rig, MouseKind::Press, rows.x, rows.y + 7);
    assert_eq!(rig.selected(), "b.csv", "there is no such line");
    let detail = rig.app.areas.detail;
    mouse(&mut rig, MouseKind::WheelDown, detail.x + 1, detail.y + 1);
    assert_eq!((rig.app.inventory.preview.scrolled().0 > 0, rig.app.focus), (true, Focus::List));
    mouse(&mut rig, MouseKind::Press, detail.x + 1, detail.y + 1);
    assert_eq!(rig.app.focus, Focus::Detail);
    let title = rig.app.areas.tab_titles[1];
    mouse(&mut rig, MouseKind::Press, title.x, title.y);
    assert_eq!(rig.app.tab, Tab::Metrics);
    rig.keys("?");
    mouse(&mut rig, MouseKind::Press, 0, 0);
    assert_eq!(rig.app.popup, Popup::None);
}

#[test]
fn tabs_by_number_and_around() {
    let mut rig = Rig::filled();
    rig.keys("3");
    assert_eq!(rig.app.tab, Tab::Compare);
    rig.keys("4");
    assert_eq!(rig.app.tab, Tab::Report);
    rig.keys("tab");
    assert_eq!(rig.app.tab, Tab::History);
    rig.keys("l");
    assert_eq!(rig.app.tab, Tab::Engine);
    rig.keys("l");
    assert_eq!(rig.app.tab, Tab::Inventory);
    rig.keys("h h h h l");
    assert_eq!(rig.app.tab, Tab::Report);
}

#[test]
fn effects_of_simple_actions() {
    let mut rig = Rig::filled();
    assert_eq!(rig.keys("R"), [Effect::Rescan]);
    assert_eq!(rig.keys("ctrl-z"), [Effect::Suspend]);
    assert_eq!(rig.keys("ctrl-l"), [Effect::Redraw]);
    assert_eq!(rig.keys("U"), []);
    assert!(rig.notice().contains("no model is loaded"));
    assert_eq!(rig.keys("e"), [Effect::Edit(PathBuf::from("a.csv"), 1)]);
    assert_eq!(rig.keys("y"), [Effect::Copy("a.csv".into())]);
    assert_eq!(rig.keys("3 y e"), [], "there is no report yet");
    assert_eq!(rig.keys("q"), [Effect::Quit(0)]);
    assert_eq!(rig.keys("ctrl-c"), [Effect::Quit(130)]);
}

#[test]
fn a_small_screen_shows_the_detail_in_place_of_the_list() {
    let mut rig = Rig::filled();
    rig.app.update(Event::Resize(40, 10));
    rig.keys("enter");
    assert!(rig.app.areas.list.is_empty());
    assert!(text(&rig.app.inventory.preview.rows).contains("101.5"));
    rig.app.update(Event::Resize(5, 3));
    rig.keys("j tab ? G esc 3 2");
    rig.app.update(Event::Resize(200, 60));
    assert!(!rig.app.areas.list.is_empty() && !rig.app.areas.detail.is_empty());
}

#[test]
fn a_folder_that_goes_away_is_told_once() {
    let mut rig = Rig::filled();
    let missing = Batch { watch: WatchState::Missing, ..Batch::default() };
    rig.take(missing.clone());
    assert!(rig.notice().contains("is not there"));
    rig.keys("r");
    assert!(!rig.app.report.is_busy());
    rig.take(Batch { watch: WatchState::Live, ..Batch::default() });
    assert!(rig.notice().contains("is there again"), "{}", rig.notice());
}

#[test]
fn the_palette_does_what_is_chosen_where_it_was_opened() {
    let mut rig = Rig::filled();
    rig.keys("2 : s h o w space r e p");
    let Popup::Palette(palette) = &rig.app.popup else { panic!("no palette") };
    assert_eq!((palette.typed.as_str(), palette.chosen()), ("show rep", Some(&Action::ShowReport)));
    rig.keys("enter");
    assert_eq!((&rig.app.popup, rig.app.tab), (&Popup::None, Tab::Report));
    rig.keys("1 ctrl-p f i l t e r");
    assert_eq!(rig.app.inventory.filter, None, "what is typed is the palette's");
    rig.keys("enter");
    assert!(rig.app.inventory.is_typing);
    rig.keys("esc : x esc");
    assert_eq!((&rig.app.popup, rig.app.tab), (&Popup::None, Tab::Inventory));
    rig.keys(": backspace j");
    assert_eq!((&rig.app.popup, rig.selected()), (&Popup::None, "b.json"));
}

#[test]
fn the_palette_is_walked_by_arrows_and_says_the_keys() {
    let mut rig = Rig::filled();
    rig.keys(": p r o b l e m");
    assert!(text(&rig.app.popup_rows).contains("!  "), "{}", text(&rig.app.popup_rows));
    rig.keys("backspace backspace backspace backspace backspace backspace backspace");
    let chosen = |rig: &Rig| match &rig.app.popup {
        Popup::Palette(palette) => palette.chosen().copied(),
        _ => None,
    };
    let first = chosen(&rig);
    rig.keys("down down up");
    assert_ne!(chosen(&rig), first);
    rig.keys("end");
    assert_eq!(chosen(&rig), Action::ALL.last().copied());
    let rows = text(&rig.app.popup_rows);
    assert!(rows.contains(Action::Redraw.help()), "the last one is in sight: {rows}");
}

#[test]
fn files_are_sorted_and_the_cursor_stays_on_its_file() {
    let mut rig = Rig::new();
    let rows = |count: usize| format!("model,ttft_ms\n{}", "x,1.5\n".repeat(count));
    rig.scanned(&[
        ("a.csv", Some(&rows(3))),
        ("b.csv", Some("model,ttft_ms\nx,\"1\n")),
        ("c.csv", Some(&rows(9))),
    ]);
    rig.keys("j");
    assert_eq!(rig.selected(), "b.csv");
    rig.keys("s");
    assert_eq!(rig.app.inventory.sort, FileSort::Newest);
    assert_eq!(rig.paths(), ["c.csv", "b.csv", "a.csv"], "the last one read is the newest");
    rig.keys("s");
    assert_eq!((rig.paths(), rig.selected()), (vec!["c.csv", "a.csv", "b.csv"], "b.csv"), "by size");
    // What changes finds its new place.
    rig.changed(&[("b.csv", Some(&rows(50))), ("d.csv", Some(&rows(5))), ("c.csv", None)]);
    assert_eq!((rig.paths(), rig.selected()), (vec!["b.csv", "d.csv", "a.csv"], "b.csv"));
    rig.keys("/ d");
    assert_eq!(rig.paths(), ["d.csv"]);
    rig.keys("esc s s s s");
    assert_eq!((rig.app.inventory.sort, rig.paths()), (FileSort::Path, vec!["a.csv", "b.csv", "d.csv"]));
}

#[test]
fn the_newest_file_is_followed_until_the_cursor_moves() {
    let mut rig = Rig::filled();
    rig.keys("j f");
    assert!(rig.app.inventory.is_following());
    rig.changed(&[("a.csv", Some("model,ttft_ms\nx,1\n"))]);
    assert_eq!(rig.selected(), "a.csv");
    rig.changed(&[("new.csv", Some("model,ttft_ms\nx,1\n"))]);
    assert_eq!(rig.selected(), "new.csv");
    rig.keys("j");
    rig.changed(&[("newer.csv", Some("model,ttft_ms\nx,1\n"))]);
    assert!(!rig.app.inventory.is_following() && rig.selected() == "a.csv", "{}", rig.selected());
}

#[test]
fn series_are_sorted_within_their_metric() {
    let mut rig = Rig::new();
    let rows = "model,tokens_s,ttft_ms\nx,10.5,5.5\ny,30.5,9.5\nz,20.5,7.5\nz,20.5,7.5\n";
    rig.scanned(&[("a.csv", Some(rows))]);
    let lines = |rig: &Rig| -> Vec<String> {
        let lines = rig.app.metrics.lines.iter();
        lines.map(|line| format!("{} {}", line.metric, line.group.as_str().replace("model=", ""))).collect()
    };
    let usual = ["Throughput x", "Throughput y", "Throughput z", "TTFT x", "TTFT y", "TTFT z"];
    rig.keys("2 j");
    assert_eq!(lines(&rig), usual);
    rig.keys("s");
    let best = ["Throughput y", "Throughput z", "Throughput x", "TTFT x", "TTFT z", "TTFT y"];
    assert_eq!(
        (lines(&rig), rig.app.metrics.selected),
        (best.map(String::from).to_vec(), 0),
        "on its series"
    );
    rig.keys("s");
    assert_eq!(lines(&rig)[0], "Throughput z", "most values");
    let grown = format!("{rows}x,90.5,1.5\nx,90.5,1.5\nx,90.5,1.5\n");
    rig.changed(&[("a.csv", Some(&grown))]);
    assert_eq!(lines(&rig)[0], "Throughput x");
    rig.keys("s s s");
    assert_eq!(lines(&rig), usual);
}

#[test]
fn the_mouse_is_left_to_the_terminal_and_taken_back() {
    let mut rig = Rig::filled();
    assert_eq!(rig.keys("M"), [Effect::UseMouse(false)]);
    assert!(rig.notice().contains("the terminal's"), "{}", rig.notice());
    assert_eq!(rig.keys("M"), [Effect::UseMouse(true)]);
    assert!(rig.app.has_mouse);
}

#[test]
fn the_screen_comes_back_as_it_was_left() {
    let mut rig = Rig::filled();
    rig.keys("s s / c s v enter 2 s v / t t f t enter");
    let mut next = Rig::new();
    next.app.restore(&rig.app.layout());
    next.scanned(&[("a.csv", Some(RUNS)), ("b.json", Some(r#"{"ttft_ms": 120.5}"#))]);
    assert_eq!((next.app.layout(), next.app.tab), (rig.app.layout(), Tab::Metrics));
    assert_eq!(next.app.metrics.lines.len(), 2);
    next.keys("1");
    assert_eq!((next.paths(), next.app.inventory.sort), (vec!["a.csv"], FileSort::Size));
    assert_eq!(next.app.context(), crate::app::keymap::Context::List);
    // So do other groups, a tree, an order turned around.
    let mut rig = Rig::filled();
    rig.keys("s S t 2 o enter esc w n u m _ g p u > 0 enter esc");
    let mut next = Rig::new();
    next.app.restore(&rig.app.layout());
    next.scanned(&[("a.csv", Some(RUNS)), ("b.json", Some(r#"{"ttft_ms": 120.5}"#))]);
    assert_eq!(next.app.layout(), rig.app.layout());
    assert_eq!(next.app.cutting.cut.told(), "by model where num_gpu > 0");
    assert!(next.app.metrics.lines.iter().all(|line| line.columns[0] == "1"), "the cold row has num_gpu 0");
    assert!(next.app.inventory.is_reversed && next.app.inventory.tree().is_some());
    // The newest file is followed only by who followed it.
    let mut next = Rig::filled();
    let mut rig = Rig::filled();
    rig.keys("f");
    assert!(rig.app.inventory.is_following());
    next.app.restore(&rig.app.layout());
    assert!(next.app.inventory.is_following());
    rig.keys("f");
    next.app.restore(&rig.app.layout());
    assert_eq!((next.app.inventory.sort, next.app.inventory.is_following()), (FileSort::Newest, false));
}
