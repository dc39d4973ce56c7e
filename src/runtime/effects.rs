//! Carries effects out: the engine host, saving, the editor, the clipboard.

mod bench;
mod outside;

use std::{
    cell::Cell,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::{
    process::{
        Pid, Signal as ProcessSignal, WaitOptions, getpgrp, kill_current_process_group, kill_process, waitpid,
    },
    termios::tcgetpgrp,
};
use tokio::sync::mpsc::Sender;

pub use bench::Running;
pub use outside::Teller;

use super::{
    input::Input,
    meters::{self, Sampler},
    scribe::Scribe,
    terminal::Screen,
};
use crate::{
    app::{
        bench::News,
        document::FileRead,
        effect::{Effect, Entry, Job},
        event::{Answer, Event, RemainsNews, SaveResult},
        preview::content::HEAD_BYTES,
        progress::JobProgress,
        rescue::shown_below,
    },
    engine::{
        cards,
        host::{Host, Sight},
        models::{self, Stores},
        remote::Endpoint,
    },
    metrics::progress::Progress,
    report::export::Export,
    save::{self, Unsaved, journal},
    signals,
    text::sanitize::Shown,
    watch::{gather::Watcher, scan},
};

/// The editor of whoever has set none.
const DEFAULT_EDITOR: &str = "vi";

/// A job that takes longer than this tells how far it is.
const TOLD_AFTER: Duration = Duration::from_millis(500);
/// How often it does.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// What came of an effect.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to do about it.
    Done,
    /// The terminal was lent and is back: its size may be another.
    Returned,
    /// The user should know.
    Failed(String),
    /// End with this exit code.
    Quit(u8),
}

/// Everything that effects are carried out with.
#[derive(Debug)]
pub struct Hands {
    /// The watched folder.
    pub folder: PathBuf,
    /// The folder's watcher; `None` when it could not be started.
    pub watcher: Option<Watcher>,
    /// The engine.
    pub host: Host,
    /// The benchmark that was started last.
    pub bench: Option<Running>,
    /// Samples the machine; `None` while the meters are off.
    pub sampler: Option<Sampler>,
    /// The reader of the terminal.
    pub input: Input,
    /// Where model cards are kept.
    pub cards: PathBuf,
    /// Where models are looked for.
    pub stores: Stores,
    /// The endpoint that is asked for its models too.
    pub engine: Option<Endpoint>,
    /// No network may be used.
    pub offline: bool,
    /// The engine's log.
    pub log: Option<PathBuf>,
    /// Where results go.
    pub inbox: Sender<Event>,
    /// Tells beyond the screen.
    pub teller: Teller,
    /// Reports being written.
    pub saves: Vec<JoinHandle<Result<(), Box<Unsaved>>>>,
    /// Writes the journal of the report that is being made.
    pub scribe: Option<Scribe>,
    /// Where reports go that cannot be saved where they belong.
    pub unsaved: PathBuf,
}

