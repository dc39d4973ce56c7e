//! What every backend promises of sentences that are written to a plan: worded ones are true
//! whichever way the model takes, no digit is the model's own, and what is withdrawn is gone.

use std::path::Path;

use chimera_insight::{
    engine::{
        ModelSpec,
        protocol::{EngineEvent, Request},
    },
    grounding::fact::Ledger,
    report::{
        card,
        grammar::Node,
        model::{Params, Stop},
        writing::{Degree, Dropped, FigureForm, Passage, Slot, Writing},
    },
};
use libtest_mimic::{Failed, Trial};

use super::rig::{Rig, Run};
use crate::{
    support::{Model, Outcome, model_test, tempdir, test},
    tiny_gguf::{Mode, Tiny},
};

type Check = fn(&ModelSpec) -> Outcome;

const CHECKS: [(&str, Check); 5] = [
    ("chooses among wordings", chooses_among_wordings),
    ("types no digit of its own in guided writing", |model| no_digit_of_its_own(model, Degree::Guided)),
    ("types no digit of its own in free writing", |model| no_digit_of_its_own(model, Degree::Free)),
    ("writes the same cold and warm", the_same_cold_and_warm),
    ("ends a plan when it is cancelled", cancel_ends_a_plan),
];

pub fn tests() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, check) in CHECKS {
        trials.push(test(&format!("writing: scripted: {name}"), move || {
            check(&ModelSpec::Scripted("fast".into()))
        }));
        if cfg!(feature = "llama") {
            trials.push(test(&format!("writing: tiny model: {name}"), move || {
                let folder = tempdir()?;
                check(&ModelSpec::File(Tiny::new(Mode::Random).write(folder.path())?))
            }));
        }
        let of_file = move |path: &Path| check(&ModelSpec::File(path.to_owned()));
        trials.push(model_test(&format!("writing: SmolLM2: {name}"), Model::SmolLm2, of_file));
        trials.push(model_test(&format!("writing: Gemma 3 base: {name}"), Model::Gemma3Base, of_file));
    }
    trials
}

fn params() -> Params {
    let (num_ctx, num_predict) = (Some(1024), Some(400));
    Params { num_ctx, num_predict, seed: Some(3), threads: Some(1), ..Params::default() }
}

/// Four wordings of a fact that the made-up folder has.
fn slots(ledger: &Ledger) -> Vec<Slot> {
    let medians = ledger.facts.iter().enumerate().filter(|(_, fact)| {
        fact.statistic.name() == "median" && fact.subject == "throughput" && fact.group.get("model").is_some()
    });
    let slot = |(index, fact): (usize, &chimera_insight::grounding::fact::Fact)| {
        let model = fact.group.get("model").map(ToString::to_string).unwrap_or_default();
        Slot {
            lead: if index == 0 { String::new() } else { " ".into() },
            sentence: Node::All(vec![
                Node::any(["The median throughput of ", "Throughput of "]),
                Node::Name(model),
                Node::any([" is ", " was measured at a median of "]),
                Node::Figure { text: fact.text.clone(), id: fact.id.clone() },
                Node::text("."),
            ]),
            facts: vec![index],
        }
    };
    medians.take(2).map(slot).collect()
}

pub fn writing(degree: Degree, form: FigureForm) -> Writing {
    let ledger = Ledger::of(&card::made_up());
    Writing {
        degree,
        form,
        tries: 2,
        falls_back: true,
        slots: slots(&ledger),
        free_sentences: 3,
        ledger,
        names: vec!["runs-7.csv".into()],
        said: Vec::new(),
    }
}

const PROMPT: &str = "The throughput of the models was measured in 12 runs each.|Write about it.";

pub fn request(rig: &mut Rig, writing: Writing, params: &Params) -> Request {
    Request { writing: Some(Box::new(writing)), ..rig.request(PROMPT, params) }
}

fn passages(run: &Run) -> Vec<&Passage> {
    run.events
        .iter()
        .filter_map(|event| match event {
            EngineEvent::Passed { passage, .. } => Some(passage),
            _ => None,
        })
        .collect()
}

fn dropped(run: &Run) -> Vec<&Dropped> {
    run.events
        .iter()
        .filter_map(|event| match event {
            EngineEvent::Withdrawn { dropped, .. } => Some(dropped),
            _ => None,
        })
        .collect()
}

/// The plan in the degree, whole.
fn write(model: &ModelSpec, writing: Writing, params: &Params) -> Result<Run, Failed> {
    let mut rig = Rig::new(model.clone());
    let request = request(&mut rig, writing, params);
    rig.send(request, |_, _, _| {})
}

