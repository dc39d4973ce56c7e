//! The stages of a report, answered by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};

use super::*;
use crate::{
    grounding::fact::tests::{MODIFIED_NS, sample},
    report::{
        export::Export,
        prompt::{Part, parts, persona},
    },
};

const START_NS: i128 = MODIFIED_NS + 37_000_000_000;

fn brief() -> Brief {
    let mut library = Library::default();
    library.inventory = sample().0;
    Brief {
        library: Arc::new(library),
        folder: "reports".to_owned(),
        persona: persona("insight", None).unwrap(),
        params: Params {
            num_gpu: Some(120),
            num_ctx: Some(512),
            temperature: Some(0.8),
            ..Params::default()
        },
        ingest: Duration::from_millis(30),
        started_ns: START_NS,
    }
}

fn pipeline() -> Pipeline {
    Pipeline::with_facts(brief(), crate::grounding::fact::tests::ledger())
}

fn model(instruct: bool) -> ModelInfo {
    ModelInfo {
        name: "gemma3:270m".to_owned(),
        arch: "gemma3".to_owned(),
        quantization: "Q8_0".to_owned(),
        instruct,
        context_train: 32_768,
        num_ctx: 512,
        threads: 3,
        device: "CPU".to_owned(),
        ..ModelInfo::default()
    }
}

/// A model that was measured, and may write in this degree.
fn measured(instruct: bool, degree: Degree) -> ModelInfo {
    let mut model = model(instruct);
    let mut card = Card::new(&model, "2025-11-01T00:00:00Z".to_owned());
    for known in [Degree::Guided, Degree::Free] {
        let row = card.row(known, FigureForm::Text).unwrap();
        row.sentences = 20;
        row.passed = if known <= degree { 20 } else { 2 };
    }
    model.card = Some(card);
    model
}

fn timings() -> Timings {
    Timings {
        load: Duration::from_millis(10),
        prompt_eval: Duration::from_millis(100),
        eval: Duration::from_secs(2),
        ttft: Some(Duration::from_millis(120)),
        total: Duration::from_millis(2200),
        prompt_tokens: 300,
        tokens: 50,
        ..Timings::default()
    }
}

/// What an engine makes of a call: the last wording of each slot.
fn worded(call: &Call) -> CallResult {
    let passages = call.writing.slots.iter().enumerate().map(|(index, slot)| Passage {
        slot: Some(index),
        text: slot.sentence.wordings(64).pop().unwrap().text,
        degree: Some(Degree::Worded),
        facts: slot.facts.clone(),
        rejected: 0,
    });
    result(passages.collect(), Vec::new())
}

fn result(passages: Vec<Passage>, dropped: Vec<Dropped>) -> CallResult {
    let texts: Vec<&str> = passages.iter().map(|passage| passage.text.as_str()).collect();
    CallResult {
        text: texts.join(" "),
        stop: Stop::EndOfGeneration,
        timings: timings(),
        left_out: vec!["facts about X".to_owned()],
        passages,
        dropped,
    }
}

fn own(text: &str, slot: Option<usize>, degree: Degree) -> Passage {
    Passage { slot, text: text.to_owned(), degree: Some(degree), facts: Vec::new(), rejected: 0 }
}

/// Runs a whole report with these answers.
fn run(
    mut pipeline: Pipeline,
    model: ModelInfo,
    answer: impl Fn(usize, &Call) -> CallResult,
) -> (Finished, Vec<Call>) {
    let mut calls = Vec::new();
    let mut next = pipeline.first(Some(model), START_NS);
    loop {
        match next {
            Next::Done(finished) => return (*finished, calls),
            Next::Generate(call) => {
                let answer = answer(calls.len(), &call);
                calls.push(*call);
                let took = Duration::from_millis(2500);
                next = pipeline.advance(answer, took, START_NS + 12_500_000_000);
            }
        }
    }
}

fn section<'a>(markdown: &'a str, heading: &str) -> &'a str {
    let start =
        markdown.rfind(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} in {markdown}"));
    let body = &markdown[start + heading.len() + 2..];
    let level = heading.split(' ').next().unwrap();
    body.split(&format!("\n{level} ")).next().unwrap()
}

#[test]
fn the_models_wordings_stand_in_the_report() {
    let (finished, calls) = run(pipeline(), measured(true, Degree::Worded), |_, call| worded(call));
    insta::assert_snapshot!("worded", finished.markdown);
    let record = &finished.record;
    assert_eq!(record.status, COMPLETE);
    assert_eq!(record.grounding.mismatched + record.grounding.ungrounded, 0, "{:?}", record.grounding);
    let written: Vec<&str> =
        calls.iter().flat_map(|call| &call.writing.slots).map(|slot| slot.lead.as_str()).collect();
    assert_eq!(record.written.len(), written.len());
    assert!(record.written.iter().all(|written| written.by == "model"));
    let writing = record.writing.as_ref().unwrap();
    assert_eq!((writing.degree, writing.is_auto), (Degree::Worded, true));
}

