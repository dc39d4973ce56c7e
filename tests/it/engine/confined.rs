//! What the engine's process can and cannot reach. Each attempt is made by the process itself
//! (`scripted:probe`), confined as for a model and not confined at all: the second shows that
//! the attempt would have come to something.

use std::{
    fs,
    net::TcpListener,
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use chimera_insight::{
    engine::{Keeping, ModelSpec, confine::Confined, host::Bounds, protocol::EngineEvent},
    report::model::{Params, Stop},
};
use libtest_mimic::{Failed, Trial};

use super::rig::{Rig, kill};
use crate::{
    support::{Outcome, program, tempdir, test},
    tiny_gguf::{Mode, Tiny},
};

pub fn tests() -> Vec<Trial> {
    let mut trials = vec![
        test("engine: confinement can be switched off and says so", switched_off),
        test("engine: a worker that does not know its arguments does not start", unknown_arguments),
        test("engine: what waits for another worker is answered in its order", waits_for_another_worker),
    ];
    if cfg!(target_os = "linux") {
        trials.push(test("engine: a confined process reaches nothing but what it needs", reaches_nothing));
        trials.push(test("engine: a process without memory left says so", out_of_memory));
        trials.push(test("engine: the process has no key of the user's and no open file", starts_bare));
    }
    if cfg!(feature = "llama") {
        trials.push(test(
            "engine: a confined process reads its model, and another by another",
            reads_its_model,
        ));
    }
    trials
}

/// A place with what an attacker would like, and the attempts on it.
struct Bait {
    folder: tempfile::TempDir,
    tcp: TcpListener,
    _socket: UnixListener,
}

impl Bait {
    fn new() -> Result<Self, Failed> {
        let folder = tempdir()?;
        fs::write(folder.path().join("secret"), "x")?;
        let socket = UnixListener::bind(folder.path().join("agent"))?;
        Ok(Self { folder, tcp: TcpListener::bind("127.0.0.1:0")?, _socket: socket })
    }

    /// Those that must be refused.
    fn attempts(&self) -> Result<Vec<String>, Failed> {
        let place = self.folder.path().display();
        Ok(vec![
            "read /etc/passwd".into(),
            format!("read /proc/{}/environ", std::process::id()),
            format!("read {place}/secret"),
            "list /".into(),
            "list /home".into(),
            format!("list {place}"),
            format!("write {place}"),
            "write /tmp".into(),
            format!("alter {place}/secret"),
            format!("mode {place}/secret"),
            format!("tcp {}", self.tcp.local_addr()?),
            "udp 127.0.0.1:0".into(),
            format!("socket {place}/agent"),
            "datagram x".into(),
            "run x".into(),
            format!("signal {}", std::process::id()),
        ])
    }
}

/// What a worker with these bounds says of the attempts, as pairs.
fn probe(bounds: Bounds, attempts: &[String]) -> Result<(Confined, Vec<(String, String)>), Failed> {
    let mut rig = Rig::bounded(ModelSpec::Scripted("probe".into()), bounds);
    let run = rig.run(&format!("Go.\n{}\n", attempts.join("\n")), &Params::default())?;
    assert_eq!(run.stop(), Some(&Stop::EndOfGeneration), "{}", run.error());
    let told = run.text.lines().filter_map(|line| line.rsplit_once(": "));
    let told: Vec<(String, String)> =
        told.map(|(attempt, came)| (attempt.to_owned(), came.to_owned())).collect();
    let made: Vec<&String> = told.iter().map(|(attempt, _)| attempt).collect();
    assert_eq!(made, attempts.iter().collect::<Vec<_>>());
    let confined = run.events.into_iter().find_map(|event| match event {
        EngineEvent::Confined(confined) => Some(confined),
        _ => None,
    });
    Ok((confined.ok_or("the worker does not say what it is kept from")?, told))
}

fn reaches_nothing() -> Outcome {
    let bait = Bait::new()?;
    let attempts = bait.attempts()?;
    let (confined, told) = probe(Bounds::default(), &attempts)?;
    assert_eq!(confined.to_string(), "confined: files, network, memory");
    for (attempt, came) in told {
        assert_eq!(came, "permission denied", "{attempt}");
    }
    // What it needs it has.
    let needed = ["read /proc/meminfo", "read /proc/self/status", "read /dev/null", "thread x"];
    for (attempt, came) in probe(Bounds::default(), &needed.map(String::from))?.1 {
        assert_eq!(came, "done", "{attempt}");
    }
    Ok(())
}

fn switched_off() -> Outcome {
    let bait = Bait::new()?;
    let attempts = bait.attempts()?;
    let (confined, told) = probe(Bounds { confine: false, ..Bounds::default() }, &attempts)?;
    assert!(confined.is_off && confined.to_string().contains("`confine` is off"), "{confined}");
    let refused: Vec<&String> =
        told.iter().filter(|(_, came)| came != "done").map(|(attempt, _)| attempt).collect();
    // A machine may lack a home; everything else is there to be had.
    assert!(refused.iter().all(|attempt| attempt.starts_with("list /home")), "{refused:?}");
    Ok(())
}

fn unknown_arguments() -> Outcome {
    for arguments in [vec!["--everything"], vec!["--model"]] {
        let output = Command::new(program())
            .arg(chimera_insight::engine::host::WORKER_COMMAND)
            .args(&arguments)
            .stdin(Stdio::null())
            .output()?;
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
    }
    Ok(())
}

fn out_of_memory() -> Outcome {
    let mut rig = Rig::new(ModelSpec::Scripted("hungry".into()));
    let run = rig.run("Go.", &Params::default())?;
    let error = run.error();
    assert_eq!(run.pieces, 20, "the text until then stays: {error}");
    for word in ["ran out of memory", "its limit was 1024 MiB", "smaller num_ctx"] {
        assert!(error.contains(word), "{word:?} in {error:?}");
    }
    rig.model = ModelSpec::Scripted("fast".into());
    assert_eq!(rig.run("Go.", &Params::default())?.stop(), Some(&Stop::EndOfGeneration));
    Ok(())
}

/// The environment and the descriptors of the process as the system shows them.
fn starts_bare() -> Outcome {
    let mut rig = Rig::new(ModelSpec::Scripted("slow".into()));
    rig.host.load(rig.model.clone(), Params::default());
    rig.wait_for("the model", |event| matches!(event, EngineEvent::Loaded(_)))?;
    let process = PathBuf::from(format!("/proc/{}", rig.host.worker_pid().ok_or("no worker")?));
    let Ok(environment) = fs::read(process.join("environ")) else {
        // Only an administrator sees into a process that is shut.
        return Ok(());
    };
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let names: Vec<&str> = environment
        .split('\0')
        .filter_map(|variable| variable.split_once('=').map(|(name, _)| name))
        .collect();
    assert!(names.contains(&"GGML_NO_BACKTRACE"), "{names:?}");
    assert!(!names.iter().any(|name| ["HOME", "PATH", "USER"].contains(name)), "{names:?}");
    assert_eq!(fs::read_link(process.join("cwd"))?, Path::new("/"));
    let mut open: Vec<PathBuf> = fs::read_dir(process.join("fd"))?
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter(|target| !target.to_string_lossy().starts_with("pipe:"))
        .collect();
    open.sort();
    assert!(open.is_empty(), "{open:?}");
    let status = fs::read_to_string(process.join("status"))?;
    for wanted in ["NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(status.contains(wanted), "{wanted}");
    }
    let limits = fs::read_to_string(process.join("limits"))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap_or_default();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    Ok(())
}

/// A run of another model waits until the first run has ended, and can be cancelled there. A
/// script stands in for workers here: without a file every script is served by one process, so
/// the other one is a file.
fn waits_for_another_worker() -> Outcome {
    let folder = tempdir()?;
    let file = Tiny::new(Mode::Scripted).write(folder.path())?;
    let mut rig = Rig::new(ModelSpec::Scripted("slow".into()));
    let first = rig.request("Go.", &Params { num_predict: Some(20), ..Params::default() });
    rig.model = ModelSpec::File(file);
    let (second, third) = (rig.request("x", &Params::default()), rig.request("x", &Params::default()));
    let (one, two, three) = (first.run, second.run, third.run);
    rig.host.generate(first);
    rig.wait_for("a piece", |event| matches!(event, EngineEvent::Piece { .. }))?;
    let process = rig.host.worker_pid();
    rig.host.generate(second);
    rig.host.generate(third);
    rig.host.cancel(three);
    let mut ended = Vec::new();
    while ended.len() < 3 {
        match rig.event()? {
            EngineEvent::Finished { run, stop, .. } => ended.push((run, stop == Stop::Cancelled)),
            EngineEvent::Failed { run: Some(run), error, .. } => {
                // A build without llama.cpp refuses the file, but in its turn.
                assert!(error.to_string().contains("no llama.cpp"), "{error}");
                ended.push((run, false));
            }
            EngineEvent::Unloaded => return Err("one model takes the place of another quietly".into()),
            _ => {}
        }
    }
    assert_eq!(ended, [(three, true), (one, false), (two, false)]);
    assert!(rig.host.worker_pid().is_some() && rig.host.worker_pid() != process);
    Ok(())
}

fn reads_its_model() -> Outcome {
    let folder = tempdir()?;
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    fs::create_dir_all(&one)?;
    fs::create_dir_all(&two)?;
    let first = Tiny::new(Mode::Scripted).write(&one)?;
    let second = Tiny::new(Mode::Scripted).write(&two)?;
    let cache = folder.path().join("cache/prefixes");
    let mut rig = Rig::bounded(
        ModelSpec::File(first.clone()),
        Bounds { confine: true, keeping: Some(Keeping { folder: cache.clone(), bytes: 64 << 20 }) },
    );
    let params = Params { num_ctx: Some(512), temperature: Some(0.0), ..Params::default() };
    let mut processes = Vec::new();
    for path in [&first, &second, &first] {
        rig.model = ModelSpec::File(path.clone());
        let run = rig.run("x", &params)?;
        assert_eq!(run.text, crate::tiny_gguf::REPLY, "{}", run.error());
        let hashed = run.events.iter().any(|event| matches!(event, EngineEvent::Hashed(_)));
        let confined = run.events.iter().any(|event| matches!(event, EngineEvent::Confined(_)));
        assert!(confined, "each model has a process of its own; hashed: {hashed}");
        processes.push(rig.host.worker_pid());
    }
    assert!(cache.is_dir());
    assert!(processes[0] != processes[1] && processes[1] != processes[2], "{processes:?}");
    // The same model again, and with another context, stays where it is.
    rig.run("x", &Params { num_ctx: Some(256), ..params.clone() })?;
    assert_eq!(rig.host.worker_pid(), processes[2]);
    // A file that took the place of the model is read by a process that may.
    fs::remove_file(&first)?;
    Tiny::new(Mode::Scripted).write(&one)?;
    let run = rig.run("x", &params)?;
    assert_eq!(run.text, crate::tiny_gguf::REPLY, "{}", run.error());
    rig.host.worker_pid().into_iter().for_each(kill);
    Ok(())
}