impl Hands {
    /// Carries an effect out.
    pub fn carry_out(&mut self, effect: Effect, screen: &mut Screen) -> io::Result<Outcome> {
        match effect {
            Effect::Rescan => {
                if let Some(watcher) = &self.watcher {
                    watcher.rescan();
                }
            }
            Effect::LoadModel(model, params) => self.host.load(model, params),
            Effect::UnloadModel => self.host.unload(),
            Effect::ReadFile(wanted) => {
                let (folder, inbox) = (self.folder.clone(), self.inbox.clone());
                let read = move || {
                    let file = scan::read_one(&folder, &wanted.path, &wanted.os_path, wanted.kind);
                    let head = scan::read_head(&folder, &wanted.os_path, HEAD_BYTES).ok();
                    let read = FileRead::of(wanted, file, head.as_deref());
                    // Nobody listens any more only when the program ends.
                    let _ = inbox.blocking_send(Event::Document(Box::new(read)));
                };
                thread::Builder::new().name("preview".into()).stack_size(scan::STACK_BYTES).spawn(read)?;
            }
            Effect::ReadRuns(wanted) => {
                let (folder, inbox) = (self.folder.clone(), self.inbox.clone());
                let read = move || {
                    let read = wanted.read(|path| fs::read_to_string(folder.join(path)));
                    // Nobody listens any more only when the program ends.
                    let _ = inbox.blocking_send(Event::Runs(Box::new(read)));
                };
                thread::Builder::new().name("history".into()).spawn(read)?;
            }
            Effect::Compute(job) => {
                let inbox = self.inbox.clone();
                thread::Builder::new().name("compute".into()).spawn(move || {
                    let answer = compute(*job, &inbox);
                    // Nobody listens any more only when the program ends.
                    let _ = inbox.blocking_send(Event::Computed(Box::new(answer)));
                })?;
            }
            Effect::ListModels(chosen) => {
                let (stores, inbox) = (self.stores.clone(), self.inbox.clone());
                let (engine, offline) = (self.engine.clone(), self.offline);
                let list = move || {
                    let mut listing = models::list(&stores);
                    if let Some(engine) = &engine {
                        listing = listing.with_endpoint(engine, offline);
                    }
                    let is_listed = |path: &PathBuf| listing.models.iter().any(|model| model.path == *path);
                    if let Some(path) = chosen.filter(|path| !is_listed(path)) {
                        listing.models.insert(0, models::of_path(path));
                    }
                    // Nobody listens any more only when the program ends.
                    let _ = inbox.blocking_send(Event::Models(Box::new(listing)));
                };
                thread::Builder::new().name("models".into()).spawn(list)?;
            }
            Effect::LookAtEngine => {
                let (process, log) = (self.host.worker_pid(), self.log.clone());
                let inbox = self.inbox.clone();
                let look = move || {
                    let sight = Sight::take(process, log.as_deref());
                    // Nobody listens any more only when the program ends.
                    let _ = inbox.blocking_send(Event::EngineSeen(Box::new(sight)));
                };
                thread::Builder::new().name("sight".into()).spawn(look)?;
            }
            Effect::Generate(request) => self.host.generate(*request),
            Effect::Freshen(request) => self.host.freshen(*request),
            Effect::KeepCard(card) => {
                let folder = self.cards.clone();
                let keep = move || {
                    if let Err(error) = cards::keep(&folder, &card) {
                        tracing::warn!("cannot keep the model card: {error}");
                    }
                };
                thread::Builder::new().name("card".into()).spawn(keep)?;
            }
            Effect::Cancel(run) => self.host.cancel(run),
            Effect::Journal(entry) => self.keep_text(entry)?,
            Effect::Save(export) => return self.save(*export),
            Effect::SaveAs(place, unsaved) => return self.save_as(&place, unsaved),
            Effect::KeepRemains(path) => self.keep_remains(path)?,
            Effect::Copy(text) => screen.copy(&text)?,
            Effect::Notify(message) => return Ok(self.teller.tell(&message, screen)),
            Effect::UseMouse(is_wanted) => screen.use_mouse(is_wanted),
            Effect::Edit(path, line) => return self.edit(&path, line, screen),
            Effect::Suspend => return suspend(screen),
            Effect::Redraw => {
                screen.retake(Screen::size()?)?;
                return Ok(Outcome::Returned);
            }
            Effect::Bench(asked) => match Running::start(&self.folder, &asked, self.inbox.clone()) {
                Ok(running) => self.bench = Some(running),
                Err(error) => return Ok(self.no_bench(&error)),
            },
            Effect::StopBench => {
                if let Some(running) = &self.bench {
                    running.stop();
                }
            }
            Effect::Meter(true) => self.sampler = Some(meters::start(self.inbox.clone())?),
            Effect::Meter(false) => self.sampler = None,
            Effect::Quit(code) => return Ok(Outcome::Quit(code)),
        }
        Ok(Outcome::Done)
    }

    /// Says that a benchmark could not be started.
    fn no_bench(&self, error: &io::Error) -> Outcome {
        let inbox = self.inbox.clone();
        let words = Shown::new(&format!("its process cannot be started: {error}"));
        // From a thread: the loop that reads the inbox is what waits for this call.
        thread::spawn(move || {
            let _ = inbox.blocking_send(Event::Bench(News::Ended(None, words)));
        });
        Outcome::Done
    }

