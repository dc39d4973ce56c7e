//! What keys do inside the preview of a file: its table, its tree, a search in it.

use super::*;
use crate::app::Focus;

/// A run of each count of layers; the configuration is wide.
fn wide() -> String {
    let rows = (0..60).map(|run| format!("gemma3:270m,{run},{}.5,cuda,Q8_0,8192,yes\n", 100 + run));
    let head =
        "model,num_gpu,tokens_s,backend_of_the_run,quantization_of_the_model,num_ctx_of_the_run,warm\n";
    std::iter::once(head.to_owned()).chain(rows).collect()
}

const NESTED: &str = r#"{
 "model": "gemma3:270m",
 "runs": [
  {"num_gpu": 0, "rate": {"mean": 101.5, "p95": 110}},
  {"num_gpu": 60, "rate": {"mean": 203.25, "p95": 211}}
 ],
 "note": "first"
}
"#;

fn rig(path: &str, content: &str) -> Rig {
    let mut rig = Rig::new();
    rig.scanned(&[(path, Some(content))]);
    rig.keys("tab");
    assert_eq!(rig.app.focus, Focus::Detail);
    rig
}

fn rows(rig: &Rig) -> Vec<String> {
    rig.app.inventory.preview.rows.iter().map(Row::text).collect()
}

/// The first rows of a tree.
fn tree(rig: &Rig, count: usize) -> Vec<String> {
    rows(rig).into_iter().skip_while(|row| !row.starts_with('▾')).take(count).collect()
}

