//! Grids, orders, the rule that ends a configuration, and going on where one stopped.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::{
    grid::Grid,
    order::{Order, Visit},
    plan::{Plan, Wanted, is_narrow},
    row::{self, Row},
    summary,
};
use crate::report::model::{KvType, Params};

const WANTED: Wanted = Wanted { order: Order::Grouped, runs: 2, seed: 1, prompts: 1, until_ci: None };

fn plan(sweep: &str, wanted: Wanted) -> Plan {
    Plan::new(Grid::parse(sweep).unwrap().configurations(&Params::default()), wanted)
}

fn measured(name: &str, run: u32, tokens_s: f64) -> Row {
    Row { config_name: name.into(), run, prompt: 1, tokens_s: Some(tokens_s), ..Row::default() }
}

/// Makes every call that is asked for; the runs of each configuration.
fn walk(plan: &mut Plan, tokens_s: impl Fn(usize) -> f64) -> Vec<(usize, u32)> {
    let mut made = Vec::new();
    while let Some(call) = plan.next_call() {
        let Visit { configuration, run } = call.visit;
        let name = plan.configurations()[configuration].name.clone();
        let row = Row { prompt: call.prompt, ..measured(&name, run, tokens_s(made.len())) };
        plan.take(configuration, &row, Some(Duration::from_secs(1)));
        made.push((configuration, run));
    }
    made
}

#[test]
fn a_grid_is_read_as_people_write_it() {
    let names = |text: &str| -> Vec<String> {
        let points = Grid::parse(text).unwrap().configurations(&Params::default());
        points.into_iter().map(|point| point.name).collect()
    };
    assert_eq!(
        names("num_gpu=0,999,num_ctx=1024,2048,temperature=0.2"),
        ["g0_c1024_t0.2", "g0_c2048_t0.2", "g999_c1024_t0.2", "g999_c2048_t0.2"]
    );
    // The order of the original's columns, whatever the order of the words.
    assert_eq!(names(" temperature=0.20 0.2; num_ctx=512 "), ["c512_t0.2"]);
    assert_eq!(
        names("kv_type=f16,q8_0 flash_attn=true,off"),
        ["fatrue_kvf16", "fatrue_kvq8_0", "fafalse_kvf16", "fafalse_kvq8_0"]
    );
    let grid = Grid::parse("kv_type=q8_0,num_gpu=all").unwrap();
    let points = grid.configurations(&Params { top_k: Some(7), ..Params::default() });
    assert_eq!((points[0].params.kv_type, points[0].params.top_k), (Some(KvType::Q8_0), Some(7)));
    assert_eq!(Grid::parse(&grid.text()).unwrap(), grid);
}

#[test]
fn a_grid_that_is_none_is_refused_with_the_reason() {
    let check = |text: &str, wanted: &str| {
        let error = Grid::parse(text).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    };
    check("", "nothing to sweep");
    check("1024", "belongs to no setting");
    check("num_ctx", "belongs to no setting");
    check("num_ctx=", "has no value");
    check("num_ctx=1", "from 256");
    check("num_ctx=512,num_ctx=1024", "twice");
    check("persona=insight", "cannot be swept");
    check("keep_alive=5m", "cannot be swept");
    let many: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    check(&format!("top_k={many},seed={many}", many = many.join(",")), "over the limit");
}

