//! Questions to small made-up files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use super::{Answers, Asker, FailedRows, FieldPattern, File, Query};
use crate::{
    ingest::{self, file::Kind},
    metrics::series::Nature,
};

fn ask(files: &[(&str, &str)], query: Query) -> Answers {
    let mut asker = Asker::new(query);
    for (path, text) in files {
        let kind = match path.rsplit('.').next() {
            Some("json") => Kind::Json,
            Some("md") => Kind::Markdown,
            _ => Kind::Csv,
        };
        let document = ingest::parse(path, kind, text.as_bytes());
        // The text itself tells equal bytes.
        asker.ask(File { path: &(*path).into(), digest: &(*text).into(), document: &document });
    }
    asker.finish()
}

fn fields(names: &[&str]) -> Query {
    let fields = names.iter().map(|name| FieldPattern::new(name)).collect();
    Query { fields, group_by: Some(Vec::new()), ..Query::default() }
}

const RUNS: &str = "model,tokens_s,port\na,101.041017,80\na,102.776794,81\na,99.131235,82\n";

#[test]
fn what_another_file_said_counts_once() {
    let json = r#"[{"model":"a","tokens_s":101.041017,"port":80},{"model":"a","tokens_s":102.776794,"port":81},
        {"model":"a","tokens_s":99.131235,"port":82}]"#;
    for field in ["tokens_s", "port"] {
        for (copy, text) in [("b.csv", RUNS), ("a.json", json)] {
            let answers = ask(&[("a.csv", RUNS), (copy, text)], fields(&[field])).answers;
            let [one] = answers.as_slice() else { panic!("{field} {copy}: {answers:?}") };
            assert_eq!((one.numbers.len(), one.count, one.excluded_total()), (3, 3, 3), "{field} {copy}");
            assert!(one.excluded().iter().all(|excluded| excluded.is_copy));
        }
    }
    // Rows that nobody wants of the first file make no copy of the second.
    let mut query = fields(&["tokens_s"]);
    query.conditions = vec!["file = b.csv".parse().unwrap()];
    let answers = ask(&[("a.csv", RUNS), ("b.csv", RUNS)], query).answers;
    assert_eq!((answers[0].numbers.len(), answers[0].excluded_total()), (3, 0));
}

#[test]
fn a_field_that_is_no_metric_keeps_its_name() {
    let text = "model,port,note\na,80,x\nb,,y\nc,82,z\n";
    let answers = ask(&[("a.csv", text)], fields(&["port"])).answers;
    let [one] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((one.metric_name(), one.unit.as_str(), one.nature), ("port", "", Nature::Sample));
    assert_eq!((one.numbers.as_slice(), one.count), (&[80.0, 82.0][..], 3));
    // Text is only taken where it is named.
    assert_eq!(ask(&[("a.csv", text)], fields(&["note"])).answers[0].count, 3);
    assert_eq!(ask(&[("a.csv", text)], fields(&["n*e"])).answers.len(), 0);
}

#[test]
fn failed_cells_as_written_are_converted_like_the_others() {
    let text = "name,latency,time_unit,error\na,2,ms,\nb,3,s,\nc,4,s,oom\n";
    let mut query = fields(&["latency"]);
    query.failed = FailedRows::AsWritten;
    let answers = ask(&[("a.csv", text)], query).answers;
    let [one] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(one.numbers, [2.0, 3000.0, 4000.0]);
    assert_eq!((one.failed, one.excluded_total()), (1, 0));
}

#[test]
fn totals_are_over_the_rows_that_have_both() {
    let text = "model,tokens,eval_ms,error\na,10,500,\na,20,,\na,30,1500,\nb,1,1000,\nb,99,1,oom\n";
    let mut query = fields(&["tokens", "eval_ms"]);
    query.wants_ratio = true;
    query.group_by = Some(vec!["model".into()]);
    let ratios = ask(&[("a.csv", text)], query).ratios;
    let found: Vec<_> = ratios
        .iter()
        .map(|ratio| (ratio.group.to_string(), ratio.n, ratio.excluded, ratio.value(), ratio.unit.as_str()))
        .collect();
    let expected =
        [("model=a".to_owned(), 2, 1, Some(20.0), "tok/s"), ("model=b".to_owned(), 1, 1, Some(1.0), "tok/s")];
    assert_eq!(found, expected);
}

#[test]
fn keys_that_no_file_has_are_named() {
    let mut query = fields(&["tokens_s", "nothing"]);
    query.conditions = vec!["modle = a".parse().unwrap(), "model = a".parse().unwrap()];
    query.group_by = Some(vec!["port".into(), "prot".into()]);
    let answers = ask(&[("a.csv", RUNS)], query);
    assert_eq!(answers.unknown_keys, ["modle", "prot"]);
    assert_eq!(answers.unknown_fields, ["nothing"]);
}

#[test]
fn several_threads_answer_what_one_does() {
    let texts: Vec<(Arc<str>, String)> = (0..300)
        .map(|file| {
            let row = |row: u32| format!("m{},{},{}.5,{}\n", file % 3, row % 2, 100 + file + row, 80 + row);
            // Every tenth file repeats the one before.
            let rows: String = (0..7).map(|at| row(if file % 10 == 9 { at } else { at + file })).collect();
            (format!("{file:03}.csv").into(), format!("model,num_gpu,tokens_s,port\n{rows}"))
        })
        .collect();
    let documents: Vec<_> =
        texts.iter().map(|(path, text)| ingest::parse(path, Kind::Csv, text.as_bytes())).collect();
    let digests: Vec<Arc<str>> = texts.iter().map(|(_, text)| text.as_str().into()).collect();
    let files: Vec<File<'_>> = texts
        .iter()
        .zip(&documents)
        .zip(&digests)
        .map(|(((path, _), document), digest)| File { path, digest, document })
        .collect();
    let conditions = vec!["num_gpu = 1".parse().unwrap()];
    for query in [
        Query::default(),
        fields(&["tokens_s", "port", "none"]),
        Query { conditions, wants_places: true, ..Query::default() },
        Query { group_by: Some(vec!["num_gpu".into(), "file".into(), "nothing".into()]), ..Query::default() },
    ] {
        let answers = |threads| {
            let mut asker = Asker::new(query.clone());
            asker.ask_all(&files, threads);
            format!("{:?}", asker.finish())
        };
        let one_by_one = {
            let mut asker = Asker::new(query.clone());
            for file in &files {
                asker.ask(*file);
            }
            format!("{:?}", asker.finish())
        };
        assert!(one_by_one.len() > 200);
        for threads in [1, 2, 3, 9] {
            assert_eq!(answers(threads), one_by_one, "{threads}");
        }
    }
    let mut asker = Asker::new(Query::default());
    asker.ask_all(&[], 4);
    assert!(asker.finish().answers.is_empty());
}
