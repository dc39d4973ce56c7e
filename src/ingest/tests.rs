//! Bytes in, documents out: each case is one call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use proptest::prelude::*;

use super::{
    cells::CellRef,
    file::{Document, Kind, Rank, Status},
    parse,
};

/// A document as text: status, tables with their columns, problems with their places.
fn shape(document: &Document) -> String {
    let mut out = format!("{:?}\n", document.status.unwrap());
    for table in &document.tables {
        let rank = if table.rank == Rank::Stated { "stated " } else { "" };
        let _ = writeln!(out, "{rank}`{}` lines {:?}", table.pointer, table.row_lines);
        for column in &table.columns {
            let unit = column.unit.as_ref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
            let cells: Vec<String> = column.cells.iter().map(print).collect();
            let _ = writeln!(out, "  {}{unit}: {}", column.name, cells.join(", "));
        }
    }
    for problem in &document.problems {
        let place = (problem.line.unwrap_or(0), problem.column.unwrap_or(0));
        let _ = writeln!(out, "! {}:{} {}", place.0, place.1, problem.message);
    }
    out
}

fn print(cell: CellRef<'_>) -> String {
    match cell {
        CellRef::Missing => "·".to_owned(),
        CellRef::Number(number) => number.to_string(),
        CellRef::Text(text) => format!("{text:?}"),
        CellRef::Bool(truth) => truth.to_string(),
    }
}

/// Reads a file by its name's extension and compares its shape; leading spaces of the
/// expected lines count from the first line's.
#[track_caller]
fn check(path: &str, input: impl AsRef<[u8]>, expected: &str) {
    let document = parse(path, kind(path), input.as_ref());
    let lines: Vec<&str> = expected.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    let expected: String = lines.iter().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{}", line.get(indent..).unwrap_or_default());
        out
    });
    assert_eq!(shape(&document), expected, "{path}");
}

fn kind(path: &str) -> Kind {
    match path.rsplit('.').next().unwrap() {
        "csv" | "tsv" => Kind::Csv,
        "md" => Kind::Markdown,
        _ => Kind::Json,
    }
}

#[test]
fn csv_cells_become_values() {
    check(
        "a.csv",
        "model,n,Latency (ms),power.draw [W],ok,note\na,\"22,80,000\",\"1,234.5\",22.89 W,TRUE,\"x, \"\"y\"\"\"\nb, 7 ,NaN,21 W,false,N/A\n",
        r#"
        Ok
        `` lines [2, 3]
          model: "a", "b"
          n: 2280000, 7
          Latency [ms]: 1234.5, "NaN"
          power.draw [W]: 22.89, 21
          ok: true, false
          note: "x, \"y\"", ·
        "#,
    );
}

#[test]
fn ambiguous_numbers_stay_text() {
    check(
        "a.csv",
        "v\n1_000\n0x1F\n\"1234,5\"\n٤٢\n08123\n45%\n1e400\n3\n",
        r#"
        Ok
        `` lines [2, 3, 4, 5, 6, 7, 8, 9]
          v: "1_000", "0x1F", "1234,5", "٤٢", "08123", "45%", "1e400", 3
        "#,
    );
}

#[test]
fn separators_are_found() {
    let expected = "
        Ok
        `` lines [2]
          model: \"a\"
          tok_s: 1.5
          n: 2
        ";
    check("a.csv", "model;tok_s;n\na;1,5;2\n", expected);
    check("a.tsv", "model\ttok_s\tn\na\t1.5\t2\n", expected);
    check("a.csv", "model\ttok_s\tn\r\na\t1.5\t2\r\n", expected);
    check("a.csv", "\u{feff}model,tok_s,n\ra,1.5,2\r", expected);
}

#[test]
fn a_units_row_belongs_to_the_header() {
    check(
        "a.csv",
        "kernel,time,blocks\n,us,block\nk,9.4,\"32,768\"\n",
        r#"
        Ok
        `` lines [3]
          kernel: "k"
          time [us]: 9.4
          blocks [block]: 32768
        "#,
    );
}

#[test]
fn odd_headers_are_named_and_said() {
    check(
        "a.csv",
        "t,t,\n1,2,3\n",
        "
        Ok
        `` lines [2]
          t: 1
          t#2: 2
          column 3: 3
        ! 1:1 two columns are named `t`; number 2 is `t#2`
        ",
    );
}

