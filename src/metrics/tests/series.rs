//! What series hold: failures, groups, units by row, totals; copies aside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use super::{check, library, line, owned};
use crate::{
    ingest::{self, cells::CellRef, csv::stream::LeftOut, file::Kind},
    metrics::{
        contribution::Contribution,
        failed_row,
        library::Library,
        part::{Part, RowList},
        series::Series,
    },
};

#[test]
fn columns_without_a_gap_keep_no_rows() {
    let of = |text: &str| Contribution::of(&ingest::parse("a.csv", Kind::Csv, text.as_bytes()));
    let rows = |found: &Contribution, field: &str| {
        let is_it = |part: &&Arc<Part>| &**part.key.field() == field;
        found.parts().iter().find(is_it).unwrap().rows.clone()
    };
    let found = of("ttft_ms,tokens_s,load_ms\n1,10,5\n2,,6\n3,30,7\n");
    assert_eq!(rows(&found, "ttft_ms"), RowList::Range(0..3));
    assert_eq!(rows(&found, "load_ms"), RowList::Range(0..3));
    assert_eq!(rows(&found, "tokens_s"), RowList::Each([0, 2].into()));
    let failed = of("ttft_ms,load_ms,error\n1,5,\n2,6,no route\n3,,\n");
    assert_eq!(rows(&failed, "ttft_ms"), RowList::Each([0, 2].into()));
    assert_eq!(rows(&failed, "load_ms"), RowList::Range(0..1));
}

#[test]
fn failures_gaps_and_oddities_are_counted_apart() {
    check(
        &[(
            "a.csv",
            "model,tokens_s,error\nx,10,\nx,0,no route\nx,,\nx,NaN,\nx,1_000,\nx,30,none\ny,timed out,\n",
        )],
        &[
            "throughput Sample tokens_s (model=x) 10 30 1 failed, 1 empty, 1 not finite, 1 not a number",
            "throughput Sample tokens_s (model=y)  1 failed",
        ],
    );
    check(
        &[(
            "a.json",
            r#"[{"ttft_ms":1,"success":true},{"ttft_ms":2,"success":false},{"ttft_ms":3,"status":"error"},{"ttft_ms":4,"status":"ok"}]"#,
        )],
        &["ttft Sample ttft_ms () 1 4 2 failed"],
    );
}

#[test]
fn summaries_and_statements_stand_apart() {
    check(
        &[("a.csv", "ttft_ms,mean_ttft_ms\n1,5\n2,5\n"), ("b.md", "| TTFT (ms) |\n|---|\n| 7 |\n")],
        &["ttft Sample ttft_ms () 1 2", "ttft Summary mean_ttft_ms () 5 5", "ttft Stated TTFT () 7"],
    );
}

#[test]
fn statements_stand_after_everything_measured() {
    check(
        &[
            ("a.md", "| TTFT (ms) |\n|---|\n| 7 |\n"),
            ("b.csv", "mean_ttft_ms\n5\n"),
            ("c.csv", "memory_mib\n3\n"),
        ],
        &["ttft Summary mean_ttft_ms () 5", "memory Sample memory_mib () 3", "ttft Stated TTFT () 7"],
    );
}