    /// Waits for reports that are still being written; the first one that failed.
    pub fn finish_saves(&mut self) -> Result<(), Box<Unsaved>> {
        let mut outcome = Ok(());
        for save in self.saves.drain(..) {
            if let Ok(Err(error)) = save.join() {
                outcome = outcome.and(Err(error));
            }
        }
        outcome
    }

    /// Writes on a thread of its own: a disk may take its time, the screen may not.
    fn save(&mut self, export: Export) -> io::Result<Outcome> {
        let (folder, refuge, scribe) = (self.folder.clone(), self.unsaved.clone(), self.scribe.take());
        self.save_with(move || {
            let journal = scribe.and_then(Scribe::end);
            let saved = match save::save(&folder, &export) {
                Ok(saved) => Ok(shown_below(&folder, &saved.report)),
                Err(error) => Err(Box::new(Unsaved::keep(&error, export, &refuge))),
            };
            // The journal of a report that lies nowhere else stays.
            let has_place = saved.as_ref().map_or_else(|unsaved| unsaved.copy.is_some(), |_| true);
            if let Some(journal) = journal.filter(|_| has_place) {
                journal.finish();
            }
            saved
        })
    }

    /// The same, to the place that was typed.
    fn save_as(&mut self, place: &str, unsaved: Box<Unsaved>) -> io::Result<Outcome> {
        let file = typed_path(place);
        self.save_with(move || match save::save_as(&file, &unsaved.export) {
            Ok(saved) => {
                unsaved.settle();
                Ok(Shown::from_path(&saved.report))
            }
            Err(error) => Err(Box::new(Unsaved { reason: Shown::new(&error.to_string()), ..*unsaved })),
        })
    }

    fn save_with(
        &mut self,
        save: impl FnOnce() -> Result<Shown, Box<Unsaved>> + Send + 'static,
    ) -> io::Result<Outcome> {
        self.saves.retain(|save| !save.is_finished());
        let inbox = self.inbox.clone();
        let writer = thread::Builder::new().name("save".into()).spawn(move || {
            let saved = save();
            let result = match &saved {
                Ok(path) => SaveResult::Saved(path.clone()),
                Err(unsaved) => SaveResult::Failed(unsaved.clone()),
            };
            // Nobody listens any more when the program ends; it waits for this thread then.
            let _ = inbox.blocking_send(Event::Saved(result));
            saved.map(drop)
        })?;
        self.saves.push(writer);
        Ok(Outcome::Done)
    }

    fn keep_text(&mut self, entry: Entry) -> io::Result<()> {
        match (entry, &self.scribe) {
            (Entry::Begin(name), _) => self.scribe = Some(Scribe::start(self.folder.clone(), name)?),
            (entry, Some(scribe)) => scribe.write(entry),
            (_, None) => {}
        }
        Ok(())
    }

    fn keep_remains(&self, path: PathBuf) -> io::Result<()> {
        let (folder, inbox) = (self.folder.clone(), self.inbox.clone());
        let keep = move || {
            let news = match journal::keep(&path) {
                Ok((kept, text)) => RemainsNews::Kept(shown_below(&folder, &kept), text),
                Err(error) => RemainsNews::Failed(Shown::new(&error.to_string())),
            };
            // Nobody listens any more only when the program ends.
            let _ = inbox.blocking_send(Event::Remains(news));
        };
        thread::Builder::new().name("remains".into()).spawn(keep).map(drop)
    }

    /// Looks for what runs that died left in the folder.
    pub fn look_for_remains(&self) -> io::Result<()> {
        let (folder, inbox) = (self.folder.clone(), self.inbox.clone());
        let look = move || {
            let found = journal::remains(&folder);
            // Nobody listens any more only when the program ends.
            let _ = inbox.blocking_send(Event::Remains(RemainsNews::Found(found)));
        };
        thread::Builder::new().name("remains".into()).spawn(look).map(drop)
    }

    fn edit(&mut self, path: &Path, line: u64, screen: &mut Screen) -> io::Result<Outcome> {
        let mut words = editor();
        let program = words.remove(0);
        let mut command = Command::new(&program);
        command.args(words).arg(format!("+{line}")).arg(not_an_option(&self.folder.join(path)));
        let ended =
            self.input.paused(|| screen.lend(|| command.spawn().and_then(|child| attend(child.id()))))?;
        Ok(match ended {
            Ok(()) => Outcome::Returned,
            Err(error) => {
                let program = Shown::new(&program.to_string_lossy());
                Outcome::Failed(format!("cannot run the editor `{program}`: {error}; set $VISUAL or $EDITOR"))
            }
        })
    }
}