#[test]
fn ragged_rows_are_kept_and_said() {
    check(
        "a.csv",
        "model,a,b\nx,1\ny,1,2,3\nz,1,2\n",
        r#"
        Partial
        `` lines [2, 3, 4]
          model: "x", "y", "z"
          a: 1, "1", 1
          b: ·, "2", 2
          column 4: ·, "3", ·
        ! 2:1 2 of 3 fields; the last are missing
        ! 3:1 4 fields, the header has 3: which one is too many is not known, so its numbers are kept as text
        "#,
    );
}

#[test]
fn a_field_missing_in_every_row_shifts_nothing() {
    check(
        "a.csv",
        "model,filename,n,test_time,avg_ns\nq,x.gguf,2025-04-24T11:57:09Z,70\nq,x.gguf,2025-04-24T11:58:09Z,71\n",
        r#"
        Partial
        `` lines [2, 3]
          model: "q", "q"
          filename: "x.gguf", "x.gguf"
          n: ·, ·
          test_time: "2025-04-24T11:57:09Z", "2025-04-24T11:58:09Z"
          avg_ns: 70, 71
        ! 2:1 4 of 5 fields; by their looks those from `test_time` on are shifted
        ! 3:1 4 of 5 fields; by their looks those from `test_time` on are shifted
        "#,
    );
}

#[test]
fn a_half_written_record_waits() {
    let whole = "m,a,b\nx,1,2\n";
    for tail in ["y,3", "y", "\"y"] {
        let document = parse("a.csv", Kind::Csv, format!("{whole}{tail}").as_bytes());
        assert_eq!((document.status, document.rows()), (Some(Status::Partial), 1), "{tail}");
        assert_eq!(document.read_to, whole.len() as u64, "{tail}");
        assert_eq!(document.problems[0].line, Some(3), "{tail}");
    }
    // All fields and no line end: it counts, and is read again.
    let document = parse("a.csv", Kind::Csv, format!("{whole}y,3,4").as_bytes());
    assert_eq!(
        (document.status, document.rows(), document.read_to),
        (Some(Status::Ok), 2, whole.len() as u64)
    );
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    check(
        "a.csv",
        "m,a,b\n\"x,1,2\ny,3,4\n",
        r#"
        Partial
        `` lines [2, 3]
          m: "\"x", "y"
          a: 1, 3
          b: 2, 4
        ! 2:1 the quote is never closed; it is taken as a letter
        "#,
    );
}

#[test]
fn what_is_no_table_is_said() {
    let note =
        b"\xC3\xBF\xC3\xBE=\0=\0 \0t\0h\0e\0 \0a\0r\0g\0u\0m\0e\0n\0t\0 \0i\0s\0 \0i\0n\0v\0a\0l\0i\0d\0";
    let document = parse("a.csv", Kind::Csv, note);
    assert_eq!((document.status, document.tables.len()), (Some(Status::Error), 0));
    assert!(document.problems.iter().any(|problem| problem.message.as_str().starts_with("no table")));
    check("a.csv", "", "Partial\n! 1:1 the file is empty");
}

#[test]
fn settings_in_a_cell_become_columns() {
    check(
        "a.csv",
        "n,options\n1,\"{\"\"temperature\"\":0.3,\"\"deep\"\":{\"\"k\"\":2}}\"\n2,\n",
        r#"
        Ok
        `` lines [2, 3]
          n: 1, 2
          options: "{\"temperature\":0.3,\"deep\":{\"k\":2}}", ·
          options.temperature: 0.3, ·
          options.deep.k: 2, ·
        "#,
    );
}

#[test]
fn encodings_are_decoded() {
    let utf16 = |mark: &[u8], little: bool| {
        let units = "a,b\n1,2\n".encode_utf16();
        let bytes = units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
        mark.iter().copied().chain(bytes).collect::<Vec<u8>>()
    };
    let table = "Ok\n`` lines [2]\n  a: 1\n  b: 2\n";
    check("a.csv", utf16(b"\xFF\xFE", true), table);
    check("a.csv", utf16(b"\xFE\xFF", false), table);
    check("a.csv", utf16(b"", true), &format!("{table}! 1:1 UTF-16 without a byte order mark"));
    check(
        "a.csv",
        b"a,b\n\xE9,2\n\0\0",
        "Partial\n`` lines [2]\n  a: \"\u{fffd}\"\n  b: 2\n! 2:1 not UTF-8 at byte 4: 1 wrong bytes are shown as U+FFFD\n! 3:1 2 NUL bytes are left out",
    );
}

