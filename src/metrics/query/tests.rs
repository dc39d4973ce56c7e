//! Questions to small made-up files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
fn columns_answer_as_a_whole_what_their_cells_answer() {
    let failed = "model,ttft_s,tokens_s,eval_count,eval_s,error\na,0.5,50.0,100,2.0,\nb,0.1,,90,2.0,refused\n\
        a,0.25,40.0,80,2.0,\nb,nan,45.0,90,2.0,\na,3.5,failed,1,1,\n";
    let sweep =
        "model,temperature,load_s,ttft_s\na,0.2,4.0,5.0\na,0.2,0.1,0.3\na,0.4,0.1,0.31\na,0.8,0.1,0.29\n";
    let json = r#"{"model":"c","runs":[{"ttft_ms":12.5,"p95_ms":14.0},{"ttft_ms":null,"p95_ms":15.0}],
        "latency":{"p50":1.5,"p99":2.5,"unit":"ms"}}"#;
    let long = "metric,value,unit\nttft,12.5,ms\nthroughput,80.0,tok/s\nttft,13.5,ms\n";
    let files = [
        ("z.csv", RUNS),
        ("b.csv", failed),
        ("copy.csv", failed),
        ("s.csv", sweep),
        ("j.json", json),
        ("l.csv", long),
    ];
    let whole = ask(&files, Query::default());
    // Where places are wanted each cell is looked at.
    let mut cells = ask(&files, Query { wants_places: true, ..Query::default() });
    for answer in &mut cells.answers {
        (answer.least, answer.greatest) = (None, None);
        answer.failed_places.clear();
    }
    assert!(whole.answers.len() > 8 && whole.answers.iter().any(|answer| answer.failed > 0));
    assert!(whole.answers.iter().any(|answer| answer.apart().is_some()));
    assert_eq!(format!("{:#?}", whole.answers), format!("{:#?}", cells.answers));
}
