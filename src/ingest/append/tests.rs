//! For any split: the first part and what was appended are the whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::{super::parse, *};

fn kind(path: &str) -> Kind {
    if path.ends_with("csv") { Kind::Csv } else { Kind::Json }
}

/// Problems without the marks of what was half written, in order of their places.
fn told(document: &Document) -> Vec<(Option<u64>, Option<u64>, String)> {
    let told =
        document.problems.iter().map(|problem| (problem.line, problem.column, problem.message.to_string()));
    let mut told: Vec<_> = told.filter(|(_, _, message)| !message.starts_with("half-written")).collect();
    told.sort();
    told
}

/// Checks one split; was it read apart?
#[track_caller]
fn is_apart(path: &str, text: &[u8], at: usize) -> bool {
    let whole = parse(path, kind(path), text);
    let first = parse(path, kind(path), &text[..at]);
    let Some(resume) = &first.resume else { return false };
    let settled = &text[..first.read_to as usize];
    assert_eq!(memchr::memchr_iter(b'\n', settled).count() as u32 + 1, resume.line, "{path} at {at}");
    let Some(new) = append(&first, kind(path), &text[first.read_to as usize..]) else { return false };
    let joined = join(&first, &new);
    assert_eq!(joined.tables, whole.tables, "{path} at {at}");
    assert_eq!(joined.read_to, whole.read_to, "{path} at {at}");
    assert_eq!(told(&joined), told(&whole), "{path} at {at}");
    assert_eq!(joined.status, whole.status, "{path} at {at}");
    true
}

/// Splits everywhere; so many splits at least must not need the whole.
#[track_caller]
fn check(path: &str, text: &str, apart: usize) {
    let count = (0..=text.len()).filter(|&at| is_apart(path, text.as_bytes(), at)).count();
    assert!(count >= apart, "{path}: {count} of {} splits were read apart, not {apart}", text.len());
}

#[test]
fn rows_are_appended() {
    check(
        "a.csv",
        "model,n,tok_s\na,1,2.5\nb,2,3.5\n\nc,,4.5\r\n\"d, \"\"e\"\"\",4,5.5\n\"f\ng\",5,6.5\n",
        30,
    );
    check("a.csv", "\u{feff}a;b\n1,5;x\n2,5;y\n3,5;é\n4,5;z", 12);
    check(
        "a.csv",
        "time,options\n1,\"{\"\"t\"\":1}\"\n2,\"{\"\"t\"\":2}\"\n3,\"{\"\"t\"\":3}\"\n4,\"{\"\"t\"\":4}\"\n",
        15,
    );
}

#[test]
fn units_are_those_of_the_whole() {
    check("a.csv", "k,time,n\n,us,1\nx,9,2\n", 0);
    check("a.csv", "k,time\n,us\nx,9\ny,8\nz,7\n", 5);
    check("a.csv", "p\n5 W\n6 W\n7 W\n8 W\n", 5);
    check("a.csv", "p\n5 W\n6 W\n7\n8 W\n", 0);
    check("a.csv", "p\n5 W\n6 W\n7 mW\n8 W\n", 0);
    check("a.csv", "p [W],q\n5 W,1\n6 W,1\n7 mW,1\n8 W,1\n", 0);
    check("a.csv", "p\n5\n6\n7 W\n8 W\n", 0);
    check("a.csv", "t,p\n2025-01-01,1\n2025-01-02,2\n2025-01-03,3\n", 12);
}

#[test]
fn ragged_rows_and_open_quotes_are_those_of_the_whole() {
    check("a.csv", "a,b,c\n1,2,3\n4,5,6\n7,8\n9,10,11\n12\n13,14,15\n", 15);
    check("a.csv", "a,b,c\n1,2\n4,5\n7,8\n9,10,11\n", 0);
    check("a.csv", "a,b\n1,2\n3,4\n5,6,7\n8,9\n", 0);
    check("a.csv", "a,b\n1,2\n3,\"4\n5,6\n7,8\n", 0);
    check("a.csv", "a,b,\n1,2,\n3,4,\n5,6,\n7,8,\n", 8);
    check("a.csv", "a,b,\n1,2,\n3,4,\n5,6,\n7,8,x\n", 0);
    check("a.csv", "a,b,c\n0,,\n0,,\n0\n", 0);
}

#[test]
fn lines_are_appended() {
    check(
        "a.jsonl",
        "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n\n{\"a\":3}\n{\"a\":NaN,\"b\":\"é\"}\n",
        30,
    );
    check("a.jsonl", "{\"m\":\"x\",\"s\":[1,2]}\n{\"m\":\"y\",\"s\":[3]}\n{\"m\":\"z\",\"s\":[4,5]}\n", 20);
    check("a.jsonl", "{\"a\":1}\n{\"b\":2}\n{\"a\":3}\nbroken\n{\"b\":4}\n", 0);
    check("a.jsonl", "[1,2]\n[3,4]\n", 0);
}

/// The half-written last line looked like a record with a key that the whole line does not have.
#[test]
fn a_column_of_the_unsettled_row_alone_goes_with_it() {
    is_apart("a.jsonl", b"{\"a\":0},\r\n\n{0}0", 14);
    is_apart("a.jsonl", b"{\"a\":0}\n{\"b\":null}x\n", 20);
}

#[test]
fn bytes_that_are_no_text_are_read_whole() {
    let whole = parse("a.csv", Kind::Csv, b"a,b\n1,2\n3,4\n");
    assert!(append(&whole, Kind::Csv, b"5,6\n").is_some());
    assert!(append(&whole, Kind::Csv, b"5,\xff\n").is_none());
    assert!(append(&whole, Kind::Csv, b"5,\0\n").is_none());
    assert!(append(&whole, Kind::Json, b"5,6\n").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_csv_in_two_parts_is_the_whole(rows in "a,b,c\n([0-9]{1,2},[0-9 W\"]{0,4},[a{}\"NaN]{0,3}\r?\n){1,5}[0-9,\"\n]{0,9}", at in 0_usize..90) {
        is_apart("a.csv", rows.as_bytes(), at.min(rows.len()));
    }
    #[test]
    fn any_lines_in_two_parts_are_the_whole(rows in "([{]\"[ab]\":[0-9]{1,3}(,\"c\":[\\[][0-9],[0-9][\\]])?[}],?\r?\n){1,5}[{}\":0-9\n]{0,9}", at in 0_usize..90) {
        is_apart("a.jsonl", rows.as_bytes(), at.min(rows.len()));
    }
}