#[test]
fn json_rows_objects_and_samples() {
    check(
        "a.json",
        r#"{"model": "m", "options": {"temperature": 0.3},
 "results": [{"n": 1, "t": {"ms": 5}}, {"n": 2, "ok": true}],
 "ci": [1, 2]}"#,
        r#"
        Ok
        `` lines [1]
          model: "m"
        `/options` lines [1]
          temperature: 0.3
        `/results` lines [2, 2]
          n: 1, 2
          t.ms: 5, ·
          ok: ·, true
        `/ci` lines [3, 3]
          ci: 1, 2
        "#,
    );
}

#[test]
fn every_row_has_a_pointer_and_its_context() {
    let text =
        r#"{"model":"m","o":{"temperature":0.3},"runs":[{"name":"a/b","t":[1,2]},{"name":"c","t":[3]}]}"#;
    let document = parse("a.json", Kind::Json, text.as_bytes());
    let runs = document.tables.iter().find(|table| &*table.pointer == "/runs").unwrap();
    assert_eq!(runs.row_pointers.iter().collect::<Vec<_>>(), ["/runs/0", "/runs/1"]);
    let context: Vec<String> =
        runs.context.iter().map(|(name, cell)| format!("{name}={}", print(cell.see()))).collect();
    assert_eq!(context, ["model=\"m\"", "o.temperature=0.3"]);
    let samples = document.tables.iter().find(|table| &*table.pointer == "/runs/*/t").unwrap();
    let pointers: Vec<String> = samples.row_pointers.iter().collect();
    assert_eq!(pointers, ["/runs/0/t/0", "/runs/0/t/1", "/runs/1/t/0"]);
    assert_eq!(samples.columns[0].name.as_ref(), "../name");
    assert_eq!(document.rows(), 2);
}

#[test]
fn keys_that_are_data_become_a_column() {
    check(
        "a.json",
        r#"{"v": 1, "backends": {"eager": {"ms": 1, "x": {"y": 2}}, "jit": {"ms": 3}}}"#,
        r#"
        Ok
        `` lines [1]
          v: 1
        `/backends/*` lines [1, 1]
          backend: "eager", "jit"
          ms: 1, 3
          x.y: 2, ·
        "#,
    );
    check(
        "a.json",
        r#"{"attention": {"torch": {"ms": 1}}, "fusion": {"a": {"ms": 2}, "b": {"ms": 3}}}"#,
        r#"
        Ok
        `/attention/torch` lines [1]
          ms: 1
          case: "attention/torch"
        `/fusion/*` lines [1, 1]
          case: "fusion/a", "fusion/b"
          ms: 2, 3
        "#,
    );
}

#[test]
fn tables_written_as_columns_or_rows() {
    check(
        "a.json",
        r#"{"ttft_ms": [1, 2], "tok_s": [3, 4]}"#,
        "
        Ok
        `/*/*` lines [1, 1]
          ttft_ms: 1, 2
          tok_s: 3, 4
        ",
    );
    check(
        "a.json",
        r#"[["m", "ms"], ["x", 1], ["y", 2]]"#,
        r#"
        Ok
        `` lines [1, 1]
          m: "x", "y"
          ms: 1, 2
        "#,
    );
}

#[test]
fn json_lines_go_record_by_record() {
    let whole = "{\"a\":1}\n{\"a\":oops}\n{\"a\":3}\n";
    let document = parse("a.jsonl", Kind::Json, format!("{whole}{{\"a\":4").as_bytes());
    assert_eq!(
        shape(&document),
        "Partial\n`` lines [1, 2, 3]\n  a: 1, \"oops\", 3\n! 2:6 `oops` is no JSON value; it is taken as text\n! 4:1 half-written: the last line is no whole record; it is left out until it is whole\n"
    );
    assert_eq!(document.read_to, whole.len() as u64);
    // Records on lines of their own are JSON Lines under any name.
    check("a.json", "{\"a\":1}\n{\"a\":2}\n", "Ok\n`` lines [1, 2]\n  a: 1, 2");
}

#[test]
fn lenient_json_is_read_and_reported() {
    for (input, cells, problems) in [
        ("{\"a\": [1, 2,], // why\n \"b\": 3}", vec![3.0, 1.0, 2.0], 2),
        ("{\"a\": NaN, \"b\": -Infinity, \"c\": 1e400, \"d\": 1}", vec![1.0], 3),
        ("{'a': 1, b: 2 \"c\": +3}", vec![1.0, 2.0, 3.0], 4),
        ("{\"a\": 1, \"a\": 2}", vec![2.0], 1),
        ("{\"a\": 1}}\nmore", vec![1.0], 1),
        ("loading model\n{\"a\": 1}", vec![1.0], 1),
        ("{\"a\": 1, \"b\": [2, 3", vec![1.0, 2.0], 2),
        ("[1, , 2, 3}", vec![1.0, 2.0, 3.0], 2),
    ] {
        let document = parse("a.json", Kind::Json, input.as_bytes());
        assert_eq!(numbers(&document), cells, "{input}");
        assert_eq!(document.problems.len(), problems, "{input}: {:?}", document.problems);
        assert_eq!(document.status, Some(Status::Partial), "{input}");
        assert!(document.problems.iter().all(|problem| problem.line.is_some() && problem.column.is_some()));
    }
}

