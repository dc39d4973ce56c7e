//! Read in blocks and parts, a file says what it says when read whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::ingest::{file::Kind, parse};

/// Reads a text in parts that begin at some bytes, by reads of a few bytes.
fn in_parts(text: &[u8], fields: &[&str], parts: u64) -> Selection {
    let read_at = |at: u64, buffer: &mut [u8]| {
        let rest = &text[(at as usize).min(text.len())..];
        let count = rest.len().min(buffer.len()).min(7);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    };
    let mut selection = Selection::default();
    let length = text.len() as u64;
    let Some(head) = Head::read("a.csv", length, &read_at, &mut selection.problems).unwrap() else {
        return selection;
    };
    let chosen = head.choose(fields, &mut selection.unknown);
    let wanted = Wanted { fields, lines: true, threads: 1, left_out: Some(test_of) };
    read_all(&head, &chosen, length, &read_at, &wanted, parts, &mut selection).unwrap();
    selection
}

/// A column `status` leaves rows out whose cell is not `ok`, a column `phase` the warm-ups.
fn test_of(name: &str, is_measure: bool) -> Option<(RowTest, LeftOut)> {
    let status: RowTest = |cell| matches!(cell, CellRef::Text(text) if text != "ok");
    let phase: RowTest = |cell| matches!(cell, CellRef::Text("warmup"));
    match name {
        "status" if !is_measure => Some((status, LeftOut::Failed)),
        "phase" => Some((phase, LeftOut::WarmUp)),
        _ => None,
    }
}

#[test]
fn warm_ups_are_told_apart_from_failures() {
    let mut rows = String::new();
    for row in 0..40 {
        let (phase, status) = (["warmup", "measure"][usize::from(row > 3)], ["ok", "failed"][row % 2]);
        writeln!(rows, "{phase},{row},{status},").unwrap();
    }
    for parts in 1..6 {
        let found = in_parts(format!("phase,x,status,y\n{rows}").as_bytes(), &["x", "y"], parts);
        let [x, y] = found.columns.as_slice() else { panic!("{found:?}") };
        // Of the four warm-ups two failed; what is empty is empty, whatever its row is for.
        assert_eq!((x.warm_up, x.failed, x.count, x.missing), (2, 20, 18, 0), "{parts} parts");
        assert_eq!((y.warm_up, y.failed, y.count, y.missing), (0, 20, 0, 20), "{parts} parts");
    }
}

#[test]
fn a_file_without_a_header_names_its_columns_by_place() {
    check("a,1.5,x\nb,2.5,y\na,3.5,x\n");
    let found = in_parts(b"a,1.5\na,2.5\n", &["column 2"], 1);
    assert_eq!((found.rows, &*found.columns[0].numbers, found.problems.len()), (2, [1.5, 2.5].as_slice(), 1));
}

#[test]
fn a_file_of_several_tables_is_refused_with_the_line_of_the_second() {
    let rows = "m,1.5\nn,2.5\n".repeat(20);
    for end in ["\n", "\r\n"] {
        let text = format!("model,tok_s\n{rows}\nmodel,ttft_ms\n{rows}").replace('\n', end);
        for parts in 1..9 {
            let found = in_parts(text.as_bytes(), &["tok_s"], parts);
            let lines: Vec<_> = found.problems.iter().map(|problem| problem.line).collect();
            assert_eq!((found.columns.len(), lines), (0, vec![Some(43)]), "{parts} parts: {found:?}");
        }
    }
    // Blank lines alone part nothing, nor does the same header again.
    for text in [format!("model,tok_s\n{rows}\n{rows}"), format!("model,tok_s\n{rows}\nmodel,tok_s\n{rows}")]
    {
        assert_eq!(in_parts(text.as_bytes(), &["tok_s"], 3).columns[0].count, 80, "{text}");
    }
}

#[test]
fn rows_that_are_left_out_are_counted() {
    let mut rows = String::new();
    for row in 0..40 {
        writeln!(rows, "{row}.5,\"{}\"", ["ok", "failed", "ok"][row % 3]).unwrap();
    }
    for parts in 1..6 {
        let found = in_parts(format!("x,status\n{rows}").as_bytes(), &["x"], parts);
        let [column] = found.columns.as_slice() else { panic!("{found:?}") };
        let expected: Vec<f64> = (0..40).filter(|row| row % 3 != 1).map(|row| f64::from(row) + 0.5).collect();
        assert_eq!((found.rows, column.failed, column.count), (40, 13, 27), "{parts} parts");
        assert_eq!(column.numbers, expected, "{parts} parts");
    }
    // A column of that name with measures in it says nothing of its rows.
    let found = in_parts(b"x,status\n1,0.5\n2,failed\n", &["x"], 1);
    assert_eq!((found.columns[0].failed, found.columns[0].count), (0, 2));
}

