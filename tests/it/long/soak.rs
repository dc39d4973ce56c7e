//! Eight hours by a clock that this test sets: the folder grows, reports are written, charts are
//! open. The program's own state, watcher, engine process and drawing, in a process of its own,
//! so that its memory is known.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "the parent reads what the child prints")]

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use chimera_insight::{
    app::{
        App, Setup,
        effect::Effect,
        event::{Event, Key, SaveResult},
        keymap::Keymap,
        report::Activity,
        settings::Settings,
    },
    engine::{ModelSpec, host::Host},
    report::{model::Params, prompt},
    runtime::{keeper, terminal::canvas::Canvas},
    save,
    text::sanitize::Shown,
    ui::{self, theme::Theme},
    watch::gather::Watcher,
};
use libtest_mimic::Failed;
use tokio::sync::mpsc::{Receiver, channel};

use super::{Cases, lost};
use crate::{
    pty::VARIABLE,
    support::{Home, LATE, Outcome, eventually, program},
};

/// What the child is called.
pub const PART: &str = "soak";
/// Minutes, given to the child.
const MINUTES: &str = "CHIMERA_INSIGHT_TEST_MINUTES";
const SIZE: (u16, u16) = (160, 50);
const INBOX: usize = 512;
/// Where the clock begins.
const BEGIN_NS: i128 = 1_795_426_200_000_000_000;
/// A new file comes every so many minutes, a row of another one each minute.
const NEW_FILE: u64 = 2;
/// Twenty reports in eight hours.
const REPORT: u64 = 24;
/// Memory is looked at every so many minutes.
const LOOK: u64 = 60;
/// The allocator keeps what it once had; more than this is growth.
const SLACK: u64 = 6 * 1024 * 1024;
/// What a file and a value may take, as promised.
const FILE_MEMORY: u64 = 4 * 1024;
const VALUE_MEMORY: u64 = 16;
const KEYS: [&str; 12] = ["1", "j", "2", "j", "v", "v", "3", "4", "G", "5", "j", "6"];

