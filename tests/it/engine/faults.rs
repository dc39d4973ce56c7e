//! Faults of the engine by the dozen: deaths at any moment, answers that are none, models that
//! are broken in every way. Groups of the long tier.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use chimera_insight::{
    engine::{ModelSpec, protocol::EngineEvent},
    report::model::{Params, Stop},
};
use rustix::process::Signal;

use super::rig::{Rig, signal};
use crate::{
    long::Cases,
    support::{Outcome, tempdir, testdata},
    tiny_gguf::{Mode, Tiny},
};

/// `splitmix64`: the same cases in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// A failure is one line that names something, without a control character.
fn check_line(error: &str) -> Outcome {
    if error.is_empty() || error.chars().any(char::is_control) || error.len() > 600 {
        return Err(format!("not one line: {error:?}").into());
    }
    Ok(())
}

/// The engine's process ends at any moment; nothing is lost, and the next run works.
pub fn deaths(cases: &mut Cases) -> Outcome {
    let signals = [
        (Signal::KILL, "SIGKILL"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::BUS, "SIGBUS"),
        (Signal::TERM, "SIGTERM"),
    ];
    let params = Params { num_predict: Some(60), ..Params::default() };
    let whole = Rig::new(ModelSpec::Scripted("fast".into())).run("Go.", &params)?.text;
    let mut chance = Chance(1);
    for number in 0..cases.wanted {
        let (number_of_signal, name) = signals[chance.below(signals.len())];
        // Some hundred events make a run; a moment more lies between two of them.
        let (event, moment) = (chance.below(90), chance.below(3_000_000));
        cases.case(format!("case {number}: {name} at event {event}"), || {
            let mut rig = Rig::new(ModelSpec::Scripted(String::new()));
            let (mut seen, mut is_sent) = (0, false);
            let run = rig.run_with("Go.", &params, |host, _, _| {
                seen += 1;
                if seen > event && !is_sent {
                    (0..moment).for_each(|_| std::hint::spin_loop());
                    is_sent = true;
                    host.worker_pid().into_iter().for_each(|pid| signal(pid, number_of_signal));
                }
            })?;
            if !whole.starts_with(&run.text) {
                return Err(format!("text was lost or changed: {:?}", run.text).into());
            }
            // A run that was through before the signal came has lost nothing.
            if run.stop().is_none() {
                check_line(&run.error())?;
                if !run.error().contains(name) {
                    return Err(run.error().into());
                }
            }
            let mut again = rig.run_after_death("Go.", &params)?;
            if run.stop().is_some() && again.error().contains(name) {
                // The signal came behind the first run and met this one.
                again = rig.run_after_death("Go.", &params)?;
            }
            if again.text != whole {
                return Err(format!("the next run is not whole: {}", again.error()).into());
            }
            Ok(())
        });
    }
    Ok(())
}

