//! The embedded file, values with glued units, and texts of every kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::{
    super::{
        file::{Cell, Column, Document, Rank, Table},
        log::Log,
        places::Pointers,
    },
    adapt, plain, spec, value,
};

#[test]
fn the_embedded_adapters_are_all_usable() {
    let adapters = spec::adapters();
    assert!(adapters.texts.len() > 20 && adapters.structured.len() > 5, "the embedded file parses");
    let (telling, told) = adapters.telling();
    assert!(
        telling.len() == told.len() && told.len() > 60,
        "the telling lines of {} are usable",
        telling.len()
    );
    for text in &adapters.texts {
        assert_eq!(text.patterns().1.len(), text.spec.line.len(), "{}: a pattern is none", text.spec.name);
    }
    for adapter in &adapters.structured {
        assert!(adapter.patterns().is_some(), "{}: a pattern is none", adapter.spec.name);
    }
}

#[test]
fn glued_units_are_read_by_one_parser() {
    fn check(text: &str, expected: Option<(f64, Option<&str>)>) {
        let found = value::read(text);
        let found = found.as_ref().map(|value| (value.number, value.unit.as_deref()));
        assert_eq!(found, expected, "{text}");
    }
    check("1.23ms", Some((1.23, Some("ms"))));
    check("512KiB", Some((512.0, Some("KiB"))));
    check("1m2.5s", Some((62.5, Some("s"))));
    check("1h0m3s", Some((3603.0, Some("s"))));
    check("12,345.6", Some((12345.6, None)));
    check("95.2 tokens/s", Some((95.2, Some("tokens/s"))));
    check("95.2 tokens per second", Some((95.2, Some("tokens per second"))));
    check("635.91us", Some((635.91, Some("us"))));
    check("56.20k", Some((56200.0, None)));
    check("1e-3s", Some((0.001, Some("s"))));
    check("99.5%,", Some((99.5, Some("%"))));
    check("-3.5", Some((-3.5, None)));
    check("0x1F", None);
    check("2025-10-01", None);
    check("10.0.0.1", None);
    check("1.2ms and more", None);
    check("ms", None);
    check("", None);
}

/// A table of columns by name, each of numbers, of texts, or of both.
fn table(pointer: &str, columns: &[(&str, u8)]) -> Table {
    let texts = ["41.5", "1.2 s", "ms", "fast", "p95", ""];
    let cell = |kind: u8, row: usize| match kind {
        0 => Cell::Number(row as f64 + 0.5),
        1 => Cell::Text(texts[row].into()),
        _ if row.is_multiple_of(2) => Cell::Number(1.0),
        _ => Cell::Text("1 s".into()),
    };
    let cells = |kind: u8| (0..texts.len()).map(|row| cell(kind, row)).collect();
    let column =
        |&(name, kind): &(&str, u8)| Column { name: name.into(), cells: cells(kind), ..Column::default() };
    Table {
        pointer: pointer.into(),
        row_pointers: Pointers::default(),
        row_lines: (1..=texts.len() as u32).collect(),
        columns: columns.iter().map(column).collect(),
        context: Vec::new(),
        rank: Rank::Measured,
    }
}

/// Names that adapters and places give a meaning to, and names that they do not.
const NAMES: [&str; 22] = [
    "model",
    "ttft",
    "ttft_s",
    "note",
    "metric",
    "value",
    "values",
    "samples",
    "p95",
    "mean",
    "Power (W)",
    "latency.unit",
    "latency.p50",
    "../case",
    "case",
    "name",
    "iterations",
    "real_time",
    "time_unit",
    "avg_ts",
    "stddev_ts",
    "Median TTFT (ms)",
];

proptest! {
    #[test]
    fn what_is_told_to_be_plain_is_left_as_it_is(
        pointer in prop::sample::select(vec!["", "/timing", "/latency/*", "/benchmarks", "/ttft"]),
        columns in prop::collection::vec((prop::sample::select(NAMES.to_vec()), 0_u8..3), 1..5),
    ) {
        let table = table(pointer, &columns);
        if plain::is_plain(&table) {
            let mut document = Document { tables: vec![table.clone()], ..Document::default() };
            adapt("a.json", &mut document, &mut Log::new(""));
            prop_assert_eq!(&document.tables, &vec![table]);
            prop_assert_eq!(document.adapter, None);
        }
    }
}

#[test]
fn most_tables_are_plain_and_what_an_adapter_reads_is_not() {
    let is_plain = |pointer: &str, columns: &[(&str, u8)]| plain::is_plain(&table(pointer, columns));
    assert!(is_plain("", &[("model", 1), ("ttft_s", 0), ("p95", 0)]));
    assert!(is_plain("/runs", &[("ttft_s", 0), ("note", 1)]));
    assert!(!is_plain("/timing", &[("p95", 0)]), "the key above names a statistic");
    assert!(!is_plain("", &[("ttft_s", 1)]), "texts may be numbers");
    assert!(!is_plain("", &[("latency.unit", 1), ("latency.p50", 0)]), "a unit stands beside");
    assert!(!is_plain("", &[("avg_ts", 0), ("stddev_ts", 0), ("n_prompt", 0), ("n_gen", 0)]), "a tool's");
}