/// Does a job, and tells how far it is once it has taken its time.
fn compute(job: Job, inbox: &Sender<Event>) -> Answer {
    let (number, doing) = (job.number, job.doing());
    let begin = Instant::now();
    let due = Cell::new(TOLD_AFTER);
    let tell = |share| {
        let elapsed = begin.elapsed();
        if let Some(doing) = doing
            && elapsed >= due.get()
        {
            due.set(elapsed + TOLD_EVERY);
            // A full inbox is told the next time.
            let _ = inbox.try_send(Event::Progressed(JobProgress { number, doing, share, elapsed }));
        }
    };
    job.run_told(Progress::told_to(&tell))
}

/// Lends the terminal to whoever stopped the program, until it goes on.
fn suspend(screen: &mut Screen) -> io::Result<Outcome> {
    let stopped = screen.lend(stop)?;
    let failed = |error| Outcome::Failed(format!("cannot stop: {error}"));
    Ok(stopped.map_or_else(failed, |()| Outcome::Returned))
}

/// Stops as the terminal's own ctrl-z does: a wrapper that started the program stops with
/// it, and so does the engine. But only who has the terminal stops for others.
fn stop() -> io::Result<()> {
    let is_foreground = tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp());
    if is_foreground { Ok(kill_current_process_group(ProcessSignal::STOP)?) } else { signals::suspend() }
}

/// The user's editor with its arguments; never empty.
fn editor() -> Vec<OsString> {
    let set = ["VISUAL", "EDITOR"].into_iter().filter_map(std::env::var_os);
    let mut editors = set.map(|editor| words(&editor)).filter(|words| !words.is_empty());
    editors.next().unwrap_or_else(|| vec![DEFAULT_EDITOR.into()])
}

fn words(command: &OsStr) -> Vec<OsString> {
    match command.to_str() {
        Some(command) => command.split_whitespace().map(OsString::from).collect(),
        // Bytes that are not text can only be a program's name.
        None => vec![command.to_owned()],
    }
}

/// What was typed as a path: `~` is the home, and a name without an extension gets one.
fn typed_path(typed: &str) -> PathBuf {
    let home = typed.strip_prefix("~/").zip(std::env::home_dir());
    let path = home.map_or_else(|| PathBuf::from(typed), |(rest, home)| home.join(rest));
    if path.extension().is_some() { path } else { path.with_extension("md") }
}

/// A path that no program takes for an option.
fn not_an_option(path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) }
}

/// Waits for a child that has the terminal. When it stops (its own ctrl-z), this program
/// stops too, so that the shell gets the terminal; both go on together.
fn attend(child: u32) -> io::Result<()> {
    let Some(child) = i32::try_from(child).ok().and_then(Pid::from_raw) else {
        return Err(io::Error::other("the editor has no process id"));
    };
    loop {
        match waitpid(Some(child), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {
                let _ = stop();
                let _ = kill_process(child, ProcessSignal::CONT);
            }
            Ok(Some(_)) => return Ok(()),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_may_have_arguments() {
        assert_eq!(words(OsStr::new("code --wait  -n")), ["code", "--wait", "-n"]);
        assert_eq!(words(OsStr::new("  ")), Vec::<OsString>::new());
    }

    #[test]
    fn a_typed_place_is_a_markdown_file() {
        assert_eq!(typed_path("a/b"), Path::new("a/b.md"));
        assert_eq!(typed_path("/tmp/r.markdown"), Path::new("/tmp/r.markdown"));
        let home = std::env::home_dir().unwrap_or_default();
        assert_eq!(typed_path("~/r"), home.join("r.md"));
    }

    #[test]
    fn no_file_name_is_an_option() {
        assert_eq!(not_an_option(Path::new("-rf.csv")), Path::new("./-rf.csv"));
        assert_eq!(not_an_option(Path::new("/data/a.csv")), Path::new("/data/a.csv"));
    }
}
