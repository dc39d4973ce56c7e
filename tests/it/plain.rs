//! `--plain`: what happens, line by line.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Home, Outcome, SOON, eventually, test};

const RUNS: &str = "model,num_gpu,tokens_s\ngemma3:270m,0,101.5\n";

pub fn tests() -> Vec<Trial> {
    vec![
        test("plain::the_folder_is_told_line_by_line", the_folder),
        test("plain::a_report_is_told_line_by_line", a_report),
        test("plain::lines_are_no_json", no_json),
    ]
}

/// A program that tells; it is killed with the value.
struct Narrator {
    child: Child,
    lines: Receiver<String>,
}

impl Narrator {
    fn start(home: &Home, arguments: &[&str]) -> Result<Self, Failed> {
        let mut child = home
            .command()
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
        });
        Ok(Self { child, lines })
    }

    /// Waits for a line; those before it are passed over, but none may hold what moves a terminal.
    fn tells(&self, expected: &str) -> Outcome {
        let mut told = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(SOON) {
            if line.chars().any(char::is_control) {
                return Err(format!("a control character in {line:?}").into());
            }
            told.push(line);
            if told.last().is_some_and(|line| line == expected) {
                return Ok(());
            }
        }
        Err(format!("`{expected}` is not told; told was:\n{}", told.join("\n")).into())
    }

    fn code(&mut self) -> Result<Option<i32>, Failed> {
        eventually("the end", SOON, || self.child.try_wait().ok().flatten()).map(|status| status.code())
    }
}

impl Drop for Narrator {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn the_folder() -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("bench-data");
    let mut narrator = Narrator::start(&home, &["--plain", "bench-data"])?;
    narrator.tells("the folder `bench-data` is not there; waiting for it")?;
    fs::create_dir(&folder)?;
    fs::write(folder.join("a.csv"), RUNS)?;
    narrator.tells("metric: Throughput, model=gemma3:270m: 1 value, median 101.5 tok/s, last 101.5 tok/s")?;
    fs::write(folder.join("b\u{1b}[2J.json"), "{\"ttft_ms\": 12, \"x\": ")?;
    fs::write(folder.join("a.csv"), format!("{RUNS}gemma3:270m,0,98.5\n"))?;
    narrator.tells("metric: Throughput, model=gemma3:270m: 2 values, median 100 tok/s, last 98.5 tok/s")?;
    fs::remove_file(folder.join("a.csv"))?;
    narrator.tells("removed: a.csv")?;
    kill_process(Pid::from_child(&narrator.child), Signal::INT)?;
    assert_eq!(narrator.code()?, Some(130));
    Ok(())
}

fn a_report() -> Outcome {
    let home = Home::new()?;
    fs::create_dir(home.path().join("reports"))?;
    fs::write(home.path().join("reports/a.csv"), RUNS)?;
    let mut narrator = Narrator::start(&home, &["report", "--plain", "--model", "scripted", "-o", "out.md"])?;
    narrator.tells("read 1 files")?;
    narrator.tells("model: scripted")?;
    narrator.tells("saved: out.md")?;
    assert_eq!(narrator.code()?, Some(0));
    Ok(())
}

fn no_json() -> Outcome {
    let home = Home::new()?;
    let output = home.command().args(["--plain", "--json"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    Ok(())
}
