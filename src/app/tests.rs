//! Events in, state and effects out. Keys are text: `"tab j j enter"`.

#![allow(clippy::unwrap_used, clippy::panic)]

mod bench;
mod browse;
mod charts;
mod compare;
mod cut;
mod engine;
mod figures;
mod files;
mod freshen;
mod history;
mod insight;
mod keys;
mod machine;
mod outside;
mod preview;
mod random;
mod rescue;
mod walk;
mod work;
mod writing;
mod yielding;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use super::{
    App, EngineState, Setup, Tab,
    document::{FileRead, Wanted},
    effect::{Effect, Entry},
    event::{Event, Key, LibraryEvent},
    keymap::Keymap,
    progress::JobProgress,
    settings::Settings,
};
use crate::{
    engine::{ModelSpec, host::Sight, models::Listing, protocol::EngineEvent},
    ingest::{
        self,
        file::{Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile, WatchState},
    },
    metrics::{library::Library, progress::Progress},
    report::model::{ModelInfo, Params},
    text::sanitize::Shown,
    text::wrap::Row,
};

/// 2026-01-01, in nanoseconds.
const START_NS: i128 = 1_767_225_600_000_000_000;

/// A program without a world around it.
struct Rig {
    app: App,
    library: Library,
    stamp: u64,
    /// The files as they lie on the disk.
    disk: BTreeMap<Arc<str>, Arc<ReportFile>>,
    /// Their text.
    contents: BTreeMap<Arc<str>, String>,
    /// Records of runs as they lie there.
    records: BTreeMap<PathBuf, String>,
    /// Models of the machine.
    models: Listing,
    /// What is seen of the engine.
    sight: Sight,
    /// What went into the journal.
    journal: Vec<Entry>,
}

impl Rig {
    fn new() -> Self {
        Self::with_model(Ok(Some(ModelSpec::Scripted(String::new()))))
    }

    fn with_model(model: Result<Option<ModelSpec>, String>) -> Self {
        let app = App::new(Setup {
            folder: Shown::new("reports"),
            model,
            model_name: Some(Shown::new("scripted")),
            params: Params::default(),
            persona: ("insight".into(), "You are careful.".into()),
            settings: Settings::default(),
            keymap: Keymap::default(),
            size: (80, 24),
            wall_ns: START_NS,
            is_metered: false,
        });
        Self {
            app,
            library: Library::default(),
            stamp: 0,
            disk: BTreeMap::new(),
            contents: BTreeMap::new(),
            records: BTreeMap::new(),
            models: Listing::default(),
            sight: Sight::default(),
            journal: Vec::new(),
        }
    }