#[test]
fn dimensions_come_from_columns_then_context_then_the_name() {
    check(
        &[
            ("gemma3_270m.csv", "num_gpu,tok_s\n1,10\n2,20\n"),
            ("gemma3_1b.json", r#"{"model":"m1","runs":[{"tok_s":1},{"tok_s":2,"model":"m2"}]}"#),
        ],
        &[
            "throughput Sample tok_s (model=gemma3:270m) 10 20",
            "throughput Sample tok_s (model=m1) 1",
            "throughput Sample tok_s (model=m2) 2",
        ],
    );
}

#[test]
fn groups_can_be_asked_for() {
    let library =
        library(&[("a.csv", "model,num_gpu,temperature,tok_s\nx,1,0.2,10\nx,1,0.8,20\nx,2,0.2,30\n")]);
    let lines = |series: Vec<Series>| series.iter().map(line).collect::<Vec<_>>();
    assert_eq!(lines(owned(&library)), ["throughput Sample tok_s (model=x) 10 20 30"]);
    assert_eq!(
        lines(library.series_by(&["num_gpu"])),
        ["throughput Sample tok_s (num_gpu=1) 10 20", "throughput Sample tok_s (num_gpu=2) 30"]
    );
    assert_eq!(lines(library.series_by(&[])), ["throughput Sample tok_s () 10 20 30"]);
    let hot =
        library.select(&[], |path, group| path == "a.csv" && group.to_string().contains("temperature=0.8"));
    assert_eq!(lines(hot), ["throughput Sample tok_s () 20"]);
    let value = library.series()[0].values.get(1).unwrap();
    assert_eq!(
        (value.line, value.row, value.group.to_string()),
        (3, 1, "model=x, num_gpu=1, temperature=0.8".into())
    );
}

#[test]
fn a_prompt_only_run_is_no_decode_rate() {
    check(
        &[("a.csv", "model,n_prompt,n_gen,avg_ts\nx,512,0,7000\nx,0,128,120\n")],
        &["throughput Summary avg_ts (model=x) 120", "prefill_rate Summary avg_ts (model=x) 7000"],
    );
}

#[test]
fn a_unit_column_rules_its_row() {
    check(
        &[(
            "a.json",
            r#"{"benchmarks":[{"name":"a","real_time":5,"time_unit":"us"},{"name":"b","real_time":2,"time_unit":"s","iterations":9}]}"#,
        )],
        &["real_time Sample real_time () 0.005 2000"],
    );
}

#[test]
fn a_long_table_names_its_metrics_in_a_column() {
    check(
        &[(
            "a.csv",
            "model,metric,value,unit\nx,ttft,0.5,s\nx,tokens_per_second,40,\nx,ttft,700,ms\nx,weather,3,\n",
        )],
        &["throughput Sample value (model=x) 40", "ttft Sample value (model=x) 500 700"],
    );
}

#[test]
fn a_ratio_of_totals_stands_beside_the_mean_of_rates() {
    let table = "model,tokens_s,eval_s,eval_count,prompt_eval_count,prompt_eval_s\n\
        m,100,1,100,10,0.5\nm,50,4,200,90,0.5\nm,,1,,,\nn,80,1,80,,\nn,70,,70,,\n";
    let ratios =
        |library: &Library| library.series().iter().map(|series| series.ratio_of_totals).collect::<Vec<_>>();
    let library = library(&[("a.csv", table)]);
    // 300 tokens in 5 s, where the mean of the rates is 75; of `n` one time is not known.
    assert_eq!(ratios(&library)[..2], [Some(60.0), None]);
    assert_eq!(library.series()[0].stats.mean, Some(75.0));
    let first =
        library.select(&["model"], |_, group| group.get("model").is_some_and(|model| &**model == "m"));
    assert_eq!(first[0].ratio_of_totals, Some(60.0));
    // Tokens that do not make the rate are of something else.
    let prompts_too = super::library(&[("a.csv", "tok_s,tokens,eval_s\n100,190,1\n90,230,1\n")]);
    assert_eq!(ratios(&prompts_too)[0], None);
}

#[test]
fn a_stage_in_words_tells_a_warm_up_in_files_of_any_size() {
    let (is_warm_up, why) = failed_row("phase", false).unwrap();
    let found = ["Warm-up", "warmup", "measure"].map(|word| is_warm_up(CellRef::Text(word)));
    assert_eq!((why, found), (LeftOut::WarmUp, [true, true, false]));
    let (is_warm_up, why) = failed_row("warmup", false).unwrap();
    let found = [1.0, 0.0, 2.0].map(|number| is_warm_up(CellRef::Number(number)));
    assert_eq!((why, found), (LeftOut::WarmUp, [true, false, false]));
}
