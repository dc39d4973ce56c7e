//! `chimera-insight models pull`: a thread fetches, this one tells and listens for signals, so that
//! somebody who interrupts is heard while a server is silent.

use std::{
    collections::VecDeque,
    io::{self, Write as _},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    cli::{
        Failure, FailureKind,
        output::{Progress, print, print_json},
    },
    config::Config,
    engine::{
        gguf,
        pull::{Access, Checked, Event, PullError, Pulled, Sha256, Source, pull},
    },
    metrics::format,
    signals::{self, Signal},
    text::sanitize::Shown,
};

/// What the fetching thread may be ahead: it waits for a slow terminal then.
const NEWS: usize = 64;
/// The speed told is that of so long.
const WINDOW: Duration = Duration::from_secs(5);
/// More often nobody reads it.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

enum News {
    Event(Event),
    Done(Result<Pulled, PullError>),
    Signal(Signal),
}

/// Fetches a model, with all parts where it is split.
pub(super) fn run(config: &Config, asked: &str, sha256: Option<&str>, json: bool) -> Result<(), Failure> {
    let sha256 = sha256.map(|text| {
        let fault = || {
            Failure::new(FailureKind::Usage, format!("--sha256 needs 64 hexadecimal digits, not `{text}`"))
        };
        Sha256::parse(text.trim()).ok_or_else(fault)
    });
    let sources = Source::parse(asked, sha256.transpose()?).map_err(failure)?;
    let access = Access::of(&|name| std::env::var_os(name), config.offline).map_err(failure)?;
    let folder = config.paths.models.clone();
    let (sender, news) = sync_channel(NEWS);
    let (signals, is_told) = (sender.clone(), Arc::new(AtomicBool::new(false)));
    signals::listen_for_end(move |signal| {
        // Somebody who insists is heard even where the terminal hangs.
        if is_told.swap(true, Ordering::Relaxed) || signals.try_send(News::Signal(signal)).is_err() {
            std::process::exit(i32::from(signal.exit_code()));
        }
    })
    .map_err(|error| Failure::new(FailureKind::Input, format!("cannot listen for signals: {error}")))?;
    let jobs = sources.clone();
    thread::spawn(move || {
        for source in jobs {
            let mut emit = |event| match sender.send(News::Event(event)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            };
            let done = pull(&source, &folder, &access, &mut emit);
            let is_over = done.is_err();
            if sender.send(News::Done(done)).is_err() || is_over {
                return;
            }
        }
    });
    let mut pulled = Vec::new();
    for source in sources {
        let done = follow(&news, &source)?;
        pulled.push((source, done));
    }
    if json {
        let models: Vec<Value> = pulled.iter().map(|(source, done)| document(source, done)).collect();
        return print_json(&json!({ "pulled": models }));
    }
    let pages: Vec<String> = pulled.iter().map(|(source, done)| page(source, done)).collect();
    print(&pages.join("\n"))
}

/// Tells of one file until it is there.
fn follow(news: &Receiver<News>, source: &Source) -> Result<Pulled, Failure> {
    let mut teller = Teller::new();
    let lost = || Failure::new(FailureKind::Input, "the fetching thread has ended");
    loop {
        match news.recv().map_err(|_| lost())? {
            News::Event(event) => teller.tell(&event, source),
            News::Done(done) => {
                teller.progress.end_line();
                return done.map_err(failure);
            }
            News::Signal(signal) => {
                teller.progress.end_line();
                let failure = Failure::new(FailureKind::Signal(signal), "interrupted");
                return Err(match teller.kept {
                    0 => failure,
                    kept => failure.hint(goes_on(kept)),
                });
            }
        }
    }
}

struct Teller {
    progress: Progress,
    /// When how many bytes were there, the oldest first.
    seen: VecDeque<(Instant, u64)>,
    shown: Option<Instant>,
    kept: u64,
}

impl Teller {
    fn new() -> Self {
        Self { progress: Progress::new(), seen: VecDeque::new(), shown: None, kept: 0 }
    }

    fn tell(&mut self, event: &Event, source: &Source) {
        match event {
            Event::Terms(terms) => {
                self.progress.end_line();
                // No progress but a duty: it is told wherever standard error leads.
                let _ = writeln!(io::stderr(), "{}: {}", source.file(), terms.notice);
            }
            Event::Checking { done, total } => {
                if self.is_due() {
                    self.progress.replace(&format!("checking what is there: {}", share(*done, *total)));
                }
            }
            Event::Begins { from, total } => {
                let size = total.map(|total| format!(", {}", format::bytes(total))).unwrap_or_default();
                let on =
                    if *from > 0 { format!(", going on at {}", format::bytes(*from)) } else { String::new() };
                self.progress.line(&format!("fetching {}{size}{on}", source.origin()));
                self.seen.clear();
                self.kept = *from;
            }
            Event::Progress { done, total } => {
                self.kept = *done;
                if self.is_due() || *total == Some(*done) {
                    let now = Instant::now();
                    let line = self.line(now, *done, *total);
                    self.progress.replace(&line);
                }
            }
            Event::Again { reason } => self.progress.line(&format!("again: {reason}")),
        }
    }

    fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.shown.is_none_or(|shown| now.duration_since(shown) >= SHOWN_EVERY);
        if is_due {
            self.shown = Some(now);
        }
        is_due
    }

    /// `42 %  122 MB of 292 MB  11 MB/s  15 s left`
    fn line(&mut self, now: Instant, done: u64, total: Option<u64>) -> String {
        // Begun anew.
        if self.seen.back().is_some_and(|(_, before)| *before > done) {
            self.seen.clear();
        }
        self.seen.push_back((now, done));
        while self.seen.len() > 2
            && self.seen.front().is_some_and(|(then, _)| now.duration_since(*then) > WINDOW)
        {
            self.seen.pop_front();
        }
        let speed = self.seen.front().and_then(|(then, before)| {
            let seconds = now.duration_since(*then).as_secs_f64();
            (seconds > 0.0).then(|| (done - before) as f64 / seconds)
        });
        let arrived = match total {
            Some(total) => {
                format!("{}  {} of {}", share(done, total), format::bytes(done), format::bytes(total))
            }
            None => format::bytes(done),
        };
        let Some(speed) = speed else { return arrived };
        let left = total.filter(|_| speed >= 1.0).map(|total| {
            let seconds = (total.saturating_sub(done) as f64 / speed).ceil();
            format!("  {} left", format::duration(Duration::from_secs(seconds as u64)))
        });
        format!("{arrived}  {}/s{}", format::bytes(speed as u64), left.unwrap_or_default())
    }
}

/// `42 %`; the whole only when it is.
fn share(done: u64, total: u64) -> String {
    let percent = u128::from(done) * 100 / u128::from(total.max(1));
    format!("{percent} %")
}

fn goes_on(kept: u64) -> String {
    format!("{} are kept; the same command goes on from there", format::bytes(kept))
}

fn document(source: &Source, pulled: &Pulled) -> Value {
    let header = gguf::read(&pulled.path).ok();
    let faults = header.as_ref().map(|header| &header.faults);
    json!({
        "name": source.name(),
        "path": pulled.path.to_string_lossy(),
        "origin": source.origin(),
        "bytes": pulled.bytes,
        "sha256": pulled.sha256.to_string(),
        "checked": pulled.checked,
        "new": pulled.is_new,
        "terms": source.terms().map(|terms| terms.address),
        "license": header.as_ref().and_then(|header| header.license.as_ref()),
        "usable": faults.is_some_and(Vec::is_empty),
        "faults": faults,
    })
}

fn page(source: &Source, pulled: &Pulled) -> String {
    let header = gguf::read(&pulled.path).unwrap_or_default();
    let stated = header.license.unwrap_or_else(|| "not stated".to_owned());
    let checked = match pulled.checked {
        Checked::Pinned => "as it must be",
        Checked::Stated => "as the hub states it",
        Checked::Nothing => "compared with nothing: the server states none; --sha256 names one",
    };
    let lines = [
        ("file", Shown::from_path(&pulled.path).to_string()),
        ("from", source.origin()),
        ("size", format::bytes(pulled.bytes)),
        ("sha256", pulled.sha256.to_string()),
        ("", checked.to_owned()),
        ("license", source.terms().map_or(stated, |terms| format!("{}, {}", terms.name, terms.address))),
        ("usable", if header.faults.is_empty() { "yes".into() } else { header.faults.join("; ") }),
        ("fetched", if pulled.is_new { "now".into() } else { "before".into() }),
    ];
    let line = |(label, value): (&str, String)| format!("{label:<9} {}\n", Shown::new(&value));
    lines.map(line).concat()
}

/// What a command ends with.
fn failure(error: PullError) -> Failure {
    let (kind, hint) = match &error {
        PullError::Asked(_) | PullError::Variable { .. } => (FailureKind::Usage, None),
        PullError::Offline(_) => {
            let hint = "--offline, CHIMERA_INSIGHT_OFFLINE or HF_HUB_OFFLINE forbids it; `chimera-insight models` \
                lists what is there";
            (FailureKind::Input, Some(hint.to_owned()))
        }
        PullError::Busy(_) => (FailureKind::Input, Some("wait for it".to_owned())),
        PullError::Taken { .. } => (FailureKind::Output, Some("move that file away first".to_owned())),
        PullError::Space { .. } => {
            let hint = "CHIMERA_INSIGHT_MODELS names another folder for models";
            (FailureKind::Output, Some(hint.to_owned()))
        }
        PullError::Write { .. } => (FailureKind::Output, None),
        PullError::Server { hint, kept, .. } => {
            let kept = (*kept > 0).then(|| goes_on(*kept));
            let lines: Vec<String> = hint.map(str::to_owned).into_iter().chain(kept).collect();
            (FailureKind::Input, Some(lines.join("\n")).filter(|text| !text.is_empty()))
        }
        PullError::Wrong { .. } => (FailureKind::Check, None),
        PullError::Ended { .. } => (FailureKind::Input, None),
    };
    let failure = Failure::new(kind, error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_and_time_left_are_those_of_the_last_seconds() {
        let mut teller = Teller::new();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(teller.line(at(0), 0, Some(100_000_000)), "0 %  0 B of 100 MB");
        // A slow start is forgotten.
        assert_eq!(
            teller.line(at(10), 10_000_000, Some(100_000_000)),
            "10 %  10 MB of 100 MB  1 MB/s  1 min 30 s left"
        );
        assert_eq!(
            teller.line(at(14), 50_000_000, Some(100_000_000)),
            "50 %  50 MB of 100 MB  10 MB/s  5 s left"
        );
        // Begun anew: no speed below nothing.
        assert_eq!(teller.line(at(15), 1_000_000, None), "1 MB");
        assert_eq!(teller.line(at(16), 3_000_000, None), "3 MB  2 MB/s");
        assert_eq!(share(999, 1000), "99 %");
        assert_eq!(share(0, 0), "0 %");
    }
}