/// Programs that take the place of the worker and send what no worker sends.
pub fn nonsense(cases: &mut Cases) -> Outcome {
    let folder = tempdir()?;
    let (answer, script) = (folder.path().join("answer"), folder.path().join("worker"));
    fs::write(&script, format!("#!/bin/sh\ncat '{}'\nexec sleep 1000\n", answer.display()))?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let frame = |json: &str| {
        let mut bytes = u32::try_from(json.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes
    };
    let mut fixed = vec![
        ("an oversized frame", u32::MAX.to_le_bytes().to_vec()),
        ("a frame just over the limit", ((32_u32 << 20) + 1).to_le_bytes().to_vec()),
        ("an empty frame", vec![0; 4]),
        ("no JSON", frame("hello")),
        ("deep JSON", frame(&"[".repeat(100_000))),
        ("an unknown frame", frame(r#"{"Surprise":1}"#)),
        ("a number that is none", frame(r#"{"Loading":"x"}"#)),
        ("an answer of HTTP", b"HTTP/1.1 200 OK\r\n\r\n<html>".to_vec()),
        ("escapes", b"\x1b[2J\x1b]52;c;eA==\x07".to_vec()),
    ];
    let mut begun = frame(r#"{"Loading":0.5}"#);
    begun.extend(b"\xff\xfe\xfd\xfc and more");
    fixed.push(("garbage behind a frame", begun));
    let piece = format!(
        r#"{{"Piece":{{"run":1,"text":"{}","tokens":1,"at":{{"secs":0,"nanos":1}}}}}}"#,
        "x".repeat(1 << 20)
    );
    fs::write(&answer, frame(&piece).repeat(20))?;
    cases.case("text without end", || {
        let mut rig = Rig::of_program(&script, ModelSpec::Scripted("fast".into()));
        let run = rig.run("Go.", &Params::default())?;
        check_line(&run.error())?;
        if !run.error().contains("more than 16 MiB of text") || run.text.len() != 16 << 20 {
            return Err(format!("{} bytes and {}", run.text.len(), run.error()).into());
        }
        Ok(())
    });
    let mut chance = Chance(2);
    for number in 0..(cases.wanted as usize).max(fixed.len()) {
        let (name, bytes) = fixed.get(number).cloned().unwrap_or_else(|| {
            // The highest byte of the length is set: no such frame may be waited for.
            let mut bytes: Vec<u8> = (0..8 + chance.below(4000)).map(|_| chance.next() as u8).collect();
            bytes[3] |= 0x80;
            ("random bytes", bytes)
        });
        fs::write(&answer, bytes)?;
        cases.case(format!("{name}, case {number}"), || {
            let mut rig = Rig::of_program(&script, ModelSpec::Scripted("fast".into()));
            rig.host.load(rig.model.clone(), Params::default());
            let failed = rig.wait_for("the failure", |event| matches!(event, EngineEvent::Failed { .. }))?;
            let EngineEvent::Failed { error, .. } = failed else { unreachable!() };
            check_line(&error.to_string())?;
            if !error.to_string().contains("broken answer") || rig.host.worker_pid().is_some() {
                return Err(format!("it is not ended for it: {error}").into());
            }
            Ok(())
        });
    }
    Ok(())
}

/// Loads a file and, where that works, writes a little with it. Whatever becomes of it, the host
/// answers in one line that names the file, and another model works afterwards.
fn try_model(path: &Path, sound: &Path) -> Outcome {
    let params =
        Params { num_ctx: Some(512), num_predict: Some(4), temperature: Some(0.0), ..Params::default() };
    let mut rig = Rig::new(ModelSpec::File(path.to_owned()));
    let run = rig.run("x", &params)?;
    if run.stop().is_none() {
        let error = run.error();
        check_line(&error)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let was_loaded = run.events.iter().any(|event| matches!(event, EngineEvent::Loaded(_)));
        if !was_loaded && !error.contains(&*name) && !error.contains("context") {
            return Err(format!("the file is not named: {error}").into());
        }
    }
    rig.model = ModelSpec::File(sound.to_owned());
    let next = rig.run_after_death("x", &params)?;
    if next.stop() != Some(&Stop::TokenLimit) {
        return Err(format!("the sound model does not work afterwards: {}", next.error()).into());
    }
    Ok(())
}

/// A sound model with random damage.
pub fn mutations(cases: &mut Cases) -> Outcome {
    if cfg!(not(feature = "llama")) {
        return cases.skip("built without llama.cpp");
    }
    let folder = tempdir()?;
    let sound = Tiny::new(Mode::Random).write(folder.path())?;
    let whole = fs::read(&sound)?;
    // Keys, vocabulary and tensors; the weights behind them are numbers of any kind.
    let head = whole.len().min(96 << 10);
    let mut chance = Chance(3);
    for number in 0..cases.wanted {
        let mut bytes = whole.clone();
        let how = match chance.below(4) {
            0 => {
                bytes.truncate(chance.below(bytes.len()));
                "cut"
            }
            1 => {
                let at = chance.below(head - 8);
                let odd = [u64::MAX, 1 << 63, 1 << 32, u64::from(u32::MAX), 0][chance.below(5)];
                bytes[at..at + 8].copy_from_slice(&odd.to_le_bytes());
                "an odd number"
            }
            2 => {
                for _ in 0..=chance.below(16) {
                    let at = chance.below(head);
                    bytes[at] ^= 1 << chance.below(8);
                }
                "flipped bits"
            }
            _ => {
                let (from, to) = (chance.below(head - 256), chance.below(head - 256));
                let piece = bytes[from..from + chance.below(256)].to_vec();
                bytes[to..to + piece.len()].copy_from_slice(&piece);
                "a piece from elsewhere"
            }
        };
        let path = folder.path().join(format!("mutant-{number}.gguf"));
        fs::write(&path, bytes)?;
        cases.case(format!("mutant {number} ({how})"), || try_model(&path, &sound));
        fs::remove_file(&path)?;
    }
    Ok(())
}

/// Model files that were made to break programs.
pub fn hostile_models(cases: &mut Cases) -> Outcome {
    if cfg!(not(feature = "llama")) {
        return cases.skip("built without llama.cpp");
    }
    let folder = tempdir()?;
    let sound = Tiny::new(Mode::Random).write(folder.path())?;
    let data = testdata().map(|data| data.join("hostile/gguf"));
    let Some(data) = data else { return cases.skip("no test data") };
    let mut paths: Vec<_> = fs::read_dir(&data)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        cases.case(path.display(), || try_model(&path, &sound));
    }
    assert!(cases.made() > 40, "only {} files", cases.made());
    Ok(())
}
