//! What all tests share: the test data and real models, skipping that is counted, an
//! environment of its own for each process, and waiting for a state.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::print_stdout, reason = "the last line of a test run is for the reader")]

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant, SystemTime},
};

use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};

/// How often [`eventually`] looks again: far below any deadline, and no load.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A deadline for what takes milliseconds on an idle machine; a failing test only waits longer.
pub const SOON: Duration = Duration::from_secs(20);

/// A deadline for what loads or runs a real model on a busy machine.
pub const LATE: Duration = Duration::from_mins(4);

/// A test's result. `?` takes every error that can be printed.
pub type Outcome = Result<(), Failed>;

/// A real model that `make setup` fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// SmolLM2-135M-Instruct, 4-bit: architecture `llama`, a `ChatML` template, answers and stops.
    SmolLm2,
    /// Gemma 3 270M, 4-bit: architecture `gemma3`, a base model without a chat template.
    Gemma3Base,
}

impl Model {
    /// Its file in the model folder.
    pub fn file_name(self) -> &'static str {
        match self {
            Model::SmolLm2 => "SmolLM2-135M-Instruct.Q4_1.gguf",
            Model::Gemma3Base => "gemma-3-270m-q4_k_m.gguf",
        }
    }
}

/// A test that needs nothing.
pub fn test(name: &str, body: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::test(name, body)
}

/// A test that needs the shared test data; its body gets their folder. Skipped and counted
/// where that is absent; a failure there when `CHIMERA_REQUIRE_TESTDATA=1`.
pub fn data_test(name: &str, body: impl FnOnce(&Path) -> Outcome + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || match testdata() {
        Some(data) => body(&data).map(|()| Completion::Completed),
        None if data_required() => Err("the test data are not there (CHIMERA_INSIGHT_TESTDATA)".into()),
        None => Ok(Completion::ignored_with("no test data")),
    })
}

/// A test that needs a real model; its body gets the file. Skipped and counted where it is
/// absent or the program was built without `llama`; a model that is absent from a build
/// with `llama` is a failure when `CHIMERA_REQUIRE_TESTDATA=1`.
pub fn model_test(name: &str, model: Model, body: impl FnOnce(&Path) -> Outcome + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || {
        if cfg!(not(feature = "llama")) {
            return Ok(Completion::ignored_with("built without llama.cpp"));
        }
        match model_file(model) {
            Some(path) => body(&path).map(|()| Completion::Completed),
            None if data_required() => {
                Err(format!("no {} in the model folder; `make setup` fetches it", model.file_name()).into())
            }
            None => Ok(Completion::ignored_with("no such model on this machine")),
        }
    })
}

/// The shared test data (`CHIMERA_INSIGHT_TESTDATA`, default `../shared/data`), when it is there.
pub fn testdata() -> Option<PathBuf> {
    let path = std::env::var_os("CHIMERA_INSIGHT_TESTDATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    path.is_dir().then_some(path)
}

/// A real model's file in the program's model folder (`CHIMERA_INSIGHT_MODELS`), when it is there.
pub fn model_file(model: Model) -> Option<PathBuf> {
    Some(chimera_insight::engine::models::folder().join(model.file_name())).filter(|path| path.is_file())
}

fn data_required() -> bool {
    std::env::var_os("CHIMERA_REQUIRE_TESTDATA").is_some_and(|value| value == "1")
}

/// Runs everything and ends with `N tests skipped`.
pub fn run(tests: Vec<Vec<Trial>>) -> ExitCode {
    let arguments = Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, tests.into_iter().flatten().collect());
    if !arguments.list && arguments.format != Some(FormatSetting::Json) {
        println!("{} tests skipped", conclusion.num_ignored);
    }
    conclusion.exit_code()
}

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_chimera-insight"))
}

/// A folder that goes away with the value.
pub fn tempdir() -> Result<tempfile::TempDir, Failed> {
    Ok(tempfile::Builder::new().prefix("chimera-insight-test-").tempdir()?)
}

/// A home of its own for the processes of one test: no settings, logs or models of the
/// person who runs the tests, and no network.
#[derive(Debug)]
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// An empty home.
    pub fn new() -> Result<Self, Failed> {
        let folder = tempdir()?;
        for name in ["config", "state", "cache", "data", "runtime"] {
            fs::create_dir(folder.path().join(name))?;
        }
        Ok(Self { folder })
    }

    /// The home folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program's folder below `config`, `state`, `cache` or `data`.
    pub fn own(&self, kind: &str) -> PathBuf {
        self.path().join(kind).join("chimera-insight")
    }

    /// The whole environment of a process: nothing else is inherited.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let below = |name: &str| self.path().join(name).into_os_string();
        let mut all = vec![
            ("HOME", self.path().as_os_str().to_owned()),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_STATE_HOME", below("state")),
            ("XDG_CACHE_HOME", below("cache")),
            ("XDG_DATA_HOME", below("data")),
            ("XDG_RUNTIME_DIR", below("runtime")),
            ("LANG", "C.UTF-8".into()),
            ("TERM", "xterm-256color".into()),
            ("TZ", "UTC".into()),
            ("CHIMERA_INSIGHT_OFFLINE", "1".into()),
            // Else the machine's own service would be looked into.
            ("OLLAMA_MODELS", below("ollama")),
        ];
        all.extend(std::env::var_os("PATH").map(|path| ("PATH", path)));
        all
    }

    /// The program, to be started in this home.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.env_clear().envs(self.environment()).current_dir(self.path());
        command
    }
}

/// Waits until `probe` has something, looking again and again; fails after `deadline`.
/// `what` ends the sentence "waited in vain for …".
pub fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> Option<T>,
) -> Result<T, Failed> {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return Ok(found);
        }
        if start.elapsed() >= deadline {
            return Err(format!("waited in vain for {what} ({} s)", deadline.as_secs()).into());
        }
        std::thread::park_timeout(LOOK_AGAIN);
    }
}

/// Copies the 101 files of `reports-chimera` into the folder `to`, writable and with the
/// modification times of `reports-chimera.mtimes.csv`: a checkout does not keep those.
pub fn copy_reports_chimera(data: &Path, to: &Path) -> Outcome {
    let from = data.join("reports-chimera");
    copy_tree(&from, to)?;
    let table = data.join("reports-chimera.mtimes.csv");
    let mut reader = csv::Reader::from_path(&table)?;
    for row in reader.records() {
        let row = row?;
        let (Some(path), Some(time)) = (row.get(0), row.get(1)) else {
            return Err(format!("{}: a row without path and time", table.display()).into());
        };
        let time: jiff::Timestamp = time.parse()?;
        set_modified(&to.join(path), time.into())?;
    }
    Ok(())
}

/// Copies a folder, contents only: what is read-only there can be changed here.
pub fn copy_tree(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::write(&target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// Sets a file's modification time.
pub fn set_modified(path: &Path, time: SystemTime) -> Outcome {
    let file =
        fs::File::options().write(true).open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(file.set_times(fs::FileTimes::new().set_modified(time))?)
}