#[test]
fn what_a_number_cannot_hold_is_said() {
    for (input, is_said) in [
        ("9007199254740993", true),
        ("9007199254740992", false),
        ("1.000000000000000005", true),
        ("0.30000000000000004", false),
        ("1e-400", true),
        ("0.0", false),
    ] {
        let document = parse("a.json", Kind::Json, format!("[{input}]").as_bytes());
        assert_eq!(document.problems.len(), usize::from(is_said), "{input}");
        assert_eq!(document.status, Some(Status::Ok), "{input}");
    }
}

#[test]
fn depth_has_an_end() {
    for input in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "[".repeat(5_000) + &"]".repeat(5_000)] {
        let document = parse("a.json", Kind::Json, input.as_bytes());
        assert!(document.problems.iter().any(|problem| problem.message.as_str().contains("nested deeper")));
        assert_ne!(document.status, Some(Status::Ok));
    }
    let document = parse("a.json", Kind::Json, ("[".repeat(128) + "7" + &"]".repeat(128)).as_bytes());
    assert_eq!((document.status, numbers(&document)), (Some(Status::Ok), vec![7.0]));
}

#[test]
fn markdown_outline_tables_and_statements() {
    check(
        "a.md",
        "---\nrun: 7\n---\n# A `b`\n\n- **TTFT:** 0.088 s\n- Model: gemma3\n\n| tag | t/s | size |\n|---|--:|---|\n| x | 7.2 ± 0.5 | 4.36 GiB |\n| y | N/A | 5 GiB |\n\n```\n# no heading\n```\nTop: num_gpu=40, num_ctx=1024\n",
        r#"
        Ok
        stated `` lines [2]
          run: 7
        stated `` lines [6]
          TTFT [s]: 0.088
        stated `` lines [7]
          Model: "gemma3"
        stated `` lines [11, 12]
          tag: "x", "y"
          t/s: 7.2, ·
          stddev t/s: 0.5, ·
          size [GiB]: 4.36, 5
        stated `` lines [17]
          Top: "num_gpu=40, num_ctx=1024"
          num_gpu: 40
          num_ctx: 1024
        "#,
    );
    let document = parse("a.md", Kind::Markdown, b"# One\ntext\n\nTwo\n===\n### Three ###\n");
    let outline: Vec<(u8, &str, u64)> =
        document.outline.iter().map(|h| (h.level, h.text.as_str(), h.line)).collect();
    assert_eq!(outline, [(1, "One", 1), (1, "Two", 4), (3, "Three", 6)]);
}

#[test]
fn glued_tables_are_still_tables() {
    let text = "- DType: f32 | Backend | ms |\n| --- | --- |\n| a | 1 | Plots: x |\n| Model | n | s |\n| - | - | - |\n| b | 2 | 3 |\n";
    let document = parse("a.md", Kind::Markdown, text.as_bytes());
    let tables: Vec<(Vec<&str>, usize)> = document
        .tables
        .iter()
        .filter(|table| table.columns.len() > 1)
        .map(|table| (table.columns.iter().map(|column| &*column.name).collect(), table.rows()))
        .collect();
    assert_eq!(tables, [(vec!["Backend", "ms"], 1), (vec!["Model", "n", "s"], 1)]);
    assert_eq!(document.problems[0].message.as_str(), "3 cells, the header has 2; left out: `Plots: x`");
}

