//! Runs a benchmark as a process of its own and tells how it gets on.

use std::{
    ffi::{OsStr, OsString},
    io::{self, BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use crate::{
    app::{
        bench::{Asked, News},
        event::Event,
    },
    engine::ModelSpec,
    text::sanitize::Shown,
};

/// Lines of what a failed benchmark said last.
const LAST_WORDS: usize = 3;

/// A benchmark that runs. Dropping it asks it to stop: its rows are kept.
#[derive(Debug)]
pub struct Running(Arc<AtomicU32>);

impl Running {
    /// Starts one on the folder.
    pub fn start(folder: &Path, asked: &Asked, inbox: Sender<Event>) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .args(arguments(folder, asked))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let id = Arc::new(AtomicU32::new(child.id()));
        let running = Self(Arc::clone(&id));
        let listen = move || {
            let words = listen(&mut child, &inbox);
            let code = child.wait().ok().and_then(|status| status.code());
            id.store(0, Ordering::Release);
            // Nobody listens any more only when the program ends.
            let _ = inbox.blocking_send(Event::Bench(News::Ended(code, Shown::new(&words))));
        };
        thread::Builder::new().name("bench".into()).spawn(listen)?;
        Ok(running)
    }

    /// Asks it to stop.
    pub fn stop(&self) {
        let id = i32::try_from(self.0.load(Ordering::Acquire)).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            // It may have ended meanwhile.
            let _ = kill_process(id, Signal::INT);
            // One that was stopped together with the screen would never hear of it.
            let _ = kill_process(id, Signal::CONT);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn arguments(folder: &Path, asked: &Asked) -> Vec<OsString> {
    let model = match &asked.model {
        ModelSpec::File(path) => path.clone().into_os_string(),
        ModelSpec::Scripted(_) | ModelSpec::Remote(_) => asked.model.name().into(),
    };
    let there = if asked.replace { "--force" } else { "--resume" };
    let runs = asked.runs.to_string();
    let mut words: Vec<OsString> =
        ["bench", "--progress-json", there, "--runs", &runs, "--sweep", &asked.sweep]
            .into_iter()
            .map(OsString::from)
            .collect();
    words.extend([OsString::from("--model"), model]);
    for setting in &asked.settings {
        words.extend([OsString::from("--set"), setting.into()]);
    }
    // One word, so that no name is taken for an option.
    let mut dir = OsString::from("--dir=");
    dir.push(OsStr::new(folder));
    words.push(dir);
    words
}

/// Passes on what it tells until it is silent; its last words.
fn listen(child: &mut Child, inbox: &Sender<Event>) -> String {
    let mut words: Vec<String> = Vec::new();
    let Some(stderr) = child.stderr.take() else { return String::new() };
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        match progress(&line) {
            Some(news) => {
                // Nobody listens any more only when the program ends.
                let _ = inbox.blocking_send(Event::Bench(news));
            }
            None => words.push(line),
        }
    }
    words.split_off(words.len().saturating_sub(LAST_WORDS)).join("; ")
}

fn progress(line: &str) -> Option<News> {
    let line: Value = serde_json::from_str(line).ok()?;
    Some(News::Progress {
        done: line["done"].as_u64()?,
        total: line["total"].as_u64()?,
        left: line["left_s"].as_u64().map(Duration::from_secs),
        what: Shown::new(line["what"].as_str()?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn a_line_of_progress_is_told_from_an_error() {
        let line = r#"{"done":3,"total":12,"left_s":61,"what":"c1024\u001b[2J"}"#;
        let Some(News::Progress { done, total, left, what }) = progress(line) else {
            panic!("no progress");
        };
        assert_eq!((done, total, left), (3, 12, Some(Duration::from_secs(61))));
        assert!(!what.as_str().contains('\u{1b}'));
        assert_eq!(progress("error: no model"), None);
        assert_eq!(progress("{}"), None);
    }

    #[test]
    fn what_is_asked_for_is_what_the_command_takes() {
        let asked = Asked {
            model: ModelSpec::Scripted("fast".into()),
            sweep: "num_ctx=1024".into(),
            runs: 2,
            replace: false,
            settings: vec!["top_k=5".into()],
        };
        let words = arguments(Path::new("-reports"), &asked);
        let wanted = "bench --progress-json --resume --runs 2 --sweep num_ctx=1024 --model scripted:fast --set top_k=5 \
                      --dir=-reports";
        assert_eq!(words, wanted.split(' ').map(OsString::from).collect::<Vec<_>>());
    }
}
