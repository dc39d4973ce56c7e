//! A benchmark in one tab, its panels moving in the next.

use std::fs;

use libtest_mimic::Trial;

use super::{reports, session::Session};
use crate::support::{Outcome, test};

pub fn tests() -> Vec<Trial> {
    vec![test("pty::a_benchmark_runs_and_the_metrics_move", a_benchmark_runs)]
}

fn a_benchmark_runs() -> Outcome {
    let home = reports()?;
    let arguments = ["--model", "scripted", "--set", "num_predict=64", "reports"];
    let mut session = Session::start_sized(&home, &arguments, &[], (120, 40))?;
    session.sees("baseline.csv")?;
    session.keys("6B")?;
    session.sees("4 configurations, 12 calls")?;
    session.keys("\r")?;
    session.waits("progress", |screen| screen.contains("calls") && screen.contains(" left"))?;
    session.keys("1")?;
    session.sees("scripted_param_tuning.csv")?;
    // The rows move the panels while it runs.
    session.keys("2")?;
    session.waits("a series of the sweep", |screen| screen.contains("scripted_param_tuning"))?;
    let before = session.text();
    session.waits("panels that move", |screen| screen != before)?;
    session.keys("6")?;
    session.waits("the end", |screen| screen.contains("done; its files are in the folder"))?;
    let csv = fs::read_to_string(home.path().join("reports/scripted_param_tuning.csv"))?;
    assert_eq!(csv.lines().filter(|line| line.contains(",false,")).count(), 12, "{csv}");
    // Another one is stopped: its rows stay.
    session.keys("B")?;
    session.sees("4 configurations")?;
    session.keys("\x1b[B\x7f99\r")?;
    session.waits("progress", |screen| screen.contains(" left"))?;
    session.keys("x")?;
    session.waits("the stop", |screen| screen.contains("stopped; its rows are kept"))?;
    session.keys("q")?;
    session.ends_with(0)
}