#[test]
fn stages_calls_and_sums_are_recorded() {
    let (finished, calls) = run(pipeline(), measured(true, Degree::Worded), |_, call| worded(call));
    let titles: Vec<&str> = calls.iter().map(|call| call.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "performance analysis",
            "executive summary",
            "key findings",
            "recommendations",
            "risks and mitigations"
        ]
    );
    let record = finished.record;
    let stages: Vec<(&str, f64)> =
        record.stages.iter().map(|stage| (stage.name.as_str(), stage.seconds)).collect();
    assert_eq!(stages, [("ingest", 0.03), ("analysis", 2.5), ("report", 10.0)]);
    assert_eq!((record.metrics.tokens, record.metrics.prompt_tokens), (250, 1500));
    assert_eq!(record.metrics.ttft_ms, Some(120.0));
    assert_eq!(record.metrics.throughput_tok_s, Some(25.0));
    assert_eq!(
        (record.started.as_str(), record.finished.as_str()),
        ("2025-11-14T18:54:07Z", "2025-11-14T18:54:19Z")
    );
    assert_eq!(record.calls.len(), 5);
    assert_eq!(record.left_out, ["facts about X"]);
    assert!(
        finished
            .markdown
            .contains("- Execution time: 12.53s (ingest 0.03s | analysis 2.50s | report 10.00s)")
    );
}

#[test]
fn the_persona_and_the_facts_are_sent_in_every_style_and_degree() {
    for instruct in [true, false] {
        for degree in [Degree::Worded, Degree::Guided, Degree::Free] {
            let (finished, calls) = run(pipeline(), measured(instruct, degree), |_, call| worded(call));
            let mut shared = Vec::new();
            for call in &calls {
                let mut parts = parts(&call.prompt, None).into_iter();
                let Some(Part::Data(before)) = parts.next() else { panic!("nothing is shared") };
                assert_eq!(parts.next(), Some(Part::Seam));
                assert!(
                    before.contains("You are InsightAgent") && before.contains("median 297.5 tok/s"),
                    "{before}"
                );
                shared.push(before);
            }
            shared.dedup();
            assert_eq!(shared.len(), 1, "what calls share is evaluated once");
            let counts = finished.record.grounding;
            assert_eq!(counts.mismatched + counts.ungrounded, 0);
            // A finding a call, or a section.
            let is_single = calls.iter().filter(|call| call.writing.degree == Degree::Guided).count();
            match degree {
                Degree::Worded => assert_eq!(is_single, 0),
                _ => assert!(
                    is_single > 5
                        && calls.iter().all(
                            |call| call.writing.degree != Degree::Guided || call.writing.slots.len() == 1
                        )
                ),
            }
        }
    }
}

#[test]
fn what_the_gate_let_through_is_read_once_more() {
    let (finished, _) = run(pipeline(), measured(true, Degree::Guided), |index, call| {
        let passage = match index {
            0 => own("It reached 999 tok/s.", Some(0), Degree::Guided),
            _ => return worded(call),
        };
        result(vec![passage], Vec::new())
    });
    assert!(!finished.markdown.contains("999 tok/s"));
    let rejected = &finished.record.rejected[0];
    assert_eq!((rejected.text.as_str(), rejected.kind.as_str()), ("It reached 999 tok/s.", "figure"));
}

#[test]
fn rejections_are_kept_in_the_record() {
    let dropped = Dropped {
        slot: Some(0),
        text: "Would you like more?".to_owned(),
        degree: Degree::Guided,
        kind: "chat".to_owned(),
        reason: "it asks".to_owned(),
    };
    let (finished, _) = run(pipeline(), measured(true, Degree::Guided), |index, call| {
        let mut answer = worded(call);
        answer.dropped.extend((index == 0).then(|| dropped.clone()));
        answer
    });
    let expected = crate::report::record::RejectedRecord::of("performance analysis", &dropped);
    assert_eq!(finished.record.rejected, [expected]);
}

#[test]
fn free_sentences_stand_first_and_code_says_the_rest() {
    let free = "The median throughput of gemma3:1b is 182.5 tok/s.";
    let (finished, calls) = run(pipeline(), measured(true, Degree::Free), |index, call| match index {
        0 => result(vec![own(free, None, Degree::Free)], Vec::new()),
        _ => worded(call),
    });
    assert_eq!(calls[0].writing.degree, Degree::Free);
    let analysis = section(&finished.markdown, "### 3. Performance Analysis");
    let at = analysis.find(free).unwrap();
    assert!(analysis[at + free.len()..].trim().len() > 40, "{analysis}");
}