#[test]
fn own_files_are_known_by_their_mark() {
    for (path, text, is_own) in [
        ("a.md", "# T\n\n<!-- chimera-insight:report -->\n", true),
        ("a.md", "```\n<!-- chimera-insight:report -->\n```\n", false),
        ("a.json", r#"{"generated_by":"chimera-insight","a":1}"#, true),
        ("a.json", r#"{"x":{"generated_by":"chimera-insight"}}"#, false),
        ("chimera_insight/a.csv", "a\n1\n", true),
        ("b/a.csv", "a\n1\n", false),
    ] {
        assert_eq!(parse(path, kind(path), text.as_bytes()).generated, is_own, "{path} {text}");
    }
}

#[test]
fn file_names_give_models() {
    for (path, expected) in [
        ("r/gemma3_270m_baseline.csv", vec![("model", "gemma3:270m")]),
        ("r/llama_server.csv", vec![]),
        ("r/llama_bench_gemma3_1b.csv", vec![("model", "gemma3:1b")]),
        ("gemma3_1b-it-qat_param_tuning.csv", vec![("model", "gemma3:1b-it-qat")]),
        ("gemma3_baseline.csv", vec![("model", "gemma3")]),
        ("bench_llama3.1-8b_q4_0.csv", vec![("model", "llama3.1:8b"), ("quantization", "q4_0")]),
        ("llama-bench.csv", vec![]),
        ("prompt_suite_runs.csv", vec![]),
    ] {
        let document = parse(path, Kind::Csv, b"a\n1\n");
        let found: Vec<(&str, &str)> = document.name_dimensions.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(found, expected, "{path}");
    }
}

/// A key `.` above a key `/` reads like what stands in front of the enclosing object's names.
#[test]
fn a_name_that_reads_like_an_enclosing_ones_keeps_its_number() {
    for text in [r#"[{".":{"/":1}}]"#, r#"[{"../ttft_ms":1},{"../ttft_ms":1}]"#, r#"{"../a":{"b":1}}"#] {
        let found = numbers(&parse("a.json", Kind::Json, text.as_bytes()));
        assert_eq!(found.first(), Some(&1.0), "{text}");
    }
}

fn numbers(document: &Document) -> Vec<f64> {
    let cells = document
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|column| !column.name.starts_with("../"));
    cells.flat_map(|column| column.cells.numbers()).collect()
}

/// JSON of any shape whose numbers are all different.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::from(0)),
        any::<bool>().prop_map(serde_json::Value::from),
        "[a-z]{0,4}".prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-f/~.]{1,2}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Gives every number a value of its own, counted from 1.
fn count_up(value: &mut serde_json::Value, next: &mut u32) {
    match value {
        serde_json::Value::Number(_) => {
            *next += 1;
            *value = (*next).into();
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| count_up(item, next)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|item| count_up(item, next)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for path in ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.md"] {
            let document = parse(path, kind(path), &bytes);
            prop_assert!(document.read_to <= bytes.len() as u64);
            for table in &document.tables {
                prop_assert!(table.columns.iter().all(|column| column.cells.len() == table.rows()));
            }
        }
    }

    #[test]
    fn any_text_like_a_file_is_read_without_panic(text in "[{}\\[\\]\",:;|#`*\\-\\\\ \n\r\ta0-9.é\u{0}]{0,120}") {
        for path in ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.md"] {
            let document = parse(path, kind(path), text.as_bytes());
            prop_assert!(document.read_to <= text.len() as u64);
        }
    }

    #[test]
    fn every_number_of_valid_json_is_in_a_cell(mut value in json()) {
        let mut count = 0;
        count_up(&mut value, &mut count);
        let document = parse("a.json", Kind::Json, value.to_string().as_bytes());
        let mut found = numbers(&document);
        found.sort_by(f64::total_cmp);
        let expected: Vec<f64> = (1..=count).map(f64::from).collect();
        prop_assert_eq!(found, expected, "{}", value);
        prop_assert_eq!(document.status, Some(Status::Ok));
    }

    #[test]
    fn a_cut_file_has_its_values_or_a_problem(rows in 1_usize..6, at in 0_usize..200) {
        let mut csv = "model,tok_s\n".to_owned();
        let mut lines = String::new();
        for row in 0..rows {
            let _ = writeln!(csv, "m{row},{}.5", row + 10);
            let _ = writeln!(lines, "{{\"model\":\"m{row}\",\"tok_s\":{}.5}}", row + 10);
        }
        for (path, text) in [("a.csv", &csv), ("a.jsonl", &lines), ("a.json", &format!("[{}]", lines.trim().replace('\n', ",")))] {
            let cut = &text.as_bytes()[..at.min(text.len())];
            let document = parse(path, kind(path), cut);
            // Where a record is whole, its number is there and right.
            let whole = numbers(&document);
            let is_open = document.read_to < cut.len() as u64 || !document.problems.is_empty();
            prop_assert!(whole.len() >= rows || is_open || cut.len() < 13 || cut.ends_with(b"\n"), "{path} {at} {document:?}");
            let checked = if is_open && !whole.is_empty() { &whole[..whole.len() - 1] } else { &whole[..] };
            for (row, number) in checked.iter().enumerate() {
                prop_assert!((*number - row as f64 - 10.5).abs() < 1e-9);
            }
        }
    }
}