/// One case: memory is what files and values explain.
pub fn soak(cases: &mut Cases) -> Outcome {
    let minutes = cases.wanted;
    let mut note = String::new();
    cases.case(format!("{minutes} minutes"), || {
        let home = Home::new()?;
        fs::create_dir(home.path().join("reports"))?;
        let mut command = Command::new(env::current_exe()?);
        command.env_clear().envs(home.environment()).current_dir(home.path());
        let output = command.env(VARIABLE, PART).env(MINUTES, minutes.to_string()).output()?;
        if !output.status.success() {
            return lost(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let looks: Vec<Look> = String::from_utf8(output.stdout)?.lines().filter_map(Look::parsed).collect();
        let (Some(first), Some(last)) = (looks.first(), looks.last()) else {
            return lost("nothing was told");
        };
        note = format!(
            "{} to {} files, {} to {} values, {} reports; {:.1} to {:.1} MB",
            first.files,
            last.files,
            first.values,
            last.values,
            last.reports,
            megabytes(first.memory),
            megabytes(last.memory)
        );
        let explained =
            FILE_MEMORY * (last.files - first.files) + VALUE_MEMORY * (last.values - first.values);
        if last.memory > first.memory + explained + SLACK {
            return lost(format!("{note}: more than files and values explain"));
        }
        if last.reports < u64::from(minutes) / REPORT {
            return lost(format!("only {} reports", last.reports));
        }
        Ok(())
    });
    cases.note(note);
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// What the child tells.
struct Look {
    files: u64,
    values: u64,
    reports: u64,
    memory: u64,
}

impl Look {
    fn parsed(line: &str) -> Option<Self> {
        let mut numbers = line.split(' ').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { files: next()?, values: next()?, reports: next()?, memory: next()? })
    }
}

/// Plays the program.
pub fn child() -> ExitCode {
    let minutes = env::var(MINUTES).ok().and_then(|minutes| minutes.parse().ok()).unwrap_or_default();
    match live(minutes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            let _ = writeln!(std::io::stderr(), "{failed:?}");
            ExitCode::FAILURE
        }
    }
}

/// The program without its terminal: events in, effects carried out on the spot.
struct Program {
    app: App,
    inbox: Receiver<Event>,
    host: Host,
    folder: PathBuf,
    reports: u64,
}

fn live(minutes: u64) -> Outcome {
    let folder = PathBuf::from("reports");
    let (sender, inbox) = channel(INBOX);
    let engine = sender.clone();
    let host = Host::with_program(program().to_owned(), None, move |event| {
        engine.blocking_send(Event::Engine(event)).is_ok()
    });
    let persona = prompt::personas().first().map(|(name, text)| ((*name).into(), (*text).into()));
    let app = App::new(Setup {
        folder: Shown::from_path(&folder),
        model: Ok(Some(ModelSpec::Scripted("fast".into()))),
        model_name: Some(Shown::new("scripted:fast")),
        params: Params { num_predict: Some(48), ..Params::default() },
        persona: persona.unwrap_or_default(),
        settings: Settings::default(),
        keymap: Keymap::default(),
        size: SIZE,
        wall_ns: BEGIN_NS,
        is_metered: false,
    });
    let _watcher = Watcher::start(folder.clone(), keeper::start(sender)?)?;
    let mut program = Program { app, inbox, host, folder, reports: 0 };
    let theme = Theme::default();
    let mut canvas = Canvas::new(SIZE)?;
    let mut rows = fs::File::options().create(true).append(true).open("reports/rows.csv")?;
    writeln!(rows, "model,num_gpu,tokens_s,ttft_ms")?;
    for minute in 0..=minutes {
        writeln!(rows, "gemma3:270m,{},{}.5,{}", minute % 4, 100 + minute % 17, 90 + minute % 23)?;
        if minute % NEW_FILE == 0 {
            let text = format!(
                "{{\"model\":\"m{}\",\"tokens_s\":{}.25,\"ttft_ms\":{}}}",
                minute % 5,
                50 + minute % 30,
                80 + minute % 9
            );
            fs::write(program.folder.join(format!("run{minute:03}.json")), text)?;
        }
        program.press(KEYS[minute as usize % KEYS.len()]);
        for second in 0..60 {
            let now = Duration::from_secs(minute * 60 + second);
            program.take(Event::Tick { now, wall_ns: BEGIN_NS + now.as_nanos().cast_signed() });
            program.take_what_waits();
            if second % 10 == 0 {
                canvas.draw("", |frame| ui::draw(frame, &program.app, &theme));
            }
        }
        if minute % REPORT == REPORT - 1 {
            program.write_report()?;
        }
        // From the first hour on: by then everything was open once.
        if minute > 0 && minute % LOOK.min(minutes / 2).max(1) == 0 {
            program.settle()?;
            let library = &program.app.library;
            let values: usize = library.series().iter().map(|series| series.values.len()).sum();
            let (files, memory) = (library.inventory.files().count(), memory().unwrap_or_default());
            println!("{files} {values} {} {memory}", program.reports);
        }
    }
    Ok(())
}

impl Program {
    fn press(&mut self, key: &str) {
        self.take(Event::Key(Key::parse(key).unwrap()));
    }

    fn take_what_waits(&mut self) {
        while let Ok(event) = self.inbox.try_recv() {
            self.take(event);
        }
    }

    fn take(&mut self, event: Event) {
        for effect in self.app.update(event) {
            match effect {
                Effect::Compute(job) => self.take(Event::Computed(Box::new(job.run()))),
                Effect::LoadModel(model, params) => self.host.load(model, params),
                Effect::Generate(request) => self.host.generate(*request),
                Effect::ReadRuns(wanted) => {
                    let read = wanted.read(|path| fs::read_to_string(self.folder.join(path)));
                    self.take(Event::Runs(Box::new(read)));
                }
                Effect::Save(export) => {
                    let saved = save::save(&self.folder, &export).unwrap();
                    self.reports += 1;
                    self.take(Event::Saved(SaveResult::Saved(Shown::from_path(&saved.report))));
                }
                _ => {}
            }
        }
    }

    fn write_report(&mut self) -> Outcome {
        let before = self.reports;
        self.press("r");
        eventually("a report", LATE, || {
            self.take_what_waits();
            (self.reports > before && self.app.report.activity == Activity::Idle).then_some(())
        })
    }

    /// Until every file is known.
    fn settle(&mut self) -> Result<(), Failed> {
        let on_disk = super::judge::report_files(&self.folder);
        eventually("the inventory to equal the folder", LATE, || {
            self.take_what_waits();
            (self.app.library.inventory.files().count() == on_disk).then_some(())
        })
    }
}

/// Memory that is held now, in bytes.
fn memory() -> Option<u64> {
    let status = fs::read_to_string(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
