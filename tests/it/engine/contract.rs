//! What every backend promises.

use std::path::{Path, PathBuf};

use chimera_insight::{
    engine::{ModelSpec, protocol::EngineEvent},
    report::model::{Params, Stop},
};
use libtest_mimic::Trial;

use super::rig::{Rig, Run, is_alive};
use crate::{
    support::{Model, Outcome, SOON, eventually, model_test, tempdir, test},
    tiny_gguf::{Mode, REPLY, Tiny},
};

/// A backend with a model that answers, one that never ends.
pub struct Subject {
    pub model: ModelSpec,
    pub endless: ModelSpec,
    /// Does an endless answer repeat itself?
    pub repeats: bool,
    /// Answers hold characters that came in parts.
    pub splits: bool,
    pub params: Params,
}

type Check = fn(&Subject) -> Outcome;

const CHECKS: [(&str, Check); 9] = [
    ("answers with events in order", answers_in_order),
    ("characters split over tokens come whole", characters_come_whole),
    ("cancel ends within a step", cancel_ends_within_a_step),
    ("cancel ends a prefill", cancel_ends_a_prefill),
    ("the token limit holds", the_token_limit_holds),
    ("a prompt that is too long is an error that names tokens", too_long_is_an_error),
    ("a context that cannot be had is an error", no_such_context_is_an_error),
    ("a common beginning is not evaluated again", a_common_beginning_is_cached),
    ("a repetition is ended", a_repetition_is_ended),
];

pub fn tests() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, check) in CHECKS {
        trials.push(test(&format!("engine: scripted: {name}"), move || check(&scripted())));
        if cfg!(feature = "llama") {
            trials.push(test(&format!("engine: tiny model: {name}"), move || {
                let folder = tempdir()?;
                check(&tiny(folder.path())?)
            }));
        }
        trials.push(model_test(&format!("engine: SmolLM2: {name}"), Model::SmolLm2, move |path| {
            check(&real(path))
        }));
    }
    // The large vocabulary and the sliding window of the real thing.
    for (name, check) in [CHECKS[2], CHECKS[7]] {
        let name = format!("engine: Gemma 3 base: {name}");
        trials.push(model_test(&name, Model::Gemma3Base, move |path| check(&real(path))));
    }
    trials.push(model_test(
        "engine: SmolLM2: a seed gives the same text again",
        Model::SmolLm2,
        a_seed_repeats,
    ));
    trials
}

pub fn params() -> Params {
    Params {
        num_ctx: Some(1024),
        num_predict: Some(512),
        seed: Some(1),
        threads: Some(1),
        ..Params::default()
    }
}

fn scripted() -> Subject {
    Subject {
        model: ModelSpec::Scripted("fast".into()),
        endless: ModelSpec::Scripted("loop".into()),
        repeats: true,
        splits: true,
        params: params(),
    }
}

fn tiny(folder: &Path) -> Result<Subject, libtest_mimic::Failed> {
    let write = |mode, name: &str| -> Result<PathBuf, libtest_mimic::Failed> {
        let below = folder.join(name);
        std::fs::create_dir(&below)?;
        Tiny::new(mode).write(&below)
    };
    Ok(Subject {
        model: ModelSpec::File(write(Mode::Scripted, "reply")?),
        endless: ModelSpec::File(write(Mode::Loop, "loop")?),
        repeats: true,
        splits: true,
        params: Params { temperature: Some(0.0), ..params() },
    })
}

fn real(path: &Path) -> Subject {
    Subject {
        model: ModelSpec::File(path.to_owned()),
        endless: ModelSpec::File(path.to_owned()),
        repeats: false,
        splits: false,
        params: Params { temperature: Some(0.0), num_predict: Some(96), ..params() },
    }
}

/// Has no end of its own within reach of the tests.
const ESSAY: &str = "Write a long and detailed essay about the history of the sea, its ships and its people.";