    /// With three files read and the first scan complete.
    fn filled() -> Self {
        let mut rig = Self::new();
        rig.scanned(&[
            ("a.csv", Some(RUNS)),
            ("b.json", Some(r#"{"ttft_ms": 120.5}"#)),
            ("sub/c.csv", Some(RUNS)),
        ]);
        rig
    }

    /// A batch of the watcher: files with their content, or gone.
    fn batch(&mut self, files: &[(&str, Option<&str>)], scan_complete: bool) -> Vec<Effect> {
        let changes = files.iter().map(|(path, content)| match content {
            Some(content) => {
                self.stamp += 1;
                self.contents.insert((*path).into(), (*content).to_owned());
                Change::Read(Arc::new(file(path, content, self.stamp)))
            }
            None => Change::Removed((*path).into()),
        });
        let batch = Batch {
            changes: changes.collect(),
            watch: WatchState::Live,
            scan_complete,
            scan_time: scan_complete.then_some(Duration::from_millis(7)),
            now_ns: self.app.wall_ns,
            ..Batch::default()
        };
        self.take(batch)
    }

    /// What becomes of a batch on its way to the program.
    fn take(&mut self, batch: Batch) -> Vec<Effect> {
        let is_news = self.library.is_complete;
        for change in &batch.changes {
            match change {
                Change::Read(file) => self.disk.insert(Arc::clone(&file.path), Arc::clone(file)),
                Change::Removed(path) => self.disk.remove(path),
            };
        }
        self.library.apply(&batch);
        let batch = self.library.kept(batch);
        let library = Arc::new(self.library.snapshot());
        self.happened(Event::Library(Box::new(LibraryEvent { batch, library, is_news })))
    }

    /// A file as it is read when it is wanted now.
    fn read(&self, wanted: Wanted) -> Event {
        let file = self.disk.get(&wanted.path).cloned();
        let head = self.contents.get(&wanted.path).map(String::as_bytes);
        Event::Document(Box::new(FileRead::of(wanted, file, head)))
    }

    /// An event, with what must be computed or read done at once.
    fn happened(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        for effect in self.app.update(event) {
            match effect {
                Effect::Compute(job) => effects.extend(self.happened(Event::Computed(Box::new(job.run())))),
                Effect::ReadRuns(wanted) => {
                    let read = wanted.read(|path| {
                        self.records.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
                    });
                    effects.extend(self.happened(Event::Runs(Box::new(read))));
                }
                Effect::ReadFile(wanted) => effects.extend(self.happened(self.read(wanted))),
                Effect::ListModels(_) => {
                    effects.extend(self.happened(Event::Models(Box::new(self.models.clone()))));
                }
                Effect::LookAtEngine => {
                    effects.extend(self.happened(Event::EngineSeen(Box::new(self.sight.clone()))));
                }
                Effect::Journal(entry) => self.journal.push(entry),
                effect => effects.push(effect),
            }
        }
        effects
    }

    fn scanned(&mut self, files: &[(&str, Option<&str>)]) -> Vec<Effect> {
        self.batch(files, true)
    }

    fn changed(&mut self, files: &[(&str, Option<&str>)]) -> Vec<Effect> {
        self.batch(files, false)
    }

    /// Presses keys, one after the other; the effects of all of them.
    fn keys(&mut self, keys: &str) -> Vec<Effect> {
        keys.split_whitespace().flat_map(|key| self.happened(Event::Key(Key::parse(key).unwrap()))).collect()
    }

    fn engine(&mut self, event: EngineEvent) -> Vec<Effect> {
        self.happened(Event::Engine(event))
    }

    fn tick(&mut self, seconds: f64) {
        let now = Duration::from_secs_f64(seconds);
        let wall_ns = START_NS + i128::try_from(now.as_nanos()).unwrap();
        let effects = self.happened(Event::Tick { now, wall_ns });
        // Time alone does no more than free a model that nobody uses.
        assert!(effects.iter().all(|effect| *effect == Effect::UnloadModel), "{effects:?}");
    }

    fn loaded(&mut self) -> Vec<Effect> {
        self.engine(EngineEvent::Loaded(Box::new(ModelInfo {
            name: "scripted".into(),
            arch: "scripted".into(),
            instruct: true,
            num_ctx: 4096,
            ..ModelInfo::default()
        })))
    }

    fn paths(&self) -> Vec<&str> {
        self.app.inventory.lines.iter().map(|line| line.path.as_str()).collect()
    }

    fn selected(&self) -> &str {
        self.app.inventory.lines[self.app.inventory.selected].path.as_str()
    }

    fn notice(&self) -> &str {
        self.app.notices.current().map_or("", |notice| notice.text.as_str())
    }
}

const RUNS: &str = "model,num_gpu,tokens_s,ttft_ms\ngemma3:270m,0,101.5,210\ngemma3:270m,60,203.25,95\n";

fn file(path: &str, content: &str, stamp: u64) -> ReportFile {
    let kind = match path.rsplit('.').next() {
        Some("csv") => Kind::Csv,
        Some("json") => Kind::Json,
        _ => Kind::Markdown,
    };
    let document = ingest::parse(path, kind, content.as_bytes());
    ReportFile {
        path: path.into(),
        os_path: path.into(),
        kind,
        stamp: Stamp {
            length: content.len() as u64,
            // Written one after the other.
            modified_ns: START_NS + i128::from(stamp),
            inode: stamp,
            ..Stamp::default()
        },
        status: document.status.unwrap_or(Status::Ok),
        generated: document.generated,
        digest: format!("{stamp:016x}").into(),
        document: Arc::new(document),
    }
}

fn text(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| row.runs.iter().map(|run| run.text.as_str()).collect::<String>());
    rows.collect::<Vec<_>>().join("\n")
}