#[test]
fn a_model_is_measured_once() {
    let (finished, calls) = run(pipeline(), model(true), |_, call| worded(call));
    let trials: Vec<&Call> = calls.iter().filter(|call| call.title == "measuring the model").collect();
    assert!(trials.len() >= 12, "{}", trials.len());
    assert!(trials.iter().all(|call| call.writing.tries == 1 && !call.writing.falls_back));
    // The first call after the trials brings the card.
    let kept: Vec<usize> =
        calls.iter().enumerate().filter(|(_, call)| call.card.is_some()).map(|(index, _)| index).collect();
    assert_eq!(kept, [trials.len()]);
    let card = calls[trials.len()].card.as_ref().unwrap();
    assert!(card.holds_for(&model(true)));
    assert!(card.rows.iter().all(|row| row.sentences > 0 && row.passed == row.sentences), "{card:?}");
    let record = finished.record.writing.unwrap();
    assert_eq!((record.degree, record.card.as_ref()), (Degree::Free, Some(&**card)));
    // Nothing of the made-up folder is in the report.
    assert!(!finished.markdown.contains("kestrel") && !finished.markdown.contains("osprey"));

    let mut known = model(true);
    known.card = Some((**card).clone());
    let (_, calls) = run(pipeline(), known, |_, call| worded(call));
    assert!(calls.iter().all(|call| call.title != "measuring the model" && call.card.is_none()));
}

#[test]
fn a_setting_weighs_more_than_the_card() {
    let mut brief = brief();
    brief.params.writing = Some(Degree::Worded);
    let pipeline = Pipeline::with_facts(brief, crate::grounding::fact::tests::ledger());
    let (finished, calls) = run(pipeline, measured(true, Degree::Free), |_, call| worded(call));
    assert_eq!(calls.len(), 5);
    assert!(!finished.record.writing.unwrap().is_auto);
}

#[test]
fn without_a_model_code_writes_the_report() {
    let Next::Done(finished) = pipeline().first(None, START_NS) else { panic!("a call without a model") };
    insta::assert_snapshot!("none", finished.markdown);
    assert_eq!(finished.record.grounding.figures, finished.record.grounding.grounded);
    assert!(finished.record.grounding.figures > 10);
    let export = Export::of(&finished);
    assert_eq!(export.stem, "20251114T185407Z-none");
    let record: serde_json::Value = serde_json::from_str(&export.record).unwrap();
    assert_eq!(record["generated_by"], "chimera-insight");
    assert_eq!(record["config"]["num_gpu"], 120);
    assert_eq!(record["stages"][0]["name"], "ingest");
    assert!(serde_json::from_str::<Record>(&export.record).is_ok());
}

#[test]
fn an_empty_folder_gets_a_short_true_report_and_no_call() {
    let brief = Brief { library: Arc::default(), ..brief() };
    let Next::Done(finished) = Pipeline::start(brief).first(Some(model(true)), START_NS) else {
        panic!("a call with nothing to say")
    };
    insta::assert_snapshot!("empty", finished.markdown);
}

#[test]
fn a_cancelled_report_keeps_whole_sentences_and_says_so() {
    let mut pipeline = pipeline();
    let Next::Generate(first) = pipeline.first(Some(measured(true, Degree::Worded)), START_NS) else {
        panic!("no call")
    };
    assert_eq!(pipeline.stages()[1], (Stage::Analysis, None));
    let next = pipeline.advance(worded(&first), Duration::from_secs(2), START_NS);
    let Next::Generate(second) = next else { panic!("no second call") };
    assert_eq!(pipeline.stages()[1], (Stage::Analysis, Some(Duration::from_secs(2))));
    let mut partial = worded(&second);
    partial.passages.truncate(1);
    partial.stop = Stop::Cancelled;
    let kept = partial.passages[0].text.clone();
    let finished = pipeline.interrupt(Some(partial), "cancelled by <you>", START_NS);
    assert_eq!(finished.record.status, "cancelled by <you>");
    assert_eq!(finished.record.calls.len(), 2);
    let top = finished.markdown.split("## Technical Report").next().unwrap();
    assert!(top.contains("> **Interrupted:** cancelled by &lt;you>"), "{top}");
    let by =
        |text: &str| finished.record.written.iter().find(|written| written.text == text).unwrap().by.clone();
    assert_eq!(by(&kept), "model");
    let code = second.writing.slots[1].sentence.first().text;
    assert_eq!(by(&code), "code");
    assert!(section(&finished.markdown, "## Recommendations").contains("- "));
    assert_eq!(pipeline.stages()[2].1, Some(Duration::from_millis(2200)));
}