#[track_caller]
fn check(text: &str) {
    let document = parse("a.csv", Kind::Csv, text.as_bytes());
    for parts in 1..9 {
        let names: Vec<&str> = document.tables[0].columns.iter().map(|column| &*column.name).collect();
        let found = in_parts(text.as_bytes(), &names, parts);
        assert_eq!(found.rows, document.tables[0].rows() as u64, "{parts} parts");
        for (column, found) in document.tables[0].columns.iter().zip(&found.columns) {
            let numbers: Vec<f64> = column.cells.numbers().collect();
            assert_eq!(found.numbers, numbers, "{} in {parts} parts", column.name);
            assert_eq!(found.unit, column.unit, "{} in {parts} parts", column.name);
            let rows = (0..column.cells.len()).filter(|&row| column.cells.slots()[row].is_number());
            let lines: Vec<u32> = rows.map(|row| document.tables[0].row_lines.get(row)).collect();
            assert_eq!(found.lines, lines, "{} in {parts} parts", column.name);
            assert_eq!(
                found.count + found.missing + found.others,
                column.cells.len() as u64,
                "{}",
                column.name
            );
        }
    }
}

#[test]
fn numbers_units_and_lines_are_those_of_the_whole() {
    check("a,b\n1,2.5\n3,\n,4\nx,NaN\n\n5,6");
    check("\u{feff}a;b\r\n1,5;2\r\n3;4,25\r\n");
    check("# note\nk,time\n,us\nx,9\ny,8.5\n");
    check("p,q [ms]\n5 W,1\n6 W,2 ms\n7 W,3\n");
    check("a,b\n1,\"2\"\n3,\"x\ny, \"\"z\"\"\n\"\n4,5\n\"6\n\",\"1,234\"\n7,8\n");
    check("a,b,\n1,2,\n3,4,\n");
    check("a,b\n1,2\n3,4,\n5\n6,7\n8");
}

#[test]
fn a_long_row_gives_no_number_and_says_so() {
    let found = in_parts(b"a,b\n1,2\n3,4,5\n6,7\n", &["b", "A", "c"], 2);
    assert_eq!((found.rows, found.unknown), (3, vec!["c".to_owned()]));
    assert_eq!((&found.columns[0].numbers, &found.columns[1].numbers), (&vec![2.0, 7.0], &vec![1.0, 6.0]));
    assert_eq!(found.problems[0].line, Some(3));
}

#[test]
fn nothing_named_summarises_every_column() {
    let found = in_parts(b"a,b\n1,x\n3,y\n,z\n", &[], 1);
    let a = &found.columns[0];
    assert_eq!((a.count, a.missing, a.mean, a.min, a.max), (2, 1, Some(2.0), Some(1.0), Some(3.0)));
    assert_eq!((a.numbers.len(), found.columns[1].others, found.columns[1].mean), (0, 3, None));
}

#[test]
fn blocks_do_not_matter() {
    let mut text = String::from("n,t,x\n");
    for row in 0..60_000 {
        let _ = writeln!(text, "{row},\"text {row}\nover lines\",{}", f64::from(row) / 7.0);
    }
    let read_at = |at: u64, buffer: &mut [u8]| {
        let rest = &text.as_bytes()[at as usize..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    };
    let wanted = Wanted { fields: &["x"], threads: 2, ..Wanted::default() };
    let found = select("a.csv", text.len() as u64, &read_at, &wanted).unwrap();
    let expected: Vec<f64> = (0..60_000).map(|row| f64::from(row) / 7.0).collect();
    assert_eq!(found.columns[0].numbers, expected);
    assert_eq!(count_rows("a.csv", text.len() as u64, &read_at).unwrap(), 60_000);
}

proptest! {
    #[test]
    fn any_rows_in_any_parts_are_the_whole(rows in "a,b\n([0-9]{1,3},(\"[0-9,\n]{0,5}\"|[0-9]{0,2})\n){1,8}", parts in 1_u64..12) {
        let document = parse("a.csv", Kind::Csv, rows.as_bytes());
        let found = in_parts(rows.as_bytes(), &["a", "b"], parts);
        for (column, found) in document.tables[0].columns.iter().zip(&found.columns) {
            prop_assert_eq!(&found.numbers, &column.cells.numbers().collect::<Vec<f64>>());
        }
    }
}
