//! Files that come, grow and go: what is touched is computed anew, and the rest is shared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::{file, file_of, library, line, owned};
use crate::{
    ingest::inventory::{Batch, Change},
    metrics::library::Library,
};

#[test]
fn only_touched_series_are_computed_anew() {
    let mut library = library(&[
        ("a.csv", "model,tok_s\nx,10\n"),
        ("b.csv", "model,tok_s\ny,10\n"),
        ("c.csv", "model,ttft_ms\nx,10\n"),
    ]);
    assert_eq!(library.recomputed(), 3);
    library.apply(&Batch { changes: vec![file("b.csv", "model,tok_s\ny,10\ny,12\n")], ..Batch::default() });
    assert_eq!(library.recomputed(), 1);
    let lines: Vec<String> = library.series().iter().map(|series| line(series)).collect();
    assert_eq!(
        lines,
        [
            "throughput Sample tok_s (model=x) 10",
            "throughput Sample tok_s (model=y) 10 12",
            "ttft Sample ttft_ms (model=x) 10"
        ]
    );
    library.apply(&Batch::default());
    assert_eq!(library.recomputed(), 0);
    assert_eq!(library.metrics_of("c.csv"), ["ttft"]);
}

#[test]
fn what_is_appended_touches_the_series_that_it_feeds() {
    let text = "model,tok_s,ttft_ms\nx,10,1\ny,10,1\nz,20,1\n";
    let mut library = library(&[("a.csv", text), ("b.csv", "model,tok_s\ny,7\n")]);
    assert_eq!(library.recomputed(), 6);
    let more = format!("{text}y,11,\ny,12,\n");
    library.apply(&Batch { changes: vec![file("a.csv", &more)], ..Batch::default() });
    // Throughput of `y`, and its TTFT, which two empty cells are left out of.
    assert_eq!(library.recomputed(), 2);
    assert_eq!(
        library.series(),
        super::library(&[("a.csv", &more), ("b.csv", "model,tok_s\ny,7\n")]).series()
    );
    // A row that makes an earlier one cold changes that one's series too.
    let slow = format!("{more}x,10,90\nx,10,1\nx,10,1\nx,10,1\nx,10,1\n");
    library.apply(&Batch { changes: vec![file("a.csv", &slow)], ..Batch::default() });
    assert_eq!(library.recomputed(), 2);
    // The same bytes again touch nothing.
    library.apply(&Batch { changes: vec![file("a.csv", &slow)], ..Batch::default() });
    assert_eq!(library.recomputed(), 0);
}

#[test]
fn a_series_of_many_batches_is_computed_once() {
    let change = |index: usize| file(&format!("f{index}.csv"), &format!("model,tok_s\nx,{index}\n"));
    let mut library = Library::default();
    for index in 0..50 {
        library.absorb(&Batch { changes: vec![change(index)], ..Batch::default() });
    }
    assert_eq!((library.inventory.len(), library.series().len(), library.is_settled()), (50, 0, false));
    library.settle();
    assert_eq!((library.recomputed(), library.is_settled()), (1, true));
    assert_eq!(library.series()[0].values.len(), 50);
    library.settle();
    assert_eq!(library.recomputed(), 0);
}

#[test]
fn a_snapshot_shares_the_series_and_can_be_gone_on_with() {
    let mut library = library(&[
        ("a.csv", "model,tok_s\nx,10\n"),
        ("b.csv", "model,tok_s\nx,10\n"),
        ("c.csv", "model,tok_s\ny,5\n"),
    ]);
    let mut snapshot = library.snapshot();
    assert!(snapshot.has_series_of(&library));
    let change = Batch {
        changes: vec![Change::Removed("a.csv".into()), file("d.csv", "model,tok_s\ny,6\n")],
        ..Batch::default()
    };
    library.apply(&change);
    assert!(!snapshot.has_series_of(&library));
    assert_eq!(snapshot.series()[0].files, ["a.csv".into()]);
    snapshot.apply(&change);
    assert_eq!(snapshot.series(), library.series());
    assert_eq!(snapshot.failed_rows(), library.failed_rows());
}