fn copied(rig: &mut Rig) -> String {
    match rig.keys("y").pop() {
        Some(Effect::Copy(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn tally(rig: &Rig) -> Option<(Option<usize>, usize)> {
    rig.app.inventory.preview.tally()
}

#[test]
fn the_titles_of_a_table_stand_still_while_its_rows_are_scrolled() {
    let mut rig = rig("a.csv", &wide());
    assert!(rows(&rig)[1].starts_with("  line  model        num_gpu  tokens_s"), "{:?}", rows(&rig));
    assert!(rows(&rig)[2].starts_with("     2  gemma3:270m        0     100.5"), "{:?}", rows(&rig));
    rig.keys("G");
    let seen = rows(&rig);
    assert!(seen[0].starts_with("  line  model"), "{seen:?}");
    assert!(seen.iter().any(|row| row.starts_with("    61  gemma3:270m       59     159.5")), "{seen:?}");
    assert_eq!(copied(&mut rig), "a.csv:61 model gemma3:270m");
    assert_eq!(rig.keys("e"), [Effect::Edit(PathBuf::from("a.csv"), 61)]);
    rig.keys("g g");
    assert!(rows(&rig)[0].starts_with("CSV"), "the facts are seen again");
}

#[test]
fn columns_are_walked_the_first_one_stays_and_what_they_hold_is_told() {
    let mut rig = rig("a.csv", &wide());
    rig.keys("j j right right");
    assert_eq!(copied(&mut rig), "a.csv:4 tokens_s 102.5");
    let told = rows(&rig).join("\n");
    assert!(told.contains("tokens_s = 102.5  column 3 of 7"), "{told}");
    assert!(told.contains("n 60, min 100.5, median 130, max 159.5"), "{told}");
    rig.keys("l l l l l l");
    assert_eq!(copied(&mut rig), "a.csv:4 warm yes");
    let seen = rows(&rig);
    assert!(seen[1].starts_with("  line  model") && seen[1].contains("warm"), "{seen:?}");
    assert!(!seen[1].contains("tokens_s"), "{seen:?}");
    assert!(seen.iter().any(|row| row.contains("n 60, 1 value")), "{seen:?}");
    rig.keys("h h h h h h");
    assert!(rows(&rig)[1].contains("tokens_s"));
    // On a large screen what each column holds stands below its title.
    rig.app.update(Event::Resize(200, 60));
    let median = rows(&rig).into_iter().find(|row| row.starts_with("median")).unwrap();
    assert_eq!(median.split_whitespace().collect::<Vec<_>>(), ["median", "29.5", "130"]);
}

#[test]
fn a_tree_is_folded_and_every_row_has_its_pointer() {
    let mut rig = rig("a.json", NESTED);
    rig.app.update(Event::Resize(100, 40));
    let expected = [
        "▾ {3}",
        "    model  \"gemma3:270m\"",
        "  ▾ runs  [2]",
        "    ▾ 0  {2}",
        "        num_gpu  0",
        "      ▾ rate  {2}",
        "          mean  101.5",
    ];
    assert_eq!(tree(&rig, expected.len()), expected);
    rig.keys("j j space");
    assert_eq!(
        tree(&rig, 4),
        ["▾ {3}", "    model  \"gemma3:270m\"", "  ▸ runs  [2]", "    note  \"first\""]
    );
    rig.keys("right right j");
    assert_eq!(copied(&mut rig), "a.json:4 /runs/0/num_gpu 0");
    rig.keys("j enter");
    assert!(rows(&rig).contains(&"      ▸ rate  {2}  mean 101.5, p95 110".to_owned()), "{:?}", rows(&rig));
    assert!(rows(&rig).join("\n").contains("/runs/0/rate  line 4"));
    rig.keys("left left left");
    assert_eq!(copied(&mut rig), "a.json:3 /runs [2]", "out of what is folded");
    rig.keys("<");
    assert_eq!(
        tree(&rig, 4),
        ["▾ {3}", "    model  \"gemma3:270m\"", "  ▸ runs  [2]", "    note  \"first\""]
    );
    assert_eq!(copied(&mut rig), "a.json:3 /runs [2]", "the cursor stays");
    rig.keys("> G");
    assert_eq!(copied(&mut rig), "a.json:7 /note first");
}

#[test]
fn a_tree_keeps_its_folds_and_its_cursor_when_the_file_changes() {
    let mut rig = rig("a.json", NESTED);
    rig.app.update(Event::Resize(100, 40));
    rig.keys("j j j space");
    assert_eq!(copied(&mut rig), "a.json:4 /runs/0 {2}");
    let grown =
        NESTED.replace(" ],", " , {\"num_gpu\": 7, \"rate\": {\"mean\": 1}} ],").replace("first", "second");
    rig.changed(&[("a.json", Some(&grown))]);
    let seen = rows(&rig);
    assert!(seen.contains(&"    ▸ 0  {2}  num_gpu 0".to_owned()), "{seen:?}");
    assert!(seen.contains(&"    ▾ 2  {2}".to_owned()) && seen.join("\n").contains("second"), "{seen:?}");
    assert_eq!(copied(&mut rig), "a.json:4 /runs/0 {2}");
}

#[test]
fn a_broken_file_is_a_tree_up_to_where_it_breaks() {
    let mut rig = rig("a.json", "{\n \"a\": 1,\n \"b\": [2, \n");
    rig.app.update(Event::Resize(100, 40));
    let seen = rows(&rig).join("\n");
    assert!(seen.contains("! line 4"), "{seen}");
    assert!(seen.contains("a  1") && seen.contains("▾ b  [1]"), "{seen}");
}

#[test]
fn a_search_goes_from_match_to_match_and_around_the_end() {
    let mut rig = rig("a.csv", &wide());
    rig.keys("/ 1 3");
    assert_eq!((tally(&rig), rig.app.inventory.preview.is_typing()), (Some((Some(0), 12)), true));
    assert_eq!(rig.app.inventory.preview.line(), Some(15), "the first is gone to as one types");
    rig.keys("enter n n");
    assert_eq!((tally(&rig), copied(&mut rig).as_str()), (Some((Some(2), 12)), "a.csv:32 tokens_s 130.5"));
    rig.keys("N N N");
    assert_eq!(tally(&rig), Some((Some(11), 12)));
    assert_eq!(rig.notice(), "the search went on from the end");
    rig.keys("n");
    assert_eq!((tally(&rig), rig.notice()), (Some((Some(0), 12)), "the search went on from the start"));
    // What comes is searched too, and the place is kept.
    let grown = format!("{}gemma3:270m,13,13,cuda,Q8_0,8192,yes\n", wide());
    rig.changed(&[("a.csv", Some(&grown))]);
    assert_eq!(tally(&rig), Some((Some(0), 14)));
    rig.keys("esc");
    assert_eq!((tally(&rig), rig.app.focus), (None, Focus::Detail));
    rig.keys("esc");
    assert_eq!(rig.app.focus, Focus::List);
}

#[test]
fn a_search_opens_what_is_folded_and_minds_capitals_only_where_there_are_some() {
    let mut rig = rig("a.json", NESTED);
    rig.keys("< / M E A N enter");
    assert_eq!(tally(&rig), Some((None, 0)));
    rig.keys("/ m e a n");
    assert_eq!(tally(&rig), Some((Some(0), 2)));
    assert_eq!(copied_after_enter(&mut rig), "a.json:4 /runs/0/rate/mean 101.5");
    rig.keys("n");
    assert_eq!(copied(&mut rig), "a.json:5 /runs/1/rate/mean 203.25");
    // A search that is given up leads back to where it began.
    rig.keys("g g / p 9 5 esc");
    assert_eq!(copied(&mut rig), "a.json:1 {3}");
}

fn copied_after_enter(rig: &mut Rig) -> String {
    rig.keys("enter");
    copied(rig)
}

#[test]
fn pages_and_texts_are_searched_as_well() {
    let mut rig = Rig::new();
    let paragraphs: Vec<String> = (0..80).map(|at| format!("Paragraph {at} is Größe.")).collect();
    let page = paragraphs.join("\n\n") + "\n";
    rig.scanned(&[("n.md", Some(&page))]);
    rig.keys("tab / p h space 7 1 backspace backspace backspace");
    rig.keys("esc / p a r a g r a p h space 7 7 enter");
    assert_eq!(tally(&rig), Some((Some(0), 1)));
    assert!(rows(&rig).join("\n").contains("Paragraph 77"), "{:?}", rows(&rig));
    rig.keys("/ g r ö ß e enter n");
    assert_eq!(tally(&rig).map(|(_, total)| total), Some(80));
    rig.keys("v / 4 1 enter");
    assert_eq!(copied(&mut rig), "n.md:83 Paragraph 41 is Größe.");
}

#[test]
fn the_filter_and_the_search_are_two_things() {
    let mut rig = Rig::filled();
    rig.keys("/ c s v enter tab / 2 0 3 enter");
    assert_eq!((rig.app.inventory.filter.as_deref(), tally(&rig)), (Some("csv"), Some((Some(0), 1))));
    rig.keys("esc esc");
    assert_eq!((rig.app.focus, rig.app.inventory.filter.as_deref()), (Focus::List, Some("csv")));
    rig.keys("esc");
    assert_eq!(rig.app.inventory.filter, None);
}
