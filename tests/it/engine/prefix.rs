//! Prompts that were evaluated before: read back from disk by another process, and evaluated
//! ahead. Whatever is found, the text is that of a cold start.

use std::{fs, path::Path};

use chimera_insight::{
    engine::{Keeping, ModelSpec, host::Bounds, protocol::EngineEvent},
    report::model::{Params, Stop},
};
use libtest_mimic::{Failed, Trial};

use super::rig::{Rig, Run, of};
use crate::{
    support::{Model, Outcome, model_test, tempdir, test},
    tiny_gguf::{Mode, Tiny},
};

type Check = fn(&ModelSpec) -> Outcome;

/// With whether the sliding window of the tiny model is long enough for it.
const CHECKS: [(&str, Check, bool); 4] = [
    ("another process reads a prompt back", another_process_reads_it_back, false),
    ("a damaged file is a miss and gone", a_damaged_file_is_a_miss, false),
    ("a prompt is evaluated ahead", a_prompt_is_evaluated_ahead, true),
    ("a request ends what is evaluated ahead", a_request_comes_first, true),
];

pub fn tests() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, check, for_tiny) in CHECKS {
        if cfg!(feature = "llama") && for_tiny {
            trials.push(test(&format!("prefix: tiny model: {name}"), move || {
                let folder = tempdir()?;
                check(&ModelSpec::File(Tiny::new(Mode::Scripted).write(folder.path())?))
            }));
        }
        let of_file = move |path: &Path| check(&ModelSpec::File(path.to_owned()));
        trials.push(model_test(&format!("prefix: SmolLM2: {name}"), Model::SmolLm2, of_file));
        trials.push(model_test(&format!("prefix: Gemma 3 base: {name}"), Model::Gemma3Base, of_file));
    }
    trials.push(test("prefix: nothing is loaded to evaluate a prompt ahead", nothing_is_loaded));
    if cfg!(feature = "llama") {
        trials.push(test("prefix: what a saved state would lack is not kept", longer_than_the_window));
        trials.push(test("prefix: a folder that cannot be written costs nothing else", no_folder));
    }
    trials
}

fn params() -> Params {
    Params { num_ctx: Some(1024), num_predict: Some(8), seed: Some(1), threads: Some(1), ..Params::default() }
}

fn facts() -> String {
    "The first model is fast and the second one is slow on this machine. ".repeat(12)
}

/// Cached tokens of a run, and all of its prompt.
fn cached(run: &Run) -> (u64, u64) {
    match run.end() {
        Some(EngineEvent::Finished { timings, .. }) => (timings.cached_prompt_tokens, timings.prompt_tokens),
        _ => (0, 0),
    }
}

fn keeping(model: &ModelSpec, folder: &Path) -> Rig {
    let keeping = Some(Keeping { folder: folder.to_owned(), bytes: 64 << 20 });
    Rig::bounded(model.clone(), Bounds { keeping, ..Bounds::default() })
}

/// llama.cpp saves no more than the window of a layer that has one; the same text comes again.
fn longer_than_the_window() -> Outcome {
    let folder = tempdir()?;
    let model = ModelSpec::File(Tiny::new(Mode::Scripted).write(folder.path())?);
    let cache = folder.path().join("cache");
    let asked = format!("{}|Which is faster?", facts());
    let mut texts = Vec::new();
    for _ in 0..2 {
        let run = keeping(&model, &cache).run(&asked, &params())?;
        assert_eq!(cached(&run).0, 0);
        texts.push(run.text);
    }
    assert_eq!(texts[0], texts[1]);
    assert_eq!(std::fs::read_dir(&cache)?.count(), 0, "nothing was kept");
    Ok(())
}

fn is_saved(event: &EngineEvent) -> bool {
    matches!(event, EngineEvent::Held { run: None, held, .. } if held.saved.is_some())
}

fn another_process_reads_it_back(model: &ModelSpec) -> Outcome {
    let folder = tempdir()?;
    let asked = format!("{}|Which is faster?", facts());
    let other = format!("{}|Say why.", facts());
    let cold = [&asked, &other].map(|text| Rig::new(model.clone()).run(text, &params()));
    let [cold, other_cold] = cold;
    let (cold, other_cold) = (cold?.text, other_cold?.text);
    let mut first = keeping(model, folder.path());
    let run = first.run(&asked, &params())?;
    assert_eq!((cached(&run).0, &run.text), (0, &cold));
    first.wait_for("a prompt on disk", is_saved)?;
    drop(first);

    let mut second = keeping(model, folder.path());
    let run = second.run(&asked, &params())?;
    assert_eq!(cached(&run).0, cached(&run).1, "nothing is evaluated again");
    assert_eq!(run.text, cold);
    let mut third = keeping(model, folder.path());
    let run = third.run(&other, &params())?;
    let (kept, all) = cached(&run);
    assert!(kept * 10 > all * 6 && kept < all, "{kept} of {all}");
    assert_eq!(run.text, other_cold);
    // Other settings of the context have evaluated nothing yet.
    let shorter = Params { num_ctx: Some(768), ..params() };
    assert_eq!(cached(&keeping(model, folder.path()).run(&asked, &shorter)?).0, 0);
    Ok(())
}