pub fn chooses_among_wordings(model: &ModelSpec) -> Outcome {
    let writing = writing(Degree::Worded, FigureForm::Text);
    let run = write(model, writing.clone(), &params())?;
    assert_eq!(run.stop(), Some(&Stop::EndOfGeneration), "{}", run.error());
    let passages = passages(&run);
    assert_eq!(passages.len(), writing.slots.len());
    let mut whole = String::new();
    for (passage, slot) in passages.iter().zip(&writing.slots) {
        let wordings: Vec<String> =
            slot.sentence.wordings(99).into_iter().map(|wording| wording.text).collect();
        assert!(wordings.contains(&passage.text), "{} of {wordings:?}", passage.text);
        assert_eq!((passage.degree, &passage.facts), (Some(Degree::Worded), &slot.facts));
        whole.push_str(&slot.lead);
        whole.push_str(&passage.text);
    }
    assert_eq!(run.text, whole);
    let Some(EngineEvent::Finished { timings, .. }) = run.end() else { unreachable!() };
    assert!(timings.tokens > 0, "{timings:?}");
    // A server samples every token of a wording, held to it by a grammar.
    assert!(model.is_remote() || timings.forced_tokens > timings.tokens, "{timings:?}");
    assert_eq!((timings.rejected_tokens, run.pieces as u64), (0, timings.tokens));
    Ok(())
}

/// Everything that the model wrote, passed or rejected, has no numeral that is not in a unit.
pub fn no_digit_of_its_own(model: &ModelSpec, degree: Degree) -> Outcome {
    for (form, heat) in [(FigureForm::Text, 1.5), (FigureForm::Reference, 1.0)] {
        let writing = writing(degree, form);
        let params = Params { temperature: Some(heat), ..params() };
        let run = write(model, writing.clone(), &params)?;
        assert!(run.stop().is_some(), "{}", run.error());
        let mut units: Vec<&str> = writing.ledger.facts.iter().map(|fact| fact.text.as_str()).collect();
        units.extend(writing.ledger.facts.iter().flat_map(|fact| &fact.group.0).map(|(_, value)| &**value));
        // A longer one first: it may hold a shorter one.
        units.sort_by_key(|unit| std::cmp::Reverse(unit.len()));
        let texts = passages(&run).into_iter().map(|passage| &passage.text);
        let texts: Vec<&String> =
            texts.chain(dropped(&run).into_iter().map(|dropped| &dropped.text)).collect();
        for text in texts {
            let mut left = text.clone();
            for unit in units.iter().filter(|unit| unit.contains(char::is_numeric)) {
                left = left.replace(unit, "");
            }
            // The last unit may have been cut off by the end of the sentence's patience.
            let is_cut = left.trim_end().chars().next_back().is_some_and(char::is_numeric);
            assert!(is_cut || !left.contains(char::is_numeric), "{text}");
        }
        // What was withdrawn is gone, and every slot is there, free or not.
        let kept: String = passages(&run).iter().map(|passage| passage.text.as_str()).collect();
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&run.text), letters(&kept));
        if degree == Degree::Guided {
            let slots: Vec<Option<usize>> = passages(&run).iter().map(|passage| passage.slot).collect();
            assert_eq!(slots, (0..writing.slots.len()).map(Some).collect::<Vec<_>>());
        }
    }
    Ok(())
}

fn the_same_cold_and_warm(model: &ModelSpec) -> Outcome {
    let params = Params { temperature: Some(1.0), ..params() };
    let mut rig = Rig::new(model.clone());
    let mut texts = Vec::new();
    for degree in [Degree::Worded, Degree::Guided, Degree::Worded, Degree::Guided] {
        let request = request(&mut rig, writing(degree, FigureForm::Text), &params);
        let run = rig.send(request, |_, _, _| {})?;
        texts.push((run.text.clone(), dropped(&run).len()));
    }
    assert_eq!(texts[0], texts[2]);
    assert_eq!(texts[1], texts[3]);
    let cold = write(model, writing(Degree::Guided, FigureForm::Text), &params)?;
    assert_eq!(texts[3], (cold.text.clone(), dropped(&cold).len()));
    Ok(())
}

pub fn cancel_ends_a_plan(model: &ModelSpec) -> Outcome {
    // A script without a pause is over before anybody can cancel it.
    let slow = ModelSpec::Scripted("slow".into());
    let model = if matches!(model, ModelSpec::Scripted(_)) { &slow } else { model };
    let mut rig = Rig::new(model.clone());
    let request = request(&mut rig, writing(Degree::Guided, FigureForm::Text), &params());
    let run = rig.send(request, |host, event, run| {
        if matches!(event, EngineEvent::Piece { .. }) {
            host.cancel(run.id);
        }
    })?;
    assert_eq!(run.stop(), Some(&Stop::Cancelled));
    let mut plan = writing(Degree::Worded, FigureForm::Text);
    plan.slots.truncate(1);
    let request = self::request(&mut rig, plan, &params());
    assert_eq!(rig.send(request, |_, _, _| {})?.stop(), Some(&Stop::EndOfGeneration));
    Ok(())
}