#[test]
fn visits_come_in_the_order_asked_for() {
    let order = |order: Order, seed| -> Vec<(usize, u32)> {
        order.visits(3, 2, seed).into_iter().map(|visit| (visit.configuration, visit.run)).collect()
    };
    assert_eq!(order(Order::Grouped, 0), [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]);
    assert_eq!(order(Order::Interleaved, 0), [(0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (2, 2)]);
    let shuffled = order(Order::Shuffled, 5);
    assert_eq!(shuffled, order(Order::Shuffled, 5));
    assert!((0..20).any(|seed| order(Order::Shuffled, seed) != shuffled));
    // Each round holds each configuration once.
    let mut rounds: Vec<Vec<usize>> =
        shuffled.chunks(3).map(|round| round.iter().map(|(at, _)| *at).collect()).collect();
    for round in &mut rounds {
        round.sort_unstable();
    }
    assert_eq!(rounds, [[0, 1, 2], [0, 1, 2]]);
}

#[test]
fn every_call_is_made_once_and_the_time_left_shrinks_to_nothing() {
    let mut plan = plan("num_ctx=512,1024", Wanted { prompts: 3, ..WANTED });
    assert_eq!((plan.progress(), plan.time_left()), ((0, 12), None));
    let call = plan.next_call().unwrap();
    let row = Row { prompt: call.prompt, ..measured("c512", 1, 10.0) };
    plan.take(0, &row, Some(Duration::from_secs(2)));
    assert_eq!((plan.progress(), plan.time_left()), ((1, 12), Some(Duration::from_secs(22))));
    assert_eq!(walk(&mut plan, |_| 10.0).len(), 11);
    assert_eq!((plan.progress(), plan.time_left()), ((12, 12), Some(Duration::ZERO)));
}

#[test]
fn a_configuration_ends_when_its_interval_is_narrow_and_another_does_not() {
    assert!(is_narrow(&[100.0, 100.5, 99.5, 100.2, 99.8], 0.03));
    assert!(!is_narrow(&[100.0, 140.0, 60.0, 120.0, 80.0], 0.03));
    assert!(!is_narrow(&[100.0; 4], 0.03), "four values are too few");
    assert!(!is_narrow(&[0.0; 9], 0.03));
    let wanted = Wanted { runs: 20, until_ci: Some(0.03), ..WANTED };
    let mut plan = plan("num_ctx=512,1024", wanted);
    // The first configuration is steady, the second is not.
    let made = walk(&mut plan, |at| if at < 5 { 100.0 } else { 50.0 + (at % 7) as f64 * 20.0 });
    let of = |wanted: usize| made.iter().filter(|(at, _)| *at == wanted).count();
    assert_eq!((of(0), of(1)), (5, 20));
    assert!(plan.is_narrow(0) && !plan.is_narrow(1));
}

#[test]
fn what_failed_is_not_tried_again() {
    let mut plan = plan("num_ctx=512,1024", WANTED);
    let row = Row { config_name: "c512".into(), error: Some("no memory".into()), ..Row::default() };
    plan.take(0, &row, None);
    assert_eq!(walk(&mut plan, |_| 1.0), [(1, 1), (1, 2)]);
}

#[test]
fn rows_that_are_there_count_and_those_of_another_sweep_are_refused() {
    let mut wanted = plan("num_ctx=512,1024", WANTED);
    let warm_up = Row { is_warm_up: true, ..measured("c512", 1, 5.0) };
    let rows = [warm_up, measured("c512", 1, 9.0), measured("c1024", 2, 9.0)];
    assert_eq!(wanted.resume(&rows), Ok(2));
    assert_eq!(walk(&mut wanted, |_| 1.0), [(0, 2), (1, 1)]);
    let error = plan("num_ctx=512", WANTED).resume(&rows).unwrap_err();
    assert!(error.contains("`c1024`"), "{error}");
    let other = Row { prompt: 2, ..measured("c512", 1, 9.0) };
    assert!(plan("num_ctx=512", WANTED).resume(&[other]).unwrap_err().contains("prompt 2"));
}

#[test]
fn a_row_is_read_back_as_it_was_written() {
    let grid = Grid::parse("num_ctx=512,top_k=3").unwrap();
    assert_eq!(row::header(&grid)[..5], ["num_gpu", "num_ctx", "temperature", "top_k", "config_name"]);
    let configuration = &grid.configurations(&Params::default())[0];
    let settings = row::setting_values(&grid, configuration, &|key| format!("used {}", key.name()));
    assert_eq!(settings, ["used num_gpu", "512", "used temperature", "3"]);
    let row = Row {
        settings,
        ttft_s: Some(0.25),
        eval_count: Some(7),
        power_w: Some(31.5),
        error: Some("out of memory, again".into()),
        ..measured("c512_k3", 4, 12.5)
    };
    let cells = row.cells();
    assert_eq!(cells.len(), row::header(&grid).len());
    assert_eq!(Row::read(4, cells.iter().map(String::as_str)), Some(row));
    assert_eq!(Row::read(4, cells[1..].iter().map(String::as_str)), None);
}

#[test]
fn a_summary_leaves_warm_ups_and_failures_out_and_has_the_fastest_first() {
    let load = Row { is_warm_up: true, load_s: Some(2.0), ..measured("slow", 1, 1.0) };
    let failed = Row { error: Some("no".into()), ..measured("slow", 3, 500.0) };
    let rows =
        [load, measured("slow", 1, 10.0), measured("slow", 2, 20.0), failed, measured("fast", 1, 40.0)];
    let summaries = summary::of(&rows);
    assert_eq!(summaries.iter().map(|one| one.config_name.as_str()).collect::<Vec<_>>(), ["fast", "slow"]);
    let slow = &summaries[1];
    assert_eq!((slow.n, slow.failed), (2, 1));
    assert_eq!((slow.mean_tokens_s, slow.mean_load_s), (Some(15.0), Some(2.0)));
    assert_eq!(slow.cells().len(), summary::header(&[]).len());
}