pub fn answers_in_order(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.model.clone());
    let run = rig.run("Say something about the measurements.", &subject.params)?;
    // The hash of a model file comes when it is ready, which may be after the run.
    let kinds: Vec<&str> =
        run.events.iter().map(kind).filter(|kind| !["hashed", "confined"].contains(kind)).collect();
    let mut order = kinds.clone();
    order.dedup();
    assert_eq!(order, ["loading", "loaded", "fitted", "prefill", "piece", "finished"], "{kinds:?}");
    let mut last = 0;
    for event in &run.events {
        match event {
            EngineEvent::Loading(share) => assert!((0.0..=1.0).contains(share)),
            EngineEvent::Prefill { done, total, .. } => {
                assert!(*done >= last && done <= total);
                last = *done;
            }
            _ => {}
        }
    }
    let Some(EngineEvent::Finished { stop, timings, used, .. }) = run.end() else { unreachable!() };
    assert!(matches!(stop, Stop::EndOfGeneration | Stop::TokenLimit), "{stop:?}");
    assert_eq!(timings.tokens as usize, run.pieces);
    assert_eq!(timings.gaps.len() + 1, run.pieces);
    assert_eq!(timings.prompt_tokens as usize, run.prompt_tokens());
    let ttft = timings.ttft.ok_or("no time to first token")?;
    assert!(
        ttft <= timings.total && timings.load <= ttft && timings.eval + timings.prompt_eval <= timings.total
    );
    assert_eq!(
        (used.seed, used.num_ctx, used.num_predict),
        (Some(1), Some(1024), subject.params.num_predict)
    );
    assert!(used.temperature.is_some() && used.top_p.is_some() && used.threads.is_some());
    // The same again, without a load.
    let again = rig.run("Say something about the measurements.", &subject.params)?;
    assert_eq!(again.text, run.text);
    assert!(!again.events.iter().any(|event| matches!(kind(event), "loading" | "loaded")));
    Ok(())
}

/// With a prompt of several prefill steps, whose sizes follow the clock.
fn a_seed_repeats(path: &Path) -> Outcome {
    let text = "The first model is fast and the second one is slow on this machine. ".repeat(20);
    let text = text + "Now tell me a story about a ship and a storm.";
    let wild = Params { temperature: Some(1.5), top_k: Some(200), top_p: Some(1.0), ..params() };
    let params = Params { num_predict: Some(40), ..wild };
    let answer = |seed| {
        Rig::new(ModelSpec::File(path.to_owned())).run(&text, &Params { seed: Some(seed), ..params.clone() })
    };
    let first = answer(7)?;
    assert_eq!(first.text, answer(7)?.text);
    assert_ne!(first.text, answer(8)?.text);
    Ok(())
}

fn kind(event: &EngineEvent) -> &'static str {
    match event {
        EngineEvent::Confined(_) => "confined",
        EngineEvent::Loading(_) => "loading",
        EngineEvent::SteppedDown(_) => "stepped down",
        EngineEvent::Loaded(_) => "loaded",
        EngineEvent::Hashed(_) => "hashed",
        EngineEvent::Held { .. } => "held",
        EngineEvent::Fitted { .. } => "fitted",
        EngineEvent::Prefill { .. } => "prefill",
        EngineEvent::Piece { .. } => "piece",
        EngineEvent::Withdrawn { .. } => "withdrawn",
        EngineEvent::Passed { .. } => "passed",
        EngineEvent::Finished { .. } => "finished",
        EngineEvent::Failed { .. } => "failed",
        EngineEvent::Measured { .. } => "measured",
        EngineEvent::Unloaded => "unloaded",
    }
}

fn characters_come_whole(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.model.clone());
    let run = rig.run("Say something.", &subject.params)?;
    assert!(!run.text.contains(char::REPLACEMENT_CHARACTER) && !run.text.is_empty(), "{}", run.text);
    if subject.splits {
        assert!(!run.text.is_ascii());
        let waiting = |event: &&EngineEvent| matches!(event, EngineEvent::Piece { text, tokens: 1, .. } if text.is_empty());
        assert!(run.events.iter().any(|event| waiting(&event)), "no piece that only began a character");
    }
    if matches!(&subject.model, ModelSpec::File(path) if path.ends_with("reply/tiny-gemma3.gguf")) {
        assert_eq!(run.text, REPLY);
    }
    Ok(())
}

/// Pieces that may still come between a cancel and its answer: those that were on their way.
const ON_THEIR_WAY: usize = 64;

pub fn cancel_ends_within_a_step(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.endless.clone());
    let (mut at, mut pid) = (None, None);
    let run = rig.run_with(ESSAY, &subject.params, |host, event, run| {
        if matches!(event, EngineEvent::Piece { .. }) && at.is_none() && run.pieces >= 3 {
            at = Some(run.pieces);
            pid = host.worker_pid();
            host.cancel(run.id);
        }
    })?;
    assert_eq!(run.stop(), Some(&Stop::Cancelled));
    assert!(run.pieces <= at.unwrap_or(0) + ON_THEIR_WAY, "{} pieces", run.pieces);
    assert!(pid.is_some() && rig.host.worker_pid() == pid, "the worker must live");
    let again = rig.run(ESSAY, &Params { num_predict: Some(4), ..subject.params.clone() })?;
    assert_eq!((again.stop(), again.pieces), (Some(&Stop::TokenLimit), 4));
    Ok(())
}