fn a_damaged_file_is_a_miss(model: &ModelSpec) -> Outcome {
    let folder = tempdir()?;
    let asked = format!("{}|Which is faster?", facts());
    let mut first = keeping(model, folder.path());
    let text = first.run(&asked, &params())?.text;
    first.wait_for("a prompt on disk", is_saved)?;
    drop(first);
    let only = || -> Result<std::path::PathBuf, Failed> {
        let files = fs::read_dir(folder.path())?.collect::<Result<Vec<_>, _>>()?;
        assert_eq!(files.len(), 1, "{files:?}");
        Ok(files[0].path())
    };
    let whole = fs::read(only()?)?;
    let mut bytes = whole.clone();
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    for damaged in [&bytes[..], &whole[..whole.len() / 2]] {
        let path = only()?;
        fs::write(&path, damaged)?;
        let mut second = keeping(model, folder.path());
        let run = second.run(&asked, &params())?;
        assert_eq!((cached(&run).0, &run.text), (0, &text));
        second.wait_for("it is written again", is_saved)?;
        drop(second);
        let run = keeping(model, folder.path()).run(&asked, &params())?;
        assert_eq!((cached(&run).0, &run.text), (cached(&run).1, &text));
    }
    Ok(())
}

fn a_prompt_is_evaluated_ahead(model: &ModelSpec) -> Outcome {
    let asked = format!("{}|Which is faster?", facts());
    let cold = Rig::new(model.clone()).run(&asked, &params())?;
    let mut rig = Rig::new(model.clone());
    rig.host.load(model.clone(), params());
    rig.wait_for("the model", |event| matches!(event, EngineEvent::Loaded(_)))?;
    let ahead = rig.request(&asked, &params());
    let run = ahead.run;
    rig.host.freshen(ahead);
    let event = rig.wait_for("the prompt", |event| of(event) == Some(run))?;
    let EngineEvent::Held { held, is_whole: true, .. } = event else {
        return Err(format!("not whole: {event:?}").into());
    };
    let run = rig.run(&asked, &params())?;
    assert_eq!(cached(&run), (held.tokens as u64, held.tokens as u64), "nothing is evaluated again");
    assert_eq!(run.text, cold.text);
    Ok(())
}

fn a_request_comes_first(model: &ModelSpec) -> Outcome {
    let mut rig = Rig::new(model.clone());
    let text = rig.run("Which is faster?", &params())?.text;
    // Behind it in the pipe: it is read before the first step ends, or between two.
    let ahead = rig.request(
        &format!("{}|Which is slower?", facts().repeat(2)),
        &Params { num_ctx: Some(1024), ..params() },
    );
    let asked = rig.request("Which is faster?", &params());
    let (first, second) = (ahead.run, asked.run);
    rig.host.freshen(ahead);
    rig.host.generate(asked);
    rig.wait_for(
        "what was begun",
        |event| matches!(event, EngineEvent::Held { run, .. } if *run == Some(first)),
    )?;
    let is_answered = |event: &EngineEvent| {
        of(event) == Some(second)
            && matches!(event, EngineEvent::Finished { stop, .. } if *stop != Stop::Cancelled)
    };
    rig.wait_for("the answer", is_answered)?;
    assert_eq!(rig.run("Which is faster?", &params())?.text, text);
    Ok(())
}

fn nothing_is_loaded() -> Outcome {
    let mut rig = Rig::new(ModelSpec::Scripted("fast".into()));
    let request = rig.request("Which is faster?", &params());
    rig.host.freshen(request);
    let event = rig.wait_for("an answer", |event| matches!(event, EngineEvent::Held { .. }))?;
    assert!(matches!(event, EngineEvent::Held { is_whole: false, .. }), "{event:?}");
    assert_eq!(rig.host.worker_pid(), None);
    Ok(())
}

fn no_folder() -> Outcome {
    let folder = tempdir()?;
    let model = ModelSpec::File(Tiny::new(Mode::Scripted).write(folder.path())?);
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "")?;
    let asked = format!("{}|Which is faster?", facts());
    let cold = Rig::new(model.clone()).run(&asked, &params())?;
    let mut rig = keeping(&model, &blocked.join("prefixes"));
    for _ in 0..2 {
        let run = rig.run(&asked, &params())?;
        assert_eq!((run.stop(), &run.text), (cold.stop(), &cold.text));
    }
    assert!(rig.is_silent());
    Ok(())
}