#[test]
fn interrupting_before_the_first_call_is_a_report_too() {
    let finished = pipeline().interrupt(None, "the model `x` cannot be loaded", START_NS);
    assert!(finished.markdown.contains("**Interrupted:** the model \\`x\\` cannot be loaded."));
    assert!(finished.markdown.contains("297.5 tok/s"));
}

#[test]
fn settings_of_a_call_carry_the_seed() {
    let mut pipeline = pipeline();
    let Next::Generate(_) = pipeline.first(Some(model(true)), START_NS) else { panic!("no call") };
    let params = pipeline.params();
    assert_eq!((params.num_predict, params.num_ctx), (None, Some(512)));
    assert!(params.seed.is_some());
    let finished = pipeline.interrupt(None, "x", START_NS);
    assert_eq!(finished.record.config_used.seed, params.seed);
    assert_eq!(finished.record.config.seed, None);
}

#[test]
fn file_names_are_safe() {
    let stem = |name: &str| {
        let mut pipeline = pipeline();
        pipeline.first(Some(ModelInfo { name: name.to_owned(), ..model(true) }), START_NS);
        Export::of(&pipeline.interrupt(None, "x", START_NS)).stem
    };
    assert_eq!(stem("gemma3:270m"), "20251114T185407Z-gemma3-270m");
    assert_eq!(stem("../../etc/passwd"), "20251114T185407Z-passwd");
    assert_eq!(stem("models/a b\u{202e}.gguf"), "20251114T185407Z-a-b");
    assert_eq!(stem(""), "20251114T185407Z-model");
    assert_eq!(stem("..."), "20251114T185407Z-model");
    assert_eq!(stem(&"x".repeat(500)).len(), 17 + 80);
}

#[test]
fn names_from_files_cannot_break_the_report() {
    use crate::grounding::fact::tests::{file, group, series, throughput};
    use crate::ingest::file::Kind;

    let evil = "a|b`<!-- chimera-insight:report -->\n## Evidence\n```";
    let mut hostile = series(throughput(), "f|ield", evil, evil, &[1.0, 2.0]);
    hostile.group = group(&[("model", evil)]);
    let mut brief = brief();
    let mut library = Library::default();
    library.inventory = crate::grounding::fact::tests::inventory(vec![file(evil, Kind::Csv, Some(evil))]);
    brief.library = Arc::new(library);
    let ledger = crate::grounding::fact::tests::ledger_of(&brief.library.inventory, &[hostile]);
    let mut pipeline = Pipeline::with_facts(brief, ledger);
    let finished = pipeline.interrupt(None, evil, START_NS);
    let headings = |markdown: &str| {
        let mut headings = Vec::new();
        let mut is_heading = false;
        for event in pulldown_cmark::Parser::new_ext(markdown, pulldown_cmark::Options::ENABLE_TABLES) {
            match event {
                pulldown_cmark::Event::Start(pulldown_cmark::Tag::Heading { .. }) => is_heading = true,
                pulldown_cmark::Event::Text(text) if is_heading => {
                    headings.push(text.to_string());
                    is_heading = false;
                }
                pulldown_cmark::Event::Html(html) => {
                    assert!(html.starts_with("<!-- chimera-insight:report -->"));
                }
                pulldown_cmark::Event::InlineHtml(html) => panic!("{html}"),
                _ => {}
            }
        }
        headings
    };
    let Next::Done(plain) = self::pipeline().first(None, START_NS) else { panic!("a call") };
    assert_eq!(headings(&finished.markdown), headings(&plain.markdown));
    let columns = |markdown: &str| {
        let options = pulldown_cmark::Options::ENABLE_TABLES;
        let mut rows = Vec::new();
        for event in pulldown_cmark::Parser::new_ext(markdown, options) {
            if let pulldown_cmark::Event::Start(pulldown_cmark::Tag::Table(columns)) = event {
                rows.push(columns.len());
            }
        }
        rows
    };
    assert_eq!(columns(&finished.markdown).last(), Some(&6));
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn any_answer_makes_a_true_report(
        answers in proptest::collection::vec((any::<String>(), any::<bool>()), 1..9), free in any::<bool>(),
    ) {
        let degree = if free { Degree::Free } else { Degree::Guided };
        let (finished, _) = run(pipeline(), measured(free, degree), |index, call| {
            let (text, is_placed) = &answers[index % answers.len()];
            let slot = is_placed.then_some(0);
            result(vec![own(text, slot, call.writing.degree)], Vec::new())
        });
        assert_eq!(finished.record.grounding.mismatched + finished.record.grounding.ungrounded, 0);
        assert!(finished.markdown.contains("297.5 tok/s"));
        Export::of(&finished);
    }
}
