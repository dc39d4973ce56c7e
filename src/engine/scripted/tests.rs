//! The script as an engine; the process around it is tested in `tests/it/engine.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::engine::generate;

/// Runs `body` with the script of that name.
fn with(name: &str, params: &Params, mut body: impl FnMut(&mut dyn Engine)) -> Result<(), EngineError> {
    Scripted.session(&ModelSpec::Scripted(name.into()), params, &mut |_| ControlFlow::Continue(()), &mut body)
}

fn prompt(text: &str) -> Vec<Part> {
    vec![Part::Template("<user>".into()), Part::Data(text.into())]
}

/// Text, most bytes of a piece that ends inside a character, outcome.
fn run(engine: &mut dyn Engine, text: &str, params: &Params, most: usize) -> (Vec<u8>, bool, Outcome) {
    let (mut bytes, mut split, mut count) = (Vec::new(), false, 0);
    let outcome = generate(engine, &prompt(text), params, &mut |step| {
        if let Step::Piece { bytes: piece, .. } = step {
            split |= std::str::from_utf8(&piece).is_err();
            bytes.extend(piece);
            count += 1;
        }
        if count == most { Next::Stop } else { Next::Go }
    });
    (bytes, split, outcome.unwrap())
}

#[test]
fn it_answers_the_same_with_characters_split_over_tokens() {
    let params = Params::default();
    let mut answers = Vec::new();
    for _ in 0..2 {
        with("fast", &params, |engine| answers.push(run(engine, "facts", &params, usize::MAX))).unwrap();
    }
    let (text, split, outcome) = &answers[0];
    assert_eq!(text, &answers[1].0);
    assert!(*split && std::str::from_utf8(text).is_ok());
    assert_eq!(outcome.stop, Stop::EndOfGeneration);
    assert_eq!(outcome.timings.gaps.len() as u64 + 1, outcome.timings.tokens);
    assert_eq!(outcome.used.num_ctx, Some(DEFAULT_NUM_CTX));
}

#[test]
fn every_part_of_every_answer_is_free_of_figures() {
    for seed in 0..200 {
        assert!(!prose::answer(b"x", seed).contains(|c: char| c.is_ascii_digit()));
    }
}

#[test]
fn limits_stop_it_where_they_say() {
    let params = Params { num_predict: Some(5), ..Params::default() };
    with("fast", &params, |engine| {
        let (_, _, outcome) = run(engine, "facts", &params, usize::MAX);
        assert_eq!((outcome.stop, outcome.timings.tokens), (Stop::TokenLimit, 5));
    })
    .unwrap();
    let params = Params { num_ctx: Some(16), ..Params::default() };
    with("scripted:fast", &params, |engine| {
        let (_, _, outcome) = run(engine, "facts", &params, usize::MAX);
        let prompt_tokens = outcome.timings.prompt_tokens;
        assert_eq!((outcome.stop, outcome.timings.tokens + prompt_tokens), (Stop::ContextFull, 16));
        let long = generate(engine, &prompt(&"word ".repeat(20)), &params, &mut |_| Next::Go);
        assert!(matches!(long, Err(EngineError::TooLong { needed: 22.., room: 16 })), "{long:?}");
    })
    .unwrap();
}

#[test]
fn a_common_beginning_is_found_in_the_cache() {
    let params = Params::default();
    with("fast", &params, |engine| {
        let (_, _, first) = run(engine, "the same facts and a question", &params, 1);
        assert_eq!((first.stop, first.timings.cached_prompt_tokens), (Stop::Cancelled, 0));
        let (_, _, second) = run(engine, "the same facts and another one", &params, 1);
        let Timings { cached_prompt_tokens, prompt_tokens, .. } = second.timings;
        assert!(cached_prompt_tokens > 4 && cached_prompt_tokens < prompt_tokens, "{cached_prompt_tokens}");
    })
    .unwrap();
}

#[test]
fn what_cannot_be_loaded_says_why() {
    let check = |name: &str, params: Params, wanted: &str| {
        let error = with(name, &params, |_| panic!("loaded")).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    };
    check("fail", Params::default(), "cannot load model `scripted:fail`");
    check("nonsense", Params::default(), "scripted:slow, scripted:fast");
    check("fast", Params { num_ctx: Some(1_000_000), ..Params::default() }, "trained for 32768");
}

#[test]
fn it_is_measured_without_a_sampler() {
    let params = Params { num_ctx: Some(1024), ..Params::default() };
    with("fast", &params, |engine| {
        let mut measure = |what: &Measure| engine.measure(what, &mut || false);
        assert_eq!(measure(&Measure::Prefill(512)).unwrap().tokens, 512);
        assert_eq!(measure(&Measure::Decode(128)).unwrap().tokens, 128);
        let known = |text: &str| Measure::Perplexity(text.into());
        let same = measure(&known("a a a a")).unwrap().perplexity.unwrap();
        let other = measure(&known("a b c d")).unwrap().perplexity.unwrap();
        assert!(same < other, "{same} {other}");
        let long = measure(&Measure::Decode(1025));
        assert_eq!(long, Err(EngineError::TooLong { needed: 1025, room: 1024 }));
        let ended = engine.measure(&Measure::Decode(9), &mut || true);
        assert_eq!(ended, Err(EngineError::Cancelled));
    })
    .unwrap();
}

#[test]
fn what_was_forgotten_is_evaluated_again() {
    let params = Params::default();
    with("fast", &params, |engine| {
        run(engine, "the same question", &params, 1);
        engine.measure(&Measure::Forget, &mut || false).unwrap();
        let (_, _, again) = run(engine, "the same question", &params, 1);
        assert_eq!(again.timings.cached_prompt_tokens, 0);
    })
    .unwrap();
}