pub fn cancel_ends_a_prefill(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.endless.clone());
    let text = "the sea ".repeat(60);
    let run = rig.run_with(&text, &subject.params, |host, event, run| {
        if let EngineEvent::Loading(_) | EngineEvent::Fitted { .. } = event {
            host.cancel(run.id);
        }
    })?;
    assert_eq!(run.stop(), Some(&Stop::Cancelled));
    let next = rig.run("Go on.", &subject.params)?;
    assert!(next.pieces > 0 && next.stop().is_some(), "{}", next.error());
    Ok(())
}

pub fn the_token_limit_holds(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.endless.clone());
    for limit in [1, 7] {
        let run = rig.run(ESSAY, &Params { num_predict: Some(limit), ..subject.params.clone() })?;
        assert_eq!((run.stop(), run.pieces), (Some(&Stop::TokenLimit), limit as usize));
    }
    Ok(())
}

fn too_long_is_an_error(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.model.clone());
    let run = rig.run(&"number and more ".repeat(600), &subject.params)?;
    let error = run.error();
    assert!(
        error.contains("tokens, the context has room for 512") || error.contains("room for 928"),
        "{error}"
    );
    let next = rig.run("Go on.", &subject.params)?;
    assert!(next.stop().is_some(), "{}", next.error());
    Ok(())
}

fn no_such_context_is_an_error(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.model.clone());
    let huge = Params { num_ctx: Some(40_000_000), ..subject.params.clone() };
    let error = rig.run("Go on.", &huge)?.error();
    assert!(error.contains("cannot make a context of 40000000 tokens: the model was trained for"), "{error}");
    let next = rig.run("Go on.", &subject.params)?;
    assert!(next.stop().is_some(), "{}", next.error());
    Ok(())
}

fn a_common_beginning_is_cached(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.model.clone());
    let facts = "The first model is fast and the second one is slow on this machine. ".repeat(4);
    let limited = Params { num_predict: Some(8), ..subject.params.clone() };
    let cached = |run: &Run| match run.end() {
        Some(EngineEvent::Finished { timings, .. }) => (timings.cached_prompt_tokens, timings.prompt_tokens),
        _ => (0, 0),
    };
    let first = rig.run(&format!("{facts}|Which is faster?"), &limited)?;
    assert_eq!(cached(&first).0, 0);
    let second = rig.run(&format!("{facts}|Say why."), &limited)?;
    let (kept, all) = cached(&second);
    assert!(kept * 10 > all * 6 && kept < all, "{kept} of {all}");
    // Text made with the cache is text made without it.
    let mut fresh = Rig::new(subject.model.clone());
    let cold = fresh.run(&format!("{facts}|Say why."), &limited)?;
    assert_eq!(second.text, cold.text);
    let same = rig.run(&format!("{facts}|Say why."), &limited)?;
    assert_eq!(cached(&same).0, cached(&same).1, "nothing is evaluated again");
    assert_eq!(same.text, cold.text);
    Ok(())
}

fn a_repetition_is_ended(subject: &Subject) -> Outcome {
    let mut rig = Rig::new(subject.endless.clone());
    let run = rig.run(ESSAY, &Params { num_predict: Some(500), ..subject.params.clone() })?;
    if !subject.repeats {
        return Ok(());
    }
    let Some(Stop::Loop(words)) = run.stop() else {
        return Err(format!("not seen as a repetition: {:?}", run.end()).into());
    };
    assert!(!words.is_empty() && run.text.contains(words.trim_end_matches('…')), "{words:?}");
    assert!(run.pieces <= 256 + 32, "{} tokens", run.pieces);
    // The engine is whole after it.
    let pid = rig.host.worker_pid().ok_or("no worker")?;
    rig.host.unload();
    rig.wait_for("the unload", |event| *event == EngineEvent::Unloaded)?;
    eventually("the worker's end", SOON, || (!is_alive(pid)).then_some(()))?;
    assert_eq!(rig.host.worker_pid(), None);
    Ok(())
}