proptest! {
    #[test]
    fn batches_in_any_order_give_the_same_series(order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(), split in 0_usize..6) {
        let table = "model,tok_s\nm,0.12345\nm,1.12345\nm,2.12345\nm1,3\n";
        let nested = |model: &str| {
            format!(r#"{{"model":"{model}","runs":[{{"tok_s":0.12345}},{{"tok_s":1.12345}},{{"tok_s":2.12345}}]}}"#)
        };
        let files = [
            ("a.csv", table.to_owned()),
            ("a.json", nested("n")),
            ("b.csv", table.to_owned()),
            ("b.json", nested("o")),
            ("c.csv", "model,tok_s\nm,7\nm1,8\n".to_owned()),
            ("d.csv", "model,tok_s,error\nm,7,boom\n".to_owned()),
        ];
        let change = |&index: &usize| file(files[index].0, &files[index].1);
        let mut whole = Library::default();
        whole.apply(&Batch { changes: (0..6).map(|index| change(&index)).collect(), ..Batch::default() });
        let mut parts = Library::default();
        for part in [&order[..split], &order[split..]] {
            parts.apply(&Batch { changes: part.iter().map(change).collect(), ..Batch::default() });
        }
        prop_assert_eq!(whole.series(), parts.series());
        // Listed as they are compared: the screen finds its lines by that order.
        prop_assert!(whole.series().is_sorted_by(|one, other| one.order(other).is_lt()));
        prop_assert_eq!(owned(&whole), whole.filtered(|_, _| true));
    }

    #[test]
    fn a_file_that_grew_says_what_it_says_as_a_whole(
        rows in prop::collection::vec((0_u8..3, 0_u8..2, 0_u16..2000, any::<bool>()), 1..60),
        cuts in prop::collection::vec(1_usize..60, 0..6),
    ) {
        let row = |&(model, gpu, load, is_failed): &(u8, u8, u16, bool)| {
            let error = if is_failed && load % 7 == 0 { "oom" } else { "" };
            format!("m{model},{gpu},{load},{}.12345,{error}\n", 100 + u32::from(load))
        };
        let text = |count: usize| {
            let rows: String = rows.iter().take(count).map(row).collect();
            format!("model,num_gpu,load_ms,tok_s,error\n{rows}")
        };
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut grown = Library::default();
        for count in cuts.into_iter().chain([rows.len()]) {
            grown.apply(&Batch { changes: vec![file("a.csv", &text(count))], ..Batch::default() });
        }
        let whole = library(&[("a.csv", &text(rows.len()))]);
        prop_assert_eq!(grown.series(), whole.series());
        prop_assert_eq!(owned(&grown), grown.filtered(|_, _| true));
        prop_assert_eq!(grown.failed_rows(), whole.failed_rows());
    }

    #[test]
    fn what_came_and_went_leaves_nothing_behind(steps in prop::collection::vec((0_usize..8, 0_usize..4), 1..40)) {
        let table = "tok_s,error\n0.12345,\n1.12345,\n2.12345,\n3,boom\n";
        let row = |tok_s: f64| format!(r#"{{"tok_s":{tok_s},"model":"m"}}"#);
        let nested = format!("[{}]", [0.12345, 1.12345, 2.12345].map(row).join(","));
        let contents = [table.to_owned(), nested, "model,tok_s\nm,7\nm1,8\n".to_owned()];
        let names = ["a.csv", "a.json", "a.tsv", "a.d.csv", "a.d.json", "b.csv", "b.json", "b.jsonl"];
        let mut library = Library::default();
        let mut held = std::collections::BTreeMap::new();
        for (name, content) in steps {
            let change = match contents.get(content) {
                Some(content) => file_of(names[name], content, content.starts_with('[')),
                None => Change::Removed(names[name].into()),
            };
            held.remove(names[name]);
            if let Some(content) = contents.get(content) {
                held.insert(names[name], content);
            }
            library.apply(&Batch { changes: vec![change], ..Batch::default() });
        }
        let changes = held.iter().rev();
        let changes = changes.map(|(name, content)| file_of(name, content, content.starts_with('['))).collect();
        let mut fresh = Library::default();
        fresh.apply(&Batch { changes, ..Batch::default() });
        prop_assert_eq!(library.series(), fresh.series());
        prop_assert_eq!(owned(&fresh), fresh.filtered(|_, _| true));
        prop_assert_eq!(library.failed_rows(), fresh.failed_rows());
        // However often the run lies there, it counts once; twice where no name says that the
        // table and the list are the same.
        let runs = fresh.series().iter().flat_map(|series| series.values.numbers().into_owned());
        let runs = runs.filter(|number| (*number - 0.12345).abs() < 1e-12).count();
        let stems = |content: usize| {
            let names = held.iter().filter(|(_, held)| ***held == contents[content]);
            names.map(|(name, _)| name.rsplit_once('.').unwrap().0).collect::<std::collections::BTreeSet<_>>()
        };
        let expected = match (stems(0), stems(1)) {
            (tables, lists) if tables.is_empty() && lists.is_empty() => 0,
            (tables, lists) if tables.is_empty() || lists.is_empty() || !tables.is_disjoint(&lists) => 1,
            _ => 2,
        };
        prop_assert_eq!(runs, expected);
    }
}
